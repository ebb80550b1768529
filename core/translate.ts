import type { PermittedVia } from "../events/outcome.ts";
import { covers, neededAccess, type TransferAccess } from "../events/vocabulary/access.ts";
import { type Address, PAGE_LIMIT, type PageNumber } from "../events/vocabulary/address.ts";
import type { ByteRange } from "../events/vocabulary/byteRange.ts";
import type { DeviceName } from "../events/vocabulary/device.ts";
import type { ObjectName } from "../events/vocabulary/names.ts";
import type { ReasonClass } from "../events/vocabulary/reason.ts";
import type { AddressSpace } from "./parts/addressSpace.ts";
import { othersSharing } from "./parts/sharedIdentifier.ts";
import { type ReadableTable, UnionTable } from "./parts/unionTable.ts";
import { exemption } from "./startup/coverage.ts";
import { type DeviceState, type IommuState, inputWidth, translationRestricts } from "./state.ts";
import { rulesOf } from "./units/families.ts";
import type { UnitRules } from "./units/unitRules.ts";

/** What a device's transfers meet: nothing, a closed door, or a table. */
export type Route =
  | { readonly kind: "unrestricted"; readonly via: Exclude<PermittedVia, "grant"> }
  | { readonly kind: "no-object" }
  | {
      readonly kind: "object";
      /** Null where the device has start-up grants alone. */
      readonly object: ObjectName | null;
      readonly space: ReadableTable;
      readonly pageLimit: number;
    };

/** The answer to one transfer. `offset` of a target is that of the address. `grantedAt`: seq of the first page's grant. */
export type Translation =
  | {
      readonly verdict: "permitted";
      readonly via: PermittedVia;
      readonly target: Address;
      readonly grantedAt: number | null;
    }
  | { readonly verdict: "interrupt" }
  | {
      readonly verdict: "denied";
      readonly reason: ReasonClass;
      /** The family's own code; null: it records none. */
      readonly code: string | null;
      readonly at: Address;
    };

/**
 * Where a device's transfers go at this state (contract 2 rules 1 to 3). Devices that the hardware cannot tell apart
 * have identical access, whichever of them it was given to (LIM-6).
 */
export function routeOf(
  state: IommuState,
  device: DeviceName,
  spaceOf: (object: ObjectName) => AddressSpace | undefined,
): Route {
  if (!state.described) return UNDESCRIBED;
  const known = state.devices.get(device);
  if (!translationRestricts(state, known)) return TRANSLATION_OFF;
  const exempt = exemption(state, device, known);
  if (exempt !== null) return { kind: "unrestricted", via: exempt };
  if (known?.passthrough) return PASS_THROUGH;
  const others = othersSharing(state, device, known);
  const attached =
    known?.object == null
      ? (others.find((name) => state.devices.get(name)!.object !== null) ?? device)
      : device;
  const object = (attached === device ? known : state.devices.get(attached))?.object ?? null;
  const holder = object === null ? undefined : state.objects.get(object);
  const space = object === null ? undefined : spaceOf(object);
  const hasReserved = !holder?.reservedManual;
  let table = given(known, hasReserved);
  for (const other of others) table = union(table, given(state.devices.get(other), hasReserved));
  if (space !== undefined && !holder!.awaitingReissue.includes(attached)) table = union(table, space);
  if (table === null) return NO_OBJECT;
  const width = inputWidth(state, known);
  const pageLimit = width === null || width >= 64 ? PAGE_LIMIT : 2 ** Math.max(width - 12, 0);
  return { kind: "object", object, space: table, pageLimit };
}

/** What a device has whatever clients do. */
function given(known: DeviceState | undefined, hasReserved: boolean): ReadableTable | null {
  if (known === undefined) return null;
  return union(known.startup, hasReserved ? known.reserved : null);
}

function union(first: ReadableTable | null, second: ReadableTable | null): ReadableTable | null {
  if (first === null) return second;
  return second === null ? first : new UnionTable(first, second);
}

/** Judges one transfer: permitted or denied as a whole, at the first page that may not pass (contract 2 rules 2 to 5). */
export function translate(
  rules: UnitRules,
  route: Route,
  bytes: ByteRange,
  access: TransferAccess,
): Translation {
  if (route.kind === "unrestricted" && route.via !== "pass-through")
    return permittedUntranslated(bytes, route.via);
  const interrupt = rules.interrupt(bytes, access);
  if (interrupt === "raised") return INTERRUPT;
  // The refused page of an interrupt range counts only if the pages before it pass.
  const interruptPage = interrupt === "none" ? PAGE_LIMIT : interrupt.refusedAtPage;
  if (route.kind === "unrestricted") {
    return interruptPage === PAGE_LIMIT
      ? permittedUntranslated(bytes, route.via)
      : denied(rules, "interrupt-range", bytes, interruptPage, access);
  }
  // The range is looked at before the device's own entry (hardware 1.4 rules 2 and 4).
  if (interruptPage === bytes.firstPage)
    return denied(rules, "interrupt-range", bytes, interruptPage, access);
  if (route.kind === "no-object") return denied(rules, "no-object", bytes, bytes.firstPage, access);
  return walk(rules, route.space, route.pageLimit, interruptPage, bytes, access);
}

/** The translation at a state, for one question; a fold keeps routes instead. */
export function translateAt(
  state: IommuState,
  device: DeviceName,
  bytes: ByteRange,
  access: TransferAccess,
): Translation {
  const route = routeOf(state, device, (object) => state.objects.get(object)?.space);
  return translate(rulesOf(state.family), route, bytes, access);
}

/** The first page that no table, and so no cache of one, lets a transfer reach: in the interrupt range, or too wide. */
export function unreachablePage(
  rules: UnitRules,
  pageLimit: number,
  bytes: ByteRange,
  access: TransferAccess,
): number {
  const interrupt = rules.interrupt(bytes, access);
  return typeof interrupt === "string" ? pageLimit : Math.min(pageLimit, interrupt.refusedAtPage);
}

function walk(
  rules: UnitRules,
  space: ReadableTable,
  pageLimit: number,
  interruptPage: number,
  bytes: ByteRange,
  access: TransferAccess,
): Translation {
  const needed = neededAccess(access);
  let page: number = bytes.firstPage;
  let target = 0;
  let grantedAt: number | null = null;
  // By runs, not by pages: a hostile transfer may be 2^64 bytes long.
  while (page <= bytes.lastPage) {
    if (page >= interruptPage) return denied(rules, "interrupt-range", bytes, page, access);
    if (page >= pageLimit) return denied(rules, "address-size", bytes, page, access);
    const run = space.at(page);
    if (run === null) return denied(rules, "unmapped", bytes, page, access);
    if (!covers(rules.effectiveAccess(run.value.access), needed))
      return denied(rules, "permission", bytes, page, access);
    if (grantedAt === null) {
      grantedAt = run.value.since;
      target = page + run.value.delta;
    }
    // Both limits lie above `page` here, so each step moves on.
    const end = Math.min(run.last + 1, pageLimit, interruptPage, bytes.lastPage + 1);
    const refused = rules.refusedTarget(page + run.value.delta, end - 1 + run.value.delta);
    if (refused !== null)
      return deniedAt("interrupt-range", rules.targetCode, bytes, refused - run.value.delta);
    page = end;
  }
  return {
    verdict: "permitted",
    via: "grant",
    target: { page: target as PageNumber, offset: bytes.firstOffset },
    grantedAt,
  };
}

function denied(
  rules: UnitRules,
  reason: ReasonClass,
  bytes: ByteRange,
  page: number,
  access: TransferAccess,
): Translation {
  return deniedAt(reason, rules.codeFor(reason, access), bytes, page);
}

function deniedAt(reason: ReasonClass, code: string | null, bytes: ByteRange, page: number): Translation {
  const offset = page === bytes.firstPage ? bytes.firstOffset : 0;
  return { verdict: "denied", reason, code, at: { page: page as PageNumber, offset } };
}

function permittedUntranslated(bytes: ByteRange, via: Exclude<PermittedVia, "grant">): Translation {
  return {
    verdict: "permitted",
    via,
    target: { page: bytes.firstPage, offset: bytes.firstOffset },
    grantedAt: null,
  };
}

const INTERRUPT: Translation = { verdict: "interrupt" };
const NO_OBJECT: Route = { kind: "no-object" };
const UNDESCRIBED: Route = { kind: "unrestricted", via: "undescribed" };
const TRANSLATION_OFF: Route = { kind: "unrestricted", via: "translation-off" };
const PASS_THROUGH: Route = { kind: "unrestricted", via: "pass-through" };
