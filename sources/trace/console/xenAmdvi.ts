import type { Broken, Grammar, LogContext } from "../logContext.ts";
import { hexText, paddedHex, parseRequester, requesterOfSourceId, smallHex } from "../reportParts.ts";
import { type AmdviFields, amdviFault } from "./amdviParts.ts";

const PAGE_FAULT =
  /AMD-Vi: IO_PAGE_FAULT: (\S{7,12}) (d\d{1,5}) addr ([0-9a-f]{1,16}) flags 0x([0-9a-f]{1,8})((?: (?:\?\?|TR|RZ|PE|RW|PR|I|US|NX|GN))*)$/i;
// Versions before 4.15 or so.
const OLD_PAGE_FAULT =
  /AMD-Vi: ([A-Z_]{4,40}): domain = (\d{1,5}), device id = 0x([0-9a-f]{1,4}), fault address = 0x([0-9a-f]{1,16}), flags = 0x([0-9a-f]{1,8})$/i;
const WORDS =
  /(?:^|AMD-Vi: )([A-Z][A-Z_]{4,40}) ([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8})\u2026?$/i;
const OURS =
  /AMD-Vi: [A-Z_]{5,40}: (?:\S+ d\d|domain =|[0-9a-f]{4}:)|AMD-Vi: IO_PAGE_FAULT|^(?:AMD-Vi: )?(?:ILLEGAL|IO_PAGE|DEV_TAB|PAGE_TAB|COMMAND|CMD|IOTLB|INVALID)[A-Z_]{3,40} [0-9a-f]{8} /;

const BROKEN: Broken = { broken: "a Xen AMD-Vi event" };

/** Xen AMD-Vi: decoded page faults, and other events as the four words of their log entry (logs 9). */
export function xenAmdvi(context: LogContext): Grammar {
  return (line) => {
    if (!OURS.test(line.message)) return "foreign";
    const fields = parse(line.message);
    if (fields === null) return BROKEN;
    context.out.emitJoined(line, amdviFault(fields), line.lastLine);
    return "taken";
  };
}

function parse(message: string): AmdviFields | null {
  const fault = PAGE_FAULT.exec(message);
  if (fault !== null) {
    const [, device, domain, address, flags, letters] = fault;
    const requester = parseRequester(device!);
    if (requester === null) return null;
    return {
      format: "xen-amdvi",
      unit: null,
      event: "IO_PAGE_FAULT",
      requester,
      domain: domain!,
      pasid: null,
      address: hexText(address!),
      flags: `0x${flags!.toLowerCase()}`,
      raw: { letters: letters!.trim() },
    };
  }
  const old = OLD_PAGE_FAULT.exec(message);
  if (old !== null) {
    const [, event, domain, device, address, flags] = old;
    return {
      format: "xen-amdvi",
      unit: null,
      event: event!,
      requester: requesterOfSourceId(Number.parseInt(device!, 16)),
      domain: `d${domain!}`,
      pasid: null,
      address: hexText(address!),
      flags: `0x${flags!.toLowerCase()}`,
      raw: {},
    };
  }
  const words = WORDS.exec(message);
  return words === null ? null : fromWords(words[1]!.toUpperCase(), words.slice(2, 6));
}

// The log entry: device id in word 0, flags in bits 27:16 of word 1, the address in words 2 (low) and 3 (hardware 5).
function fromWords(event: string, words: readonly string[]): AmdviFields {
  const [first, second, low, high] = words as [string, string, string, string];
  const flags = ((smallHex(second)! >>> 16) & 0xfff) as number;
  const hasDevice = event !== "ILLEGAL_COMMAND_ERROR" && !/^(?:COMMAND|CMD)_HARDWARE_ERROR$/.test(event);
  return {
    format: "xen-amdvi",
    unit: null,
    event,
    requester: hasDevice ? requesterOfSourceId(smallHex(first)! & 0xffff) : null,
    domain: null,
    pasid: null,
    address: hexText(high + low),
    flags: paddedHex(flags, 4),
    raw: { words: words.map((word) => `0x${word.toLowerCase()}`) },
  };
}
