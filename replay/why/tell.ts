import type { Json } from "../../base/canonicalJson.ts";
import { eventJson } from "../../events/codec/eventJson.ts";
import type { RecordedEvent } from "../../events/recordedEvent.ts";
import { isOutcome } from "../../events/recordedEvent.ts";
import { formatAccess } from "../../events/vocabulary/access.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import { type ByteRange, formatRange, rangeLength } from "../../events/vocabulary/byteRange.ts";
import { aloneText } from "../tell/aloneText.ts";
import { answerText, questionText } from "../tell/startupText.ts";
import { vmStimulusText } from "../tell/vmText.ts";

/** One event as a clause of a story. */
export function tell(recorded: RecordedEvent): string {
  const { event } = recorded;
  switch (event.kind) {
    case "map":
      return `${event.object} is granted ${formatRange(event.bytes)} ${formatAccess(event.access)}${event.targetPage === event.bytes.firstPage ? "" : ` -> ${formatAddress(event.targetPage, event.bytes.firstOffset)}`}`;
    case "unmap":
      return `${formatRange(event.bytes)} of ${event.object} is revoked`;
    case "attach":
      return `${event.device} is attached to ${event.object}`;
    case "detach":
      return `${event.device} is detached from ${event.object}`;
    case "object.create":
      return `object ${event.object} is created`;
    case "object.destroy":
      return `object ${event.object} is destroyed, with its grants`;
    case "translation":
      return `translation is switched ${event.enabled ? "on" : "off"}${event.unit === null ? "" : ` on ${event.unit}`}`;
    case "passthrough":
      return `${event.device} is ${event.enabled ? "put into" : "taken out of"} pass-through`;
    case "invalidate":
      return `the unit is told to forget ${event.bytes === null ? "what it cached" : formatRange(event.bytes)}${event.object === null ? "" : ` of ${event.object}`}${event.device === null ? "" : ` for ${event.device}`}`;
    case "unit":
      return `unit ${event.unit} exists${event.addressWidth === null ? "" : `, it takes ${event.addressWidth} address bits`}`;
    case "device":
      return `${event.device} exists${event.unit === null ? "" : ` behind ${event.unit}`}`;
    case "dma":
      return `${event.device} ${event.access === "w" ? "writes" : "reads"} ${sizeText(event.bytes)} at ${formatAddress(event.bytes.firstPage, event.bytes.firstOffset)}`;
    case "call": {
      const { function: name, args } = eventJson(recorded);
      return `${event.client} calls ${name as string}(${argumentsText(name as string, args as { readonly [name: string]: Json })})`;
    }
    case "exit":
      return `${event.client} ends`;
    case "client":
      return `${event.client} is there${event.vm === null ? "" : `, in VM ${event.vm}`}`;
    case "vm":
    case "vm.stop":
    case "guest.fail":
      return vmStimulusText(event);
    case "answer":
      return `answered: ${answerText(event.answer)}`;
    case "service.start":
      return `${event.service} is started${event.arguments.length === 0 ? "" : ` with ${event.arguments.join(" ")}`}`;
    case "config.end":
      return "the configuration is read to its end";
    case "config.problem":
      return `the configuration: ${event.message} (${event.code})`;
    case "fail":
      return `failure: ${event.what}${event.name === null ? "" : ` ${event.name}`}`;
    case "mark":
      return event.text;
    case "Asked":
      return `asked: ${questionText(event.question)}`;
    case "config.option":
      return `the configuration says: ${[event.option, ...event.arguments].join(" ")}`;
    case "StartupGranted": {
      const range = pagesText(event.firstPage, event.lastPage);
      const by =
        event.by === "allow"
          ? `by allow ${event.name ?? ""}`
          : `as a reserved region${event.name === null ? "" : ` (${event.name})`}`;
      return `start-up grants ${event.device} ${range} ${formatAccess(event.access)} ${by}`;
    }
    case "DssEntered":
      return `the service enters its Design Safe State: ${event.reason} (${event.requirement})`;
    case "fault":
      return `a fault is reported${event.report.address === null ? "" : ` at ${event.report.address}`}`;
    default:
      return isOutcome(event) ? aloneText(event) : generic(recorded);
  }
}

/** `64 bytes`, `0x2000 bytes` for what is longer than a page. */
export function sizeText(bytes: ByteRange): string {
  const length = rangeLength(bytes);
  return length === 1n ? "1 byte" : `${length <= 4096n ? length : `0x${length.toString(16)}`} bytes`;
}

/** `0x1000-0x2fff` for whole pages, both inclusive. */
export function pagesText(first: number, last: number): string {
  return `${formatAddress(first)}-${formatAddress(last, 0xfff)}`;
}

/** `1.5 ms`, `36 us`, for a time in ns. */
export function durationText(ns: number): string {
  if (ns < 1_000_000) return `${Math.round(ns / 1000)} us`;
  if (ns < 1_000_000_000) return `${(ns / 1_000_000).toFixed(1)} ms`;
  return `${(ns / 1_000_000_000).toFixed(2)} s`;
}

/** The arguments of a call as a person writes them: names of flags joined, ranges as start+length. */
function argumentsText(called: string, args: { readonly [name: string]: Json }): string {
  const words: string[] = [];
  for (const [name, value] of Object.entries(args)) {
    if (name === "pid" || name === "num_entries" || (name === "target" && value === "0x0")) continue;
    if (name === "flags" && Array.isArray(value))
      words.push(value.length === 0 ? (NO_FLAGS[called] ?? "0") : value.join("|"));
    else if (name === "entries" && Array.isArray(value)) {
      for (const entry of value as readonly { readonly phys?: Json; readonly len?: Json }[])
        words.push(`${entry.phys}+${entry.len}`);
    } else if (name === "devid" && value !== null) words.push(`{${Object.values(value).join(", ")}}`);
    else if (value === null) words.push("NULL");
    else words.push(typeof value === "object" ? JSON.stringify(value) : `${value}`);
  }
  return words.join(", ");
}

const NO_FLAGS: { readonly [name: string]: string } = {
  smmu_mapping_add: "SMF_NONE",
  smmu_obj_create: "SOCF_NONE",
};

function generic(recorded: RecordedEvent): string {
  const { seq, t, origin, kind, cause, ...members } = eventJson(recorded);
  const text = Object.entries(members)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
  return `${kind as string} ${text}`;
}
