import { unreachable } from "../../base/assert.ts";
import type { Json } from "../../base/canonicalJson.ts";
import type { Outcome } from "../outcome.ts";
import { isOutcome, type RecordedEvent } from "../recordedEvent.ts";
import type { Observed, Stimulus } from "../stimulus.ts";
import { formatAccess } from "../vocabulary/access.ts";
import { type Address, formatAddress } from "../vocabulary/address.ts";
import { type ByteRange, rangeLength } from "../vocabulary/byteRange.ts";
import { clientMembers } from "./clientRecords.ts";
import { addExtra } from "./extraMembers.ts";
import { startupMembers } from "./startupRecords.ts";
import { memoryMembers, vmMembers } from "./vmRecords.ts";

/** An object of plain members. */
export type JsonObject = { readonly [name: string]: Json };

/** An event as `log` tells it: seq, t and kind, the members of the trace format, then where it was told. */
export function eventJson(recorded: RecordedEvent): JsonObject {
  const { seq, t, cause, origin, lastLine, event, extra } = recorded;
  const { kind, ...members } = isOutcome(event) ? outcomeMembers(event) : recordMembers(event);
  const json: { [name: string]: Json } = { ...members };
  addExtra(json, extra);
  const told = json["origin"] ?? (origin === null ? null : { file: origin.file, line: origin.line });
  // The envelope is ours: a member of that name in a line of a trace does not hide it.
  const head = { seq, t, kind: kind as string };
  const tail = { ...(cause === null ? {} : { cause }), ...(lastLine === null ? {} : { lastLine }) };
  return { ...head, ...json, ...head, origin: told, ...tail };
}

/** A stimulus as a record of the trace format (contract 2), `kind` first. */
export function recordMembers(stimulus: Stimulus): { readonly kind: string } & JsonObject {
  switch (stimulus.kind) {
    case "unit":
      return {
        kind: "unit",
        unit: stimulus.unit,
        ...(stimulus.base === null ? {} : { base: addressText(stimulus.base) }),
        ...(stimulus.addressWidth === null ? {} : { addressWidth: stimulus.addressWidth }),
        ...(stimulus.faultRecords === undefined ? {} : { faultRecords: stimulus.faultRecords }),
        ...(stimulus.faultMerging === undefined ? {} : { faultMerging: stimulus.faultMerging }),
      };
    case "translation":
      return {
        kind: "translation",
        ...(stimulus.unit === null ? {} : { unit: stimulus.unit }),
        enabled: stimulus.enabled,
      };
    case "device":
      return {
        kind: "device",
        device: stimulus.device,
        ...(stimulus.unit === null ? {} : { unit: stimulus.unit }),
        ...(stimulus.identifiers === undefined ? {} : { identifiers: stimulus.identifiers }),
      };
    case "object.create":
    case "object.destroy":
      return {
        kind: stimulus.kind,
        object: stimulus.object,
        ...(stimulus.client === null ? {} : { client: stimulus.client }),
      };
    case "attach":
    case "detach":
      return { kind: stimulus.kind, device: stimulus.device, object: stimulus.object };
    case "map":
      return {
        kind: "map",
        object: stimulus.object,
        ...rangeMembers(stimulus.bytes),
        target: formatAddress(stimulus.targetPage, stimulus.bytes.firstOffset),
        access: formatAccess(stimulus.access),
        ...(stimulus.requested === null ? {} : { requested: formatAccess(stimulus.requested) }),
      };
    case "unmap":
      return { kind: "unmap", object: stimulus.object, ...rangeMembers(stimulus.bytes) };
    case "passthrough":
      return { kind: "passthrough", device: stimulus.device, enabled: stimulus.enabled };
    case "dma": {
      const { address, length } = rangeMembers(stimulus.bytes);
      const short = Number(stimulus.bytes.lastPage - stimulus.bytes.firstPage) < 2 ** 40;
      return {
        kind: "dma",
        device: stimulus.device,
        address: address!,
        length: short ? Number(rangeLength(stimulus.bytes)) : length!,
        access: stimulus.access,
        ...(stimulus.observed === null ? {} : { observed: observedMembers(stimulus.observed) }),
      };
    }
    case "fault":
      return faultMembers(stimulus);
    case "invalidate":
      return {
        kind: "invalidate",
        ...(stimulus.bytes === null ? {} : rangeMembers(stimulus.bytes)),
        ...(stimulus.object === null ? {} : { object: stimulus.object }),
        ...(stimulus.device === null ? {} : { device: stimulus.device }),
      };
    case "loss":
      return {
        kind: "loss",
        what: stimulus.what,
        ...(stimulus.unit === null ? {} : { unit: stimulus.unit }),
        ...(stimulus.function === null ? {} : { function: stimulus.function }),
        ...(stimulus.count === null ? {} : { count: stimulus.count }),
      };
    case "status": {
      const { kind, unit, ...rest } = stimulus;
      return { kind, ...(unit === null ? {} : { unit }), ...rest };
    }
    case "client":
    case "call":
    case "exit":
      return clientMembers(stimulus);
    case "vm":
    case "vm.stop":
    case "guest.fail":
      return vmMembers(stimulus);
    case "service.start":
    case "config.option":
    case "config.problem":
    case "config.end":
    case "answer":
    case "fail":
      return startupMembers(stimulus);
    case "mark":
      return { kind: "mark", text: stimulus.text };
    case "unknown":
      return { ...stimulus.fields, kind: stimulus.name };
    default:
      return unreachable(stimulus, "stimulus");
  }
}

function faultMembers(fault: Extract<Stimulus, { kind: "fault" }>): { readonly kind: string } & JsonObject {
  const { unit, address, access, code, reason, ...rest } = fault.report;
  const letter = access === "read" ? "r" : access === "write" ? "w" : access;
  return {
    kind: "fault",
    ...(unit === null ? {} : { unit }),
    ...(fault.device === null ? {} : { device: fault.device }),
    ...(address === null ? {} : { address }),
    ...(access === "unknown" ? {} : { access: letter }),
    ...(code === null ? {} : { code }),
    ...(reason === null ? {} : { reason }),
    // A report that a trace told has nothing beyond its record.
    ...(fault.report.format === "smmu-trace" ? {} : { report: { ...rest, reason } as unknown as Json }),
  };
}

function outcomeMembers(outcome: Outcome): { readonly kind: string } & JsonObject {
  const members: { [name: string]: Json } = {};
  const values = outcome as unknown as { readonly [name: string]: unknown };
  for (const [name, value] of Object.entries(values))
    members[name] =
      outcome.kind === "InGuest" && name === "outcome" ? outcomeMembers(outcome.outcome) : plain(name, value);
  if (outcome.kind === "VmStarted") members["memory"] = outcome.memory.map(memoryMembers);
  return members as { readonly kind: string } & JsonObject;
}

function plain(name: string, value: unknown): Json {
  if (name === "access" && typeof value === "number")
    return formatAccess(value as Parameters<typeof formatAccess>[0]);
  if (typeof value === "number" && /Page$/.test(name)) return formatAddress(value);
  if (typeof value === "object" && value !== null) {
    if ("page" in value && "offset" in value) return addressText(value as Address);
    if ("firstPage" in value) return rangeMembers(value as ByteRange);
  }
  return value as Json;
}

function observedMembers({ verdict, target, code, reason }: Observed): JsonObject {
  return {
    verdict,
    ...(target === null ? {} : { target: addressText(target) }),
    ...(code === null ? {} : { code }),
    ...(reason === null ? {} : { reason }),
  };
}

function rangeMembers(bytes: ByteRange): { readonly address: string; readonly length: string } {
  return {
    address: formatAddress(bytes.firstPage, bytes.firstOffset),
    length: `0x${rangeLength(bytes).toString(16)}`,
  };
}

function addressText(address: Address): string {
  return formatAddress(address.page, address.offset);
}
