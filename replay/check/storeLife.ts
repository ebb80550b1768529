import type { Stimulus } from "../../events/stimulus.ts";
import type { Family } from "../../events/vocabulary/family.ts";
import type { BootInfo, EventStore } from "../../store/eventStore.ts";
import { BootRecorder } from "../bootRecorder.ts";

/** A life to be stored. */
export interface ToldLife {
  /** The name that its boot gets. */
  readonly boot: string;
  readonly family: Family;
  /** Why it is kept. */
  readonly note: string;
  /** What led to the life, where it is a future. */
  readonly past: Iterable<Stimulus>;
  readonly stimuli: Iterable<Stimulus>;
}

/** A life that was stored, and the seq of the first event that is not of its past. */
export interface StoredLife {
  readonly info: BootInfo;
  readonly from: number;
}

/** Stores the stimuli of a life as a boot, with what the shipped rules make of them. */
export function storeLife(store: EventStore, { boot, family, note, past, stimuli }: ToldLife): StoredLife {
  const header = { family, recorder: "smmu check", note, outcomes: "recorded", extra: null } as const;
  const writer = store.create({ name: boot, source: "check", sourceDigest: null, header });
  try {
    const recorder = new BootRecorder(writer, header);
    for (const stimulus of past) recorder.record({ stimulus, origin: null });
    const from = recorder.seq;
    for (const stimulus of stimuli) recorder.record({ stimulus, origin: null });
    const { dss = null } = recorder.state.service ?? {};
    return { info: recorder.finish(0, dss === null ? null : { ...dss }), from };
  } catch (error) {
    writer.abandon();
    throw error;
  }
}
