import { describe, expect, test } from "vitest";
import { decide, viewOf } from "../../../core/decide.ts";
import { newService } from "../../../core/startup/serviceState.ts";
import { checkClients } from "../../support/clientNotation.ts";
import { run, stimuliOf } from "../../support/machine.ts";

describe("connecting (API-1, API-2, PRV-1)", () => {
  test("smmu_init wants the ability smmu/attach and no flags (API-1, PRV-1, G-27)", () => {
    checkClients(`
      client c1 attach
      client c2 target
      c1: smmu_init(0x1)        => -1 EINVAL
      c1: smmu_init(0)          => 0
      c2: smmu_init(0)          => -1 EPERM
      c3: smmu_init(0)          => -1 EPERM
    `);
  });

  test("a second smmu_init of a connected client succeeds and changes nothing", () => {
    checkClients(`
      client c1 attach
      c1: smmu_init(0)
      c1: o1 = smmu_obj_create()   => o1
      c1: smmu_init(0)             => 0
      objects                      => o1
    `);
  });

  test("without a connection every call fails with EBADF, and smmu_safety cannot tell (G-27, SAF-9)", () => {
    checkClients(`
      client c1 attach
      c1: o1 = smmu_obj_create()                       => NULL EBADF
      c1: smmu_obj_destroy(o1)                         => -1 EBADF
      c1: smmu_device_add_pci(o1, 0, 18, 0)            => -1 EBADF
      c1: smmu_device_add_mmio(o1, 0xe6ef0000, 4096)   => -1 EBADF
      c1: smmu_mapping_add(o1, READ, 0x1000+1)         => -1 EBADF
      c1: smmu_device_report_reserved(0, 18, 0, 0, 4)  => -1 EBADF
      c1: smmu_xfer_notify()                           => -1 EBADF
      c1: smmu_xfer_status()                           => -1 EBADF
      c1: smmu_fini()                                  => -1 EBADF
      c1: smmu_safety()                                => SMMUMAN_SAFETY_ERROR EBADF
      objects                                          =>
    `);
  });

  test("after smmu_fini the client has nothing, and may connect again (G-28)", () => {
    checkClients(`
      device 00:12.0
      client c1 attach
      c1: smmu_init(0)
      c1: o1 = smmu_obj_create()
      c1: smmu_device_add_pci(o1, 0, 18, 0)     => 0
      c1: smmu_mapping_add(o1, READ, 0x1000+1)  => 0 page-partly-covered
      dma 00:12.0 0x1000+4 r                    => permitted
      c1: smmu_fini()                           => 0
      objects                                   =>
      dma 00:12.0 0x1000+4 r                    => denied no-object
      c1: smmu_xfer_status()                    => -1 EBADF
      c1: smmu_init(0)                          => 0
      c1: smmu_mapping_add(o1, READ, 0x1000+1)  => -1 EINVAL
    `);
  });

  test("a recorded system is not known to be certified: smmu_safety says NO (API-12, SAF-9)", () => {
    checkClients(`
      client c1 attach
      c1: smmu_init(0)
      c1: smmu_safety()     => SMMUMAN_SAFETY_NO
    `);
  });

  test("in the Design Safe State nobody answers (DSS-1)", () => {
    const calls = stimuliOf([
      { kind: "call", client: "c1", function: "smmu_init" },
      { kind: "call", client: "c1", function: "smmu_obj_create", as: "o1" },
      { kind: "call", client: "c1", function: "smmu_safety" },
    ]);
    const { state } = run("vtd", stimuliOf([{ kind: "client", client: "c1", abilities: ["smmu/attach"] }]));
    for (const phase of ["starting", "dss"] as const) {
      const service = { ...newService("smmuman"), phase };
      const answers = calls.map((call) => decide(viewOf({ ...state, service }), call));
      expect(answers).toMatchObject([
        [{ returns: -1, errno: "EBADF" }],
        [{ returns: null, errno: "EBADF" }],
        [{ returns: "SMMUMAN_SAFETY_ERROR" }],
      ]);
    }
  });
});

describe("objects (API-3, API-4, CM-5)", () => {
  test("smmu_obj_create gives an object, at any time after connecting (API-3, CM-5)", () => {
    checkClients(`
      client c1 attach
      c1: smmu_init(0)
      c1: o0 = smmu_obj_create(0x2)    => NULL EINVAL
      c1: o1 = smmu_obj_create(NONE)   => o1
      c1: o2 = smmu_obj_create()       => o2
      objects                          => o1 o2
    `);
  });

  test("SOCF_RESERVED_MANUAL is the hypervisor's: it takes the ability smmu/target (API 9.2)", () => {
    checkClients(`
      client c1 attach
      client qvm attach target
      c1: smmu_init(0)
      qvm: smmu_init(0)
      c1: o1 = smmu_obj_create(RESERVED_MANUAL)    => NULL EPERM
      qvm: o1 = smmu_obj_create(RESERVED_MANUAL)   => o1
      qvm: o2 = smmu_obj_create(0x3)               => NULL EINVAL
    `);
  });

  test("two clients may use one name for two objects, and neither reaches the other's", () => {
    checkClients(`
      device 00:12.0
      client c1 attach
      client c2 attach
      c1: smmu_init(0)
      c2: smmu_init(0)
      c1: o = smmu_obj_create()                => o
      c2: smmu_mapping_add(o, READ, 0x1000+1)  => -1 EINVAL
      c2: smmu_device_add_pci(o, 0, 18, 0)     => -1 EINVAL
      c2: smmu_obj_destroy(o)                  => -1 EINVAL
      c2: o = smmu_obj_create()                => c2/o#1
      c2: smmu_mapping_add(o, READ, 0x1000+0x1000)   => 0
      table o                                  => empty
      table c2/o#1                             => 0x1000+0x1000:r
      c1: smmu_obj_destroy(o)                  => 0
      objects                                  => c2/o#1
    `);
  });

  test("a name that is used again stands for the newer object; objects without a name exist, too", () => {
    checkClients(`
      client c1 attach
      c1: smmu_init(0)
      c1: o = smmu_obj_create()                => o
      c1: o = smmu_obj_create()                => c1/o#2
      c1: smmu_mapping_add(o, READ, 0x1000+0x1000)   => 0
      table o                                  => empty
      table c1/o#2                             => 0x1000+0x1000:r
      c1: smmu_obj_create()                    => c1#3
      objects                                  => c1#3 c1/o#2 o
    `);
  });

  test("destroying an object leaves its devices without access, never unrestricted (API-4, G-28)", () => {
    checkClients(`
      device 00:12.0
      client c1 attach
      c1: smmu_init(0)
      c1: o1 = smmu_obj_create()
      c1: smmu_device_add_pci(o1, 0, 18, 0)
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)
      c1: smmu_obj_destroy(o1)                      => 0
      c1: smmu_obj_destroy(o1)                      => -1 EINVAL
      dma 00:12.0 0x1000+4 r                        => denied no-object
      c1: smmu_obj_destroy(NULL)                    => -1 EINVAL
    `);
  });
});

describe("the death of a client (G-28)", () => {
  test("at any moment, a client that dies leaves its devices with no access", () => {
    checkClients(`
      device 00:12.0
      client c1 attach
      c1: smmu_init(0)
      c1: o1 = smmu_obj_create()
      c1: smmu_device_add_pci(o1, 0, 18, 0)
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)
      exit c1
      dma 00:12.0 0x1000+4 r                        => denied no-object
      objects                                       =>
      c1: smmu_xfer_status()                        => -1 EBADF
      c1: smmu_init(0)                              => -1 EPERM
      exit c1
    `);
  });

  test("a device freed by a death may be taken by another client (CM-7)", () => {
    checkClients(`
      device 00:12.0
      client c1 attach
      client c2 attach
      c1: smmu_init(0)
      c2: smmu_init(0)
      c1: o1 = smmu_obj_create()
      c2: o2 = smmu_obj_create()
      c1: smmu_device_add_pci(o1, 0, 18, 0)    => 0
      c2: smmu_device_add_pci(o2, 0, 18, 0)    => -1 EBUSY
      exit c1
      c2: smmu_device_add_pci(o2, 0, 18, 0)    => 0
    `);
  });
});
