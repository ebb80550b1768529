import type { DeviceName } from "../../../events/vocabulary/device.ts";
import type { ClientState } from "../../clients/clientState.ts";
import type { IommuState, ObjectState } from "../../state.ts";
import type { Expected } from "./calls.ts";
import { pagesText, tableText } from "./pages.ts";

/** Whether a machine changed as a call says, and not otherwise; of what nothing is said nothing changes. */
export function changedAs(
  before: IommuState,
  after: IommuState,
  client: string,
  expected: Expected,
): boolean {
  return (
    hasPlaces(before, after, expected) &&
    hasObjects(before, after, client, expected) &&
    hasClients(before, after, client, expected)
  );
}

function hasPlaces(before: IommuState, after: IommuState, { devices }: Expected): boolean {
  if (devices === undefined && before.devices === after.devices) return true;
  for (const [name, now] of after.devices) {
    const then = before.devices.get(name);
    const object = devices?.has(name) ? devices.get(name)! : (then?.object ?? null);
    if (now.object !== object) return false;
    if (then === undefined) continue;
    // What no client gives no client takes (G-29, G-35), and where a device is does not change by a call.
    if (then.passthrough !== now.passthrough || then.unit !== now.unit) return false;
    if (tableText(then.startup) !== tableText(now.startup)) return false;
    if (tableText(then.reserved) !== tableText(now.reserved)) return false;
    // A stream that was known once never passes its unit unknown again (ARM-2, G-28).
    if (now.identified !== (then.identified || now.object !== null)) return false;
  }
  return [...before.devices.keys()].every((name) => after.devices.has(name));
}

function hasObjects(before: IommuState, after: IommuState, client: string, expected: Expected): boolean {
  const { gone = [], creates, devices, table, waiting, realised } = expected;
  for (const [name, then] of before.objects) {
    const now = after.objects.get(name);
    if (gone.includes(name)) {
      if (now !== undefined) return false;
      continue;
    }
    if (now === undefined || now.client !== then.client || now.reservedManual !== then.reservedManual)
      return false;
    const pages = table?.object === name ? pagesText(table.pages) : tableText(then.space);
    if ((now !== then || table?.object === name) && tableText(now.space) !== pages) return false;
    const left = then.awaitingReissue.filter((device) => !leaves(devices, device, name));
    if (!isSet(now.awaitingReissue, waiting?.object === name ? waiting.devices : new Set(left))) return false;
    if (!isSet(now.realisedOn, realised?.object === name ? realised.units : new Set(then.realisedOn)))
      return false;
  }
  const created = [...after.objects].filter(([name]) => !before.objects.has(name as never));
  if (creates === undefined) return created.length === 0;
  return created.length === 1 && isNew(created[0]![1], client, creates.manual);
}

function leaves(devices: Expected["devices"], device: DeviceName, from: string): boolean {
  return devices?.has(device) === true && devices.get(device) !== from;
}

function isNew(object: ObjectState, client: string, manual: boolean): boolean {
  const { awaitingReissue, realisedOn, reservedManual, space } = object;
  const isEmpty = tableText(space) === "" && awaitingReissue.length === 0 && realisedOn.length === 0;
  return isEmpty && object.client === client && reservedManual === manual;
}

function isSet(list: readonly unknown[], wanted: ReadonlySet<unknown>): boolean {
  return (
    new Set(list).size === list.length && list.length === wanted.size && list.every((one) => wanted.has(one))
  );
}

function hasClients(before: IommuState, after: IommuState, client: string, { caller }: Expected): boolean {
  if (before.clients === after.clients && caller === undefined) return true;
  for (const [name, then] of before.clients) {
    const now = after.clients.get(name);
    const change = name === client ? caller : undefined;
    if (change === null) {
      if (now !== undefined) return false;
      continue;
    }
    if (now === undefined || !isClient(now, then, change ?? {})) return false;
  }
  return after.clients.size === before.clients.size - (caller === null ? 1 : 0);
}

function isClient(now: ClientState, then: ClientState, change: NonNullable<Expected["caller"]>): boolean {
  if (now === then && Object.keys(change).length === 0) return true;
  const kept = then.records.slice(change.fetched ?? 0);
  return (
    now.connected === (change.connected ?? then.connected) &&
    now.notify === (change.notify ?? then.notify) &&
    now.dropped === (change.dropped ?? then.dropped) &&
    now.vm === then.vm &&
    now.abilities.join() === then.abilities.join() &&
    now.records.length === kept.length &&
    now.records.every(({ fault, address }, i) => fault === kept[i]!.fault && address === kept[i]!.address)
  );
}
