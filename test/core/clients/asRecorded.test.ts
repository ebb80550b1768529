import { describe, expect, test } from "vitest";
import { stateDigest } from "../../../core/stateDigest.ts";
import { printState, readState } from "../../../core/stateText.ts";
import { replayBoot } from "../../../replay/replayBoot.ts";
import { bootFrom } from "../../support/boots.ts";
import { checkClients, clientRecordOf } from "../../support/clientNotation.ts";
import { run, stimuliOf } from "../../support/machine.ts";

const OWN = '{"kind":"client","client":"c1","abilities":["smmu/attach"],"view":"own"}';
const pci = (pdev: number | string, more: object, sop: string | null = "o1") =>
  call("smmu_device_add_pci", { sop, pbus: 0, pdev, pfunc: 0 }, more);
const map = (more: object, flags: string[] = ["SMF_READ"]) =>
  call("smmu_mapping_add", { sop: "o1", flags, entries: [{ phys: "0x1000", len: "0x1000" }] }, more);

function call(name: string, args: object, more: object): string {
  return JSON.stringify({ kind: "call", client: "c1", function: name, args, ...more });
}

const BEGUN = `
  ${OWN}
  c1: smmu_init(0)
  c1: o1 = smmu_obj_create()
`;

describe("a recorder that saw one client alone cannot be held to what it did not see", () => {
  test("an EBUSY or ENOENT of a device that others have, or that nobody controls, is taken over and changes nothing", () => {
    checkClients(`
      ${BEGUN}
      ${pci(18, { returns: -1, errno: "EBUSY" })}     => -1 EBUSY as-recorded
      ${pci(19, { returns: -1, errno: "ENOENT" })}    => -1 ENOENT as-recorded
      dma 00:12.0 0x1000+4 r                          => permitted
      ${pci(18, { returns: 0 })}                      => 0 agreed
      dma 00:12.0 0x1000+4 r                          => denied
    `);
  });

  test("whether mappings must be reissued is the service's to say (CM-9, CM-11)", () => {
    checkClients(`
      ${BEGUN}
      ${map({ returns: 0 })}                          => 0 agreed
      ${pci(18, { returns: 0 })}                      => 0 as-recorded
      dma 00:12.0 0x1000+4 r                          => permitted
      ${pci(20, { returns: 1 })}                      => 1 agreed
      dma 00:14.0 0x1000+4 r                          => denied
      ${map({ returns: 0 })}                          => 0 agreed
      ${pci(21, { returns: 1 })}                      => 1 as-recorded
      dma 00:15.0 0x1000+4 r                          => denied
      ${map({ returns: 0 })}                          => 0 agreed
      dma 00:15.0 0x1000+4 r                          => permitted
    `);
  });

  test("reserved regions, certification, wildcards and memory are others' to know (API-6, API-9, API-12)", () => {
    const reserved = { devid: { type: ["SDT_PCI"], bus: 0, dev: 18, func: 0 }, offset: 0, nresv: 1 };
    const region = { phys: "0x7b800000", len: "0x100000" };
    checkClients(`
      ${BEGUN}
      ${call("smmu_device_report_reserved", { ...reserved, resv: [region] }, { returns: 1 })} => 1 as-recorded 0x7b800000+0x100000
      ${call("smmu_safety", {}, { returns: "SMMUMAN_SAFETY_YES" })}        => SMMUMAN_SAFETY_YES as-recorded
      ${pci("SMMU_PCI_FIELD_ANY", { returns: 0 })}                         => 0 as-recorded
      ${map({ returns: -1, errno: "ENOMEM" })}                             => -1 ENOMEM as-recorded
      table o1                                                             => empty
    `);
  });

  test("what it could see is compared as ever: flags, abilities, its own objects and devices", () => {
    checkClients(`
      ${BEGUN}
      ${map({ returns: 0 }, ["SMF_VIRT"])}                    => -1 EINVAL diverged
      ${map({ returns: 0 }, ["SMF_TARGET", "SMF_READ"])}      => -1 EPERM diverged
      ${map({ returns: -1, errno: "EINVAL" })}                => 0 diverged
      ${pci(18, { returns: 0 }, null)}                        => -1 ENOENT diverged
      ${pci(18, { returns: 0 }, "o9")}                        => -1 EINVAL diverged
    `);
  });

  test("a recorder that says nothing of its view is held to all of it (contract 5)", () => {
    checkClients(`
      client c1 attach
      c1: smmu_init(0)
      c1: o1 = smmu_obj_create()
      ${pci(18, { returns: -1, errno: "EBUSY" })}     => 0 diverged
      ${call("smmu_safety", {}, { returns: "SMMUMAN_SAFETY_YES" })}        => SMMUMAN_SAFETY_NO diverged
    `);
  });

  test("a replay counts them apart, neither agreed nor diverged", () => {
    const lines = [
      OWN,
      "c1: smmu_init(0)",
      "c1: o1 = smmu_obj_create()",
      pci(18, { returns: -1, errno: "EBUSY" }),
    ];
    const reader = bootFrom([...lines, pci(18, { returns: 0 })].map(clientRecordOf));
    expect(replayBoot(reader).conformance).toMatchObject({
      compared: 1,
      agreed: 1,
      diverged: 0,
      notComparable: 1,
    });
  });

  test("a state that was printed and read still knows it, and a digest tells it apart", () => {
    const own = run("ideal", stimuliOf([clientRecordOf(OWN)])).state;
    const plain = run("ideal", stimuliOf([clientRecordOf("client c1 attach")])).state;
    expect(printState(readState(printState(own))!)).toBe(printState(own));
    expect(stateDigest(readState(printState(own))!)).toBe(stateDigest(own));
    expect(stateDigest(own)).not.toBe(stateDigest(plain));
  });

  test("where the other client's recording is there, too, an EBUSY agrees", () => {
    checkClients(`
      {"kind":"client","client":"c2","abilities":["smmu/attach"],"view":"own"}
      c2: smmu_init(0)
      c2: o2 = smmu_obj_create()
      c2: smmu_device_add_pci(o2, 0, 18, 0)
      ${BEGUN}
      ${pci(18, { returns: -1, errno: "EBUSY" })}     => -1 EBUSY agreed
      ${pci(18, { returns: 0 })}                      => -1 EBUSY diverged
    `);
  });
});
