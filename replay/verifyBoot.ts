import { stateDigest } from "../core/stateDigest.ts";
import { readState } from "../core/stateText.ts";
import { type BootReader, type ChainCheck, type Derived, StoreError } from "../store/eventStore.ts";
import { deriveBoot } from "./deriveBoot.ts";

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
    const anew = deriveBoot(reader);
    const bad = firstDifference(reader, anew.derived);
    if (bad !== null)
      return answer(
        bad.seq,
        `${bad.what} of event ${bad.seq} is not what the log says; smmu verify --rebuild makes it anew`,
      );
    if (summary!.stateDigest !== anew.summary.stateDigest || summary!.faults !== anew.summary.faults) {
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

function firstDifference(
  reader: BootReader,
  derived: Derived,
): { readonly seq: number; readonly what: string } | null {
  const digests = (rows: Iterable<{ readonly seq: number; readonly stateDigest: string }>) =>
    [...rows].map(({ seq, stateDigest }) => ({ seq, stateDigest }));
  return (
    compare("a snapshot", digests(reader.snapshots()), digests(derived.snapshots), (row) => row.seq) ??
    compare("a fault", reader.faults(), derived.faults, (row) => row.seq) ??
    compare("a finding", reader.findings(), derived.findings, (row) => row.seq) ??
    compare("a loss", reader.losses(), derived.losses, (row) => row.seq) ??
    compare("a mapping", reader.allMappings(), derived.mappings, (row) => row.grantedSeq) ??
    compare("a verdict count", reader.verdicts(), derived.verdicts, () => 0)
  );
}

/** Compares two sets of rows, whatever their order; answers with the first row that only one of them has. */
function compare<T extends object>(
  what: string,
  stored: Iterable<T>,
  anew: Iterable<T>,
  seqOf: (row: T) => number,
): { seq: number; what: string } | null {
  const counts = new Map<string, { row: T; count: number }>();
  const add = (row: T, by: number): void => {
    const text = JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
    const known = counts.get(text);
    if (known === undefined) counts.set(text, { row, count: by });
    else if (known.count + by === 0) counts.delete(text);
    else known.count += by;
  };
  for (const row of anew) add(row, 1);
  for (const row of stored) add(row, -1);
  let first: number | null = null;
  for (const { row } of counts.values()) first = Math.min(first ?? Number.POSITIVE_INFINITY, seqOf(row));
  return first === null ? null : { seq: first, what };
}
