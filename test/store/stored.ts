import { sha256 } from "../../base/digest.ts";
import type { BootHeader } from "../../events/recordedEvent.ts";
import {
  type BootInfo,
  type BootStart,
  type BootSummary,
  type Derived,
  type EventStore,
  type FaultRow,
  type FindingRow,
  type LossRow,
  type MappingRow,
  NOTHING_DERIVED,
  type Snapshot,
  StoreError,
  type StoreErrorReason,
  type VerdictRow,
} from "../../store/eventStore.ts";

/** The header of the boots here. */
export const HEADER: BootHeader = {
  family: "vtd",
  recorder: null,
  note: null,
  outcomes: "derived",
  extra: null,
};

/** The summary of the boots here. */
export const SUMMARY: BootSummary = { faults: 1, skipped: 2, stateDigest: sha256("state"), dss: null };

/** A boot about to begin. */
export function bootStart(name: string, other: Partial<BootStart> = {}): BootStart {
  return { name, source: "import x.jsonl", sourceDigest: null, header: HEADER, ...other };
}

/** Writes a whole boot of one event in each of `blocks`; the last block brings `rows`. */
export function imported(
  store: EventStore,
  name: string,
  blocks: readonly string[],
  summary: BootSummary = SUMMARY,
  rows: Derived = NOTHING_DERIVED,
): BootInfo {
  const writer = store.create(bootStart(name));
  blocks.forEach((block, i) => {
    writer.append({ count: 1, bytes: bytes(block) }, i === blocks.length - 1 ? rows : NOTHING_DERIVED);
  });
  return writer.finish(summary);
}

/** The reason of the StoreError that `work` throws; anything else it throws goes on. */
export function reasonOf(work: () => unknown): StoreErrorReason | null {
  return errorOf(work)?.reason ?? null;
}

/** The StoreError that `work` throws, or null. */
export function errorOf(work: () => unknown): StoreError | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function derived(some: Partial<Derived>): Derived {
  return { ...NOTHING_DERIVED, ...some };
}

export function snapshot(seq: number, text: string): Snapshot {
  return { seq, bytes: bytes(text), stateDigest: sha256(text) };
}

export function fault(seq: number): FaultRow {
  return {
    seq,
    t: 1_000_000 + seq,
    device: "pci:0000:00:12.0",
    kind: "dma",
    reason: "unmapped",
    code: "0x05",
    access: "w",
    page: 0xfffffffffffff,
    address: "0xfffffffffffff123",
    json: `{"address":"0xfffffffffffff123","seq":${seq}}`,
  };
}

/** A grant of `o1` to itself, given at seq 0 and still there. */
export function mapping(firstPage: number, lastPage: number): MappingRow {
  return {
    object: "o1",
    firstPage,
    lastPage,
    targetPage: 0x1234,
    access: "rw",
    grantedSeq: 0,
    revokedSeq: null,
  };
}

export function verdict(other: Partial<VerdictRow>): VerdictRow {
  return {
    device: "pci:0000:00:02.0",
    outcome: "permitted",
    why: "grant",
    conformance: null,
    count: 1,
    ...other,
  };
}

export function loss(seq: number): LossRow {
  return { seq, t: null, what: "callbacks suppressed", function: "dmar_fault", count: 11 };
}

export function finding(seq: number): FindingRow {
  return {
    seq,
    conformance: "diverged",
    expected: '{"verdict":"permitted"}',
    actual: '{"verdict":"denied"}',
  };
}

/** One of everything that can be derived, with nulls and without. */
export const EVERYTHING: Derived = {
  snapshots: [snapshot(0, "start"), snapshot(1, '{"state":1}')],
  faults: [
    fault(1),
    {
      ...fault(0),
      t: null,
      device: null,
      reason: null,
      code: null,
      access: "unknown",
      page: null,
      json: "{}",
    },
  ],
  mappings: [mapping(1, 2), { ...mapping(0, 0), revokedSeq: 7 }],
  losses: [loss(0), { ...loss(1), t: 5, function: null, count: null }],
  findings: [finding(0), { ...finding(1), conformance: "stale" }],
  verdicts: [verdict({}), verdict({ conformance: "agreed", count: 3 }), verdict({ outcome: "zz" })],
};
