import { performance } from "node:perf_hooks";
import { expect, test } from "vitest";
import { FAMILIES } from "../../events/vocabulary/family.ts";
import { run, stimuliOf } from "../support/machine.ts";

// 2^52 pages: whoever walks them page by page does not come back within a test's time limit.
test("transfers and requests over 2^64 bytes are answered by runs, not by pages", () => {
  const before = performance.now();
  for (const family of FAMILIES) {
    const whole = { address: "0x0", length: "0x10000000000000000" };
    const { steps, state } = run(
      family,
      stimuliOf([
        { kind: "attach", device: "stream:0x1", object: "o1" },
        { kind: "map", object: "o1", ...whole, access: "rw" },
        { kind: "dma", device: "stream:0x1", ...whole, access: "r" },
        { kind: "unmap", object: "o1", address: "0x7000", length: 1 },
        { kind: "dma", device: "stream:0x1", ...whole, access: "r", observed: { verdict: "permitted" } },
        {
          kind: "dma",
          device: "stream:0x1",
          ...whole,
          access: "w",
          observed: { verdict: "permitted", target: "0x0" },
        },
        { kind: "invalidate", device: "stream:0x1", address: "0x9000", length: "0xffffffffffff6000" },
        { kind: "dma", device: "stream:0x1", ...whole, access: "r", observed: { verdict: "permitted" } },
        { kind: "map", object: "o1", ...whole, access: "r" },
        { kind: "invalidate", address: "0x1000", length: "0xfffffffffffff000" },
        { kind: "unmap", object: "o1", ...whole },
        { kind: "dma", device: "stream:0x1", ...whole, access: "r", observed: { verdict: "permitted" } },
      ]),
    );
    const last = steps.map(({ outcomes }) => outcomes.at(-1)!);
    const interrupts = family === "vtd" || family === "amdvi";
    expect(last[2]!.kind).toBe(interrupts ? "TransferDenied" : "TransferPermitted");
    expect(last[4]).toMatchObject({ kind: "TransferDenied", reason: "unmapped", at: { page: 7, offset: 0 } });
    const conformances = [4, 5, 7, 11].map((i) => (last[i] as { conformance: string }).conformance);
    expect(conformances).toEqual(
      interrupts ? ["diverged", "diverged", "diverged", "diverged"] : ["stale", "stale", "stale", "stale"],
    );
    expect(state.objects.values().next().value!.space.mappingCount).toBe(0);
  }
  expect(performance.now() - before).toBeLessThan(5000);
});
