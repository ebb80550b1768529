import { basename } from "node:path";
import { sha256 } from "../../base/digest.ts";
import { BootRecorder } from "../../replay/bootRecorder.ts";
import { type ReplayReport, replayBoot } from "../../replay/replayBoot.ts";
import { simulate } from "../../replay/simulate.ts";
import type { BootInfo, EventStore } from "../../store/eventStore.ts";
import { type NameRequest, placeFor } from "../bootPlace.ts";
import { STDIN } from "../importing/byteInput.ts";
import type { BootRequest, PreparedBoot } from "./prepareBoot.ts";

/** A boot that was simulated and stored. */
export interface BootRun {
  readonly info: BootInfo;
  /** It was there already, from the very same input. */
  readonly unchanged: boolean;
  readonly replay: ReplayReport;
}

/** Runs a prepared boot and stores it; then replays it, as every boot can be. */
export function runBoot(
  store: EventStore,
  prepared: PreparedBoot,
  request: BootRequest,
  names: NameRequest,
  failStep: number | null,
): BootRun {
  const wanted = names.boot ?? nameOf(request);
  const digest = sha256(prepared.digest, `fail-step ${failStep}`);
  const place = placeFor(store, wanted, digest, names);
  if (place.existing !== null) return finished(store, place.existing, true);
  const { boards, configs, scenario, service, hosted } = request;
  const inputs = [...configs, ...boards, ...(hosted?.vms ?? []), ...(scenario === null ? [] : [scenario])];
  const header = {
    family: prepared.family,
    recorder: `smmu boot --service ${service}`,
    note: null,
    outcomes: "recorded",
    extra: null,
  } as const;
  const writer = store.create({
    name: place.name,
    source: `boot ${inputs.map((file) => basename(file)).join(" ")}`,
    sourceDigest: digest,
    header,
  });
  try {
    const recorder = new BootRecorder(writer, header);
    simulate(recorder, { ...prepared.simulation, failStep });
    const { dss = null } = recorder.state.service ?? {};
    return finished(store, recorder.finish(0, dss === null ? null : { ...dss }), false);
  } catch (error) {
    writer.abandon();
    throw error;
  }
}

function finished(store: EventStore, info: BootInfo, unchanged: boolean): BootRun {
  return { info, unchanged, replay: replayBoot(store.read(info.name)) };
}

/** The name that a boot has unless it is told another. */
export function nameOf({ configs, service }: BootRequest): string {
  const [first] = configs;
  if (first === undefined) return service;
  if (first === STDIN) return "stdin";
  return basename(first).replace(/\.smmu$/, "") || "boot";
}
