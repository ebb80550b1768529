import { BootRecorder } from "../../replay/bootRecorder.ts";
import type { BootInfo, EventStore } from "../../store/eventStore.ts";
import type { Branch } from "./session.ts";

/** Writes the first `count` events of a branch as a boot. */
export function writeBranch(store: EventStore, name: string, branch: Branch, count: number): BootInfo {
  const { log, from } = branch;
  const note = from === null ? log.header.note : `branch of ${from.branch} after ${from.events} events`;
  const header = { ...log.header, recorder: "smmu shell", note };
  const source = from === null ? "shell" : `shell, ${note}`;
  const writer = store.create({ name, source, sourceDigest: null, header });
  try {
    const recorder = new BootRecorder(writer, header);
    for (const { seq: _, ...fact } of log.events(0, count)) recorder.add(fact);
    const { dss = null } = recorder.state.service ?? {};
    return recorder.finish(0, dss === null ? null : { ...dss });
  } catch (error) {
    writer.abandon();
    throw error;
  }
}
