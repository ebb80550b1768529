import type { ItfMachine, ItfMapping } from "./itfMachine.ts";

/** A record of the trace format (contract 2). */
export interface StepRecord {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/**
 * The records that lead from one machine to another: what ended first, then what began, tables before those who use
 * them. What a state does not tell (caches, counted faults) is not among them.
 */
export function recordsBetween(before: ItfMachine, after: ItfMachine): StepRecord[] {
  const records: StepRecord[] = [];
  const add = (kind: string, fields: object): void => {
    records.push({ kind, ...fields });
  };
  for (const [device, { object }] of before.devices) {
    const now = after.devices.get(device)?.object ?? "";
    if (object !== "" && now === "") add("detach", { device, object });
  }
  for (const object of before.objects.keys())
    if (!after.objects.has(object)) add("object.destroy", { object });
  if (after.translation !== "" && after.translation !== before.translation)
    add("translation", { enabled: after.translation === "on" });
  for (const [unit, { addressWidth, translation }] of after.units) {
    const was = before.units.get(unit);
    if (was === undefined || was.addressWidth !== addressWidth)
      add("unit", { unit, ...(addressWidth < 0n ? {} : { addressWidth: Number(addressWidth) }) });
    const known =
      was?.translation === translation || (was === undefined && translation === after.translation);
    if (!known && translation !== "") add("translation", { unit, enabled: translation === "on" });
  }
  for (const [device, { unit }] of after.devices) {
    const was = before.devices.get(device);
    if (was === undefined || was.unit !== unit) add("device", { device, ...(unit === "" ? {} : { unit }) });
  }
  for (const [object, { client, mappings }] of after.objects) {
    const was = before.objects.get(object);
    if (was === undefined) add("object.create", { object, ...(client === "" ? {} : { client }) });
    const old = was?.mappings ?? [];
    for (const { first, last } of partsWithout(old, mappings, () => true))
      add("unmap", { object, address: address(first), length: bytes(first, last) });
    for (const { first, last, target, access } of partsWithout(mappings, old, sameGrant))
      add("map", {
        object,
        address: address(first),
        length: bytes(first, last),
        target: address(target),
        access,
      });
  }
  for (const [device, { object, passthrough }] of after.devices) {
    const was = before.devices.get(device);
    if (object !== "" && was?.object !== object) add("attach", { device, object });
    if (passthrough !== (was?.passthrough ?? false)) add("passthrough", { device, enabled: passthrough });
  }
  return records;
}

function sameGrant(x: ItfMapping, y: ItfMapping): boolean {
  return x.target - x.first === y.target - y.first && x.access === y.access;
}

/** The parts of `list` that no like mapping of `others` covers; both are disjoint and in order, and so is the answer. */
function partsWithout(
  list: readonly ItfMapping[],
  others: readonly ItfMapping[],
  like: (x: ItfMapping, y: ItfMapping) => boolean,
): ItfMapping[] {
  const parts: ItfMapping[] = [];
  let next = 0;
  for (const mapping of list) {
    const part = (first: bigint, last: bigint): void => {
      if (first <= last)
        parts.push({ ...mapping, first, last, target: mapping.target + first - mapping.first });
    };
    while (next < others.length && others[next]!.last < mapping.first) next++;
    let from = mapping.first;
    for (let i = next; i < others.length && others[i]!.first <= mapping.last; i++) {
      if (!like(mapping, others[i]!)) continue;
      part(from, others[i]!.first - 1n);
      from = others[i]!.last + 1n;
    }
    part(from, mapping.last);
  }
  return parts;
}

function address(page: bigint): string {
  return `0x${(page << 12n).toString(16)}`;
}

function bytes(first: bigint, last: bigint): string {
  return `0x${((last - first + 1n) << 12n).toString(16)}`;
}
