import { describe, expect, test } from "vitest";
import { stateDigest } from "../../../../core/stateDigest.ts";
import { conformanceCounts, foldTrace } from "../../../support/traceFile.ts";

describe("boots that a kernel really made: every recorded verdict is judged as recorded", () => {
  test.each([
    ["x86-faults", "vtd", 1618, 1196],
    ["arm-faults", "smmuv3", 1795, 935],
    ["x86-strict-stale", "vtd", 760, 228],
  ])("%s (%s): %d permitted, %d denied", (boot, family, permitted, denied) => {
    const trace = foldTrace(`${boot}.jsonl.gz`);
    expect(trace.header).toMatchObject({ boot, header: { family, outcomes: "derived" } });
    expect(trace.diagnostics).toEqual([]);
    const kinds: Record<string, number> = {};
    for (const { outcome, stimulus } of trace.judged) {
      kinds[outcome.kind] = (kinds[outcome.kind] ?? 0) + 1;
      expect(stimulus).toMatchObject({ observed: { verdict: expect.anything() } });
    }
    expect(kinds).toEqual({ TransferPermitted: permitted, TransferDenied: denied });
    expect(conformanceCounts(trace)).toEqual({ agreed: permitted + denied, stale: 0, diverged: 0 });
    const { devices } = trace.state;
    const counted = [...devices.values()].reduce((sum, { counters }) => sum + counters.denied, 0);
    expect(counted).toBe(denied);
  });

  test("a second fold ends in the same state", () => {
    const digest = () => stateDigest(foldTrace("x86-strict-stale.jsonl.gz").state);
    expect(digest()).toBe(digest());
  });
});

describe("boots written by hand", () => {
  test.each([
    ["first-steps", { agreed: 11, stale: 0, diverged: 0 }],
    ["stale-translations", { agreed: 3, stale: 2, diverged: 2 }],
    ["interrupt-range", { agreed: 6, stale: 0, diverged: 0 }],
    ["write-implies-read", { agreed: 4, stale: 0, diverged: 0 }],
  ])("%s", (boot, counts) => {
    const trace = foldTrace(`${boot}.jsonl`);
    expect(trace.header.boot).toBe(boot);
    expect(trace.diagnostics).toEqual([]);
    expect(conformanceCounts(trace)).toEqual(counts);
  });

  test("broken-lines: each bad line is told, the good ones count", () => {
    const trace = foldTrace("broken-lines.jsonl");
    expect(trace.diagnostics.map(({ line, code }) => `${line} ${code}`)).toEqual([
      "4 TRC105",
      "5 TRC104",
      "6 TRC106",
      "7 TRC107",
      "8 TRC101",
      "10 TRC111",
      "12 TRC110",
      "12 TRC112",
      "15 TRC101",
    ]);
    expect(conformanceCounts(trace)).toEqual({ agreed: 2, stale: 0, diverged: 0 });
  });
});
