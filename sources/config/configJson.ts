import { unreachable } from "../../base/assert.ts";
import type { Json } from "../../base/canonicalJson.ts";
import type {
  EffectiveConfig,
  EffectiveDevice,
  EffectiveRange,
  EffectiveSmmu,
  EffectiveUnit,
} from "./effective.ts";
import { hex } from "./numbers.ts";
import type { SmmuParameters, UnitParameters } from "./options.ts";
import { originJson } from "./origin.ts";

/** The effective configuration as the outside sees it (contract 3). Numbers not looked up are null. */
export function toConfigJson(config: EffectiveConfig): { readonly [member: string]: Json } {
  return {
    service: config.service,
    placement: config.placement,
    debug: config.debug,
    foreground: config.foreground,
    safety: config.safety,
    user: config.user,
    smmu: config.smmu === null ? null : smmuJson(config.smmu),
    units: config.units.map(unitJson),
    allow: config.allow.map((entry) => ({
      name: entry.name,
      ...rangeJson(entry),
      source: entry.source,
      target: entry.target,
      origin: { ...originJson(entry.origin) },
    })),
    devices: config.devices.map(deviceJson),
  };
}

/** The parameters of `smmu` as separate words, numbers in their usual notation. */
export function smmuParameters(parameters: SmmuParameters): string[] {
  switch (parameters.type) {
    case "vtd":
      return parameters.acpi === "optional" ? [] : [parameters.acpi];
    case "armsmmu":
      return [];
    case "rcar3": {
      const socs = parameters.socs.map(
        ({ id, revision }) => `0x${id.toString(16)}.0x${revision.toString(16)}`,
      );
      return [hex(parameters.base), `${parameters.faultVector}`, `${parameters.faultBit}`, ...socs];
    }
    case "unknown":
      return parameters.text === null ? [] : [parameters.text];
    default:
      return unreachable(parameters);
  }
}

function smmuJson(smmu: EffectiveSmmu): Json {
  const origin = { ...originJson(smmu.origin) };
  return {
    type: smmu.library.base,
    parameters: smmuParameters(smmu.parameters),
    library: onlyFile(smmu),
    origin,
  };
}

// The one file that can be meant, else null. The base name `vtd-safety` means one by SAF-1 as well (G-5).
function onlyFile({ library }: EffectiveSmmu): string | null {
  if (library.forced) return library.written;
  return library.safetyFile ? `smmu-${library.written}.so` : null;
}

function unitJson(unit: EffectiveUnit): Json {
  const { parameters } = unit;
  const base = parameters.type === "unknown" ? null : hex(parameters.base);
  return {
    name: unit.name,
    base,
    parameters: unitParameters(parameters),
    origin: { ...originJson(unit.origin) },
  };
}

// The guide's own names for the fields (ARM-2, RCR-3).
function unitParameters(parameters: UnitParameters): Json {
  switch (parameters.type) {
    case "vtd":
      return {};
    case "armsmmu":
      return {
        NScIrpt: parameters.contextInterrupt,
        NSgIrpt: parameters.globalInterrupt,
        bypass: parameters.bypass.value ? 1 : 0,
        res_sid: parameters.reservedStreamIds,
        cfg_dll: parameters.library?.written ?? null,
      };
    case "rcar3":
      return { intr_status_bit: parameters.statusBit };
    case "unknown":
      return { text: parameters.text };
    default:
      return unreachable(parameters);
  }
}

function deviceJson(device: EffectiveDevice): Json {
  const [first] = device.uses;
  return {
    device: device.device,
    length: device.length === null ? null : hex(device.length),
    allow: device.allow.map(({ name }) => name),
    unit: first?.unit ?? null,
    use: parameterText(first?.parameter ?? null),
    uses: device.uses.map(({ unit, parameter }) => ({ unit, use: parameterText(parameter) })),
    reserved: device.reserved.map((region) => ({ ...rangeJson(region), access: "rw" })),
    origin: { ...originJson(device.origin) },
  };
}

function parameterText(parameter: number | null): string | null {
  return parameter === null ? null : `${parameter}`;
}

function rangeJson(range: EffectiveRange): { start: string | null; length: string | null } {
  const { start, length } = range;
  return { start: start === null ? null : hex(start), length: length === null ? null : hex(length) };
}
