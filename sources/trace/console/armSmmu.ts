import type { Json } from "../../../base/canonicalJson.ts";
import { smmuv2ContextFault, smmuv2GlobalFault } from "../../../events/vocabulary/faultCodes.ts";
import type { FaultReport } from "../../../events/vocabulary/faultReport.ts";
import type { Broken, Grammar, LogContext, Recognition } from "../logContext.ts";
import type { LogLine } from "../logLine.ts";
import type { HeldPlace } from "../orderedOutput.ts";
import { faultOf, faultReport, hexText, paddedHex, smallHex } from "../reportParts.ts";
import { parseUnitMessage, type UnitMessage } from "./armUnit.ts";

const CONTEXT_FAULT = /^Unhandled context fault: (.*)$/;
const FSR = /^FSR\s+= ([0-9a-f]{8}) \[(.*)\](?:, SID=0x([0-9a-f]{1,8}))?$/i;
const FSYNR0 =
  /^FSYNR0\s*= ([0-9a-f]{8})(?: \[S1CBNDX=(\d{1,3})((?: \w{1,8})*) PLVL=(\d)\]\u2026?|\s+FSYNR1\s*= ([0-9a-f]{8}))$/i;
const SOFT_WALK = /^soft iova-to-phys=0x([0-9a-f]{1,16})$/i;
const HARD_WALK = /^hard iova-to-phys(?: \(ATOS\))?(?:=0x([0-9a-f]{1,16})| failed)$/i;
const CLIENT = /^Client info: (BID=.*)$/i;
const STREAM = /^SID=0x([0-9a-f]{1,8})$/i;
const GLOBAL_FAULT = /^Unexpected global fault, this could be serious\u2026?$/;
const BLOCKED_STREAM = /^Blocked unknown Stream ID 0x([0-9a-f]{1,8});/i;
const GLOBAL_STATUS =
  /^GFSR 0x([0-9a-f]{8}), GFSYNR0 0x([0-9a-f]{8}), GFSYNR1 0x([0-9a-f]{8}), GFSYNR2 0x([0-9a-f]{8})\u2026?$/i;
const OURS =
  /Unhandled context fault|\bFSR\s+=|\bFSYNR0\s*=|\bGFSR\b|Unexpected global fault|Blocked unknown Stream ID|(?:soft|hard) iova-to-phys|Client info: BID|mmu.*: SID=/;
// Lines that belong to a fault only while one is open; alone they are somebody's debug output.
const ONLY_WITH_HEAD = /^(?:soft|hard) iova-to-phys|^Client info|^SID=/i;

const CONTEXT_BROKEN: Broken = { broken: "an arm-smmu context fault" };
const GLOBAL_BROKEN: Broken = { broken: "an arm-smmu global fault" };

interface ContextFault {
  readonly kind: "context";
  readonly place: HeldPlace;
  readonly message: UnitMessage;
  lastLine: number;
  readonly iova: string;
  readonly contextBank: number;
  fsr: number | null;
  fsynr: number | null;
  streamId: number | null;
  /** The decode lines that came. */
  readonly decoded: Set<"FSR" | "FSYNR0">;
  extra: { [name: string]: Json };
}

interface GlobalFault {
  readonly kind: "global";
  readonly place: HeldPlace;
  readonly message: UnitMessage;
  lastLine: number;
  readonly streamId: number | null;
}

/** Arm SMMUv1/v2 as Linux, Qualcomm's trees and Xen report it: context and global faults with their decode lines (logs 4, 9). */
export function armSmmu(context: LogContext): Grammar {
  // At most one open fault a unit: the driver prints a fault's lines in one go.
  const open = new Map<string | null, ContextFault | GlobalFault>();

  function close(fault: ContextFault | GlobalFault): void {
    open.delete(fault.message.unit);
    if (fault.kind === "global") {
      context.incomplete(fault.place.line, "the GFSR line of this global fault is missing");
      settleGlobal(context, fault, null);
    } else {
      context.out.settle(fault.place, faultOf(contextReport(fault)), fault.lastLine);
    }
  }

  function replace(
    line: LogLine,
    message: UnitMessage,
    make: (place: HeldPlace) => ContextFault | GlobalFault,
  ): void {
    const before = open.get(message.unit);
    if (before !== undefined) close(before);
    const fault = make(context.out.hold(line, () => close(fault)));
    open.set(message.unit, fault);
  }

  function takeContextFault(line: LogLine, message: UnitMessage, text: string): Recognition {
    const fields = parseContextFault(text);
    if (fields === null) return CONTEXT_BROKEN;
    replace(line, message, (place) => {
      return {
        kind: "context",
        place,
        message,
        lastLine: line.lastLine,
        decoded: new Set(),
        extra: {},
        ...fields,
      };
    });
    return "taken";
  }

  function takeGlobalStatus(line: LogLine, message: UnitMessage, status: RegExpExecArray): Recognition {
    const fault = open.get(message.unit);
    const registers = status.slice(1, 5);
    if (fault?.kind === "global") {
      open.delete(message.unit);
      fault.lastLine = line.lastLine;
      settleGlobal(context, fault, registers);
    } else {
      // Older kernels limit the two lines apart, and this one alone tells all there is to know.
      context.out.emitJoined(line, faultOf(globalReport(message, null, registers)), line.lastLine);
    }
    return "taken";
  }

  function takeDecoded(line: LogLine, message: UnitMessage): Recognition {
    const fault = open.get(message.unit);
    const join = parseDecoded(message.text);
    if (join === null) {
      const stranger = message.unit === null && !/smmu/i.test(message.text);
      const elsewhere = stranger || (ONLY_WITH_HEAD.test(message.text) && fault === undefined);
      return elsewhere ? "foreign" : CONTEXT_BROKEN;
    }
    if (fault?.kind === "context" && join(fault)) {
      fault.lastLine = line.lastLine;
      return "taken";
    }
    if (ONLY_WITH_HEAD.test(message.text)) return "foreign";
    context.orphan(line, message.unit, "a decode line of an arm-smmu fault");
    return "taken";
  }

  return (line) => {
    if (!OURS.test(line.message)) return "foreign";
    const message = parseUnitMessage(line.message);
    const head = CONTEXT_FAULT.exec(message.text);
    if (head !== null) return takeContextFault(line, message, head[1]!);
    const status = GLOBAL_STATUS.exec(message.text);
    if (status !== null) return takeGlobalStatus(line, message, status);
    const blocked = BLOCKED_STREAM.exec(message.text);
    if (blocked !== null || GLOBAL_FAULT.test(message.text)) {
      const streamId = blocked === null ? null : smallHex(blocked[1]!);
      replace(line, message, (place) => ({
        kind: "global",
        place,
        message,
        lastLine: line.lastLine,
        streamId,
      }));
      return "taken";
    }
    if (/GFSR|Unexpected global|Blocked unknown/.test(message.text)) return GLOBAL_BROKEN;
    return takeDecoded(line, message);
  };
}

interface ContextFields {
  readonly iova: string;
  readonly contextBank: number;
  readonly fsr: number | null;
  readonly fsynr: number | null;
  readonly streamId: number | null;
}

/**
 * `fsr=0x402, iova=0x9c4b9000, fsynr=0x7c0020, cbfrsynra=0x800, cb=7`, in the orders of all kernels. What every kernel
 * prints must be there, so that a cut line is no fault.
 */
function parseContextFault(text: string): ContextFields | null {
  const found = new Map<string, string>();
  for (const part of text.split(/,\s*/)) {
    const match = /^(\w{1,12})=(0x[0-9a-f]{1,16}|\d{1,3})$/i.exec(part);
    if (match === null || found.has(match[1]!)) return null;
    found.set(match[1]!.toLowerCase(), match[2]!);
  }
  const hex = (name: string) => found.get(name)?.slice(2);
  const iova = hex("iova");
  const bank = found.get("cb");
  const fsynr = hex("fsynr") ?? hex("fsynr0");
  if (iova === undefined || bank === undefined || fsynr === undefined || !/^\d+$/.test(bank)) return null;
  const address = hexText(iova);
  const fsr = hex("fsr");
  const stream = hex("cbfrsynra");
  const small = (digits: string | undefined) => (digits === undefined ? null : smallHex(digits));
  if (address === null || small(fsynr) === null) return null;
  return {
    iova: address,
    contextBank: Number(bank),
    fsr: small(fsr),
    fsynr: small(fsynr),
    streamId: small(stream) === null ? null : small(stream)! & 0xffff,
  };
}

/** What a decode line adds to its fault; the answer is false when it is about another fault. Null: no decode line. */
function parseDecoded(text: string): ((fault: ContextFault) => boolean) | null {
  const fsr = FSR.exec(text);
  if (fsr !== null) {
    const [value, stream] = [smallHex(fsr[1]!), fsr[3] === undefined ? null : smallHex(fsr[3])];
    return (fault) => {
      if ((fault.fsr !== null && fault.fsr !== value) || fault.decoded.has("FSR")) return false;
      fault.decoded.add("FSR");
      fault.fsr = value;
      fault.streamId ??= stream;
      return true;
    };
  }
  const fsynr = FSYNR0.exec(text);
  if (fsynr !== null) {
    const value = smallHex(fsynr[1]!);
    return (fault) => {
      if (fault.fsynr !== value || fault.decoded.has("FSYNR0")) return false;
      fault.decoded.add("FSYNR0");
      return true;
    };
  }
  const soft = SOFT_WALK.exec(text);
  if (soft !== null) return (fault) => note(fault, "softIovaToPhys", hexText(soft[1]!));
  const hard = HARD_WALK.exec(text);
  if (hard !== null)
    return (fault) => note(fault, "hardIovaToPhys", hard[1] === undefined ? null : hexText(hard[1]));
  const client = CLIENT.exec(text);
  if (client !== null) return (fault) => note(fault, "clientInfo", client[1]!);
  const stream = STREAM.exec(text);
  if (stream !== null) {
    return (fault) => {
      fault.streamId ??= smallHex(stream[1]!);
      return true;
    };
  }
  return null;
}

function note(fault: ContextFault, name: string, value: Json): boolean {
  if (name in fault.extra) return false;
  fault.extra[name] = value;
  return true;
}

function contextReport(fault: ContextFault): FaultReport {
  const { fsr, fsynr, streamId } = fault;
  return faultReport(
    fault.message.xen ? "xen-arm-smmu" : "linux-arm-smmu",
    "dma-fault",
    {
      unit: fault.message.unit,
      streamId: streamId === null ? null : paddedHex(streamId, 1),
      address: fault.iova,
      // FSYNR0 bit 4: write not read (hardware 2.2).
      access: fsynr === null ? "unknown" : fsynr & 0x10 ? "write" : "read",
      code: fsr === null ? null : paddedHex(fsr, 1),
      reason: fsr === null ? null : (smmuv2ContextFault(fsr)?.reason ?? null),
    },
    {
      contextBank: fault.contextBank,
      fsr: fsr === null ? null : paddedHex(fsr, 1),
      fsynr: fsynr === null ? null : paddedHex(fsynr, 1),
      ...fault.extra,
    },
  );
}

function settleGlobal(context: LogContext, fault: GlobalFault, registers: readonly string[] | null): void {
  const report = globalReport(fault.message, fault.streamId, registers);
  context.out.settle(fault.place, faultOf(report), fault.lastLine);
}

function globalReport(
  message: UnitMessage,
  blocked: number | null,
  registers: readonly string[] | null,
): FaultReport {
  const [gfsr, gfsynr0, gfsynr1, gfsynr2] = (registers ?? []).map((digits) => Number.parseInt(digits, 16));
  const streamId = gfsynr1 === undefined ? blocked : gfsynr1 & 0xffff;
  const text = (value: number | undefined) => (value === undefined ? null : paddedHex(value, 1));
  const unidentified = blocked === null ? null : "unidentified-stream";
  return faultReport(
    message.xen ? "xen-arm-smmu" : "linux-arm-smmu",
    "global-fault",
    {
      unit: message.unit,
      streamId: streamId === null ? null : paddedHex(streamId, 1),
      // sGFSYNR0 bit 1, not bit 4 as in FSYNR0 (hardware 2.3).
      access: gfsynr0 === undefined ? "unknown" : gfsynr0 & 2 ? "write" : "read",
      code: text(gfsr),
      reason: gfsr === undefined ? unidentified : (smmuv2GlobalFault(gfsr)?.reason ?? unidentified),
    },
    { gfsr: text(gfsr), gfsynr0: text(gfsynr0), gfsynr1: text(gfsynr1), gfsynr2: text(gfsynr2) },
  );
}
