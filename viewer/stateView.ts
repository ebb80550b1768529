import { Folding } from "../core/evolve.ts";
import type { AddressSpace } from "../core/parts/addressSpace.ts";
import type { IommuState } from "../core/state.ts";
import { formatAddress } from "../events/vocabulary/address.ts";
import type { DeviceName } from "../events/vocabulary/device.ts";
import type { ObjectName, VmName } from "../events/vocabulary/names.ts";
import { phaseOf } from "../replay/replayBoot.ts";
import type { SpaceRef, StateView } from "./viewModel.ts";

/** The most rows of each list that one answer holds. */
export const STATE_ROWS_MAX = 1000;

/** The machine after event `seq`, without its mappings: those are asked for by part. */
export function stateView(state: IommuState, seq: number, t: number | null): StateView {
  let omitted = 0;
  const some = <K extends string>(names: Iterable<K>): K[] => {
    const all = [...names].sort();
    omitted += Math.max(0, all.length - STATE_ROWS_MAX);
    return all.slice(0, STATE_ROWS_MAX);
  };
  const folding = new Folding(state);
  const users = new Map<string, string[]>();
  for (const [device, { object }] of state.devices) {
    if (object === null) continue;
    const known = users.get(object);
    if (known === undefined) users.set(object, [device]);
    else known.push(device);
  }
  const { service } = state;
  return {
    seq,
    t,
    phase: phaseOf(state),
    service:
      service === null
        ? null
        : {
            name: service.name,
            placement: service.placement,
            dss: service.dss && {
              reason: service.dss.reason,
              requirement: service.dss.requirement,
              seq: service.dss.seq,
            },
          },
    translationOfAll: state.translationOfAll,
    units: some(state.units.keys()).map((name) => {
      const unit = state.units.get(name)!;
      return {
        unit: name,
        base: unit.base === null ? null : formatAddress(unit.base.page, unit.base.offset),
        addressWidth: unit.addressWidth,
        translation: unit.translation ?? state.translationOfAll,
      };
    }),
    devices: some(state.devices.keys()).map((name) => deviceView(folding, name)),
    objects: some(state.objects.keys()).map((name) => {
      const object = state.objects.get(name)!;
      return {
        object: name,
        client: object.client,
        devices: (users.get(name) ?? []).sort().slice(0, 100),
        space: spaceRef(`object:${name}`, name, object.space),
      };
    }),
    clients: some(state.clients.keys()).map((name) => {
      const { vm, connected, records } = state.clients.get(name)!;
      const objects = [...state.objects]
        .filter(([, { client }]) => client === name)
        .map(([object]) => object);
      return { client: name, vm, connected, records: records.length, objects: objects.sort().slice(0, 100) };
    }),
    guests: some(state.vms.keys()).map((name) => guestView(state, name)),
    pendingFaults: state.pendingFaults.length,
    droppedFaults: state.droppedFaults,
    omitted,
  };
}

/** The address space that a {@link SpaceRef} names; null: the state has none of that name. */
export function spaceOf(state: IommuState, id: string): AddressSpace | null {
  const colon = id.indexOf(":");
  const name = id.slice(colon + 1);
  switch (id.slice(0, colon)) {
    case "object":
      return state.objects.get(name as ObjectName)?.space ?? null;
    case "startup":
      return state.devices.get(name as DeviceName)?.startup ?? null;
    case "reserved":
      return state.devices.get(name as DeviceName)?.reserved ?? null;
    case "memory":
      return state.vms.get(name as VmName)?.memory ?? null;
    case "guest": {
      // `guest:<length of the VM's name>:<name><rest>`: names may hold any character.
      const [, length, rest] = /^(\d{1,5}):(.*)$/su.exec(name) ?? [];
      if (length === undefined) return null;
      const guest = state.vms.get(rest!.slice(0, Number(length)) as VmName)?.guest ?? null;
      return guest === null ? null : spaceOf(guest, rest!.slice(Number(length)));
    }
    default:
      return null;
  }
}

function deviceView(folding: Folding, name: DeviceName): StateView["devices"][number] {
  const device = folding.state.devices.get(name)!;
  const route = folding.route(name);
  const spaces: SpaceRef[] = [];
  if (device.startup !== null)
    spaces.push(spaceRef(`startup:${name}`, `${name}, from start-up`, device.startup));
  if (device.reserved !== null)
    spaces.push(spaceRef(`reserved:${name}`, `${name}, reserved`, device.reserved));
  return {
    device: name,
    unit: device.unit,
    object: device.object,
    route: route.kind === "unrestricted" ? route.via : "confined",
    permitted: device.counters.permitted,
    denied: device.counters.denied,
    stale: device.counters.stale,
    spaces,
  };
}

function guestView(state: IommuState, name: VmName): StateView["guests"][number] {
  const vm = state.vms.get(name)!;
  const { guest } = vm;
  const prefix = `guest:${name.length}:${name}`;
  return {
    vm: name,
    running: vm.running,
    unity: vm.unity,
    pass: vm.pass.slice(0, 100),
    memory: spaceRef(`memory:${name}`, `${name}, stage 2: guest-physical to host-physical`, vm.memory),
    objects:
      guest === null
        ? []
        : [...startupSpaces(guest, name, prefix), ...objectSpaces(guest, name, prefix)].slice(0, 100),
  };
}

function objectSpaces(guest: IommuState, vm: VmName, prefix: string): SpaceRef[] {
  return [...guest.objects].map(([object, { space }]) =>
    spaceRef(`${prefix}object:${object}`, `${vm}, stage 1: ${object}`, space),
  );
}

/** What a guest's own start-up grants its devices. */
function startupSpaces(guest: IommuState, vm: VmName, prefix: string): SpaceRef[] {
  return [...guest.devices].flatMap(([device, { startup }]) =>
    startup === null
      ? []
      : [spaceRef(`${prefix}startup:${device}`, `${vm}, stage 1: ${device}, from start-up`, startup)],
  );
}

function spaceRef(id: string, title: string, space: AddressSpace): SpaceRef {
  let pages = 0n;
  for (const { first, last } of space.mappings()) pages += BigInt(last - first + 1);
  return {
    id,
    title,
    mappings: space.mappingCount,
    bytes: `0x${(pages << 12n).toString(16)}`,
    stale: space.hasStale ? space.staleGrants().length : 0,
  };
}
