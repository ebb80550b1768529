import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import type { AddressSpace } from "../../core/parts/addressSpace.ts";
import { IntervalMap } from "../../core/parts/intervalMap.ts";
import type { IommuState } from "../../core/state.ts";
import type { IommuEvent } from "../../events/recordedEvent.ts";
import type { ByteRange } from "../../events/vocabulary/byteRange.ts";
import type { ObjectName } from "../../events/vocabulary/names.ts";

/** By object, the pages on which two tables, or what caches may hold of them, differ. */
export type DifferingPages = ReadonlyMap<ObjectName, IntervalMap<true>>;

/**
 * Where two states differ, if only in tables: what the same events make of both can then differ on these pages alone,
 * and never on others. Null where they differ in anything else, or hold what would have to be looked at more closely:
 * a service, clients, guests, fault registers.
 */
export function differingPages(a: IommuState, b: IommuState): DifferingPages | null {
  const [restA, restB] = [restOf(a), restOf(b)];
  if (restA === null || restA !== restB) return null;
  const differing = new Map<ObjectName, IntervalMap<true>>();
  for (const [name, { space }] of a.objects) {
    const pages = new IntervalMap<true>();
    const other = b.objects.get(name)!.space;
    addUnlike(pages, liveTexts(space), liveTexts(other));
    addUnlike(pages, cachedTexts(space), cachedTexts(other));
    if (pages.size > 0) differing.set(name, pages);
  }
  return differing;
}

/**
 * The same pages and those beside them that one transfer touches together with them: it is judged by all of its pages,
 * so what is there must be known, too.
 */
export function withWide(pages: DifferingPages, wide: readonly ByteRange[]): DifferingPages {
  const more = new Map<ObjectName, IntervalMap<true>>();
  for (const [object, differing] of pages) {
    const known = differing.clone();
    for (const bytes of wide) if (touches(differing, bytes)) known.set(bytes.firstPage, bytes.lastPage, true);
    more.set(object, known);
  }
  return more;
}

/**
 * Whether an event may have another effect where tables differ on `pages`, or changes what must be `followed` to tell.
 * `objectOf`: the object of a device.
 */
export function mayDiffer(
  event: IommuEvent,
  pages: DifferingPages,
  followed: DifferingPages,
  objectOf: (device: string) => ObjectName | null,
): boolean {
  switch (event.kind) {
    case "dma": {
      const object = objectOf(event.device);
      return object !== null && touches(pages.get(object), event.bytes);
    }
    case "map":
    case "unmap":
      return touches(followed.get(event.object), event.bytes);
    case "invalidate": {
      if (event.device !== null) return true;
      const objects = event.object === null ? [...followed.keys()] : [event.object];
      return objects.some((object) => touches(followed.get(object), event.bytes));
    }
    case "mark":
    case "fault":
    case "loss":
    case "status":
    case "unknown":
      return false;
    default:
      return true;
  }
}

function touches(pages: IntervalMap<true> | undefined, bytes: ByteRange | null): boolean {
  if (pages === undefined) return false;
  if (bytes === null || pages.at(bytes.firstPage) !== null) return true;
  const above = pages.above(bytes.firstPage);
  return above !== null && above.first <= bytes.lastPage;
}

/** All but tables as a text; null where that is not all that matters. */
function restOf(state: IommuState): string | null {
  if (state.service !== null || state.clients.size > 0 || state.vms.size > 0) return null;
  const devices: Json[] = [];
  for (const [name, device] of state.devices) {
    const { forgotten, startup, reserved, counters: _, ...rest } = device;
    // When a device's own caches forgot is told by seq, and the same seq is another moment in each boot.
    const plain = forgotten.allAt < 0 && forgotten.ranges === null && startup === null && reserved === null;
    if (!plain) return null;
    devices.push([name, rest as unknown as Json]);
  }
  const objects: Json[] = [];
  for (const [name, { space: _, ranges, ...rest }] of state.objects) {
    if (ranges !== null) return null;
    objects.push([name, rest as unknown as Json]);
  }
  const units: Json[] = [];
  for (const [name, unit] of state.units) {
    if (unit.faults !== null) return null;
    units.push([name, unit as unknown as Json]);
  }
  const { family, described, translationOfAll } = state;
  return canonicalJson({ family, described, translationOfAll, units, devices, objects });
}

type Texts = Map<string, { readonly first: number; readonly last: number }>;

function liveTexts(space: AddressSpace): Texts {
  const texts: Texts = new Map();
  for (const { first, last, value } of space.mappings())
    texts.set(`${first} ${last} ${value.delta} ${value.access}`, { first, last });
  return texts;
}

/** What caches may still hold of a table, whoever granted it when. */
function cachedTexts(space: AddressSpace): Texts {
  const texts: Texts = new Map();
  for (const { first, last, value } of space.staleGrants())
    texts.set(`${first} ${last} ${value.map(({ grant }) => `${grant.delta} ${grant.access}`)}`, {
      first,
      last,
    });
  return texts;
}

/** Pages of what only one of both has; a slicing that differs alone makes them more than need be, which does no harm. */
function addUnlike(pages: IntervalMap<true>, a: Texts, b: Texts): void {
  for (const [text, { first, last }] of a) if (!b.has(text)) pages.set(first, last, true);
  for (const [text, { first, last }] of b) if (!a.has(text)) pages.set(first, last, true);
}
