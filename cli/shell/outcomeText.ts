import type { CallReturned } from "../../events/clientEvents.ts";
import type { Outcome } from "../../events/outcome.ts";
import { isStartupOutcome } from "../../events/startupEvents.ts";
import { formatAccess } from "../../events/vocabulary/access.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import { pagesText } from "../../replay/why/tell.ts";
import { verdictText } from "../render/bootStory.ts";
import { outcomeText as startupText } from "../render/startupText.ts";

/** What an outcome changed, as a clause; null where it is nothing that a reader would miss. */
export function outcomeText(outcome: Outcome): string | null {
  switch (outcome.kind) {
    case "CallReturned":
      return null;
    case "TransferPermitted":
    case "TransferDenied":
    case "InterruptRaised":
      return verdictText(outcome);
    case "UnitAdded":
      return `unit ${outcome.unit} is there`;
    case "TranslationSwitched":
      return `translation is ${outcome.enabled ? "on" : "off"}${outcome.unit === null ? "" : ` on ${outcome.unit}`}`;
    case "DeviceAdded":
      return `${outcome.device} is known${outcome.unit === null ? "" : `, behind ${outcome.unit}`}`;
    case "ObjectCreated":
      return `object ${outcome.object} is created${outcome.reservedManual ? "; its client looks after reserved regions" : ""}`;
    case "ObjectDestroyed":
      return `object ${outcome.object} is destroyed, with its grants`;
    case "DeviceAttached":
      return `${outcome.device} is attached to ${outcome.object}`;
    case "DeviceDetached":
      return `${outcome.device} is detached from ${outcome.object}`;
    case "MappingAdded": {
      const { firstPage, lastPage, delta, access, object } = outcome;
      const target = delta === 0 ? "" : ` -> ${formatAddress(firstPage + delta)}`;
      return `${object}: ${pagesText(firstPage, lastPage)}${target} is granted ${formatAccess(access)}`;
    }
    case "MappingRemoved":
      return `${outcome.object}: ${pagesText(outcome.firstPage, outcome.lastPage)} is revoked`;
    case "PassthroughSwitched":
      return `${outcome.device} is ${outcome.enabled ? "in" : "out of"} pass-through`;
    case "CacheInvalidated":
      return "cached translations are forgotten";
    case "FaultReported":
      return "the report is noted";
    case "Ignored":
      return IGNORED[outcome.why] ?? null;
    case "ClientStarted":
      return `${outcome.client} is there${outcome.vm === null ? "" : `, in ${outcome.vm}`}; it holds ${outcome.abilities.join(" and ") || "no ability"}`;
    case "ClientConnected":
      return `${outcome.client} is connected`;
    case "ClientDisconnected":
      return `${outcome.client} is no longer connected`;
    case "ClientEnded":
      return `${outcome.client} is gone`;
    case "RangeGranted":
    case "RangeRevoked":
    case "MappingsRealised":
    case "FaultRegistersRead":
      return null;
    case "ReissueAwaited":
      return `${outcome.device} has no access through ${outcome.object} before its mappings are reissued (CM-9)`;
    case "FaultDelivered": {
      const { clients, dropped, notified, device, candidates } = outcome;
      const whose = device === null && candidates.length > 1 ? `, of one of ${candidates.join(", ")}` : "";
      return [
        ...(clients.length === 0 ? [] : [`a record for ${clients.join(", ")}${whose}`]),
        ...(dropped.length === 0 ? [] : [`dropped for ${dropped.join(", ")}, 64 are waiting (FLT-3)`]),
        ...(notified.length === 0 ? [] : [`${notified.join(", ")} is notified, once (FLT-5)`]),
      ].join("; ");
    }
    case "FaultLogged":
      return FATES[outcome.fate] ?? null;
    case "NotificationAwaited":
      return `${outcome.client} will hear of the next fault, once (FLT-5)`;
    case "FaultFetched":
      return `the record of event ${outcome.fault} is fetched, its space is free`;
    case "VmStarted":
      return `qvm starts ${outcome.vm}`;
    case "VmRefused":
      return `qvm refuses to start ${outcome.vm}: ${outcome.detail} (${outcome.requirement})`;
    case "VmReported":
      return `qvm reports: ${outcome.detail} (${outcome.requirement})`;
    case "VmEnded":
      return `${outcome.vm} ${outcome.how === "crashed" ? "crashes" : "stops"}`;
    case "DeviceNarrowed":
      return `${outcome.device} has a table of its own from now on, ${outcome.object} (HV-4)`;
    case "InGuest": {
      const text = outcomeText(outcome.outcome);
      return text === null ? null : `in ${outcome.vm}: ${text}`;
    }
    default:
      return isStartupOutcome(outcome) ? startupText(outcome) : null;
  }
}

/** The return among the outcomes of a call, be it answered in a guest. */
export function returnAmong(outcomes: readonly Outcome[]): CallReturned | null {
  for (const outcome of outcomes) {
    if (outcome.kind === "CallReturned") return outcome;
    if (outcome.kind === "InGuest" && outcome.outcome.kind === "CallReturned") return outcome.outcome;
  }
  return null;
}

/** What a call wrote through its pointers, in lines. */
export function wroteLines({ wrote, errno }: CallReturned): string[] {
  if (wrote === null || errno !== null) return [];
  if (Array.isArray(wrote))
    return wrote.map((region) => {
      const { phys, len } = region as { readonly phys: string; readonly len: string };
      return `{ phys = ${phys}, len = ${len} }`;
    });
  const { hw_specific, fault_addr, devid, flags } = wrote as {
    readonly hw_specific: string;
    readonly fault_addr: string;
    readonly devid: { readonly [name: string]: unknown } | null;
    readonly flags: readonly string[];
  };
  const device =
    devid === null
      ? "not told by the hardware (FLT-4)"
      : `{ ${Object.entries(devid)
          .map(([name, value]) => (name === "type" ? String(value) : `${name} = ${String(value)}`))
          .join(", ")} }`;
  return [
    `fault_addr = ${fault_addr}`,
    `devid = ${device}`,
    `hw_specific = ${hw_specific}`,
    `flags = ${flags.join("|") || "0"}`,
  ];
}

const IGNORED: { readonly [why: string]: string } = {
  "no-effect": "nothing changes",
  "object-exists": "there is such an object already: nothing changes",
  "object-unknown": "there is no such object: nothing changes",
  "not-attached-there": "it is not attached there: nothing changes",
  "unknown-kind": "a kind that is not known: it is kept, and changes nothing",
  "not-asked": "nobody asked that: nothing changes",
  dss: "the service is in its Design Safe State, which nothing leaves: nothing changes",
};

const FATES: { readonly [fate: string]: string } = {
  merged: "the unit leaves no record of it: there is one already, which this one merges into",
  overflow: "the unit leaves no record of it: its records are full",
  silent: "the unit never leaves a record of such a refusal",
};
