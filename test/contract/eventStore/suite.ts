import type { Block, BootReader, Derived, EventStore } from "../../../store/eventStore.ts";

/** The store under test, new and empty before each one. */
export interface Suite {
  readonly store: EventStore;
  /** Closes the store as a program that ends does, and opens what it kept. */
  reopen(): void;
}

/** The last page of 64-bit addresses. */
export const PAGE_MAX = 2 ** 52 - 1;

/** The projections of a boot, all read. */
export function contents(read: BootReader): unknown {
  return {
    snapshots: [...read.snapshots()].map((s) => [s.seq, text(s.bytes), s.stateDigest]),
    faults: [...read.faults()],
    mappings: [...read.allMappings()],
    losses: read.losses(),
    findings: [...read.findings()],
    verdicts: read.verdicts(),
  };
}

/** The same of what was told: rows of seq are read by seq. */
export function asRead(told: Derived): unknown {
  const bySeq = <T extends { seq: number }>(rows: readonly T[]) => [...rows].sort((a, b) => a.seq - b.seq);
  return {
    ...told,
    snapshots: told.snapshots.map((s) => [s.seq, text(s.bytes), s.stateDigest]),
    faults: bySeq(told.faults),
  };
}

/** Blocks with their bytes as text. */
export function plain(
  blocks: Iterable<Block>,
): { firstSeq: number; count: number; text: string; digest: string }[] {
  return [...blocks].map(({ firstSeq, count, bytes: raw, digest }) => ({
    firstSeq,
    count,
    text: text(raw),
    digest,
  }));
}

/** Bytes as text. */
export function text(raw: Uint8Array): string {
  return Buffer.from(raw).toString();
}
