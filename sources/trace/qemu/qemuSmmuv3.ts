import type { Json } from "../../../base/canonicalJson.ts";
import { smmuv3EventNamed } from "../../../events/vocabulary/faultCodes.ts";
import { smmuv3Report, unknownRecord } from "../console/smmuv3Words.ts";
import type { Broken, Grammar, LogContext, Recognition } from "../logContext.ts";
import type { LogLine } from "../logLine.ts";
import type { HeldPlace } from "../orderedOutput.ts";
import { faultOf, faultReport, hexText, paddedHex } from "../reportParts.ts";

const SID = String.raw`sid=(?:0x([0-9a-f]{1,8})|(\d{1,10}))`;
const RECORD = new RegExp(
  String.raw`smmuv3_(?:record|propagate)_event (?:\S{1,80} )?(?:SMMU_EVT_)?([A-Za-z_]{3,40}) ${SID}(?:[ ,].{0,80})?$`,
  "i",
);
const FAILED =
  /(?:^|\s)(\S{1,80}) translation failed for iova=0x([0-9a-f]{1,16}) ?\((?:SMMU_EVT_)?(\w{3,40})\)\u2026?$/i;
const REJECTED =
  /Invalid (read|write) at addr 0x([0-9a-f]{1,16}), size \d{1,5}, region '[^']{0,80}', reason: rejected/i;
const ABORT = new RegExp(
  String.raw`smmuv3_translate_abort (\S{1,80}) ${SID} .{0,20}iova: ?0x([0-9a-f]{1,16}) is_write=([01])\u2026?$`,
  "i",
);
const OURS = /smmuv3_(?:record|propagate)_event|translation failed for iova|smmuv3_translate_abort/;

const BROKEN: Broken = { broken: "a QEMU SMMUv3 event" };
// QEMU shortens two of the manual's names.
const ALIASES: { readonly [name: string]: string } = {
  F_TRANS_FORBIDDEN: "F_TRANSL_FORBIDDEN",
  E_PAGE_REQ: "E_PAGE_REQUEST",
};

interface OpenError {
  readonly place: HeldPlace;
  readonly line: number;
  lastLine: number;
  readonly eventName: string;
  readonly region: string;
  readonly address: string;
  access: "read" | "write" | "unknown";
}

/** QEMU's smmuv3: an error line with the address and the trace event with the stream are one fault (logs 8). */
export function qemuSmmuv3(context: LogContext): Grammar {
  let open: OpenError[] = [];

  function takeFailed(line: LogLine, match: RegExpExecArray): Recognition {
    const place = context.out.hold(line, () => {
      open = open.filter((other) => other !== error);
      context.out.settle(
        place,
        stimulusOf("qemu-smmuv3-error", error.eventName, null, error),
        error.lastLine,
      );
    });
    const error: OpenError = {
      place,
      line: line.line,
      lastLine: line.lastLine,
      eventName: nameOf(match[3]!),
      region: match[1]!,
      address: hexText(match[2]!)!,
      access: "unknown",
    };
    open.push(error);
    return "taken";
  }

  function takeRecord(line: LogLine, match: RegExpExecArray): Recognition {
    const eventName = nameOf(match[1]!);
    const sid = streamOf(match[2], match[3]);
    if (sid === null) return BROKEN;
    const error = open.findLast((one) => one.eventName === eventName && isRegionOf(one.region, sid));
    if (error !== undefined) {
      open = open.filter((other) => other !== error);
      context.out.drop(error.place);
    }
    context.out.emit(line, stimulusOf("qemu-smmuv3-trace", eventName, sid, error ?? null));
    return "taken";
  }

  // What the guest's access came to; it names the direction that the error line does not.
  function takeRejected(line: LogLine, match: RegExpExecArray): Recognition {
    const address = hexText(match[2]!);
    const error = open.findLast((one) => one.address === address && one.access === "unknown");
    if (error === undefined) return "foreign";
    error.access = match[1]!.toLowerCase() === "read" ? "read" : "write";
    error.lastLine = line.lastLine;
    return "taken";
  }

  return (line) => {
    const rejected = REJECTED.exec(line.message);
    if (rejected !== null) return takeRejected(line, rejected);
    if (!OURS.test(line.message)) return "foreign";
    const failed = FAILED.exec(line.message);
    if (failed !== null) return takeFailed(line, failed);
    const record = RECORD.exec(line.message);
    if (record !== null) return takeRecord(line, record);
    const abort = ABORT.exec(line.message);
    return abort === null ? BROKEN : takeAbort(context, line, abort);
  };
}

// The stream table says abort: the unit refuses and, by the manual, records nothing (hardware 3.1).
function takeAbort(context: LogContext, line: LogLine, match: RegExpExecArray): Recognition {
  const [, region, hexSid, decimalSid, iova, write] = match;
  const sid = streamOf(hexSid, decimalSid);
  if (sid === null) return BROKEN;
  const report = faultReport(
    "qemu-smmuv3-trace",
    "config-fault",
    {
      streamId: paddedHex(sid, 1),
      address: hexText(iova!),
      access: write === "1" ? "write" : "read",
      reason: "stream-abort",
    },
    { event: null, eventName: null, region: region!, recorded: false },
  );
  context.out.emit(line, faultOf(report));
  return "taken";
}

function stimulusOf(
  format: "qemu-smmuv3-trace" | "qemu-smmuv3-error",
  eventName: string,
  sid: number | null,
  error: OpenError | null,
) {
  const record = {
    ...unknownRecord(null, eventName),
    streamId: sid === null ? null : paddedHex(sid, 1),
    address: error?.address ?? null,
    access: error?.access ?? ("unknown" as const),
  };
  const report = smmuv3Report(format, null, record, []);
  const raw: { [name: string]: Json } = { ...report.raw };
  if (error !== null) raw["region"] = error.region;
  if (error !== null && format === "qemu-smmuv3-trace") {
    raw["related"] = [{ line: error.line, format: "qemu-smmuv3-error", address: error.address }];
  }
  return faultOf({ ...report, raw });
}

function nameOf(text: string): string {
  const name = text.toUpperCase();
  return smmuv3EventNamed(ALIASES[name] ?? name)?.name ?? text;
}

function streamOf(hex: string | undefined, decimal: string | undefined): number | null {
  const sid = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return sid <= 0xffff_ffff ? sid : null;
}

// `smmuv3-iommu-memory-region-80-10`: the device and function, decimal, then a running number.
function isRegionOf(region: string, sid: number): boolean {
  const match = /-(\d{1,3})-\d{1,6}$/.exec(region);
  return match === null || Number(match[1]) === (sid & 0xff);
}
