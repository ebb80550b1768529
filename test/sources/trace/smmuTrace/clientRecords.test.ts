import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { recordMembers } from "../../../../events/codec/eventJson.ts";
import { CLIENT_STIMULI } from "../../../support/clientEvents.ts";
import { readLines, stimuliOf } from "../../../support/machine.ts";

function codes(record: object): string[] {
  return readLines([JSON.stringify(record)]).diagnostics.map(({ code }) => code);
}

const call = (name: string, args: unknown, more: object = {}) => ({
  kind: "call",
  client: "c",
  function: name,
  args,
  ...more,
});

describe("client records (contract 5)", () => {
  test("a process tells its abilities and, where it runs in one, its VM", () => {
    expect(
      stimuliOf([{ kind: "client", client: "c", abilities: ["smmu/attach", "smmu/attach"], vm: "v" }]),
    ).toEqual([{ kind: "client", client: "c", abilities: ["smmu/attach"], vm: "v" }]);
    expect(codes({ kind: "client", client: "c" })).toEqual(["TRC103"]);
    expect(codes({ kind: "client", client: "c", abilities: "smmu/attach" })).toEqual(["TRC104"]);
    expect(codes({ kind: "client", client: "c", abilities: [""] })).toEqual(["TRC104"]);
    expect(codes({ kind: "client", client: "c", abilities: Array(65).fill("a") })).toEqual(["TRC104"]);
    expect(codes({ kind: "exit" })).toEqual(["TRC103"]);
  });

  test("flags are lists of symbolic names; other bits are hex text", () => {
    const flags = (value: unknown) => {
      const [stimulus] = stimuliOf([call("smmu_mapping_add", { sop: "o", flags: value, entries: [] })]);
      return stimulus!.kind === "call" && "flags" in stimulus!.call ? stimulus!.call.flags : null;
    };
    expect(flags(["SMF_READ", "SMF_WRITE"])).toBe(3);
    expect(flags([])).toBe(0);
    expect(flags(["SMF_NONE"])).toBe(0);
    expect(flags(["SMF_READ", "0x80000000"])).toBe(0x8000_0001);
    expect(flags(0x1f)).toBe(0x1f);
    expect(codes(call("smmu_mapping_add", { sop: "o", flags: ["SMF_WRTE"], entries: [] }))).toEqual([
      "TRC104",
    ]);
    expect(codes(call("smmu_mapping_add", { sop: "o", flags: ["toString"], entries: [] }))).toEqual([
      "TRC104",
    ]);
    expect(codes(call("smmu_init", { flags: ["SMF_READ"] }))).toEqual(["TRC104"]);
  });

  test("wildcards and types are written by their names, alone or as a list of one", () => {
    const [pci, generic] = stimuliOf([
      call("smmu_device_add_pci", {
        sop: null,
        pbus: "SMMU_PCI_FIELD_ANY",
        pdev: ["SMMU_PCI_FIELD_ANY"],
        pfunc: 7,
      }),
      call("smmu_device_add_generic", {
        sop: "o",
        devid: { type: ["SDT_MMIO"], phys: "0xe6ef0000", length: "0x1000" },
      }),
    ]);
    expect(pci).toMatchObject({ call: { pbus: 0xffff_ffff, pdev: 0xffff_ffff, pfunc: 7, sop: null } });
    expect(generic).toMatchObject({ call: { devid: { type: "SDT_MMIO", length: 4096 } } });
  });

  test("what is missing, misspelt or of a wrong form skips the line and says which", () => {
    const bad: [object, string][] = [
      [call("smmu_mapping_ad", {}), "TRC104"],
      [{ kind: "call", client: "c" }, "TRC103"],
      [call("smmu_fini", { flags: [] }), "TRC115"],
      [call("smmu_fini", 7), "TRC104"],
      [call("smmu_obj_destroy", {}), "TRC103"],
      [call("smmu_obj_destroy", { sop: "" }), "TRC104"],
      [call("smmu_device_add_pci", { sop: "o", pbus: 0, pdev: 1 }), "TRC103"],
      [call("smmu_device_add_pci", { sop: "o", pbus: 0, pdev: 1.5, pfunc: 0 }), "TRC104"],
      [call("smmu_device_add_mmio", { sop: "o", phys: "0x10000000000000000", len: 1 }), "TRC104"],
      [call("smmu_device_add_mmio", { sop: "o", phys: "0x1000", len: 2 ** 32 }), "TRC104"],
      [call("smmu_mapping_add", { sop: "o", flags: [], entries: {} }), "TRC104"],
      [call("smmu_mapping_add", { sop: "o", flags: [], entries: [{ phys: "0x1" }] }), "TRC103"],
      [call("smmu_mapping_add", { sop: "o", flags: [], entries: [{ phys: "0x1", len: 1, x: 1 }] }), "TRC104"],
      [call("smmu_mapping_add", { sop: "o", flags: [], entries: [null] }), "TRC104"],
      [call("smmu_device_add_generic", { sop: "o", devid: { type: "SDT_USB" } }), "TRC104"],
      [call("smmu_init", {}, { as: "o" }), "TRC104"],
      [call("smmu_init", {}, { returns: 1.5 }), "TRC104"],
      [call("smmu_init", {}, { returns: [0] }), "TRC104"],
      [call("smmu_init", {}, { errno: 9 }), "TRC104"],
    ];
    expect(bad.map(([record]) => codes(record))).toEqual(bad.map(([, code]) => [code]));
  });

  test("a unit may tell its fault registers, a device what its unit knows it by", () => {
    expect(
      stimuliOf([
        { kind: "unit", unit: "u", faultRecords: 1, faultMerging: true },
        { kind: "device", device: "mmio:0x1000", unit: "u", identifiers: ["0x5", "0x5"] },
      ]),
    ).toMatchObject([{ faultRecords: 1, faultMerging: true }, { identifiers: ["0x5"] }]);
    expect(codes({ kind: "unit", unit: "u", faultRecords: 0 })).toEqual(["TRC104"]);
    expect(codes({ kind: "unit", unit: "u", faultRecords: 1, faultMerging: "yes" })).toEqual(["TRC104"]);
    expect(codes({ kind: "device", device: "mmio:0x1000", identifiers: "5" })).toEqual(["TRC104"]);
  });

  test("what is told as a record is read back as it was, for every call (round trip)", () => {
    const anything = fc.oneof(CLIENT_STIMULI.client, CLIENT_STIMULI.call, CLIENT_STIMULI.exit);
    let read = 0;
    fc.assert(
      fc.property(anything, (stimulus) => {
        const record = recordMembers(stimulus);
        const { stimuli, diagnostics } = readLines([JSON.stringify(record)]);
        // Names that no trace can hold are refused, never altered.
        if (diagnostics.length > 0) return;
        read += 1;
        const told = recordMembers(stimuli[0]!.stimulus);
        expect(told).toEqual(record);
      }),
      { numRuns: 500 },
    );
    expect(read).toBeGreaterThan(50);
  });
});
