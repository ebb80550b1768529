import type { Json } from "../base/canonicalJson.ts";
import { canonicalJson } from "../base/canonicalJson.ts";
import { type Digest, sha256 } from "../base/digest.ts";
import { formatAddress } from "../events/vocabulary/address.ts";
import type { AddressSpace } from "./parts/addressSpace.ts";
import { serviceDigest } from "./startup/serviceDigest.ts";
import type { IommuState } from "./state.ts";

/**
 * The digest of what decides: units, switches, attachments, and each object's table as a function from page to
 * (target page, access). Who granted when, in which slices and order, and what was counted, do not show (contract 2).
 */
export function stateDigest(state: IommuState): Digest {
  return sha256(canonicalJson(decidingPart(state)));
}

/** The digest of one table as a function. */
export function tableDigest(space: AddressSpace): Digest {
  const known = tableDigests.get(space);
  if (known !== undefined) return known;
  const digest = sha256(space.canonicalRuns());
  tableDigests.set(space, digest);
  return digest;
}

// Address spaces are immutable values, most of them the same from one state to the next.
const tableDigests = new WeakMap<AddressSpace, Digest>();

function decidingPart(state: IommuState): Json {
  return {
    family: state.family,
    described: state.described,
    translationOfAll: state.translationOfAll,
    units: sorted(state.units, (unit) => ({
      base: unit.base === null ? null : formatAddress(unit.base.page, unit.base.offset),
      addressWidth: unit.addressWidth,
      translation: unit.translation,
    })),
    devices: sorted(state.devices, (device) => ({
      unit: device.unit,
      object: device.object,
      passthrough: device.passthrough,
      identifiers: [...(device.identifiers ?? [])].sort(),
      startup: device.startup === null ? null : tableDigest(device.startup),
      reserved: device.reserved === null ? null : tableDigest(device.reserved),
      // Only a service's start-up makes units let unidentified streams pass.
      identified: state.service === null ? undefined : device.identified,
    })),
    objects: sorted(state.objects, (object) => ({
      client: object.client,
      table: tableDigest(object.space),
      awaitingReissue: [...object.awaitingReissue].sort(),
      reservedManual: object.reservedManual,
    })),
    service: state.service === null ? null : serviceDigest(state.service),
    clients: sorted(state.clients, (client) => ({
      abilities: [...client.abilities].sort(),
      vm: client.vm,
      view: client.view,
      connected: client.connected,
      notify: client.notify,
      records: client.records.length,
      dropped: client.dropped,
    })),
    vms: sorted(state.vms, (vm) => ({
      ...vm,
      memory: tableDigest(vm.memory),
      guest: vm.guest === null ? null : decidingPart(vm.guest),
    })),
  };
}

function sorted<K extends string, V>(map: ReadonlyMap<K, V>, render: (value: V) => Json): Json {
  const names = [...map.keys()].sort();
  return names.map((name) => [name, render(map.get(name)!)]);
}
