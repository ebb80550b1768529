import { describe, expect, test } from "vitest";
import type { Json } from "../../../base/canonicalJson.ts";
import type { MapStimulus, UnmapStimulus } from "../../../events/stimulus.ts";
import { formatAddress } from "../../../events/vocabulary/address.ts";
import { rangeLength } from "../../../events/vocabulary/byteRange.ts";
import { detectFormat } from "../../../sources/trace/detect.ts";
import { fixture, type READERS, readLog, type Told } from "./readLog.ts";

type Row = { readonly [name: string]: Json };

interface Expected {
  readonly faults: readonly Row[];
  readonly suppressed?: readonly Row[];
  readonly status?: readonly Row[];
  readonly orphans?: readonly Row[];
  readonly maps?: readonly Row[];
  readonly related?: readonly Row[];
}

const EXPECTED = JSON.parse(fixture("expected.json")) as { readonly [file: string]: Expected };

// Fields that the collection leaves out where a family has no such thing.
const ABSENT_IS_NULL = new Set([
  "bdf",
  "segment",
  "sourceId",
  "streamId",
  "pasid",
  "code",
  "addressGranule",
  "device",
]);
// Fields that follow from others and that the collection does not list.
const BESIDE = new Set(["code", "device", "related", "driver"]);

describe.each(Object.entries(EXPECTED))("%s", (file, expected) => {
  const log = fixture(file);
  const format = detectFormat(log) as keyof typeof READERS;
  const read = readLog(format, log);

  test("its faults come out with every field and no other", () => {
    expect(read.faults).toHaveLength(expected.faults.length);
    expected.faults.forEach((fault, index) => {
      const found = read.faults[index]!;
      expect(found).toMatchObject(fault);
      for (const [name, value] of Object.entries(found)) {
        if (name in fault || BESIDE.has(name)) continue;
        expect({ [name]: value }).toEqual({
          [name]: ABSENT_IS_NULL.has(name) ? null : "not in the collection",
        });
      }
    });
  });

  test("its losses are the suppressed lines, the overflow bits and the orphans", () => {
    const losses = read.losses.map(({ stimulus, at }) => ({ line: at.line, what: stimulus.what }));
    const suppressed = (expected.suppressed ?? []).map(({ line }) => ({ line, what: "suppressed" }));
    const overflows = (expected.status ?? []).filter(({ overflow }) => overflow);
    const orphans = (expected.orphans ?? []).map(({ line }) => ({ line, what: "orphan" }));
    const all = [...suppressed, ...overflows.map(({ line }) => ({ line, what: "overflow" })), ...orphans];
    expect(losses).toEqual(all.sort((a, b) => Number(a.line) - Number(b.line)));
    const counts = read.losses.filter(({ stimulus }) => stimulus.what === "suppressed");
    expect(
      counts.map(({ stimulus, at }) => ({
        line: at.line,
        function: stimulus.function,
        count: stimulus.count,
      })),
    ).toEqual(expected.suppressed ?? []);
  });

  test("its status lines are decoded", () => {
    expect(
      read.statuses.map(({ stimulus, at }) => {
        const { kind: _, unit: __, ...fields } = stimulus;
        return { line: at.line, ...fields };
      }),
    ).toEqual(expected.status ?? []);
  });

  test("its orphans are warnings, and nothing else is", () => {
    const warnings = read.diagnostics.filter(({ severity }) => severity === "warning");
    expect(warnings.map(({ code, line }) => ({ code, line }))).toEqual(
      (expected.orphans ?? []).map(({ line }) => ({ code: "LOG002", line })),
    );
  });

  test("its related lines stand in their fault", () => {
    expect(read.faults.flatMap(({ related }) => (related ?? []) as readonly Row[])).toEqual(
      expected.related ?? [],
    );
  });

  test("its mappings come out as stimuli", () => {
    const maps = read.told.filter(({ stimulus }) => stimulus.kind === "map" || stimulus.kind === "unmap");
    const lines = log.split("\n");
    expect(maps.map((told) => mapRow(told as Told<MapStimulus | UnmapStimulus>, lines))).toEqual(
      expected.maps ?? [],
    );
  });
});

function mapRow({ stimulus, at }: Told<MapStimulus | UnmapStimulus>, lines: readonly string[]): Row {
  const { kind, object, bytes } = stimulus;
  const size = Number(rangeLength(bytes));
  const start = formatAddress(bytes.firstPage, bytes.firstOffset);
  const hasEnd = lines[at.line - 1]!.includes(" - ");
  return {
    line: at.line,
    op: kind,
    device: object === "unattributed" ? null : object,
    iova: start,
    end: hasEnd ? `0x${(BigInt(start) + BigInt(size)).toString(16)}` : null,
    ...(kind === "map" && { paddr: formatAddress(stimulus.targetPage, bytes.firstOffset) }),
    size,
    ...(kind === "unmap" && { unmapped: size }),
  };
}
