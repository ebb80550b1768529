import type { BootHeader } from "../../events/recordedEvent.ts";
import type { Family } from "../../events/vocabulary/family.ts";
import { simulate } from "../../replay/simulate.ts";
import type { BootReader } from "../../store/eventStore.ts";
import type { PreparedBoot } from "../booting/prepareBoot.ts";
import { BranchLog, StoredLog } from "./eventLog.ts";
import { newSession, Session } from "./session.ts";
import { upcomingOf } from "./upcoming.ts";

/** A session on a service that has just been started; what its scenario does afterwards is to come. */
export function startedSession(name: string, prepared: PreparedBoot): Session {
  const log = new BranchLog(headerOf(prepared.family, "recorded"), null, 0);
  // A first session takes the events down; the real one begins where they end.
  simulate(new Session(name, log), { ...prepared.simulation, after: [] });
  return new Session(name, log, upcomingOf(prepared.simulation.after));
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
