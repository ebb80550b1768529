import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readScenario } from "../../../sources/scenario/readScenario.ts";

const DMA = { kind: "dma", device: "pci:0000:00:12.0", address: "0x1000", length: 4, access: "r" };
const FAIL = { kind: "fail", what: "unit", name: "dmar0" };
const lines = (...records: object[]) => records.map((record) => JSON.stringify(record)).join("\n");

/** The kinds of each part. */
function parts(text: string, file = "s.jsonl") {
  const { before, failures, after, diagnostics } = readScenario(text, file);
  expect(diagnostics).toEqual([]);
  const kinds = (records: readonly { readonly stimulus: { readonly kind: string } }[]) =>
    records.map(({ stimulus }) => stimulus.kind);
  return { before: kinds(before), failures: kinds(failures), after: kinds(after) };
}

describe("a scenario as lines (contract 5)", () => {
  test("is a trace whose header may be left out", () => {
    const header = '{"format":"smmu-trace","version":1,"family":"vtd"}';
    const expected = { before: [], failures: [], after: ["dma"] };
    expect(parts(lines(DMA))).toEqual(expected);
    expect(parts(`${header}\n${lines(DMA)}\n`)).toEqual(expected);
  });

  test("a bad header is told", () => {
    const { diagnostics } = readScenario('{"format":"smmu-trace","version":9,"family":"vtd"}', "s.jsonl");
    expect(diagnostics.map(({ code }) => code)).toEqual(["TRC002"]);
  });

  test("failures belong to the start-up until something happens", () => {
    expect(parts(lines({ kind: "mark", text: "x" }, FAIL, DMA, FAIL))).toEqual({
      before: [],
      failures: ["fail"],
      after: ["mark", "dma", "fail"],
    });
  });

  test("a failure may say to which part it belongs", () => {
    expect(
      parts(lines({ ...FAIL, at: "run" }, DMA, { ...FAIL, at: "start-up" }, { ...FAIL, at: 2 })),
    ).toEqual({
      before: [],
      failures: ["fail", "fail"],
      after: ["fail", "dma"],
    });
  });

  test("a signal or an interrupt comes after the start-up, unless it names a step", () => {
    const signal = { kind: "fail", what: "signal" };
    expect(parts(lines(signal, { kind: "fail", what: "interrupt" }, { ...signal, at: 3 }))).toEqual({
      before: [],
      failures: ["fail"],
      after: ["fail", "fail"],
    });
  });

  test("what stands before the launch happens before it", () => {
    expect(parts(lines(DMA, { kind: "service.start" }, FAIL, DMA))).toEqual({
      before: ["dma"],
      failures: ["fail"],
      after: ["dma"],
    });
  });

  test("PUR-5: the launch may say when it is, and how long its steps take", () => {
    const timing = (record: object) =>
      readScenario(lines({ kind: "service.start", ...record }), "s.jsonl").timing;
    expect(timing({})).toBeNull();
    expect(timing({ t: 5, step: 7 })).toEqual({ launched: 5, step: 7 });
    expect(timing({ t: 5 })).toEqual({ launched: 5, step: 0 });
    expect(timing({ step: 7 })).toEqual({ launched: 0, step: 7 });
    const yaml = readScenario(
      "start: {t: 5, step: 7}\nbefore:\n  - mark: x\nafter:\n  - mark: y\n",
      "s.yaml",
    );
    expect(yaml).toMatchObject({
      timing: { launched: 5, step: 7 },
      before: [{}],
      after: [{}],
      diagnostics: [],
    });
  });

  test.each([
    ['{"kind":"service.start","t":-1}', "t"],
    ['{"kind":"service.start","step":1.5}', "step"],
    ['{"kind":"service.start","step":9007199254740991}', "step"],
    ['{"kind":"service.start","t":"soon"}', "t"],
    ['{"kind":"service.start","delay":5}', "delay"],
  ])("a launch that says something else is refused: %s", (line, member) => {
    const { diagnostics, timing } = readScenario(`${lines(DMA)}\n${line}`, "s.jsonl");
    expect(timing).toBeNull();
    expect(diagnostics.map(({ code, line: at }) => `${code}:${at}`)).toEqual(["SCN002:2"]);
    expect(diagnostics[0]!.message).toContain(`"${member}"`);
  });

  test("a failure before the launch is refused: nothing runs yet that could fail", () => {
    const signal = { kind: "fail", what: "signal" };
    const { diagnostics, before } = readScenario(
      lines(DMA, signal, { kind: "service.start" }, DMA),
      "s.jsonl",
    );
    expect(diagnostics.map(({ code, severity, line }) => `${severity} ${code}:${line}`)).toEqual([
      "error SCN003:2",
    ]);
    expect(before).toHaveLength(1);
    const yaml = readScenario("before:\n  - mark: x\n  - fail: {what: unit, at: run}\n", "s.yaml");
    expect(yaml.diagnostics.map(({ code, line }) => `${code}:${line}`)).toEqual(["SCN003:3"]);
  });

  test("a second launch is refused: records after the first would be taken as before it", () => {
    const start = { kind: "service.start" };
    const { diagnostics, before, after } = readScenario(lines(DMA, start, DMA, start, DMA), "s.jsonl");
    expect(diagnostics.map(({ code, line }) => `${code}:${line}`)).toEqual(["SCN003:4"]);
    expect([before.length, after.length]).toEqual([1, 2]);
  });

  test("an interrupt may be named by its number", () => {
    const { after, diagnostics } = readScenario(
      lines({ kind: "fail", what: "interrupt", name: 57 }),
      "s.jsonl",
    );
    expect(diagnostics).toEqual([]);
    expect(after[0]!.stimulus).toMatchObject({ what: "interrupt", name: "57" });
  });

  test("each record knows its line; a bad one is told with it", () => {
    const { after, diagnostics } = readScenario(`${lines(DMA, DMA)}\n{"kind":"dma"}\n`, "s.jsonl");
    expect(after.map(({ at }) => at.line)).toEqual([1, 2]);
    expect(diagnostics.map(({ code, line, file }) => `${code} ${file}:${line}`)).toEqual([
      "TRC103 s.jsonl:3",
    ]);
  });

  test("CR LF and a byte-order mark do no harm; an empty file is a run without events", () => {
    expect(parts(`\ufeff${lines(DMA)}\r\n`).after).toEqual(["dma"]);
    expect(parts("")).toEqual({ before: [], failures: [], after: [] });
  });
});

describe("a scenario as YAML", () => {
  test("a list of records, or of short ones", () => {
    const text = `
- kind: dma
  device: pci:0000:00:12.0
  address: 0x1000
  length: 4
  access: r
- dma: {device: pci:0000:00:12.0, address: 0xfffffffffffff000, length: 0x1000, access: w}
- mark: done
`;
    const { after, diagnostics } = readScenario(text, "s.yaml");
    expect(diagnostics).toEqual([]);
    expect(after.map(({ at }) => at.line)).toEqual([2, 7, 8]);
    expect(after[0]!.stimulus).toMatchObject({ bytes: { firstPage: 1, firstOffset: 0, lastOffset: 3 } });
    // A number of 64 bits, exact.
    expect(after[1]!.stimulus).toMatchObject({ bytes: { firstPage: 2 ** 52 - 1, lastOffset: 4095 } });
  });

  test("a map of parts", () => {
    const text = `
before:
  - dma: {device: pci:0000:00:12.0, address: 0x1000, length: 4, access: r}
fail:
  - unit: dmar0
  - memory:
  - signal: {name: SIGTERM, at: 3}
  - step: 4
  - interrupt: 57
    at: 2
after:
  - mark: here
  - fail: {what: interrupt}
`;
    expect(parts(text, "s.yml")).toEqual({
      before: ["dma"],
      failures: ["fail", "fail", "fail", "fail", "fail"],
      after: ["mark", "fail"],
    });
    const { failures } = readScenario(text, "s.yml");
    expect(failures.map(({ stimulus: { what, name, at } }) => [what, name, at])).toEqual([
      ["unit", "dmar0", null],
      ["memory", null, null],
      ["signal", "SIGTERM", 3],
      ["step", null, 4],
      ["interrupt", "57", 2],
    ]);
  });

  test("told by its name or by its content", () => {
    expect(parts("- mark: x\n", "s.txt").after).toEqual(["mark"]);
    expect(parts(lines(DMA), "s.txt").after).toEqual(["dma"]);
  });

  test.each([
    ["a part that is none", "later:\n  - mark: x\n", 1],
    ["a part that is no list", "after: 7\n", 1],
    ["a text", "hello there\n", 1],
    ["a record that is none", "- [1, 2]\n", 1],
    ["a failure of a list", "fail:\n  - unit: [a, b]\n", 2],
    ["broken YAML", "- {mark: x\n", null],
    ["an alias", "- &a {mark: x}\n- *a\n", 2],
    ["a key twice", "- mark: x\n  mark: y\n", null],
  ])("%s is told with its place", (_, text, line) => {
    const { diagnostics } = readScenario(text, "s.yaml");
    expect(diagnostics[0]).toMatchObject({ code: "SCN002", severity: "error", file: "s.yaml" });
    if (line !== null) expect(diagnostics[0]!.line).toBe(line);
  });

  test("a record that breaks the trace format is told as in a trace", () => {
    const { diagnostics } = readScenario("- dma: {device: nonsense}\n", "s.yaml");
    expect(diagnostics.map(({ code, line }) => `${code}:${line}`)).toEqual(["TRC104:1"]);
  });

  test("aliases cannot multiply: a billion laughs ends at once", () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(",")}]`,
    );
    const { diagnostics } = readScenario(`a0: &a0 x\n${levels.join("\n")}\n`, "s.yaml");
    expect(diagnostics.length).toBeGreaterThan(0);
  });
});

test("many mistakes are listed up to a bound, and the others counted", () => {
  const { diagnostics } = readScenario("junk\n".repeat(5000), "s.jsonl");
  expect(diagnostics).toHaveLength(51);
  expect(diagnostics.at(-1)!.message).toBe("4950 more of TRC101 are not listed");
});

test.each([
  ["nested past any depth", `after:\n  - mark: ${"[".repeat(50_000)}`],
  ["no YAML at all", "- {]\n\t%!".repeat(5000)],
])("YAML that is %s ends in a few diagnostics", (_, text) => {
  const { diagnostics } = readScenario(text, "s.yaml");
  expect(diagnostics.length).toBeGreaterThan(0);
  expect(diagnostics.length).toBeLessThanOrEqual(5);
  for (const { message } of diagnostics) expect(message).not.toContain("call stack");
});

test("whatever a scenario holds, reading it does not throw", () => {
  const pieces = fc.constantFrom(
    "- ",
    "dma",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "\n",
    "  ",
    '"',
    "kind",
    "fail",
    "&a ",
    "*a",
    "0x1000",
    "~",
    "!!binary x",
    "---\n",
    "\0",
    "é",
  );
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 30 }),
      fc.constantFrom("s.yaml", "s.jsonl", "s"),
      (words, file) => {
        const { diagnostics } = readScenario(words.join(""), file);
        for (const { code } of diagnostics) expect(code).toMatch(/^(SCN|TRC)\d{3}$/);
      },
    ),
    { numRuns: 500 },
  );
});
