import { describe, expect, test } from "vitest";
import { readLines } from "../../support/machine.ts";
import { checkVms } from "../../support/vmNotation.ts";

const GUEST = `
  device 00:12.0
  vm a 0x80000000+0x10000->0x20000000 pass 00:12.0 vdev service smmuman
  process d1 in a
  d1: smmu_init(0)
  d1: o1 = smmu_obj_create()
  d1: smmu_device_add_pci(o1, 0, 18, 0)
  d1: smmu_mapping_add(o1, READ|WRITE, 0x80002000+0x1000)
  dma 00:12.0 0x80002000+4 w  => permitted 0x20002000
`;
const HOST = {
  config: "smmu vtd",
  board: {
    units: [{ name: "dmar0", family: "vtd", base: "0xfed90000", devices: ["pci:0000:00:12.0"] }],
    pci: [{ device: "pci:0000:00:12.0" }],
    files: [{ name: "smmu-vtd.so" }],
  },
};

describe("a VM ends: its devices are left with no access, never unrestricted (G-28)", () => {
  test.each([
    ["stop a", "ended stopped"],
    ["crash a", "ended crashed"],
    ["exit qvm:a", "ended crashed"],
  ])("%s", (line, words) => {
    checkVms(`
      ${GUEST}
      ${line}                     => ${words}
      running                     =>
      objects                     =>
      guest-phase a               => no-guest-service
      dma 00:12.0 0x80002000+4 w  => denied no-object
      dma 00:12.0 0x20002000+4 w  => denied no-object
      d1: smmu_init(0)            => -1 EPERM
      stop a                      => ignored no-effect
    `);
  });

  test("another VM's devices keep what they have", () => {
    checkVms(`
      ${GUEST}
      vm b 0x0+0x1000->0x40000000 pass 00:15.0
      crash a
      dma 00:15.0 0x0+4 r  => permitted 0x40000000
    `);
  });

  test("it starts again as a new one: nothing of the first is left", () => {
    checkVms(`
      ${GUEST}
      crash a
      vm a 0x80000000+0x10000->0x30000000 pass 00:12.0  => started
      dma 00:12.0 0x80002000+4 w                        => permitted 0x30002000
    `);
  });

  test("what does not run cannot stop", () => {
    checkVms("stop a => ignored no-effect");
  });
});

describe("a client in a guest dies (G-28)", () => {
  test("its objects go, in the guest and in the host, and its device has nothing; the VM runs on", () => {
    checkVms(`
      ${GUEST}
      exit d1
      dma 00:12.0 0x80002000+4 w   => denied no-object guest guest 0x80002000 host 0x20002000
      table vm:a:pci:0000:00:12.0  => empty
      guest-table a o1             => no-object
      running                      => a
    `);
  });
});

describe("the guest's service in its DSS, alone (DSS-1, G-8)", () => {
  test("its tables stay in force; its clients learn that nobody answers; the host and other guests go on", () => {
    checkVms(`
      ${GUEST}
      vm b 0x0+0x10000->0x40000000 pass 00:15.0 vdev service smmuman => started guest-running
      guest a signal SIGTERM       => guest-dss terminated G-8
      guest-phase a                => dss
      guest-phase b                => running
      dma 00:12.0 0x80002000+4 w   => permitted 0x20002000
      dma 00:12.0 0x80003000+4 w   => denied unmapped guest
      d1: smmu_mapping_add(o1, NONE, 0x80002000+0x1000) => -1 EBADF
      exit d1
      dma 00:12.0 0x80002000+4 w   => permitted 0x20002000
      process e1 in b
      e1: smmu_init(0)             => 0
      stop a                       => ended stopped
      dma 00:12.0 0x80002000+4 w   => denied no-object
    `);
  });

  test("a VM without a service has none that could fail", () => {
    checkVms(`
      vm a 0x0+0x1000->0x5000
      guest a signal SIGTERM  => ignored no-effect
      guest b signal SIGTERM  => ignored no-effect
    `);
  });
});

describe("the host's service in its DSS, with guests running (G-8, DSS-2)", () => {
  test("units keep enforcing what was programmed last; guests run on and cannot change anything", () => {
    checkVms(
      `
      ${GUEST.replace("device 00:12.0\n", "")}
      fail signal SIGTERM          => dss terminated G-8
      running                      => a
      guest-phase a                => running
      dma 00:12.0 0x80002000+4 w   => permitted 0x20002000
      dma 00:12.0 0x80003000+4 w   => denied unmapped guest
      d1: smmu_mapping_add(o1, READ, 0x80004000+0x1000) => -1 EBADF guest-dss unit-failure DSS-3.1
      guest-phase a                => dss
      table vm:a:pci:0000:00:12.0  => 0x80002000+0x1000->0x20002000:rw
      `,
      HOST,
    );
  });

  test("a VM that ends then leaves its devices as they were: nobody is there to take anything away (G-8)", () => {
    checkVms(
      `
      ${GUEST.replace("device 00:12.0\n", "")}
      fail signal SIGTERM
      stop a                       => ended stopped
      dma 00:12.0 0x80002000+4 w   => permitted 0x20002000
      dma 00:12.0 0x80003000+4 w   => denied unmapped
      `,
      HOST,
    );
  });

  test("a guest is not told of refusals that nobody in the host reads (HV-7)", () => {
    checkVms(
      `
      ${GUEST.replace("device 00:12.0\n", "")}
      fail signal SIGTERM
      dma 00:12.0 0x80003000+4 w   => denied unmapped guest
      d1: smmu_xfer_status()       => -1 EAGAIN
      `,
      HOST,
    );
  });
});

test("a scenario that calls in the name of a qvm takes things from its VM, and never widens anything (HV-13)", () => {
  checkVms(`
    ${GUEST}
    qvm:a: smmu_device_add_pci(NULL, 0, 18, 0)             => 0
    dma 00:12.0 0x80002000+4 w                             => denied no-object
    d1: smmu_mapping_add(o1, READ, 0x80005000+0x1000)      => 0
    qvm:a: smmu_obj_destroy(vm:a:pci:0000:00:12.0)         => 0
    qvm:a: smmu_device_add_pci(vm:a, 0, 18, 0)             => 1
    d1: smmu_mapping_add(o1, READ, 0x80006000+0x1000)      => 0
    dma 00:12.0 0x80006000+4 r                             => permitted 0x20006000
    dma 00:12.0 0x80007000+4 r                             => denied unmapped guest
  `);
});

describe("records of VMs that are none", () => {
  test.each([
    [{ kind: "vm" }, "TRC103"],
    [{ kind: "vm", vm: "a", memory: {}, pass: [], vdev: true }, "TRC"],
    [{ kind: "vm", vm: "a", memory: [{ guest: "0x0" }], pass: [], vdev: true }, "TRC"],
    [{ kind: "vm", vm: "a", memory: [], pass: ["usb0"], vdev: true }, "TRC"],
    [{ kind: "vm", vm: "a", memory: [], pass: [], vdev: "yes" }, "TRC"],
    [{ kind: "vm", vm: "a", memory: [], pass: [], vdev: true, service: { name: "smmu" } }, "TRC"],
    [
      {
        kind: "vm",
        vm: "a",
        memory: [],
        pass: [],
        vdev: true,
        service: { name: "smmuman", files: { a: 1 } },
      },
      "TRC",
    ],
    [
      { kind: "vm", vm: "a", memory: [], pass: [], vdev: true, service: { name: "smmuman", args: "x" } },
      "TRC",
    ],
    [
      {
        kind: "vm",
        vm: "a",
        memory: [{ guest: "0x0", host: "0x1000", length: "0x1000" }],
        pass: [],
        vdev: true,
        unity: true,
      },
      "TRC116",
    ],
    [{ kind: "vm.stop" }, "TRC"],
    [{ kind: "guest.fail", vm: "a", what: "everything" }, "TRC"],
  ])("%j", (record, code) => {
    const { stimuli, diagnostics } = readLines([JSON.stringify(record)]);
    expect(stimuli).toEqual([]);
    expect(diagnostics.map((diagnostic) => diagnostic.code.slice(0, code.length))).toEqual([code]);
    expect(diagnostics[0]!.line).toBe(2);
  });
});
