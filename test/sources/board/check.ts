import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { inspectTable } from "../../../sources/board/inspect.ts";

/** The diagnostic codes of an input, in order. */
export function codes(bytes: Uint8Array): string[] {
  return inspectTable(bytes, "test").diagnostics.map(({ code }) => code);
}

/** Asserts that exactly these codes are found in an input, each as often as given. */
export function check(bytes: Uint8Array, ...expected: readonly string[]): void {
  expect(codes(bytes).sort()).toEqual([...expected].sort());
}

/** A file of `fixtures/`. */
export function fixture(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../../fixtures/${path}`, import.meta.url)));
}

/** The same bytes with some of them changed. */
export function patched(bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(values, at);
  return copy;
}
