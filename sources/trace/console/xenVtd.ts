import type { Broken, Grammar, LogContext } from "../logContext.ts";
import { CUT } from "../logLine.ts";
import { OpenHeads } from "../openHeads.ts";
import { faultOf, hexText, lossOf, requesterOf } from "../reportParts.ts";
import { isWholePage, reasonFits, type VtdReason, type VtdRequest, vtdReport } from "../vtdParts.ts";

// Old versions print their source line after the tag, name no segment, and write the reason as `[fault reason 06h]`.
const TAG = String.raw`\[VT-D\](?:\S{1,40}:\d{1,5}: ?)?`;
const DEVICE = String.raw`\[(?:([0-9a-f]{4}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])\]`;
const DMA = new RegExp(
  String.raw`${TAG}(DMAR|UNKNOWN): ?(?:\[DMA (Read|Write)\])? ?Request device ${DEVICE} fault addr ([0-9a-f]{1,16})(?:, iommu reg = ([0-9a-f]{1,16}))?$`,
  "i",
);
const INTERRUPT = new RegExp(
  `${TAG}INTR-REMAP: ?Request device ${DEVICE} fault index ([0-9a-f]{1,16})(?:, iommu reg = ([0-9a-f]{1,16}))?$`,
  "i",
);
const REASON =
  /\[VT-D\](?:\S{1,40}:\d{1,5}: ?)?(DMAR|INTR-REMAP|UNKNOWN): reason ([0-9a-f]{1,2}) - (.*?)(?: on iommu:(\d{1,5}))?$/i;
const OLD_REASON = /(DMAR|INTR-REMAP): ?\[fault reason ([0-9a-f]{1,2})h\] ?(.*)$/i;
const OVERFLOW = /iommu_fault_status: (?:Primary )?Fault Overflow/;
const OURS =
  /\[VT-D\].*(?:Request device|fault addr|fault index|reason [0-9a-f]|(?:DMAR|INTR-REMAP|UNKNOWN): ?(?:\[|Req|reas))|\[fault reason [0-9a-f]+h/i;

const BROKEN: Broken = { broken: "a Xen VT-d fault report" };

/** Xen VT-d: a head line and, on the next line of the same kind, the reason in hex (logs 9). */
export function xenVtd(context: LogContext): Grammar {
  const heads = new OpenHeads<VtdRequest>(context, ({ place, lastLine, head }) => {
    context.incomplete(place.line, "the reason line of this VT-d fault is missing: its code stays unknown");
    context.out.settle(place, faultOf(vtdReport(head, null), head.requester.device), lastLine);
  });
  return (line) => {
    const { message } = line;
    if (OVERFLOW.test(message)) {
      context.out.emitJoined(line, lossOf("overflow"), line.lastLine);
      return "taken";
    }
    if (!OURS.test(message)) return "foreign";
    const request = parseRequest(message);
    if (request !== null) {
      if ("broken" in request) return request;
      heads.add(line, request);
      return "taken";
    }
    const reason = parseReason(message);
    if (reason === null || message.endsWith(CUT)) return BROKEN;
    const sameKind = (head: VtdRequest) => (head.access === "interrupt") === reason.interrupt;
    const open = heads.take(sameKind, (head) => sameKind(head) && reasonFits(head, reason.code));
    if (open === null) {
      context.orphan(line, reason.unit, "the reason of a VT-d fault");
    } else {
      const { head, place } = open;
      context.out.settle(place, faultOf(vtdReport(head, reason), head.requester.device), line.lastLine);
    }
    return "taken";
  };
}

function parseRequest(message: string): VtdRequest | Broken | null {
  const dma = DMA.exec(message);
  if (dma !== null) {
    const [, , word, segment, bus, device, fn, address, unit] = dma;
    const requester = requesterOf(segment ?? null, bus!, device!, fn!);
    if (requester === null || (unit === undefined && !isWholePage(address!))) return BROKEN;
    const access = word === undefined ? "unknown" : word.toLowerCase() === "read" ? "read" : "write";
    return {
      format: "xen-vtd",
      unit: unit ?? null,
      requester,
      pasid: null,
      access,
      address: hexText(address!),
      interruptIndex: null,
    };
  }
  const interrupt = INTERRUPT.exec(message);
  if (interrupt === null) return null;
  const [, segment, bus, device, fn, index, unit] = interrupt;
  const requester = requesterOf(segment ?? null, bus!, device!, fn!);
  if (requester === null) return BROKEN;
  return {
    format: "xen-vtd",
    unit: unit ?? null,
    requester,
    pasid: null,
    access: "interrupt",
    address: null,
    interruptIndex: hexText(index!),
  };
}

function parseReason(message: string): (VtdReason & { readonly interrupt: boolean }) | null {
  const match = REASON.exec(message) ?? OLD_REASON.exec(message);
  if (match === null) return null;
  const [, kind, digits, text, iommu] = match;
  return {
    code: Number.parseInt(digits!, 16),
    text: text!,
    unit: iommu === undefined ? null : `iommu:${iommu}`,
    interrupt: kind!.toUpperCase() === "INTR-REMAP",
  };
}
