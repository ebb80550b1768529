import type { CallStimulus, ClientProcessStimulus, ExitStimulus } from "../../events/clientEvents.ts";
import type { Outcome, TransferDenied } from "../../events/outcome.ts";
import type { Errno } from "../../events/vocabulary/clientApi.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { VmName } from "../../events/vocabulary/names.ts";
import { refusedCall } from "../clients/decideClient.ts";
import { faultConsequences, serves } from "../clients/deliverFault.ts";
import type { MachineView } from "../machineView.ts";
import type { AddressSpace } from "../parts/addressSpace.ts";
import { enterDss } from "../startup/dss.ts";
import { serviceOf } from "../startup/serviceState.ts";
import type { IommuState } from "../state.ts";
import { holds } from "./guestStart.ts";
import { followGuest, guestAfter } from "./narrow.ts";
import type { MachineRules } from "./rules.ts";
import { guestOf, type VmState } from "./vmState.ts";

/** A process in a VM exists: its host knows where it runs, and the guest's service may hear of it. */
export function startGuestClient(
  { state }: MachineView,
  { client, abilities, vm }: ClientProcessStimulus & { readonly vm: VmName },
): readonly Outcome[] {
  const started: Outcome = { kind: "ClientStarted", client, abilities: [...abilities], vm };
  if (runningGuest(state, vm) === null) return [started];
  return [started, inGuest(vm)({ ...started, vm: null })];
}

/**
 * A call in a guest is answered by the guest's own service. What it grants beyond the VM's memory is refused whole
 * (G-36); what it grants within, the vdev asks the host for (HV-4).
 */
export function answerGuestCall(
  view: MachineView,
  vm: VmName,
  stimulus: CallStimulus,
  rules: MachineRules,
): readonly Outcome[] {
  const { state } = view;
  const guest = runningGuest(state, vm);
  if (guest === null) return [refusedCall(stimulus, "EBADF")];
  const known = state.vms.get(vm)!;
  const refuse = (errno: Errno, more: readonly Outcome[] = []) =>
    [refusedCall(stimulus, errno), ...more].map(inGuest(vm));
  const outcomes = rules.decide(rules.viewOf(guest), stimulus);
  if (!asksTheHost(outcomes)) return outcomes.map(inGuest(vm));
  if (known.client === null || !serves(state)) {
    const detail = "the vdev-smmu does not answer: no service runs in the host";
    const cause = { reason: "unit-failure", requirement: "DSS-3.1", detail } as const;
    return refuse("EBADF", enterDss(serviceOf(guest), cause));
  }
  if (reachesBeyond(known.memory, outcomes)) return refuse("EINVAL");
  return [...outcomes.map(inGuest(vm)), ...followed(view, vm, known, guest, outcomes, rules)];
}

/** A process in a VM dies; the guest's service cleans up, and the host follows (G-28). */
export function endGuestClient(
  view: MachineView,
  vm: VmName,
  stimulus: ExitStimulus,
  rules: MachineRules,
): readonly Outcome[] {
  const { state } = view;
  const ended: Outcome = { kind: "ClientEnded", client: stimulus.client };
  const guest = runningGuest(state, vm);
  if (guest === null) return [ended];
  const known = state.vms.get(vm)!;
  const outcomes = rules.decide(rules.viewOf(guest), stimulus);
  const consequences = serves(state) ? followed(view, vm, known, guest, outcomes, rules) : [];
  return [ended, ...outcomes.map(inGuest(vm)), ...consequences];
}

/**
 * A refused transfer of a pass-through device is recorded for the guest's clients, too: the vdev tells of it (HV-7), as
 * far as it hears of it. That takes a record of the hardware's, among `inHost`, and a service in the host that reads it.
 */
export function faultInGuest(
  state: IommuState,
  denied: TransferDenied,
  inHost: readonly Outcome[],
): readonly Outcome[] {
  const isLost = inHost.some((outcome) => outcome.kind === "FaultLogged" && outcome.fate !== "recorded");
  if (isLost || !serves(state)) return [];
  for (const [vm, known] of state.vms) {
    if (!known.running || !known.pass.includes(denied.device)) continue;
    const guest = guestOf(known);
    // The device is behind the vdev, whatever unit it has in the host.
    return guest === null ? [] : faultConsequences(guest, denied).map(inGuest(vm));
  }
  return [];
}

/** An outcome of a guest's machine, told to the host's. */
export function inGuest(vm: VmName): (outcome: Outcome) => Outcome {
  return (outcome) => ({ kind: "InGuest", vm, outcome });
}

/** The machine of a guest that runs a service of its own; null: none. */
export function runningGuest(state: IommuState, vm: VmName): IommuState | null {
  const known = state.vms.get(vm);
  return known?.running ? guestOf(known) : null;
}

/** The devices of a VM that the host's service manages for it. */
export function managedDevices(state: IommuState, { pass, whole, narrowed }: VmState): DeviceName[] {
  const own = new Set(narrowed.map(([, object]) => object));
  return pass.filter((device) => {
    const object = state.devices.get(device)?.object ?? null;
    return object !== null && (object === whole || own.has(object));
  });
}

function followed(
  view: MachineView,
  vm: VmName,
  known: VmState,
  guest: IommuState,
  outcomes: readonly Outcome[],
  rules: MachineRules,
): readonly Outcome[] {
  const { client, whole, narrowed, memory } = known;
  const hosted = { client, whole, narrowed, memory, pass: managedDevices(view.state, known) };
  return followGuest(view, vm, hosted, guestAfter(guest, outcomes), outcomes, rules);
}

/** Only what changes tables or who uses them passes through the vdev. */
function asksTheHost(outcomes: readonly Outcome[]): boolean {
  return outcomes.some(({ kind }) => ASKS.has(kind));
}

const ASKS: ReadonlySet<Outcome["kind"]> = new Set<Outcome["kind"]>([
  "MappingAdded",
  "MappingRemoved",
  "DeviceAttached",
  "DeviceDetached",
  "ObjectDestroyed",
]);

function reachesBeyond(memory: AddressSpace, outcomes: readonly Outcome[]): boolean {
  return outcomes.some(
    (outcome) =>
      outcome.kind === "MappingAdded" &&
      !holds(memory, outcome.firstPage + outcome.delta, outcome.lastPage + outcome.delta),
  );
}
