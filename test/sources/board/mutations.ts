import * as fc from "fast-check";
import { expect } from "vitest";
import { FINDINGS_MAX } from "../../../sources/board/findings.ts";
import { inspectTable } from "../../../sources/board/inspect.ts";
import { withChecksum } from "./acpiBuilder.ts";

// Facts are bounded by the bytes they come from: the longest per byte are a device tree's, whose entries repeat paths.
const FACTS_PER_BYTE_MAX = 200;

/** Asserts what holds of every input: no exception, bounded findings and facts, a reason wherever nothing was read. */
export function survives(bytes: Uint8Array): void {
  const { facts, diagnostics } = inspectTable(bytes, "mutant");
  expect(diagnostics.length).toBeLessThanOrEqual(3 * FINDINGS_MAX + 1);
  if (facts === null) expect(diagnostics.some(({ severity }) => severity === "error")).toBe(true);
  else expect(JSON.stringify(facts).length).toBeLessThan(FACTS_PER_BYTE_MAX * bytes.length);
}

/** Tries every byte of an input with 0, 0xff, its top bit flipped and one more, with the checksum left and repaired. */
export function everyByte(sample: Uint8Array, repair: boolean): void {
  const mutant = Uint8Array.from(sample);
  for (const [at, byte] of sample.entries()) {
    for (const value of new Set([0, 0xff, byte ^ 0x80, (byte + 1) & 0xff])) {
      if (value === byte) continue;
      mutant[at] = value;
      survives(mutant);
      if (repair) survives(withChecksum(mutant));
    }
    mutant[at] = byte;
  }
}

/** Tries every length from nothing to the whole, and some bytes more. */
export function everyLength(sample: Uint8Array): void {
  for (let length = 0; length <= sample.length; length += 1) survives(sample.subarray(0, length));
  for (const more of [1, 3, 4, 36, 4096]) survives(Uint8Array.from([...sample, ...new Uint8Array(more)]));
}

/** Tries random edits of several bytes at once; a failure prints the seed and path that repeat it. */
export function randomEdits(sample: Uint8Array, repair: boolean, numRuns: number): void {
  const edit = fc.record({
    at: fc.nat(sample.length - 1),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      fc.constantFrom(
        [0xff, 0xff, 0xff, 0xff],
        [0, 0, 0, 0],
        [0, 0, 0, 1],
        [1, 0, 0, 0],
        [0x7f, 0xff, 0xff, 0xff],
      ),
    ),
  });
  const cut = fc.nat(sample.length);
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 12 }), fc.option(cut), (edits, length) => {
      const mutant = Uint8Array.from(sample);
      for (const { at, bytes } of edits) mutant.set(Array.from(bytes).slice(0, mutant.length - at), at);
      const end = mutant.subarray(0, length ?? mutant.length);
      survives(repair ? withChecksum(end) : end);
    }),
    { numRuns },
  );
}
