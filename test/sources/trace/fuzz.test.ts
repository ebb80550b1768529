import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { detectFormat } from "../../../sources/trace/detect.ts";
import { parseLogLine } from "../../../sources/trace/logLine.ts";
import { fixture, type LogRead, READERS, readLog } from "./readLog.ts";

type Format = keyof typeof READERS;

const SAMPLES = Object.keys(JSON.parse(fixture("expected.json")) as object)
  .concat("x86-vtd.ftrace.txt", "arm-smmuv3.ftrace.txt", "x86-vfio.ftrace.txt")
  .map((name) => {
    const log = fixture(name);
    const format = detectFormat(log) as Format;
    return { name, format, lines: log.split("\n").slice(0, -1), whole: readLog(format, log) };
  });

const sample = fc.constantFrom(...SAMPLES);
const formats = fc.constantFrom(...(Object.keys(READERS) as Format[]));

// What happens to a log on its way: characters lost, changed or put in; lines lost, doubled or moved.
type Damage =
  | { readonly kind: "drop" | "double" | "move"; readonly at: number; readonly to: number }
  | {
      readonly kind: "edit";
      readonly at: number;
      readonly from: number;
      readonly length: number;
      readonly put: string;
    };

const SCRAPS = [
  "",
  " ",
  "\0",
  "\r",
  "\t",
  "0x",
  "0",
  "f".repeat(20),
  "]",
  "[",
  "=",
  ",",
  "(XEN) ",
  "DMAR: [",
  "\u2026",
  "é",
  "x".repeat(5000),
];

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constantFrom("drop", "double", "move"), at: fc.nat(200), to: fc.nat(200) }),
  fc.record({
    kind: fc.constant("edit" as const),
    at: fc.nat(200),
    from: fc.nat(200),
    length: fc.nat(30),
    put: fc.oneof(fc.constantFrom(...SCRAPS), fc.string({ maxLength: 8 })),
  }),
);

function damaged(lines: readonly string[], damages: readonly Damage[]): string[] {
  const out = [...lines];
  for (const one of damages) {
    if (out.length === 0) break;
    const at = one.at % out.length;
    const line = out[at]!;
    if (one.kind === "edit") {
      const from = line.length === 0 ? 0 : one.from % line.length;
      out[at] = line.slice(0, from) + one.put.replaceAll("\n", "") + line.slice(from + one.length);
    } else {
      out.splice(at, one.kind === "double" ? 0 : 1);
      if (one.kind !== "drop") out.splice(one.to % (out.length + 1), 0, line);
    }
  }
  return out;
}

const HEX = /^0x(?:0|[1-9a-f][0-9a-f]*)$/;

function expectSound(read: LogRead, lineCount: number): void {
  let before = 1;
  for (const { stimulus, at } of read.told) {
    expect(at.line).toBeGreaterThanOrEqual(before);
    expect(at.line).toBeLessThanOrEqual(lineCount);
    if (at.lastLine !== null) expect(at.lastLine).toBeGreaterThan(at.line);
    if (at.t !== null) expect(Number.isSafeInteger(at.t) && at.t >= 0).toBe(true);
    before = at.line;
    if (stimulus.kind !== "fault") continue;
    const { address, addressGranule, bdf, streamId } = stimulus.report;
    for (const number of [address, streamId]) if (number !== null) expect(number).toMatch(HEX);
    if (address !== null) expect(address.length).toBeLessThanOrEqual(18);
    expect(addressGranule === null).toBe(address === null);
    if (bdf !== null) expect(bdf).toMatch(/^[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/);
  }
  for (const { code, line, hint } of read.diagnostics) {
    expect(code).toMatch(/^LOG\d{3}$/);
    expect(line).toBeGreaterThanOrEqual(1);
    expect(hint).not.toBe("");
  }
}

/** True when a line became part of a stimulus or has a diagnostic. */
function isAccountedFor(read: LogRead, line: number): boolean {
  if (read.diagnostics.some((one) => one.line === line)) return true;
  return read.told.some(({ stimulus, at }) => {
    if (at.line <= line && (at.lastLine ?? at.line) >= line) return true;
    if (stimulus.kind !== "fault") return false;
    return JSON.stringify(stimulus.report.raw["related"] ?? []).includes(`"line":${line},`);
  });
}

describe("whatever happens to a log, reading it", () => {
  test("never throws, and tells sound stimuli in the order of lines", () => {
    fc.assert(
      fc.property(
        sample,
        fc.option(formats),
        fc.array(damage, { maxLength: 12 }),
        fc.boolean(),
        (one, other, damages, ended) => {
          const lines = damaged(one.lines, damages);
          const log = lines.join("\n") + (ended ? "\n" : "");
          expectSound(readLog(other ?? one.format, log), lines.length);
          detectFormat(log);
        },
      ),
      { numRuns: 1500 },
    );
  });

  test("takes lines of any characters", () => {
    fc.assert(
      fc.property(
        formats,
        fc.array(fc.string({ unit: "binary", maxLength: 300 }), { maxLength: 20 }),
        (format, lines) => {
          const log = lines.map((line) => line.replaceAll("\n", "")).join("\n");
          expectSound(readLog(format, log), lines.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("is done in time for lines made to be slow", () => {
    const slow = [
      `${" ".repeat(4000)}x`,
      `kernel: ${"a ".repeat(2000)}kernel`,
      `IOMMU: ${"-1 [000] ".repeat(400)}`,
      `${"DMAR:[DMA ".repeat(400)}`,
      `arm-smmu ${"a".repeat(4000)}: Unhandled context fault: ${"iova=0x1, ".repeat(20)}`,
      `AMD-Vi: Event logged [${"A=0x1 ".repeat(600)}]`,
      `${"0x".repeat(2000)} translation failed for iova=`,
    ];
    const start = performance.now();
    for (const format of Object.keys(READERS) as Format[])
      readLog(format, `${Array(50).fill(slow).flat().join("\n")}\n`);
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

describe("a log cut by the end of its file", () => {
  test("tells only faults that are in the whole log, and never a shorter number (logs 11.7)", () => {
    fc.assert(
      fc.property(sample, fc.nat(), (one, length) => {
        const log = `${one.lines.join("\n")}\n`;
        const read = readLog(one.format, log.slice(0, length % (log.length + 1)));
        for (const fault of read.faults) {
          // Error lines of QEMU are a fault of their own while the trace event is cut off.
          const same = one.whole.faults.find(
            ({ line, related }) =>
              line === fault["line"] || JSON.stringify(related ?? []).includes(`"line":${fault["line"]},`),
          );
          expect(same).toBeDefined();
          for (const name of [
            "address",
            "code",
            "streamId",
            "bdf",
            "contextBank",
            "fsr",
            "flags",
            "unit",
            "interruptIndex",
          ]) {
            if (fault[name] != null) expect(fault[name]).toEqual(same![name]);
          }
        }
        const maps = (of: LogRead) => of.told.filter(({ stimulus }) => /map|attach/.test(stimulus.kind));
        for (const told of maps(read)) expect(maps(one.whole)).toContainEqual(told);
      }),
      { numRuns: 1500 },
    );
  });
});

describe("a line of ours that is damaged inside", () => {
  // Lines that make something, with the places of digits in their messages: not those of names and of prefixes.
  const places = SAMPLES.flatMap((one) =>
    one.lines.flatMap((text, index) => {
      if (text.startsWith("#") || !isAccountedFor(one.whole, index + 1) || !isOurs(text)) return [];
      const message =
        /(?:vtd_\w+|IOMMU|kmap|kunmap|kattach|qi_submit): ?.*$/.exec(text)?.[0] ??
        parseLogLine(text, 1, true).message;
      const start = text.trimEnd().length - message.trimEnd().length;
      const digits = [...text.matchAll(/(?<![A-Zv]|_iommu_\w*\+0x)\d/g)]
        .map(({ index }) => index)
        .filter((at) => at >= start);
      return digits.map((at) => ({ one, index, at }));
    }),
  );

  function isOurs(text: string): boolean {
    return /DMAR|INTR-REMAP|AMD-Vi|_FAULT |_REQUEST |smmu|VT-D|callbacks|vtd_|IOMMU:|kmap:|kunmap:|kattach:|qi_submit:|ipmmu/.test(
      text,
    );
  }

  test("is told or reported, never skipped in silence", () => {
    expect(places.length).toBeGreaterThan(1000);
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.constantFrom("z", " ", "", "?", "-"),
        ({ one, index, at }, put) => {
          const lines = [...one.lines];
          lines[index] = lines[index]!.slice(0, at) + put + lines[index]!.slice(at + 1);
          const read = readLog(one.format, `${lines.join("\n")}\n`);
          expect(isAccountedFor(read, index + 1)).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
