import { type DeviceState, type IommuState, NO_COUNTS, NOTHING_FORGOTTEN } from "../../../core/state.ts";
import type { Stimulus } from "../../../events/stimulus.ts";
import type { VmMemory } from "../../../events/vmEvents.ts";
import { addressFromBigint } from "../../../events/vocabulary/address.ts";
import { ABILITY_ATTACH } from "../../../events/vocabulary/clientApi.ts";
import {
  type ClientName,
  clientName,
  objectName,
  type VmName,
  vmName,
} from "../../../events/vocabulary/names.ts";
import { addDevice, addMapping, callOf, transfer } from "../../check/calls.ts";
import type { Rules } from "../../check/rules.ts";
import { deviceAt, guestConfig } from "../../check/smallBoard.ts";
import { startedMachine } from "../../check/startedMachine.ts";
import type { Model } from "../model.ts";
import { type WholeAction, wholeMachine } from "./wholeMachine.ts";

/** How large a model of guests is. */
export interface GuestsSizes {
  readonly guests: number;
  readonly devices: number;
  /** Pages of each guest's memory; devices also try the one after them. */
  readonly pages: number;
  /** How many kinds of failures may come: a signal to a guest's service, one to the host's, a crash of a VM. */
  readonly failures: number;
}

/**
 * VMs on a host whose service runs: each begins with any one device and a service in its guest, which one process there
 * uses as a client uses a host's; devices try every page, within and beyond (docs/models.md).
 */
export function guests(sizes: GuestsSizes, rules: Rules): Model {
  const board = { devices: sizes.devices, units: 1, configured: 0, reserved: false };
  const vms = range(sizes.guests).map((g) => vmName(`v${g}`));
  const model = wholeMachine({
    name: "guests",
    sizes: { ...sizes },
    family: "vtd",
    rules,
    prelude: startedMachine(board, rules).stimuli,
    actions: [
      ...vms.flatMap((vm, g) => [...vmActions(vm, g, sizes), ...processActions(vm, g, sizes)]),
      ...transfers(sizes),
      ...(sizes.failures > 1 ? [always("the host's service is stopped by a signal", HOST_SIGNAL)] : []),
    ],
  });
  const actions = model.actions.map((action) => ({
    ...action,
    step: (values: readonly unknown[]) => {
      const result = action.step(values);
      return result === null ? null : { ...result, values: [withoutCounts(result.values[0] as IommuState)] };
    },
  }));
  return { ...model, actions };
}

const FIRST_PAGE = 0x100;
/** Host page minus guest page, of the first guest; each further one's memory lies as far beyond. */
const AWAY = 0x800;
const HOST_SIGNAL: Stimulus = { kind: "fail", what: "signal", name: "SIGKILL", at: null };

function always(name: string, stimulus: Stimulus): WholeAction {
  return { name, stimulus: () => stimulus };
}

function vmActions(vm: VmName, g: number, { devices, pages, failures }: GuestsSizes): WholeAction[] {
  const isRunning = (state: IommuState): boolean => state.vms.get(vm)?.running === true;
  const whileRunning = (name: string, stimulus: Stimulus): WholeAction => ({
    name,
    stimulus: (state) => (isRunning(state) ? stimulus : null),
  });
  return [
    ...range(devices).map(
      (d): WholeAction => ({
        name: `${vm} begins with ${deviceAt(d)}`,
        stimulus: (state) =>
          isRunning(state)
            ? null
            : {
                kind: "vm",
                vm,
                memory: [memoryOf(g, pages)],
                pass: [deviceAt(d)],
                vdev: true,
                service: {
                  name: "smmuman",
                  arguments: [],
                  files: {},
                  config: [{ kind: "config.end", config: guestConfig("smmuman", [], null) }],
                  components: [{ name: "procnto-smp-instr", certified: true }],
                },
              },
      }),
    ),
    whileRunning(`${vm} ends`, { kind: "vm.stop", vm, crashed: false }),
    ...(failures > 0
      ? [
          whileRunning(`the service in ${vm} is stopped by a signal`, {
            kind: "guest.fail",
            vm,
            what: "signal",
            name: "SIGKILL",
          }),
        ]
      : []),
    ...(failures > 2 ? [whileRunning(`${vm} crashes`, { kind: "vm.stop", vm, crashed: true })] : []),
  ];
}

function memoryOf(g: number, pages: number): VmMemory {
  return { guest: bytes(FIRST_PAGE), host: bytes(FIRST_PAGE + AWAY * (g + 1)), length: bytes(pages) };
}

function processActions(vm: VmName, g: number, { devices, pages }: GuestsSizes): WholeAction[] {
  const client = clientName(`p${g}`);
  const sop = objectName(`p${g}.o`);
  const call = (name: string, stimulus: Stimulus): WholeAction => ({
    name: `${client} ${name}`,
    stimulus: (state) => (state.clients.has(client) ? stimulus : null),
  });
  return [
    {
      name: `${client} starts in ${vm}`,
      stimulus: (state) =>
        state.clients.has(client) || state.vms.get(vm)?.running !== true
          ? null
          : { kind: "client", client, abilities: [ABILITY_ATTACH], vm },
    },
    call("smmu_init", callOf(client, { function: "smmu_init", flags: 0 })),
    {
      name: `${client} creates ${sop}`,
      stimulus: (state) =>
        hasObject(state, vm, client) ? null : callOf(client, { function: "smmu_obj_create", flags: 0 }, sop),
    },
    call(`destroys ${sop}`, callOf(client, { function: "smmu_obj_destroy", sop })),
    ...range(devices).flatMap((d) => [
      call(`attaches ${deviceAt(d)}`, addDevice(client, sop, deviceAt(d))),
      call(`takes ${deviceAt(d)} out`, addDevice(client, null, deviceAt(d))),
    ]),
    // The page after the last is not the VM's own (HV-6).
    ...range(pages + 1).flatMap((p) => [
      call(`maps page ${(FIRST_PAGE + p).toString(16)}, r`, addMapping(client, sop, 1, FIRST_PAGE + p)),
      call(`unmaps page ${(FIRST_PAGE + p).toString(16)}`, addMapping(client, sop, 0, FIRST_PAGE + p)),
    ]),
    call("dies", { kind: "exit", client }),
  ];
}

/** One object at a time, and none where there is nobody to create it: names would never end. */
function hasObject(state: IommuState, vm: VmName, client: ClientName): boolean {
  if (!state.clients.has(client)) return true;
  const guest = state.vms.get(vm)?.guest;
  return [...(guest?.objects.values() ?? []), ...state.objects.values()].some(
    (object) => object.client === client,
  );
}

function transfers({ devices, pages }: GuestsSizes): WholeAction[] {
  return range(devices).flatMap((d) =>
    range(pages + 1).flatMap((p) =>
      (["r", "w"] as const).map((access) =>
        always(
          `${deviceAt(d)} ${access === "r" ? "reads" : "writes"} page ${(FIRST_PAGE + p).toString(16)}`,
          transfer(deviceAt(d), access, FIRST_PAGE + p),
        ),
      ),
    ),
  );
}

/** What only counts, in guests as in the host, and records that nobody fetches. */
function withoutCounts(state: IommuState): IommuState {
  const devices = new Map([...state.devices].map(([name, device]) => [name, plainDevice(device)]));
  const clients = new Map(
    [...state.clients].map(([name, client]) => [
      name,
      { ...client, objectsCreated: 0, records: [], dropped: false },
    ]),
  );
  const vms = new Map(
    [...state.vms].map(([name, vm]) => [
      name,
      { ...vm, guest: vm.guest === null ? null : withoutCounts(vm.guest) },
    ]),
  );
  return { ...state, devices, clients, vms, pendingFaults: [], droppedFaults: 0 };
}

function plainDevice(device: DeviceState): DeviceState {
  return { ...device, counters: NO_COUNTS, forgotten: NOTHING_FORGOTTEN };
}

function bytes(pages: number): VmMemory["length"] {
  return addressFromBigint(BigInt(pages) * 4096n)!;
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
