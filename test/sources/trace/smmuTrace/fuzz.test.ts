import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../../../core/decide.ts";
import { Folding } from "../../../../core/evolve.ts";
import { initialState } from "../../../../core/state.ts";
import { printState } from "../../../../core/stateText.ts";
import { BlockEncoder, decodeBlock } from "../../../../events/codec/blockCodec.ts";
import { FAMILIES } from "../../../../events/vocabulary/family.ts";
import { readLines } from "../../../support/machine.ts";
import { jsonValues } from "../../../support/recordedEvents.ts";
import { fixtureText } from "../../../support/traceFile.ts";

const REAL = ["x86-faults.jsonl.gz", "arm-faults.jsonl.gz", "first-steps.jsonl", "stale-translations.jsonl"]
  .flatMap((name) => fixtureText(`traces/${name}`).split("\n").slice(1, 2500))
  .filter((line) => line !== "");

// A few records of each kind and shape, so that rare kinds are mutated as often as transfers.
const SAMPLES = [
  ...new Map(
    REAL.map((line) => [Object.keys(JSON.parse(line)).join() + JSON.parse(line).kind, line]),
  ).values(),
];

const hostile = fc.oneof(
  jsonValues,
  fc.constantFrom<unknown>(
    ...[
      "",
      "0x",
      "0xffffffffffffffff",
      "0x10000000000000000",
      "-1",
      "__proto__",
      "constructor",
      "pci:0000:00:1f.8",
    ],
    ...[-1, 0, 1, 0.5, 1e21, 2 ** 53, null, true, [], {}, [[]]],
  ),
);

const mutated = fc.constantFrom(...SAMPLES).chain((line) => {
  const record = JSON.parse(line) as { [name: string]: unknown };
  const names = [
    ...Object.keys(record),
    "observed",
    "report",
    "note",
    "__proto__",
    "length",
    "target",
    "unit",
  ];
  const member = fc.constantFrom(...names);
  return fc.oneof(
    // a member of another value
    fc.tuple(member, hostile).map(([name, value]) => text({ ...record }, name, value)),
    // two of them
    fc
      .tuple(member, hostile, member, hostile)
      .map(([a, x, b, y]) => text(JSON.parse(text(record, a, x)), b, y)),
    // a member less
    member.map((name) => JSON.stringify({ ...record, [name]: undefined })),
    // another kind with these members
    fc.constantFrom(...SAMPLES).map((other) => JSON.stringify({ ...record, kind: JSON.parse(other).kind })),
    // cut, doubled, or with bytes changed
    fc.nat(line.length).map((at) => line.slice(0, at)),
    fc.nat(line.length).map((at) => line.slice(0, at) + line.slice(Math.max(0, at - 5))),
    fc
      .tuple(fc.nat(line.length - 1), fc.string({ unit: "binary", minLength: 1, maxLength: 3 }))
      .map(([at, junk]) => line.slice(0, at) + junk + line.slice(at + 1)),
  );
});

describe("whatever the lines of a trace, the reader answers each with a stimulus or a diagnostic", () => {
  test("mutated records of real boots; what is read is told to the end of the line: judged, stored, printed", () => {
    fc.assert(
      fc.property(fc.constantFrom(...FAMILIES), fc.array(mutated, { maxLength: 12 }), (family, lines) => {
        const { stimuli, diagnostics } = readLines(lines);
        lines.forEach((line, i) => {
          const told =
            stimuli.filter(({ told }) => told.line === i + 2).length +
            diagnostics.filter((d) => d.line === i + 2 && d.severity === "error").length;
          expect(told).toBe(line === "" || line === "\r" ? 0 : 1);
        });
        for (const { code, message, hint } of diagnostics) {
          expect(code).toMatch(/^TRC1\d\d$/);
          expect(message.length).toBeLessThan(1000);
          expect(hint).toBeTruthy();
        }
        const folding = new Folding(initialState(family));
        const encoder = new BlockEncoder(new Map());
        stimuli.forEach(({ stimulus, told }, seq) => {
          for (const outcome of decide(folding, stimulus)) folding.apply(outcome, seq);
          const { line, lastLine, t, extra } = told;
          encoder.add({ t, cause: null, origin: { file: "a", line }, lastLine, event: stimulus, extra });
        });
        printState(folding.finish());
        const decoded = decodeBlock(encoder.finish(), 0, stimuli.length, ["a"]);
        expect(JSON.stringify(decoded.map(({ event }) => event))).toBe(
          JSON.stringify(stimuli.map(({ stimulus }) => stimulus)),
        );
      }),
      { numRuns: 1500 },
    );
  });

  test("lines of junk", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.json()), { maxLength: 5 }), (lines) => {
        const { stimuli, diagnostics } = readLines(lines);
        const told = new Set([...stimuli.map((s) => s.told.line), ...diagnostics.map((d) => d.line)]);
        expect(told.size).toBe(lines.filter((line) => line !== "" && line !== "\r").length);
      }),
      { numRuns: 300 },
    );
  });
});

function text(record: { [name: string]: unknown }, name: string, value: unknown): string {
  if (name !== "__proto__") return JSON.stringify({ ...record, [name]: value });
  return JSON.stringify(record).replace(/\}$/, () => `,"__proto__":${JSON.stringify(value) ?? "null"}}`);
}
