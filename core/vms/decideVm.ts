import type { Outcome } from "../../events/outcome.ts";
import type { GuestFailStimulus, VmStartStimulus, VmStopStimulus } from "../../events/vmEvents.ts";
import type { Access } from "../../events/vocabulary/access.ts";
import { ABILITY_ATTACH, ABILITY_TARGET } from "../../events/vocabulary/clientApi.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import { type ClientName, clientName, type ObjectName, type VmName } from "../../events/vocabulary/names.ts";
import { controllingUnit } from "../clients/controllingUnit.ts";
import { serves } from "../clients/deliverFault.ts";
import { disconnection } from "../clients/objectCalls.ts";
import type { MachineView } from "../machineView.ts";
import type { AddressSpace } from "../parts/addressSpace.ts";
import { othersSharing } from "../parts/sharedIdentifier.ts";
import { mapped } from "../parts/tableChanges.ts";
import { type IommuState, initialState } from "../state.ts";
import { rulesOf } from "../units/families.ts";
import { startGuest } from "./guestStart.ts";
import { followGuest, freeObject, guestAfter } from "./narrow.ts";
import type { MachineRules } from "./rules.ts";
import { isUnity, vmMemory } from "./vmMemory.ts";
import { guestOf } from "./vmState.ts";

/** `qvm` starts a VM, or refuses to (HV-3, HV-8 to HV-12); its guest's service, if it has one, starts with it (HG-3). */
export function startVm(view: MachineView, start: VmStartStimulus, rules: MachineRules): readonly Outcome[] {
  const { state } = view;
  const { vm } = start;
  const refuse = (requirement: string, device: DeviceName | null, detail: string): readonly Outcome[] => [
    { kind: "VmRefused", vm, requirement, device, detail },
  ];
  if (state.vms.get(vm)?.running) return refuse("HV-12", null, `VM ${vm} runs already`);
  const memory = vmMemory(start.memory, 0);
  if (!memory.ok) return refuse(memory.error.requirement, null, memory.error.detail);
  const pass = [...new Set(start.pass)];
  for (const device of pass) {
    const other = assignedTo(state, device, pass);
    if (other !== null) return refuse("HV-12", device, `${device} is already assigned to ${other}`);
  }
  const unity = isUnity(memory.value);
  const isServed = start.hostService !== false && serves(state);
  const unmanaged = pass.filter((device) => !isServed || controllingUnit(state, device) === null);
  const [first] = unmanaged;
  if (first !== undefined && !unity) return refuse("HV-8", first, unmanagedText(isServed, first));
  const managed = pass.filter((device) => !unmanaged.includes(device));
  const reports = [
    ...(unity
      ? [report(vm, "HV-9", null, "the VM is unity-mapped, which must not be used in production")]
      : []),
    ...unmanaged.map((device) =>
      report(vm, "HV-8", device, `${unmanagedText(isServed, device)}; the VM starts anyway`),
    ),
  ];
  const client = isServed ? freeClient(state, `qvm:${vm}`) : null;
  const object = client === null ? null : freeObject(state, `vm:${vm}`);
  const started: Outcome = {
    kind: "VmStarted",
    vm,
    memory: start.memory,
    pass,
    vdev: start.vdev,
    unity,
    client,
    object,
    guestService: start.service !== null,
  };
  return [
    started,
    ...reports,
    ...(client === null ? [] : confinement(state, client, object!, managed, memory.value)),
    ...guestStarted(view, start, { client, object, managed, memory: memory.value }, rules),
  ];
}

/** The VM ends, whether it was asked to or not: its devices are left without access (G-28); in the DSS nobody is there to do it. */
export function stopVm({ state }: MachineView, { vm, crashed }: VmStopStimulus): readonly Outcome[] {
  const known = state.vms.get(vm);
  if (!known?.running) return [{ kind: "Ignored", why: "no-effect" }];
  const outcomes: Outcome[] = [];
  for (const [client, { vm: its }] of state.clients)
    if (its === vm) outcomes.push({ kind: "ClientEnded", client });
  if (known.client !== null) {
    if (serves(state)) outcomes.push(...disconnection(state, known.client));
    outcomes.push({ kind: "ClientEnded", client: known.client });
  }
  return [...outcomes, { kind: "VmEnded", vm, how: crashed ? "crashed" : "stopped" }];
}

/** The running VM whose qvm a client of the host's service is (HV-2); null: it is no qvm. */
export function vmOfHypervisor(state: IommuState, client: ClientName): VmName | null {
  for (const [name, vm] of state.vms) if (vm.running && vm.client === client) return name;
  return null;
}

/** Something fails for the service of a guest; the host's tables stay as they are (G-8), and so does everybody else. */
export function failInGuest(
  { state }: MachineView,
  { vm, what, name }: GuestFailStimulus,
  rules: MachineRules,
): readonly Outcome[] {
  const known = state.vms.get(vm);
  const guest = known?.running ? guestOf(known) : null;
  if (guest === null) return [{ kind: "Ignored", why: "no-effect" }];
  const outcomes = rules.decide(rules.viewOf(guest), { kind: "fail", what, name, at: null });
  return outcomes.map((outcome) => ({ kind: "InGuest", vm, outcome }));
}

interface Hosting {
  readonly client: ClientName | null;
  readonly object: ObjectName | null;
  readonly managed: readonly DeviceName[];
  readonly memory: AddressSpace;
}

/** Step A: all devices of the VM are confined to the whole of its memory, and translated (HV-1 to HV-3). */
function confinement(
  state: IommuState,
  client: ClientName,
  object: ObjectName,
  devices: readonly DeviceName[],
  memory: AddressSpace,
): Outcome[] {
  const access = (rulesOf(state.family).controlsExecute ? 7 : 3) as Access;
  return [
    { kind: "ClientStarted", client, abilities: [ABILITY_ATTACH, ABILITY_TARGET], vm: null },
    { kind: "ClientConnected", client },
    { kind: "ObjectCreated", object, client, reservedManual: true },
    ...devices.flatMap((device): Outcome[] => [
      ...(state.devices.has(device)
        ? []
        : [{ kind: "DeviceAdded", device, unit: controllingUnit(state, device)!.unit } as const]),
      { kind: "DeviceAttached", device, object },
    ]),
    ...memory
      .mappings()
      .map(({ first, last, value }) =>
        mapped(object, { first, last, value: { delta: value.delta, access } }),
      ),
  ];
}

function guestStarted(
  view: MachineView,
  { vm, vdev, service }: VmStartStimulus,
  { client, object, managed, memory }: Hosting,
  rules: MachineRules,
): Outcome[] {
  if (service === null) return [];
  const surroundings = { host: view.state, memory, vdev, devices: managed, isAttached: client !== null };
  const outcomes = [...startGuest(surroundings, service, rules)];
  // Processes that were told of before their VM live in it from now on.
  for (const [name, { vm: its, abilities }] of view.state.clients)
    if (its === vm)
      outcomes.push({ kind: "ClientStarted", client: name, abilities: [...abilities], vm: null });
  const after = guestAfter(initialState(view.state.family), outcomes);
  const known = { client, whole: object, narrowed: [], memory, pass: managed };
  return [
    ...outcomes.map((outcome): Outcome => ({ kind: "InGuest", vm, outcome })),
    ...followGuest(view, vm, known, after, outcomes, rules),
  ];
}

/** Who has a device: another VM, or the host, by a client or by its start-up configuration (HV-12); null: nobody. */
function assignedTo(state: IommuState, device: DeviceName, pass: readonly DeviceName[]): string | null {
  for (const [name, vm] of state.vms) if (vm.running && vm.pass.includes(device)) return `VM ${name}`;
  const known = state.devices.get(device);
  // What the host's configuration grants is in host-physical terms: the guest would reach it by the same numbers (HV-6).
  if (known?.startup != null) return "the host, by its start-up configuration";
  if (known?.object != null) return `the host, in object ${known.object}`;
  const others = othersSharing(state, device, known).filter((other) => !pass.includes(other));
  const taken = others.find((other) => {
    const its = state.devices.get(other)!;
    return its.object !== null || its.startup !== null;
  });
  return taken === undefined ? null : `others, with ${taken}, from which the hardware cannot tell it`;
}

function unmanagedText(isServed: boolean, device: DeviceName): string {
  return isServed
    ? `the service in the host does not know ${device}`
    : `no service runs in the host to confine ${device}`;
}

function report(vm: VmName, requirement: string, device: DeviceName | null, detail: string): Outcome {
  return { kind: "VmReported", vm, requirement, device, detail };
}

function freeClient(state: IommuState, wanted: string): ClientName {
  let name = clientName(wanted);
  for (let n = 2; state.clients.has(name); n++) name = clientName(`${wanted}#${n}`);
  return name;
}
