/**
 * Boards that are built in: `--board example:NAME` reads one, `smmu inspect example:NAME` prints it. They are plausible
 * machines for the guide's own examples, not descriptions of real ones.
 */
export const EXAMPLE_BOARDS: ReadonlyMap<string, object> = new Map<string, object>([
  [
    "x86-vtd",
    {
      format: "smmu-board",
      version: 1,
      asinfo: [
        { name: "ram", path: "/memory/below4G/ram", start: "0x0", length: "0x7b800000" },
        { name: "imagefs", path: "/memory/imagefs", start: "0x1000000", length: "0x1800000" },
        { name: "smbs0", path: "/memory/below4G/ram/smbs0", start: "0x70000000", length: "0x100000" },
        { name: "xhci", path: "/memory/below4G/ram/xhci", start: "0x70100000", length: "0x200000" },
        { name: "testMem", path: "/memory/below4G/ram/testMem", start: "0x70300000", length: "0xa00000" },
      ],
      env: { SMMU_DEBUG: "1" },
      memory: [{ name: "ram", start: "0x0", length: "0x80000000" }],
      pci: [
        { device: "pci:0000:00:02.0", note: "graphics" },
        { device: "pci:0000:00:12.0", note: "sdhci" },
        { device: "pci:0000:00:15.0", note: "xhci" },
        { device: "pci:0000:00:17.0", note: "sata" },
        { device: "pci:0000:00:1f.6", note: "ethernet" },
      ],
      units: [
        {
          name: "dmar0",
          family: "vtd",
          base: "0xfed90000",
          addressWidth: 39,
          devices: ["pci:0000:00:02.0"],
        },
        { name: "dmar1", family: "vtd", base: "0xfed91000", addressWidth: 39, includeAll: true },
      ],
      reserved: [
        { start: "0x7b800000", length: "0x4800000", devices: ["pci:0000:00:02.0"] },
        { start: "0x7b33d000", length: "0x20000", devices: ["pci:0000:00:15.0"] },
      ],
      files: [
        { name: "smmu-vtd.so", certified: false },
        { name: "smmu-vtd-safety.so", certified: true },
      ],
      components: [
        { name: "procnto-smp-instr", certified: true },
        { name: "libsmmu.a", certified: true },
      ],
      soc: null,
      vdev: null,
    },
  ],
  [
    "imx8-mmu500",
    {
      format: "smmu-board",
      version: 1,
      asinfo: [
        { name: "imagefs", path: "/memory/imagefs", start: "0x80200000", length: "0x2000000" },
        { name: "usdhc1", path: "/memory/ram/usdhc1", start: "0xb0000000", length: "0x100000" },
        { name: "enet0", path: "/memory/ram/enet0", start: "0xb0100000", length: "0x200000" },
      ],
      memory: [{ name: "ram", start: "0x80000000", length: "0x80000000" }],
      mmio: [
        { device: "mmio:0x5b010000", length: "0x10000", note: "usdhc1" },
        { device: "mmio:0x5b020000", length: "0x10000", note: "usdhc2" },
        { device: "mmio:0x5b040000", length: "0x10000", note: "enet0" },
        { device: "mmio:0x5b0d0000", length: "0x10000", note: "usb-otg1" },
      ],
      units: [
        {
          name: "mmu500",
          family: "smmuv2",
          base: "0x51400000",
          addressWidth: 40,
          devices: ["mmio:0x5b010000", "mmio:0x5b020000", "mmio:0x5b040000", "mmio:0x5b0d0000"],
        },
      ],
      files: [
        { name: "smmu-armsmmu.so", certified: false },
        { name: "smmu-armsmmu-safety.so", certified: true },
        { name: "smmu-cfg-imx8.so", certified: false },
        { name: "smmu-cfg-imx8-safety.so", certified: true },
      ],
      components: [
        { name: "procnto-smp-instr", certified: true },
        { name: "libsmmu.a", certified: true },
      ],
      soc: { id: "0x1", revision: "0x20" },
      vdev: null,
    },
  ],
  [
    "rcar-h3",
    {
      format: "smmu-board",
      version: 1,
      asinfo: [
        { name: "imagefs", path: "/memory/imagefs", start: "0x48200000", length: "0x2000000" },
        { name: "vin0", path: "/memory/ram/vin0", start: "0x70000000", length: "0x800000" },
        { name: "avb", path: "/memory/ram/avb", start: "0x70800000", length: "0x100000" },
      ],
      memory: [{ name: "ram", start: "0x48000000", length: "0x38000000" }],
      mmio: [
        { device: "mmio:0xe6ef0000", length: "0x1000", note: "vin0" },
        { device: "mmio:0xe6ef1000", length: "0x1000", note: "vin1" },
        { device: "mmio:0xe6800000", length: "0x800", note: "avb" },
      ],
      units: [
        {
          name: "vi0",
          family: "ipmmu",
          base: "0xfebd0000",
          addressWidth: 32,
          devices: ["mmio:0xe6ef0000", "mmio:0xe6ef1000"],
        },
        {
          name: "ds0",
          family: "ipmmu",
          base: "0xe6740000",
          addressWidth: 32,
          devices: ["mmio:0xe6800000"],
        },
      ],
      files: [
        { name: "smmu-rcar3.so", certified: false },
        { name: "smmu-rcar3-safety.so", certified: true },
      ],
      components: [
        { name: "procnto-smp-instr", certified: true },
        { name: "libsmmu.a", certified: true },
      ],
      soc: { id: "0x4f", revision: "0x20" },
      vdev: null,
    },
  ],
  [
    "guest",
    {
      format: "smmu-board",
      version: 1,
      asinfo: [
        { name: "smbs0", path: "/memory/ram/smbs0", start: "0x70000000", length: "0x100000" },
        { name: "xhci", path: "/memory/ram/xhci", start: "0x70100000", length: "0x200000" },
      ],
      memory: [{ name: "ram", start: "0x0", length: "0x80000000" }],
      pci: [
        { device: "pci:0000:00:12.0", note: "sdhci, passed through" },
        { device: "pci:0000:00:15.0", note: "xhci, passed through" },
      ],
      vdev: {
        hostService: true,
        attached: true,
        answers: true,
        components: [
          { name: "procnto-smp-instr", certified: true },
          { name: "smmuman-safety", certified: true },
          { name: "libsmmu.a", certified: true },
          { name: "smmu-vtd-safety.so", certified: true },
          { name: "qvm-safety", certified: true },
          { name: "vdev-smmu-safety.so", certified: true },
        ],
      },
    },
  ],
]);

/** The text of an example, as a board file has it; null where there is none of that name. */
export function exampleBoard(name: string): string | null {
  const board = EXAMPLE_BOARDS.get(name);
  return board === undefined ? null : `${JSON.stringify(board, null, 2)}\n`;
}
