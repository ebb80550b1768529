import { describe, expect, test } from "vitest";
import { run, stimuliOf } from "../../support/machine.ts";
import { checkVms, vmRecordOf } from "../../support/vmNotation.ts";

// Guest-physical 0x80000000..0x8000ffff is host-physical 0x20000000..0x2000ffff.
const VM = "vm a 0x80000000+0x10000->0x20000000 pass 00:12.0 00:14.0 vdev service";
const DRIVER = `
  process d1 in a
  d1: smmu_init(0)
  d1: o1 = smmu_obj_create()
`;

describe("the guest's service programs the vdev, and the host's the unit (HV-4, HV-5)", () => {
  test("before a driver asks, a device has no access: the vdev's unit is enabled, and nothing is granted (G-33)", () => {
    checkVms(`
      ${VM} smmuman                => started guest-running
      dma 00:12.0 0x80000000+4 r   => denied no-object guest guest 0x80000000 host 0x20000000
    `);
  });

  test("the device then has B, not all of A: the guest's grants, in host-physical terms (HV-4)", () => {
    checkVms(`
      ${VM} smmuman
      ${DRIVER}
      d1: smmu_device_add_pci(o1, 0, 18, 0)                    => 0
      d1: smmu_mapping_add(o1, READ|WRITE, 0x80002000+0x1000)  => 0
      dma 00:12.0 0x80002000+4 w  => permitted 0x20002000
      dma 00:12.0 0x80003000+4 w  => denied unmapped guest guest 0x80003000 host 0x20003000
      dma 00:12.0 0x90000000+4 w  => denied unmapped guest guest 0x90000000 host none
      guest-table a o1            => 0x80002000+0x1000:rw
      table vm:a:pci:0000:00:12.0 => 0x80002000+0x1000->0x20002000:rw
    `);
  });

  test("the guest's permissions reach the unit as they are: what may only be read may only be read", () => {
    checkVms(`
      ${VM} smmuman
      ${DRIVER}
      d1: smmu_device_add_pci(o1, 0, 18, 0)
      d1: smmu_mapping_add(o1, READ, 0x80002000+0x1000)  => 0
      dma 00:12.0 0x80002000+4 r  => permitted 0x20002000
      dma 00:12.0 0x80002000+4 w  => denied permission guest guest 0x80002000 host 0x20002000
    `);
  });

  test("drivers change mappings as they run, and the host follows (HV-5)", () => {
    checkVms(`
      ${VM} smmuman
      ${DRIVER}
      d1: smmu_device_add_pci(o1, 0, 18, 0)
      d1: smmu_mapping_add(o1, READ|WRITE, 0x80000000+0x3000)
      d1: smmu_mapping_add(o1, NONE, 0x80001000+0x1000)  => 0
      table vm:a:pci:0000:00:12.0 => 0x80000000+0x1000->0x20000000:rw 0x80002000+0x1000->0x20002000:rw
      d1: smmu_mapping_add(o1, READ, 0x80002000+0x1000)  => 0
      table vm:a:pci:0000:00:12.0 => 0x80000000+0x1000->0x20000000:rw 0x80002000+0x1000->0x20002000:r
      d1: smmu_device_add_pci(NULL, 0, 18, 0)            => 0
      table vm:a:pci:0000:00:12.0 => empty
      d1: smmu_device_add_pci(o1, 0, 18, 0)              => 0
      table vm:a:pci:0000:00:12.0 => 0x80000000+0x1000->0x20000000:rw 0x80002000+0x1000->0x20002000:r
      d1: smmu_obj_destroy(o1)                           => 0
      table vm:a:pci:0000:00:12.0 => empty
    `);
  });

  test("after a return of +1 the device has nothing until the mappings are reissued, in the host neither (CM-9, CM-11)", () => {
    checkVms(`
      ${VM} smmuman
      ${DRIVER}
      d1: smmu_mapping_add(o1, READ, 0x80000000+0x1000)  => 0
      d1: smmu_device_add_pci(o1, 0, 18, 0)              => 1
      table vm:a:pci:0000:00:12.0                        => empty
      dma 00:12.0 0x80000000+4 r                         => denied no-object guest
      d1: smmu_mapping_add(o1, READ, 0x80002000+0x1000)  => 0
      table vm:a:pci:0000:00:12.0 => 0x80000000+0x1000->0x20000000:r 0x80002000+0x1000->0x20002000:r
    `);
  });

  test("devices of one guest have tables of their own in the host", () => {
    checkVms(`
      ${VM} smmuman
      ${DRIVER}
      d1: o2 = smmu_obj_create()
      d1: smmu_device_add_pci(o1, 0, 18, 0)
      d1: smmu_device_add_pci(o2, 0, 20, 0)
      d1: smmu_mapping_add(o1, READ, 0x80000000+0x1000)
      d1: smmu_mapping_add(o2, WRITE, 0x80001000+0x1000)
      dma 00:12.0 0x80000000+4 r  => permitted 0x20000000
      dma 00:14.0 0x80000000+4 r  => denied unmapped guest
      dma 00:14.0 0x80001000+4 w  => permitted 0x20001000
      dma 00:12.0 0x80001000+4 w  => denied unmapped guest
    `);
  });

  test("devices that the hardware cannot tell apart have identical access in a guest, too (LIM-6)", () => {
    checkVms(`
      {"kind":"device","device":"pci:0000:00:12.0","identifiers":["0x8"]}
      {"kind":"device","device":"pci:0000:00:14.0","identifiers":["0x8"]}
      ${VM} smmuman
      ${DRIVER}
      d1: o2 = smmu_obj_create()
      d1: smmu_device_add_pci(o1, 0, 18, 0)              => 0
      d1: smmu_device_add_pci(o2, 0, 20, 0)              => -1 EBUSY
      d1: smmu_mapping_add(o1, READ, 0x80000000+0x1000)  => 0
      dma 00:14.0 0x80000000+4 r  => permitted 0x20000000
      dma 00:14.0 0x80001000+4 r  => denied unmapped guest
    `);
  });

  test("a grant that spans two pieces of the VM's memory becomes two of the host's", () => {
    checkVms(`
      vm a 0x1000+0x1000->0x9000 0x2000+0x1000->0x5000 pass 00:12.0 vdev service smmuman
      ${DRIVER}
      d1: smmu_device_add_pci(o1, 0, 18, 0)
      d1: smmu_mapping_add(o1, READ, 0x1000+0x2000)  => 0
      table vm:a:pci:0000:00:12.0                    => 0x1000+0x1000->0x9000:r 0x2000+0x1000->0x5000:r
      dma 00:12.0 0x1ffc+8 r                         => permitted 0x9ffc
    `);
  });

  test("the guest's start-up configuration grants in guest-physical terms (HG-5, SM-1)", () => {
    checkVms(`
      ${VM} smmuman: allow x 0x80004000,0x1000,s / device pci:0:18.0 x  => started guest-running
      dma 00:12.0 0x80004000+4 r   => permitted 0x20004000
      dma 00:12.0 0x80004000+4 w   => denied permission guest
      dma 00:12.0 0x20004000+4 r   => denied unmapped guest guest 0x20004000 host none
      table vm:a:pci:0000:00:12.0  => 0x80004000+0x1000->0x20004000:r
    `);
  });

  test("reserved, smmu, unit and use are ignored in a guest (HG-3.2)", () => {
    checkVms(`
      ${VM} smmuman: smmu vtd / unit u 0x1000 / device pci:0:18.0 use u / reserved 0x80000000,0x1000 => started guest-running
      dma 00:12.0 0x80000000+4 r  => denied no-object guest
    `);
  });
});

describe("B lies within A (HV-6, G-36)", () => {
  test.each([
    ["READ, 0x90000000+0x1000", "memory that the VM does not have"],
    ["READ, 0x8000f000+0x2000", "memory of which the VM has the first half"],
    ["READ, 0x7ffff800+0x1000", "a page too early"],
    ["READ, 0x80000000+0x1000 0x90000000+0x1000", "two regions, one of which the VM has not"],
    ["READ, 0x20000000+0x1000", "the host-physical address of its own memory"],
    ["READ, 0x80010000+1", "the first byte after it"],
  ])("smmu_mapping_add(%s) is refused whole: %s", (request) => {
    checkVms(`
      ${VM} smmuman
      ${DRIVER}
      d1: smmu_device_add_pci(o1, 0, 18, 0)              => 0
      d1: smmu_mapping_add(o1, ${request})               => -1 EINVAL
      guest-table a o1                                   => empty
      table vm:a:pci:0000:00:12.0                        => empty
      d1: smmu_mapping_add(o1, READ, 0x80000000+0x1000)  => 0
      d1: smmu_mapping_add(o1, ${request})               => -1 EINVAL
      guest-table a o1                                   => 0x80000000+0x1000:r
    `);
  });

  test("the very last byte of the VM's memory can be asked for", () => {
    checkVms(`
      ${VM} smmuman
      ${DRIVER}
      d1: smmu_device_add_pci(o1, 0, 18, 0)
      d1: smmu_mapping_add(o1, READ, 0x8000ffff+1)       => 0 page-partly-covered
      dma 00:12.0 0x8000f000+4 r                         => permitted 0x2000f000
    `);
  });

  test("a hole in the VM's memory refuses what spans it", () => {
    checkVms(`
      vm a 0x1000+0x1000->0x9000 0x3000+0x1000->0xb000 pass 00:12.0 vdev service smmuman
      ${DRIVER}
      d1: smmu_device_add_pci(o1, 0, 18, 0)
      d1: smmu_mapping_add(o1, READ, 0x1000+0x3000)         => -1 EINVAL
      d1: smmu_mapping_add(o1, READ, 0x1000+1 0x3000+1)     => 0 page-partly-covered
    `);
  });

  test("a start-up configuration that reaches beyond the VM ends the guest's service in its DSS; the device keeps A, and no more (HV-3)", () => {
    checkVms(`
      ${VM} smmuman: allow x 0x8000f000,0x2000 / device pci:0:18.0 x => started guest-dss unit-failure DSS-4
      dma 00:12.0 0x8000f000+4 r  => permitted 0x2000f000
    `);
  });

  test("a guest has its own devices and no others", () => {
    checkVms(`
      device 00:16.0
      ${VM} smmuman
      ${DRIVER}
      d1: smmu_device_add_pci(o1, 0, 22, 0)        => -1 ENOENT
      d1: smmu_device_add_pci(o1, 0, ANY, 0)       => 0
      dma 00:16.0 0x80000000+4 r                   => denied no-object
    `);
  });

  test("a start-up configuration with a device that is not passed through ends in the DSS", () => {
    checkVms(`${VM} smmuman: device pci:0:22.0  => started guest-dss unit-failure DSS-4`);
  });

  test("a client of one guest does not reach the objects or devices of another", () => {
    checkVms(`
      ${VM} smmuman
      vm b 0x80000000+0x1000->0x40000000 pass 00:15.0 vdev service smmuman => started guest-running
      ${DRIVER}
      process e1 in b
      e1: smmu_init(0)
      d1: smmu_device_add_pci(o1, 0, 18, 0)              => 0
      e1: smmu_device_add_pci(NULL, 0, 18, 0)            => -1 ENOENT
      e1: smmu_mapping_add(o1, READ, 0x80000000+0x1000)  => -1 EINVAL
      e1: o1 = smmu_obj_create()                         => o1
      e1: smmu_device_add_pci(o1, 0, 18, 0)              => -1 ENOENT
      e1: smmu_device_add_pci(o1, 0, 21, 0)              => 0
      e1: smmu_mapping_add(o1, READ, 0x80000000+0x1000)  => 0
      dma 00:15.0 0x80000000+4 r                         => permitted 0x40000000
      dma 00:12.0 0x80000000+4 r                         => denied unmapped guest
    `);
  });
});

describe("the guest's service, both variants (HG-3, HG-4, SAF-5)", () => {
  test.each(["smmuman", "smmuman-safety"])("%s programs the vdev", (service) => {
    checkVms(`
      ${VM} ${service}            => started guest-running
      guest-phase a               => running
      ${DRIVER}
      d1: smmu_device_add_pci(o1, 0, 18, 0)              => 0
      d1: smmu_mapping_add(o1, READ, 0x80000000+0x1000)  => 0
      dma 00:12.0 0x80000000+4 r  => permitted 0x20000000
    `);
  });

  test("smmuman-safety ends in the DSS where a component is not certified, or nobody says (SAF-5, G-2)", () => {
    for (const components of [[{ name: "qvm", certified: false }], undefined]) {
      expect(guestEnd({ name: "smmuman-safety", ...(components && { components }) })).toBe(
        "component-not-certified",
      );
      expect(guestEnd({ name: "smmuman", ...(components && { components }) })).toBe("running");
    }
  });

  test("safety none in the guest's configuration lifts that (SAF-6)", () => {
    const files = { "a.smmu": "safety none" };
    expect(guestEnd({ name: "smmuman-safety", files, args: ["@a.smmu"] })).toBe("running");
  });

  test("without a vdev in its VM the guest's service reports that hardware is absent (HG-3.1, DSS-3.4)", () => {
    checkVms(`${VM.replace(" vdev", "")} smmuman  => started guest-dss hardware-absent DSS-3.4`);
  });

  test("where the VM is no client of a service in the host, the vdev cannot confirm it (HG-4, G-2)", () => {
    checkVms(`
      vm a 0x1000+0x1000 pass 00:12.0 unserved vdev service smmuman => started reported HV-9 reported HV-8 00:12.0 guest-dss vdev-not-confirmed HG-4
    `);
  });

  test("a configuration with an error ends the guest's service alone (G-7)", () => {
    checkVms(`
      ${VM} smmuman: allow  => started guest-dss configuration-error G-7
      dma 00:12.0 0x80000000+4 w  => permitted 0x20000000
    `);
  });

  function guestEnd(service: object): string {
    const { state } = run("ideal", stimuliOf([{ ...vmRecordOf(VM.replace(" service", "")), service }]));
    const guest = [...state.vms.values()][0]!.guest!.service!;
    return guest.dss?.reason ?? guest.phase;
  }
});

describe("what a guest learns of a refused transfer (HV-7)", () => {
  test("its clients fetch a record, with the address as the device gave it; clients in the host get theirs", () => {
    checkVms(`
      client h1 attach
      h1: smmu_init(0)
      ${VM} smmuman
      ${DRIVER}
      dma 00:12.0 0x80005004+4 w  => denied no-object guest
      d1: smmu_xfer_status()      => 0 00:12.0 0x80005004
      d1: smmu_xfer_status()      => -1 EAGAIN
      h1: smmu_xfer_status()      => 0 00:12.0 0x80005004
    `);
  });

  test("another guest learns nothing of it", () => {
    checkVms(`
      ${VM} smmuman
      vm b 0x80000000+0x1000->0x40000000 pass 00:15.0 vdev service smmuman
      process e1 in b
      e1: smmu_init(0)
      dma 00:12.0 0x80005004+4 w  => denied no-object guest
      e1: smmu_xfer_status()      => -1 EAGAIN
    `);
  });

  test("what the hardware could not record, the vdev cannot tell (hardware 1.6)", () => {
    checkVms(`
      family vtd
      {"kind":"unit","unit":"u0","faultRecords":1}
      device 00:12.0 u0
      device 00:14.0 u0
      ${VM} smmuman
      ${DRIVER}
      dma 00:12.0 0x80005000+4 w  => denied no-object guest
      dma 00:14.0 0x80006000+4 w  => denied no-object guest
      d1: smmu_xfer_status()      => 0 00:12.0 0x80005000
      d1: smmu_xfer_status()      => -1 EAGAIN
    `);
  });
});
