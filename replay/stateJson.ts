import type { Json } from "../base/canonicalJson.ts";
import { serves } from "../core/clients/deliverFault.ts";
import type { IommuState } from "../core/state.ts";
import { tableDigest } from "../core/stateDigest.ts";
import { machineOf } from "../core/vms/vmState.ts";
import { formatAccess } from "../events/vocabulary/access.ts";
import { formatAddress } from "../events/vocabulary/address.ts";
import type { DeviceName } from "../events/vocabulary/device.ts";
import type { ClientName, ObjectName } from "../events/vocabulary/names.ts";
import { phaseOf } from "./replayBoot.ts";
import { serviceJson, startupGrantsJson } from "./startupGrantsJson.ts";
import { vmsJson } from "./vmStateJson.ts";

/** The state as the contract's `state` tells it. `length` of a mapping in hex bytes; `since`: seq of its grant. */
export function stateJson(state: IommuState): { readonly [name: string]: Json } {
  const names = <K extends string>(map: ReadonlyMap<K, unknown>) => [...map.keys()].sort();
  return {
    phase: phaseOf(state),
    family: state.family,
    service: serviceJson(state),
    units: names(state.units).map((name) => {
      const unit = state.units.get(name)!;
      return {
        unit: name,
        base: unit.base === null ? null : formatAddress(unit.base.page, unit.base.offset),
        addressWidth: unit.addressWidth,
        translation: unit.translation ?? state.translationOfAll,
      };
    }),
    devices: names(state.devices).map((name) => {
      const { unit, object, passthrough, identifiers, window, counters } = state.devices.get(name)!;
      return {
        device: name,
        unit,
        object,
        passthrough,
        identifiers: identifiers === null ? null : [...identifiers],
        window: window === null ? null : { ...window },
        counters: { ...counters },
      };
    }),
    objects: objectsJson(state),
    clients: names(state.clients).map((name) => clientJson(state, name)),
    pendingFaults: state.pendingFaults.map(({ seq, device, at, access, reason }) => ({
      seq,
      device,
      address: formatAddress(at.page, at.offset),
      access,
      reason,
    })),
    droppedFaults: state.droppedFaults,
    vms: vmsJson(state, stateJson),
  };
}

function objectsJson(state: IommuState): readonly Json[] {
  const names = <K extends string>(map: ReadonlyMap<K, unknown>) => [...map.keys()].sort();
  const users = usersOf(state);
  return [
    ...names(state.objects).map((name) => {
      const { client, space } = state.objects.get(name)!;
      return {
        id: name,
        client,
        devices: (users.get(name) ?? []).toSorted(),
        tableDigest: tableDigest(space),
        mappings: space.mappings().map(({ first, last, value }) => ({
          address: formatAddress(first),
          length: lengthText(first, last),
          target: formatAddress(first + value.delta),
          access: formatAccess(value.access),
          since: value.since,
        })),
        stale: space.staleGrants().map(({ first, last, value }) => ({
          address: formatAddress(first),
          length: lengthText(first, last),
          revokedAt: value[0]!.revokedAt,
        })),
      };
    }),
    ...startupGrantsJson(state),
  ];
}

/** The devices of each object, in the order of the state; an object that no device uses is absent. */
export function usersOf(state: IommuState): ReadonlyMap<ObjectName, readonly DeviceName[]> {
  const users = new Map<ObjectName, DeviceName[]>();
  for (const [device, { object }] of state.devices) {
    if (object === null) continue;
    const known = users.get(object);
    if (known === undefined) users.set(object, [device]);
    else known.push(device);
  }
  return users;
}

function clientJson(state: IommuState, name: ClientName): Json {
  const { abilities, vm } = state.clients.get(name)!;
  const machine = machineOf(state, name);
  const { connected, records, dropped, notify } = machine.clients.get(name)!;
  // A service that ended took its connections, and what it kept for them, with it (DSS-1).
  const served = serves(machine);
  return {
    client: name,
    abilities,
    vm,
    connected: connected && served,
    objects: [...machine.objects]
      .filter(([, object]) => object.client === name)
      .map(([object]) => object)
      .sort(),
    pendingFaults: (served ? records : []).map(({ fault, device, address }) => ({
      seq: fault,
      device,
      address,
    })),
    droppedFaults: dropped && served,
    notify: notify && served,
  };
}

function lengthText(first: number, last: number): string {
  return `0x${(BigInt(last - first + 1) << 12n).toString(16)}`;
}
