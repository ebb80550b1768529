import type { Json } from "../../../base/canonicalJson.ts";
import type { UnitStimulus } from "../../../events/stimulus.ts";
import { parseAddress } from "../../../events/vocabulary/address.ts";
import { unitName } from "../../../events/vocabulary/names.ts";
import type { Broken, Grammar, LogContext } from "../logContext.ts";
import { parseUnitMessage } from "./armUnit.ts";

const VTD =
  /(?:DMAR|dmar):\s+(?:(dmar\d{1,4})|IOMMU (\d{1,4})): reg_base_addr ([0-9a-f]{1,16}) ver (\d{1,3}:\d{1,3}) cap ([0-9a-f]{1,16}) ecap ([0-9a-f]{1,16})$/i;
const VTD_OURS = /(?:DMAR|dmar):\s+\S+(?: \d+)?: reg_base_addr/;
const VTD_ENABLED = /^DMAR: Intel\(R\) Virtualization Technology for Directed I\/O\u2026?$/;
const SMMUV3 = /^ias (\d{1,2})-bit, oas (\d{1,2})-bit(?: \(features 0x([0-9a-f]{1,16})\))?\u2026?$/i;
const SMMUV2_STAGE = /^(?:Stage-(\d): (\d{1,2})-bit (?:VA|IPA) -> (\d{1,2})-bit (?:IPA|PA))\u2026?$/i;
const XEN_VTD = /\[VT-D\]\s?drhd->address = ([0-9a-f]{1,16}) iommu->reg = ([0-9a-f]{1,16})$/i;

const BROKEN: Broken = { broken: "the description of a VT-d unit" };

/** The units that drivers find at boot, and that VT-d translation was switched on. */
export function units(context: LogContext): Grammar {
  const armSeen = new Set<string>();

  function tell(
    line: Parameters<Grammar>[0],
    unit: string,
    base: string | null,
    width: number | null,
    extra: Json,
  ) {
    const stimulus: UnitStimulus = {
      kind: "unit",
      unit: unitName(unit),
      base: base === null ? null : parseAddress(`0x${base}`),
      addressWidth: width,
    };
    context.out.emitJoined(line, stimulus, line.lastLine, extra as { readonly [name: string]: Json });
    return "taken" as const;
  }

  return (line) => {
    const { message } = line;
    const vtd = VTD.exec(message);
    if (vtd !== null) {
      const [, name, number, base, version, cap, ecap] = vtd;
      const extra = { version: version!, cap: `0x${cap!.toLowerCase()}`, ecap: `0x${ecap!.toLowerCase()}` };
      return tell(line, name?.toLowerCase() ?? `dmar${number!}`, base!, vtdWidth(cap!), extra);
    }
    if (VTD_OURS.test(message)) return BROKEN;
    if (VTD_ENABLED.test(message)) {
      context.out.emitJoined(line, { kind: "translation", unit: null, enabled: true }, line.lastLine);
      return "taken";
    }
    const xen = XEN_VTD.exec(message);
    if (xen !== null) return tell(line, xen[2]!, xen[1]!, null, null);
    if (!message.includes("smmu")) return "foreign";
    const { unit, text } = parseUnitMessage(message);
    if (unit === null) return "foreign";
    const smmuv3 = SMMUV3.exec(text);
    if (smmuv3 !== null) {
      // The printed input size is that of stage 2; stage 1 takes 48 bits or more, so it bounds no transfer.
      const extra = {
        ias: Number(smmuv3[1]),
        oas: Number(smmuv3[2]),
        ...(smmuv3[3] && { features: `0x${smmuv3[3]}` }),
      };
      return tell(line, unit, baseOf(unit), null, extra);
    }
    const stage = SMMUV2_STAGE.exec(text);
    if (stage === null || armSeen.has(unit)) return "foreign";
    armSeen.add(unit);
    return tell(line, unit, baseOf(unit), Number(stage[2]), { stage: Number(stage[1]) });
  };
}

// `arm-smmu 5000000.iommu`: a platform device is named by its unit address.
function baseOf(unit: string): string | null {
  return /^\S+ ([0-9a-f]{1,16})\./i.exec(unit)?.[1] ?? null;
}

/**
 * The input width of a VT-d unit: MGAW (bits 21:16, plus 1) and the widest supported table (SAGAW, bits 12:8: bit 1 39,
 * bit 2 48, bit 3 57), whichever is less (hardware 1.3).
 */
function vtdWidth(cap: string): number {
  const register = BigInt(`0x${cap}`);
  const guest = Number((register >> 16n) & 0x3fn) + 1;
  const sagaw = Number((register >> 8n) & 0x1fn);
  const table = sagaw & 8 ? 57 : sagaw & 4 ? 48 : sagaw & 2 ? 39 : sagaw & 1 ? 30 : 64;
  return Math.min(guest, table);
}
