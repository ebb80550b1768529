import type { FaultStimulus } from "../../../events/stimulus.ts";
import { smmuv3Event, smmuv3EventNamed, smmuv3GlobalError } from "../../../events/vocabulary/faultCodes.ts";
import type { Broken, Grammar, LogContext, Recognition } from "../logContext.ts";
import { CUT, type LogLine } from "../logLine.ts";
import type { HeldPlace } from "../orderedOutput.ts";
import { deviceOfLinuxName, faultOf, faultReport, hexText, lossOf, paddedHex } from "../reportParts.ts";
import { parseUnitMessage, type UnitMessage } from "./armUnit.ts";
import { decodeWords, eventOfWord, type Smmuv3Record, smmuv3Report, unknownRecord } from "./smmuv3Words.ts";

const HEAD = /^event 0x([0-9a-f]{2}) received:\u2026?$/i;
const WORD = /^0x([0-9a-f]{16})\u2026?$/i;
const EVENT =
  /^event: (\w{1,40}|\(null\)) client: (.{1,200}?) sid: 0x([0-9a-f]{1,8}) ssid: 0x([0-9a-f]{1,8})(?: iova: 0x([0-9a-f]{1,16}) ipa: 0x([0-9a-f]{1,16})| fetch_addr: 0x([0-9a-f]{1,16}))?$/i;
const ACCESS =
  /^(priv|unpriv) (data|inst) (read|write) s([12]) "([^"]{1,80})"( ttd_read| ttd_write)?( stall)? stag: 0x([0-9a-f]{1,8})$/i;
const QUEUE_OVERFLOW = /^(EVTQ|PRIQ) overflow/;
const QUEUE_ABORT = /^EVTQ write aborted/;
const GLOBAL_ERROR = /^unexpected global error reported \(0x([0-9a-f]{8})\)/i;
const TIMEOUT = /^CMD_SYNC timeout/;
// Without the name of a unit before it, a line is ours only if it says so itself.
const OURS_ALONE =
  /^event 0x[0-9a-f]{1,8} rec|^event: (?:\w{1,40}|\(null\)) client: |^0x[0-9a-f]{16}\u2026?$|^(?:un)?priv (?:data|inst) (?:read|write) s[12] /i;

// The name of a unit, but not as drivers print it.
const MANGLED =
  /smmu-?v3.*(?:event 0x[0-9a-f]{2} received|event: [FCE]_\w|\s0x[0-9a-f]{16}$|priv (?:data|inst) (?:read|write))/i;

const BROKEN: Broken = { broken: "an SMMUv3 event" };
const CLASSES: { readonly [text: string]: string } = {
  "CD fetch": "CD",
  "Stage 1 translation table fetch": "TTD",
  "Input address caused fault": "IN",
  Reserved: "RES",
};

interface OpenEvent {
  readonly place: HeldPlace;
  readonly message: UnitMessage;
  lastLine: number;
  /** Null when only decoded lines came. */
  readonly number: number | null;
  readonly words: string[];
  decoded: Smmuv3Record | null;
  accessDecoded: boolean;
}

/** Arm SMMUv3 events of Linux and Xen: a head and four raw words, and from 6.13 decoded lines; all one fault (logs 5, 9). */
export function armSmmuV3(context: LogContext): Grammar {
  // At most one open event a unit, in order of opening; raw words that lost their prefix go to the latest.
  const open = new Map<string | null, OpenEvent>();

  function close(event: OpenEvent): void {
    open.delete(event.message.unit);
    if (event.decoded === null && event.words.length < 4) {
      context.incomplete(
        event.place.line,
        `only ${event.words.length} of the 4 raw words of this event are here`,
      );
    }
    context.out.settle(event.place, stimulusOf(event), event.lastLine);
  }

  function begin(line: LogLine, message: UnitMessage, number: number | null): OpenEvent {
    const before = open.get(message.unit);
    if (before !== undefined) close(before);
    const event: OpenEvent = {
      place: context.out.hold(line, () => close(event)),
      message,
      lastLine: line.lastLine,
      number,
      words: [],
      decoded: null,
      accessDecoded: false,
    };
    open.set(message.unit, event);
    return event;
  }

  function takeWord(line: LogLine, message: UnitMessage, word: string): Recognition {
    const event = message.unit === null ? [...open.values()].at(-1) : open.get(message.unit);
    const fits =
      event !== undefined &&
      event.number !== null &&
      event.words.length < 4 &&
      (event.words.length > 0 || eventOfWord(word) === event.number);
    if (fits) {
      event.words.push(word);
      event.lastLine = line.lastLine;
    } else if (message.unit === null) {
      return "foreign"; // any program may print a number
    } else {
      context.orphan(line, message.unit, "a raw word of an SMMUv3 event");
    }
    return "taken";
  }

  function takeEvent(line: LogLine, message: UnitMessage, match: RegExpExecArray): Recognition {
    const decoded = decodeEventLine(match);
    const before = open.get(message.unit);
    const event = before !== undefined && describes(decoded, before) ? before : begin(line, message, null);
    event.decoded = decoded;
    event.lastLine = line.lastLine;
    if (!hasAccessLine(decoded)) close(event);
    return "taken";
  }

  function takeAccess(line: LogLine, message: UnitMessage, match: RegExpExecArray): Recognition {
    const event = open.get(message.unit);
    if (event === undefined || event.accessDecoded) {
      context.orphan(line, message.unit, "a decoded line of an SMMUv3 event");
      return "taken";
    }
    const before = event.decoded ?? decodeWords(event.number!, event.words);
    event.decoded = decodeAccessLine(before, match);
    event.accessDecoded = true;
    event.lastLine = line.lastLine;
    close(event);
    return "taken";
  }

  return (line) => {
    const message = parseUnitMessage(line.message);
    const { unit, text } = message;
    if (unit === null && !OURS_ALONE.test(text)) return MANGLED.test(text) ? BROKEN : "foreign";
    if (unit !== null && !IS_V3.test(unit)) return "foreign";
    if (text.startsWith("0x") || WORD_LIKE.test(text)) {
      const word = WORD.exec(text);
      return word === null ? BROKEN : takeWord(line, message, word[1]!);
    }
    if (text.startsWith("event ")) {
      const head = HEAD.exec(text);
      if (head === null) return BROKEN;
      begin(line, message, Number.parseInt(head[1]!, 16));
      return "taken";
    }
    if (text.startsWith("event: ")) {
      const event = EVENT.exec(text);
      return event === null ? BROKEN : takeEvent(line, message, event);
    }
    if (/^(?:un)?priv /.test(text)) {
      const access = ACCESS.exec(text);
      return access === null ? BROKEN : takeAccess(line, message, access);
    }
    return takeUnitTrouble(context, line, message);
  };
}

// One run of characters, mostly digits, is all that a raw word is, however damaged.
const WORD_LIKE = /^(?=\S{12,24}$)\S*[0-9a-f]{5}/i;
// Xen's paths begin with a slash; its SMMUv1/v2 driver has other lines.
const IS_V3 = /^arm-smmu-v3|^\//;

function takeUnitTrouble(context: LogContext, line: LogLine, message: UnitMessage): Recognition {
  const { unit, text } = message;
  const overflow = QUEUE_OVERFLOW.exec(text);
  if (overflow !== null || QUEUE_ABORT.test(text)) {
    const queue = overflow?.[1]?.toLowerCase() ?? "evtq";
    context.out.emitJoined(line, lossOf("queue-overflow", { unit }), line.lastLine, { queue });
    return "taken";
  }
  const error = GLOBAL_ERROR.exec(text);
  if (error !== null) {
    context.out.emitJoined(line, globalErrorOf(message, error[1]!), line.lastLine);
    return "taken";
  }
  if (TIMEOUT.test(text)) {
    // The driver's patience ended; no hardware report of a request.
    const said = `${unit === null ? "" : `${unit}: `}${text.replace(CUT, "")}`;
    context.out.emitJoined(line, { kind: "mark", text: said }, line.lastLine);
    return "taken";
  }
  return /^unexpected global error/.test(text) ? BROKEN : "foreign";
}

function globalErrorOf(message: UnitMessage, digits: string): FaultStimulus {
  const gerror = Number.parseInt(digits, 16);
  const report = faultReport(
    message.xen ? "xen-arm-smmu-v3" : "linux-arm-smmu-v3",
    "global-fault",
    { unit: message.unit, code: paddedHex(gerror, 8), reason: smmuv3GlobalError(gerror)?.reason ?? null },
    { gerror: paddedHex(gerror, 8) },
  );
  return faultOf(report);
}

function stimulusOf(event: OpenEvent): FaultStimulus {
  const raw = event.number === null ? null : decodeWords(event.number, event.words);
  const record = raw === null ? event.decoded! : event.decoded === null ? raw : joined(raw, event.decoded);
  const format = event.message.xen ? "xen-arm-smmu-v3" : "linux-arm-smmu-v3";
  const device = record.client === null ? null : deviceOfLinuxName(record.client);
  return faultOf(smmuv3Report(format, event.message.unit, record, event.words), device);
}

// What the words tell wins; the decoded lines fill what was cut off, and the client.
function joined(raw: Smmuv3Record, decoded: Smmuv3Record): Smmuv3Record {
  const result: { [name: string]: unknown } = { ...raw };
  for (const [name, value] of Object.entries(decoded)) {
    if (result[name] === null || (name === "access" && result[name] === "unknown")) result[name] = value;
  }
  return result as unknown as Smmuv3Record;
}

/** True when a decoded line can be about that open event: the same event of the same stream, not decoded yet. */
function describes(decoded: Smmuv3Record, event: OpenEvent): boolean {
  if (event.decoded !== null || event.number === null) return false;
  const raw = decodeWords(event.number, event.words);
  if (decoded.event !== null && decoded.event !== event.number) return false;
  return raw.streamId === null || raw.streamId === decoded.streamId;
}

function decodeEventLine(match: RegExpExecArray): Smmuv3Record {
  const [, name, client, sid, ssid, iova, ipa, fetch] = match;
  const record = unknownRecord(null, name === "(null)" ? null : name!);
  const substream = hexText(ssid!);
  return {
    ...record,
    streamId: hexText(sid!),
    // Zero is printed for "no substream" too.
    substreamId: substream === "0x0" ? null : substream,
    address: iova === undefined ? null : hexText(iova),
    ipa: ipa === undefined ? null : hexText(ipa),
    fetchAddress: fetch === undefined ? null : hexText(fetch),
    client: client!.startsWith("(") ? null : client!,
  };
}

function hasAccessLine(record: Smmuv3Record): boolean {
  const event = record.event === null ? smmuv3EventNamed(record.eventName ?? "") : smmuv3Event(record.event);
  return event?.hasWalk ?? false;
}

function decodeAccessLine(record: Smmuv3Record, match: RegExpExecArray): Smmuv3Record {
  const [, privilege, kind, access, stage, what, , stall, stag] = match;
  return {
    ...record,
    privileged: privilege!.toLowerCase() === "priv",
    instruction: kind!.toLowerCase() === "inst",
    access: access!.toLowerCase() === "read" ? "read" : "write",
    stage: stage === "2" ? 2 : 1,
    stall: stall !== undefined,
    stag: Number.parseInt(stag!, 16),
    class: CLASSES[what!] ?? what!,
  };
}
