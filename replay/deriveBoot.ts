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
  const { header } = reader.info;
  let projector: Projector | null = null;
  const revoked = (object: ObjectName, part: Interval<Grant>, at: number): void =>
    projector!.revoked(object, part, at);
  const stepper = new Stepper(initialState(header.family), header.outcomes, revoked);
  projector = new Projector(stepper.folding);
  const all: Collected = { snapshots: [], faults: [], mappings: [], losses: [], findings: [], verdicts: [] };
  const verdicts = new Map<string, VerdictRow>();
  let nextSnapshot = 0;
  for (const block of eventBlocks(reader)) {
    for (const event of block) projector.add(event, stepper.step(event));
    collect(all, verdicts, projector.take());
    const seq = block.at(-1)!.seq + 1;
    const due = snapshotDue(stepper.folding, seq, nextSnapshot);
    nextSnapshot = due.next;
    all.snapshots.push(...due.snapshots);
  }
  collect(all, verdicts, projector.finish());
  all.verdicts.push(...verdicts.values());
  const state = stepper.folding.finish();
  const { skipped, dss } = reader.info.summary ?? { skipped: 0, dss: null };
  return {
    derived: all,
    summary: { faults: projector.faultCount, skipped, stateDigest: stateDigest(state), dss },
  };
}

type Collected = { -readonly [name in keyof Derived]: Derived[name][number][] };

function collect(all: Collected, verdicts: Map<string, VerdictRow>, part: Omit<Derived, "snapshots">): void {
  for (const name of ["faults", "mappings", "losses", "findings"] as const) {
    for (const row of part[name]) (all[name] as unknown[]).push(row);
  }
  for (const row of part.verdicts) {
    const key = `${row.device} ${row.outcome} ${row.why} ${row.conformance}`;
    verdicts.set(key, { ...row, count: row.count + (verdicts.get(key)?.count ?? 0) });
  }
}
