import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventJson } from "../../events/codec/eventJson.ts";
import { isOutcome } from "../../events/recordedEvent.ts";
import { events } from "../../replay/bootEvents.ts";
import { recordOf } from "../../replay/export/smmuTrace.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { histories } from "../support/histories.ts";
import { jsonValues, recordedEvents } from "../support/recordedEvents.ts";
import { fixtureText } from "../support/traceFile.ts";
import { exportText, importText } from "../support/traces.ts";

const told = (reader: BootReader) => [...events(reader)].map((event) => eventJson(event));
const headerLine = (family: string, rest: object = {}) =>
  JSON.stringify({ format: "smmu-trace", version: 1, boot: "b", family, ...rest });

describe("an import of an export makes the same events", () => {
  test("of made-up histories, with notes, places, and members that nobody knows", () => {
    const beside = fc.dictionary(fc.constantFrom("note", "origin", "line", "novel", "__proto__"), jsonValues);
    fc.assert(
      fc.property(histories(30), fc.array(beside), ({ family, records }, extras) => {
        const lines = records.map((record, i) => JSON.stringify({ ...extras[i], ...record }));
        const first = importText([headerLine(family, { note: "n", novel: [1] }), ...lines].join("\n"));
        const second = importText(exportText(first));
        expect(second.info.logDigest).toBe(first.info.logDigest);
        expect(second.info.header).toEqual(first.info.header);
      }),
      { numRuns: 100 },
    );
  });

  test("of every kind of stimulus that a reader takes", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(recordedEvents, { maxLength: 12 }), (list) => {
        const stimuli = list.filter(({ event }) => !isOutcome(event));
        const lines = stimuli.map((event) => JSON.stringify(recordOf(event, false)));
        const first = importText([headerLine("vtd"), ...lines].join("\n"));
        const again = importText(exportText(first));
        expect(told(again)).toEqual(told(first));
        for (const { event } of events(first)) seen.add(event.kind);
      }),
      { numRuns: 400 },
    );
    // Transfers need names of devices, which the histories above have.
    for (const kind of ["map", "unmap", "fault", "mark", "loss", "status", "unknown"])
      expect(seen).toContain(kind);
  });

  test("of lines that lie elsewhere, the place where they were told stays", () => {
    const text = [headerLine("vtd"), "", "broken", '{"kind":"mark","text":"x"}'].join("\n");
    const first = importText(text, "first.jsonl");
    const second = importText(exportText(first), "second.jsonl");
    expect(told(second)).toEqual(told(first));
    expect(told(second)[0]).toMatchObject({ origin: { file: "first.jsonl", line: 4 } });
    expect(exportText(second)).toBe(exportText(first));
  });

  test.each(["x86-faults.jsonl.gz", "arm-faults.jsonl.gz", "x86-strict-stale.jsonl.gz"])(
    "of %s, record for record as it was recorded",
    (name) => {
      const text = fixtureText(`traces/${name}`).trim();
      const parsed = (lines: string) => lines.split("\n").map((line) => JSON.parse(line) as object);
      expect(parsed(exportText(importText(text)).trim())).toEqual(parsed(text));
    },
  );
});
