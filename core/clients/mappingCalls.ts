import { assert } from "../../base/assert.ts";
import type { CallNote, MapEntry, MappingAddCall } from "../../events/clientEvents.ts";
import type { Outcome } from "../../events/outcome.ts";
import { type Access, covers, READ, WRITE } from "../../events/vocabulary/access.ts";
import { addressFromBigint, addressToBigint, PAGE_SIZE } from "../../events/vocabulary/address.ts";
import { type ByteRange, byteRange } from "../../events/vocabulary/byteRange.ts";
import { ABILITY_TARGET, SMF } from "../../events/vocabulary/clientApi.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { ObjectName, UnitName } from "../../events/vocabulary/names.ts";
import type { AddressSpace } from "../parts/addressSpace.ts";
import { mapped, tableChanges } from "../parts/tableChanges.ts";
import type { IommuState, ObjectState } from "../state.ts";
import { rulesOf } from "../units/families.ts";
import { type Answer, done, refused } from "./answer.ts";
import type { ClientState } from "./clientState.ts";
import { controllingUnit } from "./controllingUnit.ts";
import type { ObjectRanges } from "./objectRanges.ts";
import { byteSpan, coversPagesPartly, pageRuns, rangesOfPages } from "./rangePages.ts";

/** The object that a mapping call works on. `space`: its table as it is just now. */
export interface MappedObject {
  readonly name: ObjectName;
  readonly state: ObjectState;
  readonly space: AddressSpace;
}

/**
 * `smmu_mapping_add` (API-8): grants or, with no permission, revokes (CM-13); all entries or none (G-29). Requests are
 * kept byte by byte, and the pages follow from them (CM-12, G-26).
 */
export function addMapping(
  state: IommuState,
  caller: ClientState,
  call: MappingAddCall,
  object: MappedObject | null,
): Answer {
  const bad = badFlags(state, caller, call.flags);
  if (bad !== null) return bad;
  if (object === null || call.num_entries === 0) return refused("EINVAL");
  if (call.entries === null || call.num_entries > call.entries.length) return refused("EFAULT");
  const regions = regionsOf(call);
  if (regions === null) return refused("EINVAL");
  const before = object.state.ranges ?? rangesOfPages(object.space.mappings());
  const access = (call.flags & 7) as Access;
  return access === 0 ? revoke(object.name, before, regions) : grant(state, object, before, regions, access);
}

/** An entry: the bytes, and how many pages further its target lies. */
interface Region {
  readonly bytes: ByteRange;
  readonly first: number;
  readonly last: number;
  readonly delta: number;
}

function badFlags(state: IommuState, caller: ClientState, flags: number): Answer | null {
  const known = SMF.SMF_READ | SMF.SMF_WRITE | SMF.SMF_EXEC | SMF.SMF_TARGET;
  if ((flags & ~known) !== 0) return refused("EINVAL"); // SMF_VIRT and unknown bits (G-38)
  // Nothing is ignored (G-38): a right that the tables cannot give is not asked for in vain.
  if (flags & SMF.SMF_EXEC && !rulesOf(state.family).controlsExecute) return refused("EINVAL");
  if (flags & SMF.SMF_TARGET && !caller.abilities.includes(ABILITY_TARGET)) return refused("EPERM");
  const writeOnly = (flags & (READ | WRITE)) === WRITE;
  // RCR-5: such a unit grants read as well, which a safety system did not ask for (G-37).
  const isWider = writeOnly && covers(rulesOf(state.family).effectiveAccess(WRITE), READ);
  return isWider && state.service?.name === "smmuman-safety" ? refused("EINVAL") : null;
}

/** The entries as regions; null where one is empty, reaches too far, or cannot go to its target page by page. */
function regionsOf({ entries, num_entries, flags, target }: MappingAddCall): Region[] | null {
  const regions: Region[] = [];
  const isUnity = (flags & SMF.SMF_TARGET) === 0;
  // One target for several entries: they lie one after another there.
  let next = addressToBigint(target);
  for (const { phys, len } of entries!.slice(0, num_entries)) {
    const length = addressToBigint(len);
    const bytes = byteRange(phys, length);
    const span = bytes.ok ? byteSpan(bytes.value) : null;
    if (!bytes.ok || span === null) return null;
    const delta = isUnity ? 0 : deltaTo(phys, next, span.last - span.first);
    if (delta === null) return null;
    regions.push({ bytes: bytes.value, ...span, delta });
    next += length;
  }
  return regions;
}

function deltaTo(phys: MapEntry["phys"], target: bigint, extent: number): number | null {
  const start = addressFromBigint(target);
  const end = addressFromBigint(target + BigInt(extent));
  if (start === null || end === null || start.offset !== phys.offset) return null;
  const range = byteRange(start, extent + 1);
  return range.ok && byteSpan(range.value) !== null ? start.page - phys.page : null;
}

function grant(
  state: IommuState,
  object: MappedObject,
  before: ObjectRanges,
  regions: readonly Region[],
  access: Access,
): Answer {
  const after = before.clone();
  for (const { first, last, delta } of regions) after.set(first, last, { access, delta: delta * PAGE_SIZE });
  const outcomes: Outcome[] = regions.map(({ bytes, delta }) => ({
    kind: "RangeGranted",
    object: object.name,
    bytes,
    access,
    delta,
  }));
  outcomes.push(...realisation(state, object));
  for (const { first, last } of pagesTouched(regions)) {
    const runs = pageRuns(after, first, last);
    if (runs === null) return refused("EINVAL");
    for (const run of runs) outcomes.push(mapped(object.name, run));
  }
  const notes: CallNote[] = [];
  if (regions.some(({ bytes }) => coversPagesPartly(after, bytes))) notes.push("page-partly-covered");
  if (!covers(access, READ) && covers(rulesOf(state.family).effectiveAccess(access), READ))
    notes.push("write-grants-read");
  return { ...done(outcomes), notes };
}

function revoke(object: ObjectName, before: ObjectRanges, regions: readonly Region[]): Answer {
  const after = before.clone();
  for (const { first, last } of regions) after.delete(first, last);
  const outcomes: Outcome[] = regions.map(({ bytes }) => ({ kind: "RangeRevoked", object, bytes }));
  for (const { first, last } of pagesTouched(regions)) {
    const old = pageRuns(before, first, last);
    const left = pageRuns(after, first, last);
    assert(old !== null && left !== null, "live requests disagree on a page");
    outcomes.push(...tableChanges(object, old, left));
  }
  return done(outcomes);
}

/** A successful mapping call is the reissue that a return of +1 asks for; from then on the tables hold all (G-25). */
function realisation(state: IommuState, { name, state: object }: MappedObject): Outcome[] {
  const units = new Set<UnitName | null>();
  for (const [device, known] of state.devices) if (known.object === name) units.add(unitOf(state, device));
  const same = units.size === object.realisedOn.length && object.realisedOn.every((unit) => units.has(unit));
  if (same && object.awaitingReissue.length === 0) return [];
  return [{ kind: "MappingsRealised", object: name, units: [...units].sort() }];
}

function unitOf(state: IommuState, device: DeviceName): UnitName | null {
  return controllingUnit(state, device)?.unit ?? null;
}

/** The pages that regions touch, as disjoint runs in order. */
function pagesTouched(regions: readonly Region[]): { first: number; last: number }[] {
  const sorted = regions
    .map(({ bytes }) => ({ first: bytes.firstPage as number, last: bytes.lastPage as number }))
    .sort((a, b) => a.first - b.first);
  const runs: { first: number; last: number }[] = [];
  for (const { first, last } of sorted) {
    const before = runs.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else runs.push({ first, last });
  }
  return runs;
}
