import { describe, expect, test } from "vitest";
import { csvPieces } from "../../../replay/export/csv.ts";
import { itfPieces } from "../../../replay/export/itf.ts";
import { perfettoPieces } from "../../../replay/export/perfetto.ts";
import type { Pieces } from "../../../replay/export/pieces.ts";
import { TABLES, type TableName } from "../../../replay/export/tables.ts";
import { fixtureRecords, vtdBoot } from "../../support/diffing.ts";

const boot = vtdBoot(fixtureRecords("x86-faults.jsonl.gz"));
const all = { from: 0, to: boot.info.events - 1 };

interface Slice {
  readonly ph: string;
  readonly pid: number;
  readonly tid?: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly name: string;
  readonly args?: { readonly [name: string]: unknown };
}

describe("Chrome trace JSON keeps the rules of its format", () => {
  const { traceEvents } = JSON.parse(textOf(perfettoPieces(boot, all))) as { traceEvents: Slice[] };
  const of = (ph: string) => traceEvents.filter((event) => event.ph === ph);

  test("every event has a known phase, a process, a name and a time that is not negative", () => {
    for (const { ph, pid, tid, ts, dur, name } of traceEvents) {
      expect("MXiC").toContain(ph);
      expect(Number.isInteger(pid) && name.length > 0).toBe(true);
      if (ph !== "C") expect(Number.isInteger(tid)).toBe(true);
      if (ph !== "M") expect(ts).toBeGreaterThanOrEqual(0);
      if (ph === "X") expect(dur).toBeGreaterThanOrEqual(0);
    }
  });

  test("every track that is used is named once, and its slices do not overlap", () => {
    const named = of("M")
      .filter(({ name }) => name === "thread_name")
      .map(({ pid, tid }) => `${pid} ${tid}`);
    expect(new Set(named).size).toBe(named.length);
    const tracks = new Map<string, Slice[]>();
    for (const slice of of("X")) {
      const track = `${slice.pid} ${slice.tid}`;
      tracks.set(track, [...(tracks.get(track) ?? []), slice]);
    }
    for (const [track, slices] of tracks) {
      expect(named).toContain(track);
      const sorted = slices.sort((x, y) => x.ts! - y.ts! || x.dur! - y.dur!);
      // Microseconds are fractions of nanoseconds: the sum may be off by less than one.
      sorted.slice(1).forEach((slice, i) => {
        expect(slice.ts! - (sorted[i]!.ts! + sorted[i]!.dur!)).toBeGreaterThan(-0.001);
      });
    }
  });

  test("each fault is an instant, and counters end at what was counted", () => {
    expect(of("i").filter(({ name }) => name.startsWith("fault: "))).toHaveLength(1196);
    const last = new Map(of("C").map(({ name, args }) => [name, args]));
    const denied = [...last].reduce((sum, [, args]) => sum + Number(args?.["denied"] ?? 0), 0);
    expect(denied).toBe(1196);
    expect(last.get("pci:0000:00:04.0 transfers")).toEqual({ permitted: 130, denied: 0 });
  });
});

test("ITF has its meta, its variables, and in each state all of them", () => {
  const trace = JSON.parse(textOf(itfPieces(boot, { from: 2250, to: 2265 }))) as {
    readonly "#meta": { readonly format: string };
    readonly vars: readonly string[];
    readonly states: readonly { readonly [name: string]: unknown }[];
  };
  expect(trace["#meta"].format).toBe("ITF");
  expect(trace.states).toHaveLength(17);
  trace.states.forEach((state, index) => {
    expect(Object.keys(state)).toEqual(["#meta", ...trace.vars]);
    expect(state["#meta"]).toEqual({ index });
    expect(state["seq"]).toEqual({ "#bigint": String(2249 + index) });
  });
});

describe("CSV", () => {
  test.each(Object.keys(TABLES) as TableName[])("%s: each line has a cell for each column", (name) => {
    const lines = textOf(csvPieces(boot, name, all))
      .trimEnd()
      .split("\n");
    expect(lines[0]).toBe(TABLES[name].columns.map((column) => column.name).join(","));
    const cells = (line: string) => line.replace(/"(?:[^"]|"")*"/g, "x").split(",").length;
    expect(lines.every((line) => cells(line) === TABLES[name].columns.length)).toBe(true);
  });

  test("a transfer has its verdict, and a cell with a comma or a quote is quoted", () => {
    const lines = textOf(csvPieces(boot, "events", { from: 0, to: 2260 })).split("\n");
    expect(lines[1]).toContain(',"{""addressWidth"":39}",');
    expect(lines.at(-2)).toContain("w,denied,unmapped,0x05,agreed");
  });
});

function textOf(pieces: Pieces): string {
  return [...pieces].join("");
}
