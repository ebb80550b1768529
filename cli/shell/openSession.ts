import type { BootHeader } from "../../events/recordedEvent.ts";
import type { Family } from "../../events/vocabulary/family.ts";
import { simulate, type ToldStimulus } from "../../replay/simulate.ts";
import type { BootReader } from "../../store/eventStore.ts";
import type { PreparedBoot } from "../booting/prepareBoot.ts";
import { BranchLog, StoredLog } from "./eventLog.ts";
import { newSession, Session } from "./session.ts";
import { upcomingOf } from "./upcoming.ts";

/** A session on a service that has just been started, and the VMs of those files; what its scenario does is to come. */
export function startedSession(name: string, prepared: PreparedBoot, vms: readonly string[]): Session {
  const log = new BranchLog(headerOf(prepared.family, "recorded"), null, 0);
  const { after } = prepared.simulation;
  // Virtual machines start with their host; a scenario waits until it is stepped through.
  const isVm = ({ stimulus, origin }: ToldStimulus) =>
    stimulus.kind === "vm" && vms.includes(origin?.file ?? "");
  const waiting = after.findIndex((told) => !isVm(told));
  const started = waiting < 0 ? after.length : waiting;
  // A first session takes the events down; the real one begins where they end.
  simulate(new Session(name, log), { ...prepared.simulation, after: after.slice(0, started) });
  return new Session(name, log, upcomingOf(after.slice(started)));
}

/** A session on a stored boot, after event `seq`. */
export function storedSession(reader: BootReader, seq: number): Session {
  const session = new Session(reader.info.name, new StoredLog(reader));
  session.goto(seq + 1);
  return session;
}

/** A session on a machine with nothing in it: no board, no service; clients may connect at once. */
export function emptySession(name: string, family: Family): Session {
  return newSession(name, headerOf(family, "derived"));
}

function headerOf(family: Family, outcomes: BootHeader["outcomes"]): BootHeader {
  return { family, recorder: "smmu shell", note: null, outcomes, extra: null };
}
