import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readHeader, TRACE_VERSION } from "../../../../sources/trace/smmuTrace/header.ts";

const GOOD = { format: "smmu-trace", version: 1, boot: "b", family: "vtd" };
const read = (header: unknown) => readHeader(JSON.stringify(header), "a.jsonl");

describe("a header tells the boot, its family, and what else it wants (contract 2)", () => {
  test("all members", () => {
    expect(read({ ...GOOD, recorder: "QEMU", note: "n", site: { lab: 3 } })).toEqual({
      ok: true,
      value: {
        boot: "b",
        header: {
          family: "vtd",
          recorder: "QEMU",
          note: "n",
          outcomes: "derived",
          extra: { site: { lab: 3 } },
        },
      },
    });
  });
  test("only what it must", () => {
    expect(read({ format: "smmu-trace", version: TRACE_VERSION, family: "ideal" })).toMatchObject({
      ok: true,
      value: { boot: null, header: { family: "ideal", recorder: null, note: null, extra: null } },
    });
  });
});

describe("a first line that is no header of ours is refused with a code, line 1 and a hint", () => {
  test.each([
    ["", "TRC001"],
    ["hello", "TRC001"],
    ["\ufeff{}", "TRC001"],
    ["null", "TRC001"],
    ["[]", "TRC001"],
    ["5", "TRC001"],
    ["{}", "TRC001"],
    ['{"kind":"mark","text":"no header"}', "TRC001"],
    [JSON.stringify({ ...GOOD, format: "SMMU-TRACE" }), "TRC001"],
    [`{"format":${"[".repeat(50_000)}${"]".repeat(50_000)}}`, "TRC001"],
    [JSON.stringify(GOOD).slice(0, -3), "TRC001"],
    [`\u0000\u0001${"x".repeat(1000)}`, "TRC001"],
    [JSON.stringify({ ...GOOD, version: 2 }), "TRC002"],
    [JSON.stringify({ ...GOOD, version: "1" }), "TRC002"],
    [JSON.stringify({ ...GOOD, version: undefined }), "TRC002"],
    [JSON.stringify({ ...GOOD, version: [[[[]]]] }), "TRC002"],
    [JSON.stringify({ ...GOOD, family: "VTD" }), "TRC003"],
    [JSON.stringify({ ...GOOD, family: undefined }), "TRC003"],
    [JSON.stringify({ ...GOOD, family: "__proto__" }), "TRC003"],
    [JSON.stringify({ ...GOOD, boot: 5 }), "TRC004"],
    [JSON.stringify({ ...GOOD, note: "x".repeat(1001) }), "TRC004"],
    [
      `{"format":"smmu-trace","version":1,"family":"vtd","x":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
      "TRC004",
    ],
    ['{"format":"smmu-trace","version":1,"family":"vtd","x":1e999}', "TRC004"],
  ])("%.60s", (text, code) => {
    const result = readHeader(text, "a.jsonl");
    expect(result).toMatchObject({ ok: false, error: { file: "a.jsonl", line: 1, code, severity: "error" } });
    if (result.ok) throw new Error("read");
    expect(result.error.message.length).toBeLessThan(400);
    expect(result.error.hint).toBeTruthy();
  });

  test("a version of the future is named, so that its user knows why", () => {
    const result = read({ ...GOOD, version: 2 });
    expect(result).toMatchObject({
      error: { message: "the trace is of version 2, this program reads version 1" },
    });
  });

  test("whatever the line, it is an answer and not an exception", () => {
    const line = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc
        .dictionary(
          fc.constantFrom("format", "version", "family", "boot", "note", "__proto__"),
          fc.jsonValue(),
        )
        .map((header) => JSON.stringify({ ...GOOD, ...header })),
    );
    fc.assert(
      fc.property(line, (text) => {
        const result = readHeader(text, "a.jsonl");
        expect(result.ok || result.error.code.startsWith("TRC00")).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
