import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../../base/diagnostic.ts";
import type { Stimulus } from "../../../../events/stimulus.ts";
import { ItfReader } from "../../../../sources/trace/itf/itfReader.ts";

function read(text: string) {
  const stimuli: { readonly stimulus: Stimulus; readonly line: number }[] = [];
  const diagnostics: Diagnostic[] = [];
  const reader = new ItfReader("a.itf.json", {
    stimulus: (stimulus, { line }) => stimuli.push({ stimulus, line }),
    diagnostic: (diagnostic) => diagnostics.push(diagnostic),
  });
  reader.push(text);
  const end = reader.end();
  return {
    stimuli,
    diagnostics: "fatal" in end ? [end.fatal, ...diagnostics] : diagnostics,
    header: "header" in end ? end.header : null,
  };
}

const DOC = readFileSync(new URL("../../../../docs/itf.md", import.meta.url), "utf8");
const SECTIONS = DOC.split(/^### /m)
  .slice(1)
  .flatMap((section) => {
    const example = /^```\n(.*?)\n```$/ms.exec(section)?.[1];
    const [, code, severity] = /^(ITF\d{3}): .*?\n\n(Error|Warning|Note)\. /s.exec(section)!;
    return example === undefined ? [] : [{ code: code!, severity: severity!.toLowerCase(), example }];
  });

test.each(SECTIONS)(
  "$code: the example of its page gives it, and nothing else",
  ({ code, severity, example }) => {
    expect(read(example).diagnostics.map((found) => [found.code, found.severity])).toEqual([
      [code, severity],
    ]);
  },
);

test("what is too long is refused, and not kept", () => {
  const reader = new ItfReader("a", { stimulus: () => {}, diagnostic: () => {} });
  const piece = " ".repeat(2 ** 20);
  for (let i = 0; i <= 256; i++) reader.push(piece);
  expect(reader.end()).toMatchObject({ fatal: { code: "ITF001" } });
});

describe("a trace that another tool wrote", () => {
  const object = (...mappings: object[]) => ({ client: "", mappings: { "#set": mappings } });
  const pages = (first: number, last: number, target = first, access = "rw") => ({
    first,
    last,
    target,
    access,
  });
  const state = (objects: object, more: object = {}) => ({
    objects: { "#map": Object.entries(objects) },
    ...more,
  });
  const kinds = (...states: object[]) => {
    const text = JSON.stringify({ "#meta": { family: "smmuv3" }, vars: ["objects"], states }, null, 1);
    const { stimuli, diagnostics } = read(text);
    expect(diagnostics).toEqual([]);
    return stimuli.map(({ stimulus, line }) => [stimulus.kind, text.split("\n")[line - 1]]);
  };
  const empty = state({});

  test("tells by its differences what happened, at the line of its state", () => {
    expect(kinds(empty, state({ o: object() }), state({ o: object(pages(1, 4)) }), empty)).toEqual([
      ["object.create", "  {"],
      ["map", "  {"],
      ["object.destroy", "  {"],
    ]);
  });

  test("revokes and grants the pages that differ alone", () => {
    const { stimuli } = read(
      JSON.stringify({
        "#meta": { family: "vtd" },
        vars: ["objects"],
        states: [
          empty,
          state({ o: object(pages(1, 9)) }),
          state({ o: object(pages(1, 3), pages(5, 9, 5, "r")) }),
        ],
      }),
    );
    expect(stimuli.map(({ stimulus }) => stimulus).slice(2)).toMatchObject([
      { kind: "unmap", bytes: { firstPage: 4, lastPage: 4 } },
      { kind: "map", bytes: { firstPage: 5, lastPage: 9 } },
    ]);
  });

  test("a step that changes nothing that we know is a mark, by the name that the tool gives it", () => {
    const { stimuli } = read(
      JSON.stringify({
        "#meta": { family: "vtd" },
        vars: ["objects"],
        states: [empty, empty, state({}, { "mbt::actionTaken": "stutter" })],
      }),
    );
    expect(stimuli.map(({ stimulus }) => stimulus)).toEqual([
      { kind: "mark", text: "state 1" },
      { kind: "mark", text: "stutter" },
    ]);
  });
});

test("a record of an event that is wrong is told as that of a trace, at its line", () => {
  const states = [{ event: {} }, { event: { record: '{"kind":"attach"}' } }];
  const { diagnostics } = read(
    `{"#meta":{"family":"vtd"},\n"vars":["event"],\n"states":[\n${states.map((each) => JSON.stringify(each)).join(",\n")}]}`,
  );
  expect(diagnostics).toMatchObject([{ code: "TRC103", line: 5 }]);
});

test("whatever stands in a document, it is told and never thrown", () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom<unknown>(0, -1, 1e300, null, true, "", "on", "o1", "pci:0000:00:02.0", {
        "#bigint": "9".repeat(30),
      }),
      fc.array(tie("value"), { maxLength: 3 }),
      fc
        .array(fc.tuple(fc.constantFrom("o1", "__proto__"), tie("value")), { maxLength: 2 })
        .map((map) => ({ "#map": map })),
      fc.array(tie("value"), { maxLength: 2 }).map((set) => ({ "#set": set })),
      fc.dictionary(
        fc.constantFrom(
          "unit",
          "object",
          "passthrough",
          "client",
          "mappings",
          "first",
          "last",
          "target",
          "access",
          "record",
        ),
        tie("value"),
      ),
    ),
  })).value;
  const state = fc.dictionary(fc.constantFrom("event", "translation", "units", "devices", "objects"), value);
  fc.assert(
    fc.property(fc.array(state, { maxLength: 4 }), fc.nat(400), (states, cut) => {
      const text = JSON.stringify({ vars: ["objects"], states });
      expect(read(text).diagnostics.every(({ code }) => /^(ITF|TRC)\d{3}$/.test(code))).toBe(true);
      expect(read(text.slice(0, cut)).diagnostics.length).toBeGreaterThan(0);
    }),
  );
});
