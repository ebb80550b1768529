import type { Stimulus } from "../../events/stimulus.ts";
import type { BootInfo, EventStore } from "../../store/eventStore.ts";
import { BootRecorder } from "../bootRecorder.ts";

/** Stores the stimuli of a life as a boot named `name`, with what the shipped rules make of them. */
export function storeLife(
  store: EventStore,
  name: string,
  sentence: string,
  stimuli: readonly Stimulus[],
): BootInfo {
  const header = {
    family: "vtd",
    recorder: "smmu check",
    note: sentence,
    outcomes: "recorded",
    extra: null,
  } as const;
  const writer = store.create({ name, source: "check", sourceDigest: null, header });
  try {
    const recorder = new BootRecorder(writer, header);
    for (const stimulus of stimuli) recorder.record({ stimulus, origin: null });
    const { dss = null } = recorder.state.service ?? {};
    return recorder.finish(0, dss === null ? null : { ...dss });
  } catch (error) {
    writer.abandon();
    throw error;
  }
}
