import type { FaultDelivered, FaultFate } from "../../events/clientEvents.ts";
import type { Outcome, TransferDenied } from "../../events/outcome.ts";
import type { FaultStimulus } from "../../events/stimulus.ts";
import { parseAddress } from "../../events/vocabulary/address.ts";
import { CLIENT_RECORDS_MAX } from "../../events/vocabulary/clientApi.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { ClientName } from "../../events/vocabulary/names.ts";
import { othersSharing } from "../parts/sharedIdentifier.ts";
import type { IommuState } from "../state.ts";
import { type FaultRecording, recordingOf } from "../units/faultRecording.ts";
import type { UnitFaults } from "../units/unitFaults.ts";
import type { FaultRecord } from "./clientState.ts";
import { controllingUnit } from "./controllingUnit.ts";

/**
 * What becomes of a refused transfer: the unit records it or not, the service reads the record and keeps it for each
 * connected client (FLT-1, FLT-3, FLT-8). A transfer of which nobody keeps anything has no such consequence.
 */
export function faultConsequences(state: IommuState, denied: TransferDenied): readonly Outcome[] {
  const unit = controllingUnit(state, denied.device)?.unit ?? null;
  const faults = unit === null ? null : (state.units.get(unit)?.faults ?? null);
  const clients = listeners(state);
  if (faults === null && clients.length === 0) return NOTHING;
  const recording = recordingOf(state.family);
  const holder = holderOf(state, recording, denied.device);
  const fate = fateOf(recording, faults, denied, holder);
  const outcomes: Outcome[] = [];
  if (faults !== null || fate !== "recorded")
    outcomes.push({ kind: "FaultLogged", unit, device: denied.device, fate, holder });
  if (fate === "recorded" && clients.length > 0) outcomes.push(delivery(state, recording, denied, clients));
  return outcomes;
}

/**
 * A fault that a recording tells without the transfer: the service had the record, and its clients could fetch it.
 * One that a transfer of the recording already brought them is not told twice.
 */
export function reportConsequences(state: IommuState, { device, report }: FaultStimulus): readonly Outcome[] {
  const clients = listeners(state);
  if (clients.length === 0 || report.kind !== "dma-fault") return NOTHING;
  const address = report.address === null ? null : parseAddress(report.address);
  const isSame = (record: FaultRecord) =>
    record.device === device &&
    (record.address === null ? null : parseAddress(record.address)!.page) === (address?.page ?? null);
  if (clients.some((name) => state.clients.get(name)!.records.some(isSame))) return NOTHING;
  const hardware = recordingOf(state.family).numberOf(report.code);
  return [{ kind: "FaultDelivered", device, candidates: [], address, hardware, ...among(state, clients) }];
}

/** The service reads what its units hold, which frees their registers; it does so before anything but a transfer happens. */
export function registersRead(state: IommuState): readonly Outcome[] {
  if (!serves(state)) return NOTHING;
  const outcomes: Outcome[] = [];
  for (const [unit, { faults }] of state.units)
    if (faults !== null && faults.held.length > 0) outcomes.push({ kind: "FaultRegistersRead", unit });
  return outcomes;
}

/** A service runs; in a recording of another system one is taken to. */
export function serves(state: IommuState): boolean {
  return state.service === null || state.service.phase === "running";
}

function listeners(state: IommuState): ClientName[] {
  if (state.clients.size === 0 || !serves(state)) return [];
  const names: ClientName[] = [];
  for (const [name, client] of state.clients)
    if (client.connected && !isHypervisor(state, name)) names.push(name);
  return names.sort();
}

/** A qvm fetches what comes and hands it to its vdev at once (HV-7): nothing waits for it. */
function isHypervisor(state: IommuState, name: ClientName): boolean {
  for (const vm of state.vms.values()) if (vm.client === name) return true;
  return false;
}

function delivery(
  state: IommuState,
  recording: FaultRecording,
  denied: TransferDenied,
  connected: readonly ClientName[],
): Outcome {
  const candidates = indistinguishable(state, recording, denied.device);
  return {
    kind: "FaultDelivered",
    device: candidates.length === 0 && recording.namesDevice ? denied.device : null,
    candidates,
    address: recording.addressOf(denied),
    hardware: recording.numberOf(denied.code),
    ...among(state, connected),
  };
}

/** Who gets a record, who has no room for it, and who hears of it (FLT-3, FLT-5). */
function among(
  state: IommuState,
  connected: readonly ClientName[],
): Pick<FaultDelivered, "clients" | "dropped" | "notified"> {
  const isFull = (name: ClientName) => state.clients.get(name)!.records.length >= CLIENT_RECORDS_MAX;
  return {
    clients: connected.filter((name) => !isFull(name)),
    dropped: connected.filter(isFull),
    notified: connected.filter((name) => state.clients.get(name)!.notify),
  };
}

/** The devices among which a record does not tell; none where it does. */
function indistinguishable(
  state: IommuState,
  recording: FaultRecording,
  device: DeviceName,
): readonly DeviceName[] {
  const known = state.devices.get(device);
  if (recording.namesDevice) {
    const others = othersSharing(state, device, known);
    return others.length === 0 ? [] : [device, ...others].sort();
  }
  const object = known?.object ?? null;
  if (object === null) return [device];
  const names: DeviceName[] = [];
  for (const [name, other] of state.devices) if (other.object === object) names.push(name);
  return names.sort();
}

function holderOf(state: IommuState, { holder }: FaultRecording, device: DeviceName): string {
  const known = state.devices.get(device);
  if (holder === "queue") return "queue";
  if (holder === "requester") return known?.identifiers?.[0] ?? device;
  return known?.object == null ? "global" : `bank of ${known.object}`;
}

function fateOf(
  recording: FaultRecording,
  faults: UnitFaults | null,
  denied: TransferDenied,
  holder: string,
): FaultFate {
  if (!recording.records(denied)) return "silent";
  if (faults === null) return "recorded";
  const { held, records, merging, overflow } = faults;
  switch (recording.holder) {
    case "bank": // first fault wins, a later one only sets MULTI (hardware 2.2)
      return held.filter((record) => record.holder === holder).length >= records ? "merged" : "recorded";
    case "requester": // hardware 1.6: overflow is looked at before merging
      if (overflow) return "overflow";
      if (merging && held.some((record) => record.holder === holder)) return "merged";
      return held.length >= records ? "overflow" : "recorded";
    case "queue": // once full, nothing is written before the service has read (hardware 3.5, 5)
      return overflow || held.length >= records ? "overflow" : "recorded";
  }
}

const NOTHING: readonly Outcome[] = [];
