import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../base/diagnostic.ts";
import { eventAt } from "../../../replay/bootEvents.ts";
import { BootRecorder } from "../../../replay/bootRecorder.ts";
import { itfPieces } from "../../../replay/export/itf.ts";
import { ItfReader } from "../../../sources/trace/itf/itfReader.ts";
import type { BootReader } from "../../../store/eventStore.ts";
import { memoryEventStore } from "../../../store/memoryEventStore.ts";
import { bootFrom } from "../../support/boots.ts";
import { fixtureRecords } from "../../support/diffing.ts";
import { histories } from "../../support/histories.ts";

type State = { readonly [name: string]: unknown };

function exported(boot: BootReader, from = 0, to = boot.info.events - 1): string {
  return [...itfPieces(boot, { from, to })].join("");
}

function statesOf(text: string): State[] {
  return (JSON.parse(text) as { states: State[] }).states;
}

function imported(text: string): { boot: BootReader; diagnostics: Diagnostic[] } {
  const facts: Parameters<BootRecorder["add"]>[0][] = [];
  const diagnostics: Diagnostic[] = [];
  const reader = new ItfReader("t.itf.json", {
    stimulus: (event, { t, line, lastLine, extra }) =>
      facts.push({ t, cause: null, origin: { file: "t.itf.json", line }, lastLine, event, extra }),
    diagnostic: (diagnostic) => diagnostics.push(diagnostic),
  });
  reader.push(text);
  const end = reader.end();
  if ("fatal" in end) throw new Error(end.fatal.message);
  const store = memoryEventStore();
  const { header } = end.header;
  const recorder = new BootRecorder(
    store.create({ name: "t", source: "test", sourceDigest: null, header }),
    header,
  );
  for (const fact of facts) recorder.add(fact);
  recorder.finish(0);
  return { boot: store.read("t"), diagnostics };
}

describe("an ITF export that is imported", () => {
  test("has the same states, for histories of every family", () => {
    fc.assert(
      fc.property(histories(40), ({ family, records }) => {
        const text = exported(bootFrom(records, family));
        const { boot, diagnostics } = imported(text);
        expect(diagnostics.filter(({ severity }) => severity !== "note" && severity !== "warning")).toEqual(
          [],
        );
        expect(boot.info.header.family).toBe(family);
        expect(statesOf(exported(boot))).toEqual(statesOf(text));
      }),
      { numRuns: 60 },
    );
  });

  test("has the same states, for a recorded boot, each told by its own line", () => {
    const records = fixtureRecords("x86-faults.jsonl.gz").slice(0, 500);
    const text = exported(bootFrom(records, "vtd"));
    const { boot } = imported(text);
    expect(statesOf(exported(boot))).toEqual(statesOf(text));
    const { line } = eventAt(boot, 434)!.origin!;
    expect(text.split("\n")[line! - 1]).toMatch(/^\{"#meta":\{"index":435\},"seq":\{"#bigint":"434"\}/);
  });

  test("of a stretch makes the machine of its first state anew, and says so", () => {
    const records = fixtureRecords("x86-faults.jsonl.gz");
    const text = exported(bootFrom(records, "vtd"), 2250, 2300);
    const { boot, diagnostics } = imported(text);
    expect(diagnostics.map(({ code }) => code)).toContain("ITF007");
    const [wanted, got] = [statesOf(text), statesOf(exported(boot)).slice(-51)];
    const machine = ({ translation, units, devices, objects }: State) => ({
      translation,
      units: sorted(units),
      devices: sorted(devices),
      objects: sorted(objects),
    });
    expect(got.map(machine)).toEqual(wanted.map(machine).slice(1));
  });

  test("without the events' records is led through the same machines by their differences", () => {
    fc.assert(
      fc.property(histories(30), ({ family, records }) => {
        const text = exported(bootFrom(records, family));
        const document = JSON.parse(text) as { states: State[] };
        const silent = { ...document, states: document.states.map(({ event: _, ...state }) => state) };
        const { boot } = imported(JSON.stringify({ ...silent, vars: ["objects", "devices", "units"] }));
        const last = (states: State[]) => states.at(-1)!;
        const [wanted, got] = [last(document.states), last(statesOf(exported(boot)))];
        expect(sorted(got["objects"])).toEqual(sorted(wanted["objects"]));
        expect(sorted(got["devices"])).toEqual(sorted(wanted["devices"]));
      }),
      { numRuns: 60 },
    );
  });
});

/** A function's pairs by key: the order in which things were first named is not part of it. */
function sorted(value: unknown): unknown {
  const pairs = (value as { "#map": [string, { mappings?: { "#set": unknown[] } }][] })["#map"];
  return [...pairs].sort(([x], [y]) => (x < y ? -1 : 1));
}
