import type { Outcome } from "../../events/outcome.ts";
import type { IommuEvent } from "../../events/recordedEvent.ts";
import { isStartupOutcome } from "../../events/startupEvents.ts";
import { formatAccess } from "../../events/vocabulary/access.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import { formatRange, pageRange } from "../../events/vocabulary/byteRange.ts";
import { startupText } from "./startupText.ts";
import { stageText, vmOutcomeText } from "./vmText.ts";

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
      return `${object}: ${formatRange(pageRange(firstPage, lastPage))}${target} is granted ${formatAccess(access)}`;
    }
    case "MappingRemoved":
      return `${outcome.object}: ${formatRange(pageRange(outcome.firstPage, outcome.lastPage))} is revoked`;
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
    case "VmRefused":
    case "VmReported":
    case "VmEnded":
    case "DeviceNarrowed":
      return vmOutcomeText(outcome);
    case "InGuest": {
      const text = outcomeText(outcome.outcome);
      return text === null ? null : `in ${outcome.vm}: ${text}`;
    }
    default:
      return isStartupOutcome(outcome) ? startupText(outcome) : null;
  }
}

/** A verdict in one line. */
export function verdictText(event: IommuEvent): string | null {
  switch (event.kind) {
    case "TransferPermitted": {
      const target = formatAddress(event.target.page, event.target.offset);
      return event.via === "grant" ? `permitted -> ${target}` : `permitted, unrestricted (${event.via})`;
    }
    case "TransferDenied": {
      const at = formatAddress(event.at.page, event.at.offset);
      return `denied at ${at}: ${event.reason}${event.code === null ? "" : ` (${event.code})`}${stageText(event)}`;
    }
    case "InterruptRaised":
      return "an interrupt, no DMA";
    case "CallReturned":
      return `returns ${event.returns ?? "NULL"}${event.errno === null ? "" : `, errno ${event.errno}`}`;
    default:
      return null;
  }
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
