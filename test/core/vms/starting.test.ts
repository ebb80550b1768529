import { describe, expect, test } from "vitest";
import { start, verdicts } from "../../support/startup.ts";
import { checkVms } from "../../support/vmNotation.ts";

const VTD = {
  units: [{ name: "dmar0", family: "vtd", base: "0xfed90000", devices: ["pci:0000:00:12.0"] }],
  pci: [{ device: "pci:0000:00:12.0" }, { device: "pci:0000:00:14.0" }],
  files: [{ name: "smmu-vtd.so" }],
};
const HOST = { config: "smmu vtd", board: VTD };

describe("the host's service confines each VM to its memory (HV-1, HV-2, HV-3)", () => {
  test("all of the VM's memory can be reached, in host-physical terms, and nothing else (HV-1, HV-3)", () => {
    checkVms(`
      device 00:12.0
      vm a 0x20000000+0x1000->0x70000000 0x40000000+0x2000->0x1000 pass 00:12.0  => started
      dma 00:12.0 0x20000ffc+4 w  => permitted 0x70000ffc
      dma 00:12.0 0x40001000+4 r  => permitted 0x2000
      dma 00:12.0 0x20001000+4 r  => denied unmapped vm guest 0x20001000 host none
      dma 00:12.0 0x70000000+4 r  => denied unmapped vm guest 0x70000000 host none
      table vm:a                  => 0x20000000+0x1000->0x70000000:rwx 0x40000000+0x2000->0x1000:rwx
    `);
  });

  test("a transfer that runs from one piece of memory into the next must find all of it", () => {
    checkVms(`
      device 00:12.0
      vm a 0x1000+0x1000->0x9000 0x2000+0x1000->0x5000 pass 00:12.0
      dma 00:12.0 0x1ffc+8 w  => permitted 0x9ffc
      dma 00:12.0 0x2ffc+8 w  => denied unmapped vm guest 0x3000 host none
    `);
  });

  test("to the host's service a qvm is a client like any other: it has objects, and owns its devices (HV-2)", () => {
    checkVms(`
      device 00:12.0
      client c1 attach
      c1: smmu_init(0)
      c1: o1 = smmu_obj_create()
      vm a 0x0+0x1000->0x5000 pass 00:12.0
      objects                                  => o1 vm:a
      c1: smmu_device_add_pci(o1, 0, 18, 0)    => -1 EBUSY
      c1: smmu_device_add_pci(NULL, 0, 18, 0)  => -1 ENOENT
    `);
  });

  test("a device without a VM is not touched by those of others", () => {
    checkVms(`
      device 00:12.0
      device 00:14.0
      attach 00:14.0 o1
      map o1 0x1000+0x1000 -> 0x1000 rw
      vm a 0x1000+0x1000->0x5000 pass 00:12.0
      dma 00:14.0 0x1000+4 r  => permitted 0x1000
      dma 00:12.0 0x1000+4 r  => permitted 0x5000
    `);
  });

  test("a Linux guest has no service: its devices are confined to the whole of its memory (RUN-5)", () => {
    checkVms(`
      device 00:12.0
      vm linux 0x0+0x4000->0x80000000 pass 00:12.0 vdev  => started
      guest-phase linux                                  => no-guest-service
      process d1 in linux
      d1: smmu_init(0)                                   => -1 EBADF
      dma 00:12.0 0x3000+4 w                             => permitted 0x80003000
    `);
  });

  test("memory that a driver's host service gave away by its start-up configuration stays the host's (HV-6, HV-12)", () => {
    const config = "smmu vtd\nallow a 0x1000,0x1000\ndevice pci:0:18.0 a";
    checkVms("vm a 0x0+0x1000->0x5000 pass 00:12.0 => refused HV-12 00:12.0", { config, board: VTD });
  });
});

describe("whether a qvm starts: the table of HV-8", () => {
  test("no service in the host, a device that uses DMA, not unity-mapped: it refuses to start", () => {
    checkVms(`
      device 00:12.0
      vm a 0x0+0x1000->0x5000 pass 00:12.0 unserved  => refused HV-8 00:12.0
      running                                        =>
      objects                                        =>
    `);
  });

  test("the service in the host does not know the device, not unity-mapped: it reports and exits", () => {
    checkVms(
      `
      vm a 0x0+0x1000->0x5000 pass 00:14.0  => refused HV-8 00:14.0
      running                               =>
      `,
      HOST,
    );
  });

  test("it knows one device of two: it reports and exits all the same, and the one is confined to nothing", () => {
    checkVms(
      `
      vm a 0x0+0x1000->0x5000 pass 00:12.0 00:14.0  => refused HV-8 00:14.0
      objects                                       =>
      dma 00:12.0 0x0+4 r                           => denied no-object
      `,
      HOST,
    );
  });

  test("unity-mapped, and the service in the host does not know the device: it reports, and starts anyway", () => {
    checkVms("vm a 0x0+0x1000 pass 00:14.0  => started reported HV-9 reported HV-8 00:14.0", HOST);
  });

  test("unity-mapped, and no service in the host: it reports, and starts anyway; nothing confines its device", () => {
    checkVms(`
      device 00:12.0
      vm a 0x1000+0x1000 pass 00:12.0 unserved  => started reported HV-9 reported HV-8 00:12.0
      dma 00:12.0 0x7000+4 w                    => permitted 0x7000
    `);
  });

  test("the service knows its device: a VM starts, unity-mapped or not", () => {
    checkVms("vm a 0x0+0x1000->0x5000 pass 00:12.0  => started", HOST);
    checkVms("vm a 0x0+0x1000 pass 00:12.0          => started reported HV-9", HOST);
  });

  test("without pass-through devices a VM starts whether or not there is a service", () => {
    checkVms("vm a 0x0+0x1000->0x5000 unserved  => started");
    checkVms("vm a 0x0+0x1000->0x5000           => started", HOST);
  });

  test("a service in its DSS is not running", () => {
    checkVms(
      `
      fail signal SIGTERM                   => dss terminated G-8
      vm a 0x0+0x1000->0x5000 pass 00:12.0  => refused HV-8 00:12.0
      vm b 0x0+0x1000 pass 00:12.0          => started reported HV-9 reported HV-8 00:12.0
      dma 00:12.0 0x0+4 r                   => denied no-object
      `,
      HOST,
    );
  });

  test("a VM that starts before the service finds none", () => {
    const vm = (host: string) => ({
      kind: "vm",
      vm: "a",
      memory: [{ guest: "0x0", host, length: "0x1000" }],
      pass: ["pci:0000:00:12.0"],
      vdev: false,
    });
    const early = (host: string) => start({ ...HOST, scenario: [vm(host), { kind: "service.start" }] });
    expect(early("0x5000").all("VmRefused")).toMatchObject([{ requirement: "HV-8" }]);
    expect(early("0x0").all("VmReported")).toMatchObject([{ requirement: "HV-9" }, { requirement: "HV-8" }]);
    expect(early("0x0").phase).toBe("running");
  });
});

describe("unity-mapped VMs (HV-9)", () => {
  test("only if all of the guest-physical memory equals host-physical", () => {
    checkVms("vm a 0x1000+0x1000 0x5000+0x1000         => started reported HV-9");
    checkVms("vm a 0x1000+0x1000 0x5000+0x1000->0x6000 => started");
    checkVms("vm a                                     => started");
  });

  test("its devices are confined to its memory like those of others, where there is a service", () => {
    checkVms(`
      device 00:12.0
      vm a 0x80000000+0x1000 pass 00:12.0
      dma 00:12.0 0x80000000+4 w  => permitted 0x80000000
      dma 00:12.0 0x80001000+4 w  => denied unmapped vm guest 0x80001000 host none
    `);
  });
});

describe("memory of a VM (HV-11)", () => {
  test.each([
    ["0x100+0x1000->0x5100", "a start within a page"],
    ["0x1000+0x1000->0x5800", "a host-physical start within a page"],
    ["0x1000+0x1800->0x5000", "a length that is no whole number of pages"],
    ["0x1000+0x0->0x5000", "no length"],
    ["0xfffffffffffff000+0x2000->0x5000", "past 2^64"],
    ["0x1000+0x2000->0xfffffffffffff000", "host-physical past 2^64"],
    ["0x1000+0x2000->0x5000 0x2000+0x1000->0x9000", "twice the same guest-physical page"],
  ])("%s is refused: %s", (memory) => {
    checkVms(`vm a ${memory}  => refused HV-11`);
  });

  test("the last page of all can be a VM's", () => {
    checkVms(`
      device 00:12.0
      vm a 0xfffffffffffff000+0x1000->0x5000 pass 00:12.0  => started
      dma 00:12.0 0xffffffffffffffff+1 r                   => permitted 0x5fff
    `);
  });
});

describe("a device is passed to one guest and to nobody else (HV-12)", () => {
  test("assigned to two VMs: the second qvm fails to start; once the first has ended, it starts", () => {
    checkVms(`
      device 00:12.0
      vm a 0x0+0x1000->0x5000 pass 00:12.0  => started
      vm b 0x0+0x1000->0x9000 pass 00:12.0  => refused HV-12 00:12.0
      dma 00:12.0 0x0+4 r                   => permitted 0x5000
      stop a                                => ended stopped
      vm b 0x0+0x1000->0x9000 pass 00:12.0  => started
      dma 00:12.0 0x0+4 r                   => permitted 0x9000
    `);
  });

  test("unity-mapped, and without a service, it is refused all the same", () => {
    checkVms(`
      device 00:12.0
      vm a 0x0+0x1000 pass 00:12.0 unserved  => started reported HV-9 reported HV-8 00:12.0
      vm b 0x0+0x1000 pass 00:12.0 unserved  => refused HV-12 00:12.0
    `);
  });

  test("assigned to a VM and to a client in the host", () => {
    checkVms(`
      device 00:12.0
      client c1 attach
      c1: smmu_init(0)
      c1: o1 = smmu_obj_create()
      c1: smmu_device_add_pci(o1, 0, 18, 0)  => 0
      vm a 0x0+0x1000->0x5000 pass 00:12.0   => refused HV-12 00:12.0
      c1: smmu_fini()                        => 0
      vm a 0x0+0x1000->0x5000 pass 00:12.0   => started
    `);
  });

  test("devices that the hardware cannot tell apart count as one (LIM-4, G-14)", () => {
    checkVms(`
      {"kind":"device","device":"pci:0000:00:12.0","identifiers":["0x8"]}
      {"kind":"device","device":"pci:0000:00:12.1","identifiers":["0x8"]}
      vm a 0x0+0x1000->0x5000 pass 00:12.0         => started
      vm b 0x0+0x1000->0x9000 pass 00:12.1         => refused HV-12 00:12.1
      stop a                                       => ended stopped
      vm b 0x0+0x1000->0x9000 pass 00:12.0 00:12.1 => started
    `);
  });

  test("a VM that runs is not started a second time", () => {
    checkVms(`
      vm a 0x0+0x1000->0x5000  => started
      vm a 0x0+0x1000->0x5000  => refused HV-12
      crash a                  => ended crashed
      vm a 0x0+0x1000->0x5000  => started
    `);
  });
});

test("where the host's unit lets all through, it is nobody's verdict to deny (contract 2 rule 2)", () => {
  checkVms(`
    device 00:12.0
    vm a 0x0+0x1000->0x5000 pass 00:12.0
    translation off
    dma 00:12.0 0x9000+4 w  => permitted 0x9000 translation-off
    translation on
    dma 00:12.0 0x9000+4 w  => denied unmapped vm guest 0x9000 host none
  `);
});

test("before the host's service has enabled its units, a device reaches everything (PUR-5)", () => {
  const dma = { kind: "dma", device: "pci:0000:00:12.0", address: "0x9000", length: 4, access: "w" };
  const run = start({ ...HOST, scenario: [dma, { kind: "service.start" }, dma] });
  expect(verdicts(run)).toEqual(["permitted undescribed", "denied no-object"]);
});
