import { isVtdInterruptReason, vtdReason } from "../../events/vocabulary/faultCodes.ts";
import type { FaultFormat, FaultReport } from "../../events/vocabulary/faultReport.ts";
import { CUT } from "./logLine.ts";
import { faultReport, paddedHex, type Requester } from "./reportParts.ts";

/** The half of a VT-d report that names the request: a DMA with its address, or an interrupt with its index. */
export interface VtdRequest {
  readonly format: FaultFormat;
  readonly unit: string | null;
  readonly requester: Requester;
  readonly pasid: string | null;
  readonly access: "read" | "write" | "interrupt" | "unknown";
  readonly address: string | null;
  readonly interruptIndex: string | null;
}

/** The half that names the reason. */
export interface VtdReason {
  readonly code: number;
  readonly text: string;
  readonly unit: string | null;
}

/** The report of both halves; without a reason, code and reason stay null. The number wins over the text (logs 2). */
export function vtdReport(request: VtdRequest, reason: VtdReason | null): FaultReport {
  const { segment, bdf, sourceId } = request.requester;
  const known = reason === null ? null : vtdReason(reason.code);
  const interrupt = request.access === "interrupt";
  return faultReport(
    request.format,
    interrupt ? "interrupt-remap-fault" : "dma-fault",
    {
      unit: request.unit ?? reason?.unit ?? null,
      segment,
      bdf,
      sourceId,
      pasid: request.pasid,
      address: request.address,
      addressGranule: 4096,
      access: request.access,
      code: reason === null ? null : paddedHex(reason.code, 2),
      reason: known?.reason ?? null,
    },
    {
      ...(interrupt && { interruptIndex: request.interruptIndex }),
      ...(reason !== null && known === null && { text: reason.text.replace(CUT, "") }),
    },
  );
}

/** True when a reason number is likely the second half of a request: 5 of a write, 6 of a read, 0x20.. of an interrupt. */
export function reasonFits(request: VtdRequest, code: number): boolean {
  if (isVtdInterruptReason(code) !== (request.access === "interrupt")) return false;
  if (code === 5) return request.access !== "read";
  if (code === 6) return request.access !== "write";
  return true;
}

/** The reason number of digits that are decimal unless `0x` stood before them (logs 2); null: not a number of 8 bits. */
export function reasonCode(prefix: string | undefined, digits: string): number | null {
  if (prefix === undefined && !/^\d+$/.test(digits)) return null;
  const code = Number.parseInt(digits, prefix === undefined ? 10 : 16);
  return code <= 0xff ? code : null;
}

/**
 * False for an address that ends its line and is not page aligned: the unit prints whole pages, so the line was cut in
 * the number (logs 2, 11.7).
 */
export function isWholePage(digits: string): boolean {
  return /^0+$/.test(digits) || digits.endsWith("000");
}
