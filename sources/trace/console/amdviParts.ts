import type { Json } from "../../../base/canonicalJson.ts";
import type { FaultStimulus } from "../../../events/stimulus.ts";
import { AMDVI_FLAG, amdviEvent, amdviPageFault } from "../../../events/vocabulary/faultCodes.ts";
import type { FaultFormat, FaultReport, ReportedAccess } from "../../../events/vocabulary/faultReport.ts";
import { faultOf, faultReport, hexText, type Requester } from "../reportParts.ts";

/** The fields of one AMD-Vi event, canonical texts; null where the report has none. */
export interface AmdviFields {
  readonly format: FaultFormat;
  readonly unit: string | null;
  readonly event: string;
  readonly requester: Requester | null;
  readonly domain: string | null;
  readonly pasid: string | null;
  readonly address: string | null;
  /** As printed, with `0x`. */
  readonly flags: string | null;
  readonly raw: { readonly [name: string]: Json };
}

// Of the other events the flags say nothing of a direction, or are not documented to (logs 3).
const ACCESS_IN_FLAGS = new Set([
  "IO_PAGE_FAULT",
  "ILLEGAL_DEV_TABLE_ENTRY",
  "DEV_TAB_HARDWARE_ERROR",
  "DEV_TABLE_HW_ERROR",
  "PAGE_TAB_HARDWARE_ERROR",
  "PAGE_TABLE_HW_ERROR",
  "RMP_PAGE_FAULT",
]);

// Their address is that of a command in memory, not one that a device used.
const COMMAND_ADDRESS = new Set([
  "IOTLB_INV_TIMEOUT",
  "ILLEGAL_COMMAND_ERROR",
  "COMMAND_HARDWARE_ERROR",
  "CMD_HARDWARE_ERROR",
]);

/** The fault record of an AMD-Vi event; an event with a name we do not know stays a hardware fault without a reason. */
export function amdviFault(fields: AmdviFields): FaultStimulus {
  return faultOf(amdviReport(fields), fields.requester?.device ?? null);
}

function amdviReport(fields: AmdviFields): FaultReport {
  const known = amdviEvent(fields.event);
  const flags = fields.flags === null ? null : Number.parseInt(fields.flags, 16);
  const pageFault = fields.event === "IO_PAGE_FAULT";
  const interrupt = flags !== null && (flags & AMDVI_FLAG.interrupt) !== 0;
  const cause = pageFault ? (flags === null ? null : amdviPageFault(flags)) : known;
  const ofCommand = COMMAND_ADDRESS.has(fields.event);
  return faultReport(
    fields.format,
    pageFault && interrupt ? "interrupt-remap-fault" : (known?.kind ?? "hardware-fault"),
    {
      unit: fields.unit,
      segment: fields.requester?.segment ?? null,
      bdf: fields.requester?.bdf ?? null,
      sourceId: fields.requester?.sourceId ?? null,
      pasid: pasidOf(fields.pasid, flags),
      address: ofCommand ? null : fields.address,
      addressGranule: 1,
      access: accessOf(fields.event, flags),
      code: fields.event,
      reason: cause?.reason ?? null,
    },
    {
      domain: fields.domain,
      event: fields.event,
      flags: fields.flags,
      ...(ofCommand && { commandAddress: fields.address }),
      ...fields.raw,
    },
  );
}

function accessOf(event: string, flags: number | null): ReportedAccess {
  if (flags === null || !ACCESS_IN_FLAGS.has(event)) return "unknown";
  if (flags & AMDVI_FLAG.interrupt) return "interrupt";
  return flags & AMDVI_FLAG.write ? "write" : "read";
}

// The field is always printed; a zero without the guest flag is not a PASID.
function pasidOf(pasid: string | null, flags: number | null): string | null {
  if (pasid === null) return null;
  const value = hexText(pasid);
  return value === "0x0" && (flags === null || !(flags & AMDVI_FLAG.guest)) ? null : value;
}
