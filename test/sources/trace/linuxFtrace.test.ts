import { describe, expect, test } from "vitest";
import type { Json } from "../../../base/canonicalJson.ts";
import { formatAccess } from "../../../events/vocabulary/access.ts";
import { formatAddress } from "../../../events/vocabulary/address.ts";
import { rangeLength } from "../../../events/vocabulary/byteRange.ts";
import { fixture, onlyFault, readLog, type Told, text } from "./readLog.ts";

/** A stimulus as a trace record of contract 2, without its time. */
function record({ stimulus, at }: Told): { readonly [name: string]: Json } {
  const out: { [name: string]: Json } = { kind: stimulus.kind };
  if ("device" in stimulus && stimulus.device !== null) out["device"] = stimulus.device;
  if ("object" in stimulus && stimulus.object !== null) out["object"] = stimulus.object;
  if ("bytes" in stimulus && stimulus.bytes !== null) {
    out["address"] = formatAddress(stimulus.bytes.firstPage, stimulus.bytes.firstOffset);
    out["length"] = `0x${rangeLength(stimulus.bytes).toString(16)}`;
  }
  if (stimulus.kind === "map") {
    out["target"] = formatAddress(stimulus.targetPage, stimulus.bytes.firstOffset);
    out["access"] = formatAccess(stimulus.access);
    if (stimulus.requested !== null) out["requested"] = formatAccess(stimulus.requested);
  }
  if (stimulus.kind === "object.create") out["note"] = at.extra?.["note"] ?? null;
  return out;
}

const records = (log: string) => readLog("linux-ftrace", log).told.map(record);

describe("recorded boots come out as the trace that was merged from them", () => {
  test.each(["x86-vtd", "arm-smmuv3"])("%s", (name) => {
    const expected = fixture(`${name}.expected.jsonl`)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const read = readLog("linux-ftrace", fixture(`${name}.ftrace.txt`));
    expect(read.diagnostics).toEqual([]);
    const inOrder = (rows: readonly unknown[], invalidates: boolean) =>
      rows.filter((row) => ((row as { kind: string }).kind === "invalidate") === invalidates);
    const found = read.told.map(record);
    expect(inOrder(found, false)).toEqual(inOrder(expected, false));
    expect(inOrder(found, true)).toEqual(inOrder(expected, true));
  });
});

const KMAP =
  "  init-1  [000] .....  1.000001: kmap: (__iommu_map+0x5/0x2a0) dom=0xffff8880 iova=0xfffff000 pa=0x8090000 size=0x1000 prot=0x6";
const MAP =
  "  init-1  [000] .....  1.000002: map: IOMMU: iova=0x00000000fffff000 - 0x0000000100000000 paddr=0x0000000008090000 size=4096";
const KUNMAP =
  "  init-1  [000] .....  1.000003: kunmap: (__iommu_unmap+0x5/0x1f0) dom=0xffff8880 iova=0xfffff000 size=0x1000";
const UNMAP =
  "  init-1  [000] .....  1.000004: unmap: IOMMU: iova=0x00000000fffff000 - 0x0000000100000000 size=4096 unmapped_size=4096";
const KATTACH =
  '  init-1  [000] .....  1.000000: kattach: (intel_iommu_attach_device+0x0/0x8c0) dom=0xffff8880 dev="0000:00:04.0"';
const ATTACH = "  init-1  [000] .....  1.000005: attach_device_to_domain: IOMMU: device=0000:00:04.0";

describe("every form of the lines (logs 7)", () => {
  test.each([
    ["   (udev-worker)-532     [010] .....     4.878076: "],
    ["        qemu-kvm-4575    [008] .......   438.308478: "],
    [" my task [x] (y)-12-4575    [008] d..1.   438.308478: "],
    ["          <idle>-0       [000] dNZff     2.956831: "],
    ["  kworker/u2:1-23  (     23) [000] .....     0.893694: "],
    ["  init-1  (-------) [000] .....     0.893694: "],
    ["  qemu-kvm-4575  [008]   438.308478: "],
    ["  qemu-kvm  4575 [008]   438.308478: iommu:"],
    ["  qemu-kvm  4575/4576 [008]   438.308478: iommu:"],
    ["  "],
    ["iommu:"],
  ])("%j", (prefix) => {
    const read = readLog(
      "linux-ftrace",
      text(
        `${prefix}map: IOMMU: iova=0x00000000fe980000 - 0x00000000fea00000 paddr=0x000000010ec80000 size=524288\r`,
      ),
    );
    expect(read.told.map(record)).toMatchObject([
      { kind: "object.create", object: "unattributed" },
      {
        kind: "map",
        object: "unattributed",
        address: "0xfe980000",
        length: "0x80000",
        target: "0x10ec80000",
        access: "rw",
      },
    ]);
    expect(read.diagnostics).toMatchObject([{ code: "LOG101", severity: "note" }]);
    const seconds = /(\d+)\.(\d{6}): /.exec(prefix);
    const t = seconds === null ? null : Number(seconds[1]) * 1e9 + Number(seconds[2]) * 1e3;
    expect(read.told[1]!.at.t).toBe(t);
  });

  test("the vendor form names the device, which stands for its domain", () => {
    expect(
      records(
        text(
          "  map: IOMMU: dev=1d84000.ufshc iova=0x0000000fffa88000 paddr=0x00000001063db000 size=4096",
          "  unmap: IOMMU: dev=1d84000.ufshc iova=0x0000000fffa88000 size=4096 unmapped_size=4096",
        ),
      ),
    ).toMatchObject([
      { kind: "device", device: "mmio:0x1d84000" },
      { kind: "object.create", object: "1d84000.ufshc" },
      { kind: "attach", device: "mmio:0x1d84000", object: "1d84000.ufshc" },
      { kind: "map", object: "1d84000.ufshc" },
      { kind: "unmap", object: "1d84000.ufshc" },
    ]);
  });

  test.each([
    [
      "IOMMU:nvme 0000:01:00.0 iova=0x00000000fffff000 flags=0x0001",
      { bdf: "01:00.0", segment: "0000", access: "write", device: "pci:0000:01:00.0", driver: "nvme" },
    ],
    [
      "IOMMU:(null) 1d84000.ufshc iova=0x00000000fffff000 flags=0x0000",
      { bdf: null, access: "read", device: "mmio:0x1d84000", driver: null },
    ],
    [
      "IOMMU:arm-smmu 15000000.iommu iova=0x00000000fffff000 flags=0x0000",
      { unit: "arm-smmu 15000000.iommu", device: null },
    ],
  ])("io_page_fault: %s", (line, fields) => {
    expect(
      onlyFault("linux-ftrace", `  irq/13-arm-smmu-134  [000] .....  1.000000: io_page_fault: ${line}`),
    ).toMatchObject({
      format: "linux-ftrace",
      kind: "dma-fault",
      address: "0xfffff000",
      addressGranule: 1,
      code: null,
      reason: null,
      ...fields,
    });
  });
});

describe("kprobes give a mapping its domain and rights", () => {
  test("request and completion are one grant, where it is done", () => {
    const read = readLog("linux-ftrace", text(KMAP, MAP));
    expect(read.diagnostics).toEqual([]);
    expect(read.told.map(record)).toEqual([
      { kind: "object.create", object: "domain-0", note: "kernel domain 0xffff8880" },
      {
        kind: "map",
        object: "domain-0",
        address: "0xfffff000",
        length: "0x1000",
        target: "0x8090000",
        access: "w",
      },
    ]);
    expect(read.told[1]!.at).toMatchObject({ line: 2, t: 1_000_002_000 });
  });

  test.each([
    ["0x1", { access: "r" }],
    ["0x2", { access: "rw", requested: "w" }],
    ["0x3", { access: "rw" }],
    ["0x1a", { access: "rw", requested: "w" }],
    ["0x1f", { access: "rw" }],
  ])("prot %s on a unit without write-only entries", (prot, rights) => {
    const maps = records(text(KATTACH, KMAP.replace("0x6", prot), MAP)).filter(({ kind }) => kind === "map");
    expect(maps).toMatchObject([rights]);
    expect(maps[0]).toHaveProperty("access", rights.access);
    expect("requested" in maps[0]!).toBe("requested" in rights);
  });

  test.each([
    ["the core's function, which tells of no driver", "__iommu_attach_device+0x0/0x90", "w"],
    ["a driver's function", "arm_smmu_attach_dev+0x0/0x49c", "rw"],
    ["a bare address", "0xffff8000088a9164", "w"],
  ])(
    "an attachment probed on %s is the same attachment; write-only is kept as asked unless a driver shows",
    (_, at, access) => {
      const kattach = KATTACH.replace("intel_iommu_attach_device+0x0/0x8c0", at);
      const read = readLog(
        "linux-ftrace",
        text(kattach, ATTACH.replace("1.000005", "1.000001"), KMAP.replace("0x6", "0x2"), MAP),
      );
      expect(read.diagnostics).toEqual([]);
      expect(read.told.map(record)).toMatchObject([
        { kind: "device", device: "pci:0000:00:04.0" },
        { kind: "object.create", object: "domain-0" },
        { kind: "attach", device: "pci:0000:00:04.0", object: "domain-0" },
        { kind: "map", object: "domain-0", access },
      ]);
    },
  );

  test("with the core's function probed, Intel's units show themselves by their invalidations", () => {
    const kattach = KATTACH.replace("intel_iommu_attach_device+0x0/0x8c0", "__iommu_attach_device+0x0/0x90");
    const flush = "  init-1  [000] d..1.  1.000001: qi_submit: cc_inv dmar0: 0x5000090031 0x0 0x0 0x0";
    const maps = records(text(kattach, flush, ATTACH, KMAP.replace("0x6", "0x2"), MAP)).filter(
      ({ kind }) => kind === "map",
    );
    expect(maps).toMatchObject([{ access: "rw", requested: "w" }]);
  });

  test("AMD's tables can be write-only", () => {
    const kattach = KATTACH.replace("intel_iommu_attach_device", "amd_iommu_attach_device");
    expect(records(text(kattach, KMAP, MAP)).find(({ kind }) => kind === "map")).not.toHaveProperty(
      "requested",
    );
  });

  test("an interrupt's requests nest in a task's own", () => {
    const inner = (line: string) =>
      line.replaceAll("fffff000", "ffffe000").replace("100000000", "0fffff000").replace("8880", "9990");
    const read = readLog("linux-ftrace", text(KMAP, inner(KMAP), inner(MAP), MAP));
    expect(read.diagnostics).toEqual([]);
    expect(read.told.map(record).filter(({ kind }) => kind === "map")).toMatchObject([
      { object: "domain-1", address: "0xffffe000" },
      { object: "domain-0", address: "0xfffff000" },
    ]);
  });

  test("a request that was never done grants nothing, and is told", () => {
    const read = readLog("linux-ftrace", text(MAP, KMAP.replaceAll("fffff000", "1000")));
    expect(read.told.map(record).filter(({ kind }) => kind === "map")).toHaveLength(1);
    expect(read.diagnostics.map(({ code, line }) => [code, line])).toEqual([
      ["LOG101", 1],
      ["LOG103", 2],
    ]);
  });

  test("a file without completions says so once", () => {
    const read = readLog("linux-ftrace", text(KMAP, KUNMAP, KMAP, KUNMAP));
    expect(read.told.map(record)).toMatchObject([{ kind: "object.create" }]);
    expect(read.diagnostics.map(({ code }) => code)).toEqual(["LOG107", "LOG107"]);
  });

  test("an attachment stands where it was asked, once it is done", () => {
    const other = KATTACH.replace("8880", "9990");
    const read = readLog("linux-ftrace", text(KATTACH, ATTACH, other, ATTACH.replace("04.0", "05.0")));
    expect(read.told.map(record)).toEqual([
      { kind: "device", device: "pci:0000:00:04.0" },
      { kind: "object.create", object: "domain-0", note: "kernel domain 0xffff8880" },
      { kind: "attach", device: "pci:0000:00:04.0", object: "domain-0" },
      { kind: "object.create", object: "domain-1", note: "kernel domain 0xffff9990" },
      { kind: "device", device: "pci:0000:00:05.0" },
    ]);
    expect(read.told[2]!.at).toMatchObject({ line: 1, lastLine: 2 });
    expect(read.diagnostics.map(({ code, line }) => [code, line])).toEqual([
      ["LOG101", 4],
      ["LOG103", 3],
    ]);
  });

  test("a detached device leaves its object", () => {
    const detach = ATTACH.replace("attach_device_to", "detach_device_from");
    expect(records(text(KATTACH, ATTACH, detach, detach)).slice(3)).toEqual([
      { kind: "detach", device: "pci:0000:00:04.0", object: "domain-0" },
    ]);
  });
});

describe("what was revoked", () => {
  test("is what the kernel says it unmapped, and a difference is told", () => {
    const partly = UNMAP.replace("0x0000000100000000 size=4096", "0x0000000100002000 size=12288");
    const read = readLog("linux-ftrace", text(KUNMAP.replace("size=0x1000", "size=0x3000"), partly));
    expect(read.told.map(record)).toMatchObject([
      { kind: "object.create" },
      { kind: "unmap", object: "domain-0", address: "0xfffff000", length: "0x1000" },
    ]);
    expect(read.told[1]!.at.extra).toEqual({ requestedLength: "0x3000", unmapped: "0x1000" });
    expect(read.diagnostics).toMatchObject([{ code: "LOG106", severity: "note" }]);
    const nothing = readLog(
      "linux-ftrace",
      text(KUNMAP, UNMAP.replace("unmapped_size=4096", "unmapped_size=0")),
    );
    expect(nothing.told[1]!.at.extra).toEqual({ requestedLength: "0x1000", unmapped: "0x0" });
  });
});

describe("invalidations name domains by the unit's numbers", () => {
  const qi = (words: string) => `  init-1  [000] d....  1.000009: qi_submit: ${words} 0x0 0x0`;

  test("which the revocation before them explains, and then others", () => {
    const read = readLog(
      "linux-ftrace",
      text(
        qi("iotlb_inv dmar0: 0x400e2 0x0"),
        KUNMAP,
        UNMAP,
        qi("iotlb_inv dmar0: 0x400f2 0xfffff000"),
        qi("iotlb_inv dmar0: 0x400e2 0x0"),
      ),
    );
    expect(read.told.map(record).filter(({ kind }) => kind === "invalidate")).toEqual([
      { kind: "invalidate", object: "domain-0", address: "0xfffff000", length: "0x1000" },
      { kind: "invalidate", object: "domain-0" },
    ]);
    expect(read.diagnostics).toMatchObject([{ code: "LOG105", line: 1, severity: "note" }]);
  });

  test("not by the revocation of another task, of other pages, or of a number on another unit", () => {
    const inv = "iotlb_inv dmar0: 0x400f2 0xfffff000";
    for (const line of [qi(inv).replace("init-1", "init-2"), qi(inv.replace("0xfffff000", "0x5000"))]) {
      expect(readLog("linux-ftrace", text(KUNMAP, UNMAP, line)).diagnostics).toMatchObject([
        { code: "LOG105" },
      ]);
    }
    const read = readLog("linux-ftrace", text(KUNMAP, UNMAP, qi(inv), qi("iotlb_inv dmar1: 0x400e2 0x0")));
    expect(read.diagnostics).toMatchObject([{ code: "LOG105", line: 4 }]);
  });

  test("a device's entry is forgotten while it leaves a domain; the number is that domain's until no device has it", () => {
    const move = [
      KATTACH.replace("8880", "9990"),
      qi("cc_inv dmar0: 0x2000090031 0x0"),
      qi("iotlb_inv dmar0: 0x900e2 0x0"),
      ATTACH,
    ];
    const read = readLog("linux-ftrace", text(KATTACH, ATTACH, ...move, qi("iotlb_inv dmar0: 0x900e2 0x0")));
    expect(read.told.map(record).slice(3)).toEqual([
      { kind: "object.create", object: "domain-1", note: "kernel domain 0xffff9990" },
      { kind: "attach", device: "pci:0000:00:04.0", object: "domain-1" },
      { kind: "invalidate", device: "pci:0000:00:04.0" },
      { kind: "invalidate", object: "domain-0" },
    ]);
    expect(read.diagnostics).toMatchObject([{ code: "LOG105", line: 7 }]);
  });

  test("of everything, of masked pages, of a device's own cache", () => {
    expect(
      records(
        text(
          KATTACH,
          ATTACH,
          KUNMAP,
          UNMAP,
          qi("iotlb_inv dmar0: 0xd2 0x0"),
          qi("cc_inv dmar0: 0x11 0x0"),
          qi("iotlb_inv dmar0: 0x400f2 0xffffd002"),
          qi("dev_tlb_inv dmar0: 0x2000000003 0xffffd001"),
          qi("dev_tlb_inv dmar0: 0x2000000003 0x5000"),
          qi("iec_inv dmar0: 0x14 0x0"),
        ),
      ).filter(({ kind }) => kind === "invalidate"),
    ).toEqual([
      { kind: "invalidate" },
      { kind: "invalidate" },
      { kind: "invalidate", object: "domain-0", address: "0xffffc000", length: "0x4000" },
      { kind: "invalidate", device: "pci:0000:00:04.0", address: "0xffffc000", length: "0x4000" },
      { kind: "invalidate", device: "pci:0000:00:04.0", address: "0x5000", length: "0x1000" },
    ]);
  });

  test("of a recorded VFIO run, as far as the file proves", () => {
    const read = readLog("linux-ftrace", fixture("x86-vfio.ftrace.txt"));
    const counts: { [kind: string]: number } = {};
    for (const { stimulus } of read.told) counts[stimulus.kind] = (counts[stimulus.kind] ?? 0) + 1;
    // The excerpt begins after the devices' first attachments: six descriptors name what they leave.
    expect(counts).toEqual({ attach: 19, device: 6, invalidate: 34, map: 1, "object.create": 7, unmap: 2 });
    expect(read.diagnostics).toMatchObject([{ code: "LOG105", line: 3 }]);
    expect(read.diagnostics[0]!.message).toMatch(/^6 invalidations /);
  });
});

test("lost events are losses", () => {
  const read = readLog(
    "linux-ftrace",
    text("# entries-in-buffer/entries-written: 205/2000   #P:1", "CPU:2 [LOST 4193 EVENTS]"),
  );
  expect(read.losses.map(({ stimulus }) => [stimulus.what, stimulus.count])).toEqual([
    ["overflow", 1795],
    ["overflow", 4193],
  ]);
});

describe("a line that cannot be used is reported (logs 7, 11.7)", () => {
  test.each([
    [MAP.replace("0x0000000100000000", "0x0000000100001000")],
    [MAP.replace("size=4096", "size=4095")],
    [MAP.replace("size=4096", "size=0")],
    [MAP.replace("0x0000000008090000", "0x0000000008090010")],
    [
      MAP.replace("0x0000000008090000", "0xfffffffffffff000")
        .replace("size=4096", "size=8192")
        .replace("0x0000000100000000", "0x0000000100001000"),
    ],
    ["  map: IOMMU: iova=0xfffffffffffff000 paddr=0x0 size=8192"],
    [MAP.slice(0, -6)],
    [MAP.slice(0, 70)],
    [UNMAP.slice(0, -15)],
    [KMAP.replace("prot=0x6", "prot=0x4")],
    [KMAP.replace("size=0x1000", "size=0x0")],
    [KMAP.slice(0, 90)],
    [KUNMAP.slice(0, 70)],
    [KATTACH.slice(0, -3)],
    [ATTACH.replace("device=0000:00:04.0", "device=")],
    ["  x-1  [000] .....  1.0: qi_submit: iotlb_inv dmar0: 0xd2"],
    ["  x-1  [000] .....  1.0: io_page_fault: IOMMU:nvme 0000:01:00.0 iova=0x1000"],
    ["  x-1  [000] .....  1.: map: IOMMU: iova=0x1000"],
  ])("%s", (line) => {
    const read = readLog("linux-ftrace", text(line));
    expect(read.told.filter(({ stimulus }) => stimulus.kind === "map" || stimulus.kind === "unmap")).toEqual(
      [],
    );
    expect(read.diagnostics.map(({ code, line }) => [code, line])).toEqual([["LOG102", 1]]);
  });

  test("and so is one that the file's end cuts", () => {
    for (const line of [MAP, UNMAP, KMAP, ATTACH]) {
      const read = readLog("linux-ftrace", line.slice(0, -1));
      expect(read.told).toEqual([]);
      expect(read.diagnostics).toMatchObject([{ code: "LOG004", line: 1 }]);
    }
  });

  test("the last page of the address space is no overflow", () => {
    const line = "  map: IOMMU: iova=0xfffffffffffff000 - 0x0000000000000000 paddr=0x1000 size=4096";
    expect(records(text(line))[1]).toMatchObject({ address: "0xfffffffffffff000", length: "0x1000" });
  });

  test("a device that our names cannot say is told once", () => {
    const line = ATTACH.replace("0000:00:04.0", "iommu-dummy");
    expect(readLog("linux-ftrace", text(line, line)).diagnostics).toMatchObject([{ code: "LOG104" }]);
  });
});

test("events of other kinds are noise", () => {
  const read = readLog(
    "linux-ftrace",
    text(
      "  init-1  [000] .....  1.000000: sched_switch: prev_comm=a prev_pid=1 ==> next_comm=map: next_pid=2",
      "  init-1  [000] .....  1.000000: unmap: vma=0x1000",
      "  init-1  [000] .....  1.000000: map_sg: dev=0000:00:1f.2 [1/2] dev_addr=0xfffff000 phys_addr=0x1000 size=4096",
      "# tracer: nop",
    ),
  );
  expect(read.told).toEqual([]);
  expect(read.diagnostics).toEqual([]);
});
