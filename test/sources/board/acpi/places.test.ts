import { describe, expect, test } from "vitest";
import { readBoard } from "../../../../sources/board/board.ts";
import { inspectTable } from "../../../../sources/board/inspect.ts";
import { acpidumpText, acpiTable, type Bytes, dmar, drhd, le } from "../acpiBuilder.ts";
import { check, patched } from "../check.ts";
import { everyByte, everyLength, randomEdits } from "../mutations.ts";

/** An MCFG of the given entries. */
function mcfg(...entries: readonly Bytes[]): Uint8Array {
  return acpiTable("MCFG", [...le(0, 8), ...entries.flat()]);
}
function buses(base: number | bigint, first = 0, last = 0xff, segment = 0): number[] {
  return [...le(base, 8), ...le(segment, 2), first, last, ...le(0, 4)];
}
/** A MADT of the given structures. */
function madt(structures: readonly Bytes[], local = 0xfee00000): Uint8Array {
  return acpiTable("APIC", [...le(local, 4), ...le(1, 4), ...structures.flat()], { revision: 5 });
}
const made = (type: number, body: Bytes) => [type, 2 + body.length, ...body];
const localApic = (id: number) => made(0, [id, id, ...le(1, 4)]);
const ioapic = (base: number, id = 2) => made(1, [id, 0, ...le(base, 4), ...le(0, 4)]);
const GICC = made(11, [
  ...le(0, 2),
  ...le(0, 4),
  ...le(3, 4),
  ...le(1, 4),
  ...le(0, 4),
  ...le(23, 4),
  ...le(0, 8),
  ...le(0x2c000000, 8),
  ...le(0x2c020000, 8),
  ...le(0x2c010000, 8),
  ...le(25, 4),
  ...le(0x2f100000, 8),
  ...le(0, 8),
  ...le(0, 4),
]);
const gicd = (version: number) =>
  made(12, [...le(0, 2), ...le(0, 4), ...le(0x2f000000, 8), ...le(0, 4), version, 0, 0, 0]);
const gicr = made(14, [...le(0, 2), ...le(0x2f200000, 8), ...le(0x100000, 4)]);
const its = made(15, [...le(0, 2), ...le(7, 4), ...le(0x2f020000, 8), ...le(0, 4)]);
const frame = made(13, [
  ...le(0, 2),
  ...le(4, 4),
  ...le(0x2c1c0000, 8),
  ...le(0, 4),
  ...le(32, 2),
  ...le(64, 2),
]);
const X86 = madt([localApic(0), localApic(1), ioapic(0xfec00000), made(9, [...le(0, 2), ...le(2, 12)])]);
const GOOD = dmar([drhd(0xfed91000, { flags: 1 })]);

describe("an MCFG tells where PCI configuration space is", () => {
  test("the base is that of bus 0: a segment that starts at bus 0x40 lies 64 MiB above it", () => {
    expect(inspectTable(mcfg(buses(0xe0000000), buses(0x40_0000_0000n, 0x40, 0x7f, 1)), "t")).toMatchObject({
      kind: "MCFG",
      facts: {
        signature: "MCFG",
        allocations: [
          { base: "0xe0000000", segment: 0, startBus: 0, endBus: 255, last: "0xefffffff" },
          { segment: 1, startBus: 64, first: "0x4004000000", last: "0x4007ffffff" },
        ],
      },
      diagnostics: [],
    });
  });
  test("half an entry, and bytes too few for the fixed part", () => {
    check(mcfg(buses(0xe0000000), le(0, 8)), "MCFG001");
    check(patched(mcfg(), 4, ...le(43, 4)), "ACPI003");
  });
  test("last bus below the first", () => check(mcfg(buses(0xe0000000, 0x40, 0x3f)), "MCFG002"));
  test("base 0, unaligned, or past 2^64", () => {
    for (const base of [0, 0xe0080000, 0xffff_ffff_fff0_0000n]) check(mcfg(buses(base)), "MCFG003");
  });
  test("two entries of the same addresses; neighbours are none", () => {
    check(mcfg(buses(0xe0000000), buses(0xe0000000, 0, 0xff, 1)), "MCFG004");
    check(mcfg(buses(0xe0000000, 0, 0x7f), buses(0xe0000000, 0x80, 0xff)));
  });
});

describe("a MADT tells where interrupt controllers are", () => {
  const controllers = (bytes: Uint8Array) => {
    const { facts } = inspectTable(bytes, "t");
    return (facts as unknown as { structures: { controllers?: unknown[] }[] }).structures.flatMap(
      (each) => each.controllers ?? [],
    );
  };
  test("of an x86 machine", () => {
    expect(inspectTable(X86, "t")).toMatchObject({
      kind: "APIC",
      facts: {
        localApicAddress: "0xfee00000",
        flags: "0x00000001",
        structures: [
          { type: "local-apic", id: 0 },
          { type: "local-apic", id: 1 },
          { type: "ioapic", typeCode: 1, id: 2 },
          { type: "local-x2apic" },
        ],
      },
      diagnostics: [],
    });
    expect(controllers(X86)).toEqual([{ kind: "ioapic", base: "0xfec00000", length: "0x1000" }]);
  });
  test("of an Arm machine, each as long as its architecture makes it", () => {
    expect(controllers(madt([GICC, gicd(3), gicr, its, frame], 0))).toEqual([
      { kind: "gic-cpu-interface", base: "0x2c000000", length: "0x2000" },
      { kind: "gic-virtual-cpu-interface", base: "0x2c020000", length: "0x2000" },
      { kind: "gic-hypervisor-interface", base: "0x2c010000", length: "0x1000" },
      { kind: "gic-redistributor", base: "0x2f100000", length: "0x20000" },
      { kind: "gic-distributor", base: "0x2f000000", length: "0x10000" },
      { kind: "gic-redistributor", base: "0x2f200000", length: "0x100000" },
      { kind: "gic-its", base: "0x2f020000", length: "0x20000" },
      { kind: "gic-msi-frame", base: "0x2c1c0000", length: "0x1000" },
    ]);
    expect(controllers(madt([gicd(2)], 0))).toMatchObject([{ length: "0x1000" }]);
  });
  test("a short GIC CPU interface of an old revision has no redistributor", () => {
    const short = [...GICC.slice(0, 40)];
    short[1] = 40;
    check(madt([short], 0));
    expect(controllers(madt([short], 0))).toMatchObject([{ kind: "gic-cpu-interface" }]);
  });
  test("structures of other processors and makers are told by their type", () => {
    const { facts, diagnostics } = inspectTable(madt([made(0x18, le(0, 18)), made(0x80, le(0, 6))]), "t");
    expect(facts).toMatchObject({ structures: [{ type: "type-0x18" }, { type: "type-0x80" }] });
    expect(diagnostics).toEqual([]);
  });
  test("malformed structures, each with its own code", () => {
    check(madt([[1, 0]]), "MADT001");
    check(madt([[1, 1]]), "MADT001");
    check(madt([[1]]), "MADT001");
    check(madt([[1, 20, 0, 0]]), "MADT002");
    check(madt([made(1, le(0, 6)), localApic(0)]), "MADT003");
    check(madt([ioapic(0)]), "MADT004");
  });
});

describe("beside a table about IOMMUs", () => {
  const dump = Buffer.from(
    acpidumpText(GOOD, "DMAR") + acpidumpText(mcfg(buses(0xe0000000)), "MCFG") + acpidumpText(X86, "APIC"),
  );
  test("the facts stay those of that table, and the others stand alongside", () => {
    const { kind, facts, alongside, diagnostics } = inspectTable(dump, "t");
    expect(kind).toBe("DMAR");
    expect(facts).toEqual(inspectTable(GOOD, "t").facts);
    expect(alongside).toMatchObject([{ signature: "MCFG" }, { signature: "APIC" }]);
    expect(diagnostics).toEqual([]);
  });
  test("what is wrong with them is told, and does not damage the board", () => {
    const bad = Buffer.from(
      acpidumpText(GOOD, "DMAR") +
        acpidumpText(mcfg(buses(0)), "MCFG") +
        acpidumpText(patched(X86, 9, 0x77), "APIC"),
    );
    const { board, diagnostics } = readBoard([{ name: "dump", bytes: bad }]);
    expect(diagnostics.map(({ code }) => code)).toEqual(["MCFG003", "ACPI006"]);
    expect(board).toMatchObject({ damaged: [], tables: [{}], places: [{}, {}] });
  });
  test("in a binary file nothing behind a refused one is found, so the board is damaged", () => {
    const { board } = readBoard([
      { name: "cat", bytes: Uint8Array.from([...patched(X86, 4, ...le(20, 4)), ...GOOD]) },
    ]);
    expect(board?.damaged).toMatchObject([expect.stringContaining("ACPI003")]);
  });
  test("a machine's dump without any table about IOMMUs is told so, and still of use", () => {
    const none = Buffer.from(acpidumpText(X86, "APIC") + acpidumpText(acpiTable("FACP", le(0, 8)), "FACP"));
    const { board, diagnostics } = readBoard([{ name: "dump", bytes: none }]);
    expect(diagnostics.map(({ code }) => code)).toEqual(["ACPI020"]);
    expect(board).toMatchObject({ damaged: [], places: [{}] });
  });
});

describe.each([
  ["MCFG", mcfg(buses(0xe0000000), buses(0x40_0000_0000n, 0x40, 0x7f, 1))],
  ["MADT", madt([localApic(0), ioapic(0xfec00000), GICC, gicd(3), gicr, its, frame])],
])("%s parses or is refused, however it is damaged:", (_, sample) => {
  test("any one byte changed, checksum wrong or right", () => everyByte(sample, true));
  test("any length", () => everyLength(sample));
  test("several bytes changed", () => randomEdits(sample, true, 300));
});
