import { stateDigest } from "../core/stateDigest.ts";
import { readState } from "../core/stateText.ts";
import { type BootReader, type BootSummary, type ChainCheck, StoreError } from "../store/eventStore.ts";
import { deriveInParts } from "./deriveBoot.ts";

/** What `verify` found of one boot. `firstBad`: the first event that cannot be trusted, or that the bad thing is about. */
export interface BootCheck {
  readonly boot: string;
  readonly ok: boolean;
  readonly firstBad: number | null;
  /** What is wrong, a sentence; null when nothing is. */
  readonly problem: string | null;
  readonly complete: boolean;
}

/** Recomputes what was derived of a boot and compares it: chain (checked before), snapshots, projections, summary. */
export function verifyBoot(reader: BootReader, chain: ChainCheck): BootCheck {
  const { name, complete, summary } = reader.info;
  const answer = (firstBad: number | null, problem: string | null): BootCheck => ({
    boot: name,
    ok: problem === null,
    firstBad,
    problem,
    complete,
  });
  if (!chain.ok)
    return answer(
      chain.firstBad,
      `the log is damaged from event ${chain.firstBad} on; import the boot again`,
    );
  try {
    for (const snapshot of reader.snapshots()) {
      const state = readState(new TextDecoder().decode(snapshot.bytes));
      if (state !== null && stateDigest(state) !== snapshot.stateDigest)
        return answer(
          snapshot.seq,
          `the snapshot before event ${snapshot.seq} is damaged; smmu verify --rebuild makes it anew`,
        );
    }
    // A boot whose import was killed has only part of its projections.
    if (!complete) return answer(null, null);
    const { bad, summary: anew } = firstDifference(reader);
    if (bad !== null)
      return answer(
        bad.seq,
        `${bad.what} of event ${bad.seq} is not what the log says; smmu verify --rebuild makes it anew`,
      );
    if (summary!.stateDigest !== anew.stateDigest || summary!.faults !== anew.faults) {
      return answer(
        reader.info.events - 1,
        "the summary is not what the log says; smmu verify --rebuild makes it anew",
      );
    }
    return answer(null, null);
  } catch (error) {
    if (!(error instanceof StoreError || error instanceof SyntaxError)) throw error;
    return answer(chain.firstBad, error.message);
  }
}

interface Difference {
  readonly seq: number;
  readonly what: string;
}

/** Derives the boot anew beside what is stored of it; answers with the first row that only one of them has. */
function firstDifference(reader: BootReader): {
  readonly bad: Difference | null;
  readonly summary: BootSummary;
} {
  const digests = (rows: Iterable<{ readonly seq: number; readonly stateDigest: string }>) =>
    [...rows].map(({ seq, stateDigest }) => ({ seq, stateDigest }));
  const snapshots = new Balance("a snapshot", digests(reader.snapshots()), (row) => row.seq);
  const faults = new Balance("a fault", reader.faults(), (row) => row.seq);
  const findings = new Balance("a finding", reader.findings(), (row) => row.seq);
  const losses = new Balance("a loss", reader.losses(), (row) => row.seq);
  const mappings = new Balance("a mapping", reader.allMappings(), (row) => row.grantedSeq);
  const verdicts = new Balance("a verdict count", reader.verdicts(), () => 0);
  const summary = deriveInParts(reader, (part) => {
    snapshots.derived(digests(part.snapshots));
    faults.derived(part.faults);
    findings.derived(part.findings);
    losses.derived(part.losses);
    mappings.derived(part.mappings);
    verdicts.derived(part.verdicts);
  });
  let bad: Difference | null = null;
  for (const balance of [snapshots, faults, findings, losses, mappings, verdicts]) {
    const end = balance.end();
    bad ??= end;
  }
  return { bad, summary };
}

/**
 * Two sets of rows that should be the same, whatever their order. As many stored rows are read as were derived, so that
 * only what is out of order waits in memory.
 */
class Balance<T extends object> {
  readonly #what: string;
  readonly #stored: Iterator<T>;
  readonly #seqOf: (row: T) => number;
  readonly #open = new Map<string, { readonly row: T; count: number }>();

  constructor(what: string, stored: Iterable<T>, seqOf: (row: T) => number) {
    this.#what = what;
    this.#stored = stored[Symbol.iterator]();
    this.#seqOf = seqOf;
  }

  derived(rows: readonly T[]): void {
    for (const row of rows) {
      this.#add(row, 1);
      const next = this.#stored.next();
      if (!next.done) this.#add(next.value, -1);
    }
  }

  /** The first row that only one side has, by seq; null: there is none. */
  end(): Difference | null {
    for (let next = this.#stored.next(); !next.done; next = this.#stored.next()) this.#add(next.value, -1);
    let first: number | null = null;
    for (const { row } of this.#open.values())
      first = Math.min(first ?? Number.POSITIVE_INFINITY, this.#seqOf(row));
    return first === null ? null : { seq: first, what: this.#what };
  }

  #add(row: T, by: number): void {
    const text = JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
    const known = this.#open.get(text);
    if (known === undefined) this.#open.set(text, { row, count: by });
    else if (known.count + by === 0) this.#open.delete(text);
    else known.count += by;
  }
}
