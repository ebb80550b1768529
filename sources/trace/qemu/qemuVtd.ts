import type { Json } from "../../../base/canonicalJson.ts";
import { vtdReason } from "../../../events/vocabulary/faultCodes.ts";
import type { Broken, Grammar, LogContext, Recognition } from "../logContext.ts";
import type { LogLine } from "../logLine.ts";
import type { HeldPlace } from "../orderedOutput.ts";
import {
  faultOf,
  faultReport,
  hexText,
  lossOf,
  paddedHex,
  type Requester,
  requesterOf,
  requesterOfSourceId,
} from "../reportParts.ts";

const FAULT =
  /vtd_dmar_fault sid 0x([0-9a-f]{1,4}) fault (\d{1,3}) addr 0x([0-9a-f]{1,16}) write ([01])\u2026?$/i;
const PASID = `(?:, ?pasid=0x([0-9a-f]{1,8}))?`;
const PERMISSION = new RegExp(
  String.raw`vtd_\w+: detected [fs][ls]pte permission error \(iova=0x([0-9a-f]{1,16}), level=0x([0-9a-f]{1,2}), [fs][ls]pte=0x([0-9a-f]{1,16}), write=([01])${PASID}\)`,
  "i",
);
// Misspelled, unbalanced and without a comma in QEMU itself (logs 8).
const RESERVED = new RegExp(
  String.raw`vtd_\w+: detected \w{3,8} reserve non-zero \(?iova=0x([0-9a-f]{1,16}), level=0x(\d{1,2}),? ?[fs][ls]pte=0x([0-9a-f]{1,16})${PASID}\)`,
  "i",
);
const TRANSLATE = new RegExp(
  String.raw`vtd_iommu_translate: detected translation failure \(dev=([0-9a-f]{2}):([0-9a-f]{2}):([0-9a-f]{2}), iova=0x([0-9a-f]{1,16})${PASID}\)`,
  "i",
);
const NOT_RECORDED =
  /New fault is not recorded due to (compression of faults|Primary Fault Overflow)\u2026?$/;
const ENABLE = /vtd_dmar_enable enable ([01])\u2026?$/;
const DISABLED = /vtd_fault_disabled Fault processing disabled/;
const OURS =
  /vtd_dmar_fault|vtd_\w+: detected (?:\w+ (?:permission|reserve)|translation)|New fault is not recorded|vtd_dmar_enable|vtd_fault_disabled/;

const BROKEN: Broken = { broken: "a QEMU intel-iommu fault" };

type Access = "read" | "write" | "unknown";

interface OpenFault {
  readonly place: HeldPlace;
  readonly line: number;
  lastLine: number;
  /** True when QEMU's trace event told it; else only its error lines did. */
  readonly traced: boolean;
  readonly address: string;
  access: Access;
  requester: Requester | null;
  pasid: string | null;
  readonly code: number | null;
  readonly reason: string | null;
  related: readonly { readonly [name: string]: Json }[];
  translated: boolean;
}

/** QEMU's intel-iommu: the trace event of a fault, and the error lines before and after it, are one fault (logs 8). */
export function qemuVtd(context: LogContext): Grammar {
  // What QEMU's trace told, and what so far only its error lines did; oldest first.
  const traced: OpenFault[] = [];
  const untraced: OpenFault[] = [];

  function begin(line: LogLine, fault: Omit<OpenFault, "place" | "line" | "lastLine">): void {
    const open = fault.traced ? traced : untraced;
    const place = context.out.hold(line, () => {
      open.splice(open.indexOf(begun), 1);
      context.out.settle(place, stimulusOf(begun), begun.lastLine);
    });
    const begun: OpenFault = { ...fault, place, line: line.line, lastLine: line.lastLine };
    open.push(begun);
  }

  // The error lines tell the same fault: they move to the trace event's record.
  function absorb(address: string, access: Access, requester: Requester): OpenFault | null {
    const same = untraced.findLast(
      (fault) =>
        fault.address === address &&
        (fault.access === access || fault.access === "unknown") &&
        (fault.requester === null || fault.requester.bdf === requester.bdf),
    );
    if (same === undefined) return null;
    untraced.splice(untraced.indexOf(same), 1);
    context.out.drop(same.place);
    return same;
  }

  function takeFault(line: LogLine, match: RegExpExecArray): Recognition {
    const [, sid, fault, digits, write] = match;
    const code = Number(fault);
    if (code > 0xff) return BROKEN;
    const requester = requesterOfSourceId(Number.parseInt(sid!, 16));
    const address = hexText(digits!)!;
    const access = write === "1" ? "write" : "read";
    const told = absorb(address, access, requester);
    begin(line, {
      traced: true,
      address,
      access,
      requester,
      pasid: told?.pasid ?? null,
      code,
      reason: vtdReason(code)?.reason ?? null,
      related: told?.related ?? [],
      translated: told?.translated ?? false,
    });
    return "taken";
  }

  function takeTable(line: LogLine, match: RegExpExecArray, permission: boolean): Recognition {
    const address = hexText(match[1]!)!;
    const slpte = hexText(match[3]!)!;
    const access = !permission ? "unknown" : match[4] === "1" ? "write" : "read";
    const pasid = pasidOf(match[permission ? 5 : 4]);
    const level = Number.parseInt(match[2]!, 16);
    const related = { line: line.line, format: "qemu-vtd-error", address, level, slpte, access, pasid };
    const reason = !permission ? "reserved-bits" : slpte === "0x0" ? "not-mapped" : "permission";
    const requester = null;
    begin(line, {
      traced: false,
      address,
      access,
      requester,
      pasid,
      code: null,
      reason,
      related: [related],
      translated: false,
    });
    return "taken";
  }

  function takeTranslate(line: LogLine, match: RegExpExecArray): Recognition {
    const requester = requesterOf(null, match[1]!, match[2]!, match[3]!.replace(/^0/, ""));
    if (requester === null) return BROKEN;
    const address = hexText(match[4]!)!;
    const related = { line: line.line, format: "qemu-vtd-error", bdf: requester.bdf, address };
    const fits = (one: OpenFault) =>
      !one.translated && one.address === address && (one.requester ?? requester).bdf === requester.bdf;
    const fault = traced.findLast(fits) ?? untraced.findLast(fits);
    if (fault !== undefined) {
      fault.translated = true;
      fault.related = [...fault.related, related];
      fault.requester ??= requester;
      if (!fault.traced) fault.lastLine = line.lastLine;
      return "taken";
    }
    const pasid = pasidOf(match[5]);
    begin(line, {
      traced: false,
      address,
      access: "unknown",
      requester,
      pasid,
      code: null,
      reason: null,
      related: [related],
      translated: true,
    });
    return "taken";
  }

  return (line) => {
    const { message } = line;
    if (!OURS.test(message)) return "foreign";
    const fault = FAULT.exec(message);
    if (fault !== null) return takeFault(line, fault);
    const permission = PERMISSION.exec(message);
    if (permission !== null) return takeTable(line, permission, true);
    const reserved = RESERVED.exec(message);
    if (reserved !== null) return takeTable(line, reserved, false);
    const translate = TRANSLATE.exec(message);
    if (translate !== null) return takeTranslate(line, translate);
    return takeOther(context, line);
  };
}

function takeOther(context: LogContext, line: LogLine): Recognition {
  const lost = NOT_RECORDED.exec(line.message);
  if (lost !== null) {
    context.out.emit(line, lossOf(lost[1]!.startsWith("compression") ? "merged" : "overflow"));
    return "taken";
  }
  const enable = ENABLE.exec(line.message);
  if (enable !== null) {
    context.out.emit(line, { kind: "translation", unit: null, enabled: enable[1] === "1" });
    return "taken";
  }
  if (!DISABLED.test(line.message)) return BROKEN;
  // FPD in the context entry: the request was refused, and by that bit not recorded (hardware 1.6).
  context.out.emit(line, lossOf("suppressed", { function: "vtd_fault_disabled", count: 1 }));
  return "taken";
}

function pasidOf(digits: string | undefined): string | null {
  return digits === undefined || /^f{8}$/i.test(digits) ? null : hexText(digits);
}

function stimulusOf(fault: OpenFault) {
  const { requester } = fault;
  return faultOf(
    faultReport(
      fault.traced ? "qemu-vtd-trace" : "qemu-vtd-error",
      "dma-fault",
      {
        bdf: requester?.bdf ?? null,
        sourceId: requester?.sourceId ?? null,
        pasid: fault.pasid,
        address: fault.address,
        addressGranule: 4096,
        access: fault.access,
        code: fault.code === null ? null : paddedHex(fault.code, 2),
        reason: fault.reason,
      },
      fault.related.length === 0 ? {} : { related: fault.related },
    ),
  );
}
