import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import type { Outcome } from "../../events/outcome.ts";
import { innermost } from "../../events/vmEvents.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";

/**
 * What a service, its clients and its guests do that no table or device tells by itself. Questions, read options and
 * messages are not among them: their effect is, and what they come to is compared as configuration.
 */
const SERVICE_KINDS: ReadonlySet<string> = new Set<Outcome["kind"]>([
  "ServiceStarted",
  "PlacementDecided",
  "ConfigOptionReplaced",
  "ConfigOptionIgnored",
  "ConfigOptionRefused",
  "ConfigRefused",
  "ConfigRemarked",
  "ProtectionRelaxed",
  "LibraryRefused",
  "LibraryLoaded",
  "ComponentReported",
  "VdevConfirmed",
  "SocMatched",
  "UnitResolved",
  "DeviceResolved",
  "GrantWidened",
  "DeviceConfined",
  "AbilitiesCreated",
  "NameAttached",
  "UserChanged",
  "ServiceReady",
  "DssEntered",
  "SystemDssRequested",
  "ClientStarted",
  "ClientConnected",
  "ClientDisconnected",
  "ClientEnded",
  "ReissueAwaited",
  "NotificationAwaited",
  "VmStarted",
  "VmRefused",
  "VmReported",
  "VmEnded",
  "DeviceNarrowed",
]);

// Of a guest's machine no portrait is painted, so its tables are told by what changed them.
const GUEST_KINDS: ReadonlySet<string> = new Set<Outcome["kind"]>([
  "StartupGranted",
  "ObjectCreated",
  "ObjectDestroyed",
  "DeviceAttached",
  "DeviceDetached",
  "MappingAdded",
  "MappingRemoved",
  "CallReturned",
]);

/** What of an outcome counts beyond tables and devices, as its kind and a text that two boots share; null: nothing. */
export function serviceFact(outcome: Outcome): { readonly kind: string; readonly text: string } | null {
  if (outcome.kind !== "InGuest")
    return SERVICE_KINDS.has(outcome.kind) ? { kind: outcome.kind, text: serviceText(outcome) } : null;
  const inner = innermost(outcome);
  if (!SERVICE_KINDS.has(inner.kind) && !GUEST_KINDS.has(inner.kind)) return null;
  return { kind: `in the guest of ${outcome.vm}: ${inner.kind}`, text: serviceText(inner) };
}

// Where a thing was told, its number among its like, and names that are handed out say nothing of what it is.
const NOT_MEANT: ReadonlySet<string> = new Set([
  "kind",
  "told",
  "place",
  "index",
  "step",
  "since",
  "origin",
  "object",
  "as",
  "wrote",
  "conformance",
  "fault",
]);

/** An outcome as a text that two boots share where it means the same. */
export function serviceText(outcome: Outcome): string {
  const members: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(outcome as object))
    if (!NOT_MEANT.has(name)) members[name] = value as Json;
  // The name of a new object is handed out, too.
  if (outcome.kind === "CallReturned" && outcome.object !== null) members["returns"] = "an object";
  return canonicalJson(meant(members));
}

/** A fact without the places where it was written. */
export function meant(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item: Json) => meant(item));
  const { page, offset, ...more } = value as { readonly [name: string]: Json };
  if (typeof page === "number" && typeof offset === "number" && Object.keys(more).length === 0)
    return formatAddress(page, offset);
  const members: { [name: string]: Json } = {};
  for (const [name, member] of Object.entries(value))
    if (name !== "origin" && name !== "told" && name !== "place" && member !== undefined)
      members[name] = meant(member);
  return members;
}

/** The text of {@link serviceText} as a person reads it: `client c1, errno EPERM`. */
export function readable(text: string): string {
  const members = Object.entries(JSON.parse(text) as { readonly [name: string]: Json });
  const word = (value: Json): string => (typeof value === "string" ? value : canonicalJson(value));
  return members
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${word(value)}`)
    .join(", ");
}
