import type { Diagnostic } from "../../../base/diagnostic.ts";
import { hex } from "../../config/numbers.ts";
import { decimalForm } from "../../config/optionReaders/device.ts";
import type { BoardSubject } from "../boardSubject.ts";
import { lintProblem } from "../problem.ts";

/** Ranges that the host cannot address, or that the unit in front of a device cannot translate. */
export function addressWidths(subject: BoardSubject): Diagnostic[] {
  return [...hostWidth(subject), ...unitWidths(subject)];
}

interface Width {
  readonly bits: number;
  readonly told: string;
}

function hostWidth({ board, grants }: BoardSubject): Diagnostic[] {
  const widths = board.tables.flatMap(({ table, file }): Width[] => {
    if (table.kind === "DMAR")
      return [{ bits: table.hostAddressWidthField + 1, told: `the DMAR table (${file})` }];
    if (table.kind === "IVRS")
      return physicalBits(table.ivinfo).map((bits) => ({ bits, told: `the IVRS table (${file})` }));
    return [];
  });
  const host = widths.sort((a, b) => a.bits - b.bits)[0];
  if (host === undefined || host.bits >= 64) return [];
  return grants.flatMap((grant) => {
    if (!isPast(grant.last, host.bits)) return [];
    const message = `${grant.told} ends at ${lastByte(grant.last)}, past the ${host.bits} address bits of the machine (${host.told})`;
    return [
      lintProblem(
        "LNT107",
        grant.origin,
        message,
        "check the number of digits, and the radix: an address without 0x is hexadecimal (NUM-1)",
      ),
    ];
  });
}

// IVinfo, bits 14:8 (tables 4); 0 says nothing.
function physicalBits(ivinfo: number): number[] {
  const bits = (ivinfo >>> 8) & 0x7f;
  return bits === 0 ? [] : [bits];
}

function unitWidths({ controllers, grants }: BoardSubject): Diagnostic[] {
  const widths = new Map(
    controllers.flatMap(({ device, unit }) =>
      unit?.addressWidth == null ? [] : [[device.device, unit] as const],
    ),
  );
  return grants.flatMap((grant) => {
    const device = grant.devices.find((each) => {
      const bits = widths.get(each.device)?.addressWidth ?? 64;
      return isPast(grant.last, bits);
    });
    if (device === undefined) return [];
    const { name, addressWidth } = widths.get(device.device)!;
    const message = `${grant.told} ends at ${lastByte(grant.last)}, but unit ${name} in front of ${decimalForm(device.device)} translates ${addressWidth} bits: what is above is always denied`;
    return [
      lintProblem(
        "LNT108",
        grant.origin,
        message,
        `keep the range below ${hex(1n << BigInt(addressWidth!))}`,
      ),
    ];
  });
}

function isPast(lastPage: number, bits: number): boolean {
  return bits < 64 && BigInt(lastPage) >= 1n << BigInt(Math.max(0, bits - 12));
}

function lastByte(page: number): string {
  return hex((BigInt(page) << 12n) + 0xfffn);
}
