import { unreachable } from "../../base/assert.ts";
import { smmuParameters } from "./configJson.ts";
import type { EffectiveConfig, EffectiveDevice, EffectiveRange } from "./effective.ts";
import { hex } from "./numbers.ts";
import { decimalForm } from "./optionReaders/device.ts";
import type { UnitParameters } from "./options.ts";

/**
 * The effective configuration in its own language. Read again for the same service and placement it gives the same
 * effective configuration, origins apart. Addresses and lengths get `0x` (NUM-6), all else is decimal.
 */
export function printConfig(config: EffectiveConfig): string {
  const lines: string[] = [`# effective configuration of ${config.service}, ${PLACES[config.placement]}`];
  if (config.foreground) lines.push("foreground");
  if (config.debug > 0) lines.push(`debug ${config.debug}`);
  if (config.user !== null) lines.push(`user ${config.user}`);
  lines.push(`safety ${config.safety}`);
  if (config.smmu !== null) {
    const { library, parameters } = config.smmu;
    lines.push(["smmu", library.written, smmuParameters(parameters).join(",")].join(" ").trimEnd());
  }
  for (const { name, parameters } of config.units) lines.push(`unit ${name} ${unitText(parameters)}`);
  for (const entry of config.allow) lines.push(`allow ${entry.name} ${allowText(entry)}`);
  for (const device of config.devices) lines.push(...deviceLines(device));
  return `${lines.join("\n")}\n`;
}

const PLACES = { hardware: "on hardware", guest: "in a guest" } as const;

function allowText(entry: EffectiveConfig["allow"][number]): string {
  if (entry.start === null || entry.length === null) return entry.written;
  const permissions = `${entry.source ? "s" : ""}${entry.target ? "t" : ""}`;
  return `${hex(entry.start)},${hex(entry.length)},${permissions}`;
}

function regionText(region: EffectiveRange): string {
  if (region.start === null || region.length === null) return region.written;
  return `${hex(region.start)},${hex(region.length)}`;
}

function unitText(parameters: UnitParameters): string {
  switch (parameters.type) {
    case "vtd":
      return hex(parameters.base);
    case "armsmmu":
      return armText(parameters);
    case "rcar3":
      return `${hex(parameters.base)},${parameters.statusBit}`;
    case "unknown":
      return parameters.text;
    default:
      return unreachable(parameters);
  }
}

function armText(parameters: Extract<UnitParameters, { type: "armsmmu" }>): string {
  const { base, contextInterrupt, globalInterrupt, bypass, reservedStreamIds, library } = parameters;
  const fields = [hex(base), contextInterrupt, globalInterrupt, bypass.value ? 1 : 0];
  if (reservedStreamIds.length > 0 || library !== null) fields.push(reservedStreamIds.join(":"));
  if (library !== null) fields.push(library.written);
  return fields.join(",");
}

// One line for the device with its first set, unit and regions; one more for each further set.
function deviceLines(device: EffectiveDevice): string[] {
  const spec = `${decimalForm(device.device)}${device.length === null ? "" : `,${hex(device.length)}`}`;
  const [first, ...others] = device.allow.map(({ name }) => name);
  const line = ["device", spec, ...(first === undefined ? [] : [first])];
  for (const { unit, parameter } of device.uses) {
    line.push("use", unit, ...(parameter === null ? [] : [`${parameter}`]));
  }
  for (const region of device.reserved) line.push("reserved", regionText(region));
  return [line.join(" "), ...others.map((name) => `device ${spec} ${name}`)];
}
