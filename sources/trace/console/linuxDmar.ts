import type { StatusStimulus } from "../../../events/stimulus.ts";
import type { Broken, Grammar, LogContext } from "../logContext.ts";
import { CUT, type LogLine } from "../logLine.ts";
import { OpenHeads } from "../openHeads.ts";
import { faultOf, hexText, lossOf, requesterOf } from "../reportParts.ts";
import {
  isWholePage,
  reasonCode,
  reasonFits,
  type VtdReason,
  type VtdRequest,
  vtdReport,
} from "../vtdParts.ts";

const DEVICE = String.raw`\[{1,2}(?:0x)?([0-9a-f]{2}):(?:0x)?([0-9a-f]{2})\.([0-7])\]`;
const REASON = String.raw`\[fault reason (0x)?([0-9a-f]{1,4})\]\s?(.*)`;
const DMA = new RegExp(
  String.raw`DMAR:?( ?)\[DMA (Read|Write)(?: (NO_PASID|PASID 0x([0-9a-f]{1,8})))?\] Request device ${DEVICE}(?: PASID ([0-9a-f]{1,8}))? fault addr (0x)?([0-9a-f]{1,16})(?:\s*${REASON})?$`,
  "i",
);
const DMA_REASON = /^(?:dmar: ?)?(?:DMAR: ?)?\[fault reason (0x)?([0-9a-f]{1,4})\]\s?(.*)$/i;
const INTERRUPT = new RegExp(
  String.raw`(?:\[INTR-REMAP\]|INTR-REMAP:) ?Request device ${DEVICE} fault index (0x)?([0-9a-f]{1,16})(?:\s*${REASON})?$`,
  "i",
);
const INTERRUPT_REASON = /INTR-REMAP: ?\[fault reason (0x)?([0-9a-f]{1,4})\]\s?(.*)$/i;
const STATUS = /DRHD: handling fault status reg (?:0x)?([0-9a-f]{1,8})$/i;
const OURS =
  /DMAR:? ?\[(?!Firmware)|INTR-REMAP(?:\]|:) ?(?:Request|\[)|Request device \[|\[fault reason|DRHD: handling fault/i;

const BROKEN: Broken = { broken: "a VT-d fault report" };

/** Linux VT-d: faults of all kernel generations, interrupt remapping faults, fault status lines (logs 2). */
export function linuxDmar(context: LogContext): Grammar {
  const heads = new OpenHeads<OpenRequest>(context, ({ place, lastLine, head }) => {
    if (head.cutLine !== null) {
      context.out.drop(place);
      context.broken(head.cutLine, BROKEN);
      return;
    }
    context.incomplete(place.line, "the reason line of this VT-d fault is missing: its code stays unknown");
    tell(context, head.request, null, place, lastLine);
  });
  return (line) => {
    const { message } = line;
    if (!OURS.test(message) || message.includes("[VT-D]")) return "foreign";
    const status = STATUS.exec(message);
    if (status !== null) return takeStatus(context, line, status[1]!);
    const head = parseHead(message);
    if (head !== null) {
      if ("broken" in head) return head;
      if (head.reason === null)
        heads.add(line, { request: head.request, cutLine: head.oldest ? null : line });
      else context.out.emitJoined(line, stimulusOf(head.request, head.reason), line.lastLine);
      return "taken";
    }
    const reason = parseReason(message);
    if (reason === null || message.endsWith(CUT)) return BROKEN;
    const open = heads.take(
      ({ request }) => (request.access === "interrupt") === reason.interrupt,
      ({ request }) =>
        (request.access === "interrupt") === reason.interrupt && reasonFits(request, reason.code),
    );
    if (open === null) context.orphan(line, null, "the reason of a VT-d fault");
    else tell(context, open.head.request, reason, open.place, line.lastLine);
    return "taken";
  };
}

interface Head {
  readonly request: VtdRequest;
  readonly reason: VtdReason | null;
  /** True for the form whose reason always stands on a line of its own. */
  readonly oldest: boolean;
}

interface OpenRequest {
  readonly request: VtdRequest;
  /** The line, where it should have held its reason: without one it is cut, perhaps in the address. */
  readonly cutLine: LogLine | null;
}

function parseHead(message: string): Head | Broken | null {
  const dma = DMA.exec(message);
  if (dma !== null) return dmaHead(dma);
  const interrupt = INTERRUPT.exec(message);
  return interrupt === null ? null : interruptHead(interrupt);
}

function dmaHead(match: RegExpExecArray): Head | Broken {
  const [, space, word, kind, pasid, bus, device, fn, oldPasid, prefix, address] = match;
  const requester = requesterOf(null, bus!, device!, fn!);
  if (requester === null) return BROKEN;
  const printed = pasid ?? oldPasid;
  const request: VtdRequest = {
    format: "linux-dmar",
    unit: null,
    requester,
    pasid: printed === undefined || /^f{8}$/i.test(printed) ? null : hexText(printed),
    access: word!.toLowerCase() === "read" ? "read" : "write",
    address: hexText(address!),
    interruptIndex: null,
  };
  const [, , , , , , , , , , , reasonPrefix, digits, text] = match;
  if (digits !== undefined) return withReason(request, reasonPrefix, digits, text!);
  const oldest = space === "" && kind === undefined && oldPasid === undefined && prefix === undefined;
  return isWholePage(address!) ? { request, reason: null, oldest } : BROKEN;
}

function interruptHead(match: RegExpExecArray): Head | Broken {
  const [, bus, device, fn, , index, reasonPrefix, digits, text] = match;
  const requester = requesterOf(null, bus!, device!, fn!);
  if (requester === null) return BROKEN;
  const request: VtdRequest = {
    format: "linux-dmar",
    unit: null,
    requester,
    pasid: null,
    access: "interrupt",
    address: null,
    interruptIndex: hexText(index!),
  };
  if (digits !== undefined) return withReason(request, reasonPrefix, digits, text!);
  return { request, reason: null, oldest: !match[0].startsWith("[") };
}

function withReason(
  request: VtdRequest,
  prefix: string | undefined,
  digits: string,
  text: string,
): Head | Broken {
  const code = reasonCode(prefix, digits);
  return code === null ? BROKEN : { request, reason: { code, text, unit: null }, oldest: false };
}

function parseReason(message: string): (VtdReason & { readonly interrupt: boolean }) | null {
  const dma = DMA_REASON.exec(message);
  const match = dma ?? INTERRUPT_REASON.exec(message);
  if (match === null) return null;
  const code = reasonCode(match[1], match[2]!);
  return code === null ? null : { code, text: match[3]!, unit: null, interrupt: dma === null };
}

function stimulusOf(request: VtdRequest, reason: VtdReason | null) {
  return faultOf(vtdReport(request, reason), request.requester.device);
}

function tell(
  context: LogContext,
  request: VtdRequest,
  reason: VtdReason | null,
  place: Parameters<LogContext["out"]["settle"]>[0],
  lastLine: number,
): void {
  context.out.settle(place, stimulusOf(request, reason), lastLine);
}

// FSTS: bit 0 a record was lost, bit 1 records pend, bit 2 the advanced log overflowed, bits 15:8 first record (hardware 1.6).
function takeStatus(context: LogContext, line: LogLine, digits: string): "taken" {
  const fsts = Number.parseInt(digits, 16);
  const status: StatusStimulus = {
    kind: "status",
    unit: null,
    fsts: hexText(digits)!,
    primaryPending: (fsts & 2) !== 0,
    overflow: (fsts & 1) !== 0,
    recordIndex: (fsts >>> 8) & 0xff,
  };
  context.out.emitJoined(line, status, line.lastLine);
  if ((fsts & 5) !== 0) context.out.emitJoined(line, lossOf("overflow"), line.lastLine);
  return "taken";
}
