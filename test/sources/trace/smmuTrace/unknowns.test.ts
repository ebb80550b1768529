import { describe, expect, test } from "vitest";
import { UNKNOWN_TOLD_MAX } from "../../../../sources/trace/smmuTrace/unknowns.ts";
import { readLines } from "../../../support/machine.ts";

const read = (...records: unknown[]) =>
  readLines(records.map((record) => (typeof record === "string" ? record : JSON.stringify(record))));
const DEVICE = "pci:0000:00:02.0";
const MAP = { kind: "map", object: "o1", address: "0x1000", length: 4096, access: "rw" };
const DMA = { kind: "dma", device: DEVICE, address: "0x1234", length: 4, access: "r" };

describe("what a record says beside its fields is kept", () => {
  test("t, and the recorder's own line, origin and note", () => {
    const own = { line: 7, origin: { file: "x.smmu", line: 3 }, note: "n" };
    const { stimuli, diagnostics } = read({ ...DMA, t: 5, ...own }, DMA);
    expect(diagnostics).toEqual([]);
    expect(stimuli.map(({ told }) => told)).toEqual([
      { line: 2, lastLine: null, t: 5, extra: own },
      { line: 3, lastLine: null, t: null, extra: null },
    ]);
  });

  test("unknown fields are kept and told once each, by kind", () => {
    const { stimuli, diagnostics } = read(
      { ...DMA, speed: 1, observed: { verdict: "denied", cycles: 3 } },
      { ...DMA, speed: 2, observed: { verdict: "denied", cycles: 4 } },
      { ...MAP, speed: 3 },
      '{"kind":"mark","text":"","__proto__":{"a":1},"constructor":2}',
    );
    expect(stimuli.map(({ told }) => JSON.stringify(told.extra))).toEqual([
      '{"speed":1,"observed":{"cycles":3}}',
      '{"speed":2,"observed":{"cycles":4}}',
      '{"speed":3}',
      '{"__proto__":{"a":1},"constructor":2}',
    ]);
    expect(diagnostics.map(({ code, line, severity }) => [code, line, severity])).toEqual([
      ["TRC112", 2, "note"],
      ["TRC112", 2, "note"],
      ["TRC112", 4, "note"],
      ["TRC112", 5, "note"],
      ["TRC112", 5, "note"],
    ]);
    expect(diagnostics.map(({ message }) => /field "([^"]+)"/.exec(message)?.[1])).toEqual([
      "dma.speed",
      "dma.observed.cycles",
      "map.speed",
      "mark.__proto__",
      "mark.constructor",
    ]);
  });

  test("unknown kinds are kept whole and told once each", () => {
    const { stimuli, diagnostics } = read(
      { kind: "toString", t: 1, note: "n", a: { b: [1] } },
      { kind: "toString" },
      { kind: "__proto__", x: 1 },
    );
    expect(stimuli.map(({ stimulus }) => stimulus)).toEqual([
      { kind: "unknown", name: "toString", fields: { a: { b: [1] } } },
      { kind: "unknown", name: "toString", fields: {} },
      { kind: "unknown", name: "__proto__", fields: { x: 1 } },
    ]);
    expect(stimuli[0]!.told).toMatchObject({ t: 1, extra: { note: "n" } });
    expect(diagnostics.map(({ code, line }) => [code, line])).toEqual([
      ["TRC111", 2],
      ["TRC111", 4],
    ]);
  });

  test("of very many unknown kinds the first hundred are told, then that there are more: no flood, no silence", () => {
    const records = Array.from({ length: UNKNOWN_TOLD_MAX + 50 }, (_, i) => ({ kind: `k${i}` }));
    const { stimuli, diagnostics } = read(...records);
    expect(stimuli).toHaveLength(records.length);
    expect(diagnostics).toHaveLength(UNKNOWN_TOLD_MAX + 1);
    expect(diagnostics.at(-1)).toMatchObject({ code: "TRC114", line: UNKNOWN_TOLD_MAX + 2 });
  });

  test.each([
    `{"kind":"mark","text":"","x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
    `{"kind":"strange","x":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`,
    '{"kind":"mark","text":"","note":{"deep":[1e999]}}',
    `{"kind":"dma","device":"${DEVICE}","address":"0x0","length":1,"access":"r","observed":{"verdict":"denied","(":${"[".repeat(99)}${"]".repeat(99)}}}`,
    `{"kind":"fault","report":{"raw":{"x":${"[".repeat(99)}${"]".repeat(99)}}}}`,
  ])("but not what could not be printed again: %.70s", (line) => {
    const { stimuli, diagnostics } = read(line);
    expect(stimuli).toEqual([]);
    expect(diagnostics.map(({ code }) => code).filter((code) => code !== "TRC112")).toEqual(["TRC113"]);
  });

  test("a field with a name of half a megabyte is told in a message of bounded length", () => {
    const name = "(\u001b".repeat(100_000);
    const { diagnostics } = read(
      { kind: "mark", text: "", [name]: 1 },
      `{"kind":"mark","text":"",${JSON.stringify(name)}:1e999}`,
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(["TRC112", "TRC113"]);
    for (const { message } of diagnostics) {
      expect(message.length).toBeLessThan(1000);
      expect(message).not.toContain("\u001b");
    }
  });
});
