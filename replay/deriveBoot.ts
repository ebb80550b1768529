import type { Grant } from "../core/parts/addressSpace.ts";
import type { Interval } from "../core/parts/intervalMap.ts";
import { initialState } from "../core/state.ts";
import { stateDigest } from "../core/stateDigest.ts";
import type { ObjectName } from "../events/vocabulary/names.ts";
import type { BootReader, BootSummary, Derived, VerdictRow } from "../store/eventStore.ts";
import { eventBlocks } from "./bootEvents.ts";
import { snapshotDue } from "./bootRecorder.ts";
import { Projector } from "./projector.ts";
import { Stepper } from "./stepper.ts";

/** Everything that is derived of a boot's log, made anew from its events alone. */
export function deriveBoot(reader: BootReader): { readonly derived: Derived; readonly summary: BootSummary } {
  const all: Collected = { snapshots: [], faults: [], mappings: [], losses: [], findings: [], verdicts: [] };
  const summary = deriveInParts(reader, (part) => {
    for (const name of Object.keys(all) as (keyof Derived)[])
      for (const row of part[name]) (all[name] as unknown[]).push(row);
  });
  return { derived: all, summary };
}

/**
 * The same a part at a time, so that memory does not grow with the boot: the rows of each block as it is read, those of
 * what is open at the end and the verdict counts last.
 */
export function deriveInParts(reader: BootReader, take: (part: Derived) => void): BootSummary {
  const { header } = reader.info;
  let projector: Projector | null = null;
  const revoked = (object: ObjectName, part: Interval<Grant>, at: number): void =>
    projector!.revoked(object, part, at);
  const stepper = new Stepper(initialState(header.family), header.outcomes, revoked);
  projector = new Projector(stepper.folding);
  const verdicts = new Map<string, VerdictRow>();
  let nextSnapshot = 0;
  for (const block of eventBlocks(reader)) {
    for (const event of block) projector.add(event, stepper.step(event));
    const part = projector.take();
    const due = snapshotDue(stepper.folding, block.at(-1)!.seq + 1, nextSnapshot);
    nextSnapshot = due.next;
    addVerdicts(verdicts, part.verdicts);
    take({ ...part, snapshots: due.snapshots, verdicts: [] });
  }
  const last = projector.finish();
  addVerdicts(verdicts, last.verdicts);
  take({ ...last, snapshots: [], verdicts: [...verdicts.values()] });
  const state = stepper.folding.finish();
  const { skipped, dss } = reader.info.summary ?? { skipped: 0, dss: null };
  return { faults: projector.faultCount, skipped, stateDigest: stateDigest(state), dss };
}

type Collected = { -readonly [name in keyof Derived]: Derived[name][number][] };

function addVerdicts(verdicts: Map<string, VerdictRow>, rows: readonly VerdictRow[]): void {
  for (const row of rows) {
    const key = `${row.device} ${row.outcome} ${row.why} ${row.conformance}`;
    verdicts.set(key, { ...row, count: row.count + (verdicts.get(key)?.count ?? 0) });
  }
}
