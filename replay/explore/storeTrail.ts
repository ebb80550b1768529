import type { Stimulus } from "../../events/stimulus.ts";
import type { BootInfo, EventStore } from "../../store/eventStore.ts";
import { BootRecorder } from "../bootRecorder.ts";
import type { Model } from "./model.ts";
import type { TrailStep } from "./report.ts";

/** Stores a way through a model as a boot named `name`: what came before it, then each step; steps of a machine that has no words of its own are marks. */
export function storeTrail(
  store: EventStore,
  name: string,
  model: Model,
  property: string,
  trail: readonly TrailStep[],
): BootInfo {
  const { family = "ideal", prelude = [], stimulusOf = null } = model.boot ?? {};
  const header = {
    family,
    recorder: `smmu explore --model ${model.name}`,
    note: property,
    outcomes: "recorded",
    extra: null,
  } as const;
  const writer = store.create({ name, source: `explore ${model.name}`, sourceDigest: null, header });
  try {
    const recorder = new BootRecorder(writer, header);
    const tell = (stimulus: Stimulus): void => {
      recorder.record({ stimulus, origin: null });
    };
    for (const stimulus of prelude) tell(stimulus);
    let before: readonly unknown[] = model.components.map(({ initial }) => initial);
    for (const { action, index, values } of trail) {
      tell(stimulusOf?.(index, before) ?? { kind: "mark", text: action });
      before = values;
    }
    const { dss = null } = recorder.state.service ?? {};
    return recorder.finish(0, dss === null ? null : { ...dss });
  } catch (error) {
    writer.abandon();
    throw error;
  }
}
