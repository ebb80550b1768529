import { ipmmuFault } from "../../../events/vocabulary/faultCodes.ts";
import type { FaultReport } from "../../../events/vocabulary/faultReport.ts";
import type { Broken, Grammar, LogContext } from "../logContext.ts";
import type { HeldPlace } from "../orderedOutput.ts";
import { faultOf, faultReport, hexText } from "../reportParts.ts";
import { parseUnitMessage, type UnitMessage } from "./armUnit.ts";

const FAULT = /^(?:(d\d{1,5}): )?Unhandled fault: status 0x([0-9a-f]{8}) iova 0x([0-9a-f]{1,16})$/i;
const TABLE_TROUBLE = /^(?:(d\d{1,5}): )?(Multiple TLB hits|Page Table Walk Abort) @0x([0-9a-f]{1,16})$/i;
const OURS =
  /ipmmu.*(?:Unhandled fault|Multiple TLB hits|Page Table Walk Abort)|^Unhandled fault: status 0x/i;

const BROKEN: Broken = { broken: "an IPMMU fault" };

// IMSTR bits (hardware 4).
const ABORT = 4;
const MULTIPLE_HITS = 16;

interface TableTrouble {
  readonly place: HeldPlace;
  readonly message: UnitMessage;
  readonly domain: string | null;
  readonly address: string;
  /** The status bits that its lines tell. */
  bits: number;
  lastLine: number;
}

/**
 * IPMMU faults of Linux and Xen (logs 6, 9). The driver prints a line for each of two fatal bits before the line of the
 * fault itself, and no fault line when neither TF nor PF is set: all lines of one address are one fault (logs 11.1).
 */
export function ipmmu(context: LogContext): Grammar {
  const open = new Map<string | null, TableTrouble>();

  function close(trouble: TableTrouble): void {
    open.delete(trouble.message.unit);
    const report = reportOf(trouble.message, trouble.domain, trouble.address, null, trouble.bits);
    context.out.settle(trouble.place, faultOf(report), trouble.lastLine);
  }

  return (line) => {
    if (!OURS.test(line.message)) return "foreign";
    const message = parseUnitMessage(line.message);
    const before = open.get(message.unit);
    const trouble = TABLE_TROUBLE.exec(message.text);
    if (trouble !== null) {
      const address = hexText(trouble[3]!)!;
      const bits = trouble[2]!.startsWith("M") ? MULTIPLE_HITS : ABORT;
      if (
        before !== undefined &&
        before.address === address &&
        before.bits === MULTIPLE_HITS &&
        bits === ABORT
      ) {
        before.bits |= bits;
        before.lastLine = line.lastLine;
        return "taken";
      }
      if (before !== undefined) close(before);
      const opened: TableTrouble = {
        place: context.out.hold(line, () => close(opened)),
        message,
        domain: trouble[1] ?? null,
        address,
        bits,
        lastLine: line.lastLine,
      };
      open.set(message.unit, opened);
      return "taken";
    }
    const fault = FAULT.exec(message.text);
    if (fault === null) return BROKEN;
    const [, domain, digits, iova] = fault;
    const status = Number.parseInt(digits!, 16);
    const report = reportOf(message, domain ?? null, hexText(iova!)!, digits!.toLowerCase(), status);
    if (before !== undefined && before.address === report.address && (status & before.bits) === before.bits) {
      open.delete(message.unit);
      context.out.settle(before.place, faultOf(report), line.lastLine);
    } else {
      context.out.emitJoined(line, faultOf(report), line.lastLine);
    }
    return "taken";
  };
}

// Neither device nor direction is in the hardware's record: both stay unknown (logs 6, 11.2).
function reportOf(
  message: UnitMessage,
  domain: string | null,
  address: string,
  digits: string | null,
  bits: number,
): FaultReport {
  return faultReport(
    message.xen ? "xen-ipmmu" : "linux-ipmmu",
    "dma-fault",
    {
      unit: message.unit,
      address,
      code: digits === null ? null : `0x${digits}`,
      reason: ipmmuFault(bits)?.reason ?? null,
    },
    {
      status: digits === null ? null : `0x${digits}`,
      errorCode: digits === null ? null : (bits >>> 8) & 7,
      errorLevel: digits === null ? null : (bits >>> 12) & 3,
      ...(domain !== null && { domain }),
    },
  );
}
