import { type Diagnostic, quote } from "../../../base/diagnostic.ts";
import { closest } from "../closest.ts";
import type { EffectiveConfig, EffectiveUse } from "../effective.ts";
import { decimalForm } from "../optionReaders/device.ts";
import { OPTION_WORDS } from "../optionWords.ts";
import { formatPlace } from "../origin.ts";
import { problem } from "../problem.ts";
import { type Draft, type DraftDevice, sameUse } from "./draft.ts";
import { sharedIdentifiers } from "./sharedIdentifiers.ts";

/** What the options say together that the service refuses. `config` is what `draft` comes to. */
export function checkConsistency(draft: Draft, config: EffectiveConfig): Diagnostic[] {
  const devices = [...draft.devices.values()];
  const defined = new Set([...draft.allow.map((entry) => entry.name), ...draft.excused.allow]);
  return [
    ...draft.problems,
    ...(draft.excused.anyAllow ? [] : devices.flatMap((device) => undefinedSets(defined, device))),
    ...devices.flatMap((device) => differentUses(draft, device)),
    ...devices.flatMap((device) => device.uses.flatMap((use) => badIdentifier(draft, device, use))),
    ...mmioUnderVtd(draft, devices),
    ...openBypass(draft),
    ...writeOnly(draft, devices),
    ...conflictingShares(config),
  ];
}

// G-9: any order, as long as every name is defined at the end.
function undefinedSets(defined: ReadonlySet<string>, device: DraftDevice): Diagnostic[] {
  return device.allow.flatMap(({ name, origin }) => {
    if (defined.has(name)) return [];
    const near = closest(name, defined);
    const option = closest(name, OPTION_WORDS);
    const hint =
      near !== null
        ? `did you mean device ${decimalForm(device.device)} ${near}?`
        : option !== null
          ? `if the option "${option}" was meant, correct its spelling; else define the set: allow ${name} start,len`
          : `define it: allow ${name.slice(0, 64)} start,len,st`;
    return [problem("CFG404", origin, `no allow set has the name ${quote(name)}`, hint)];
  });
}

// G-23: several `use` of one device line apply together; another line with others contradicts it.
function differentUses(draft: Draft, device: DraftDevice): Diagnostic[] {
  const found: Diagnostic[] = [];
  const withUses = device.statements.filter((statement) => statement.uses.length > 0);
  const first = withUses[0];
  for (const other of withUses.slice(1)) {
    const isSame = first!.uses.every((use) => other.uses.some((held) => sameUse(use, held)));
    if (isSame && other.uses.every((use) => first!.uses.some((held) => sameUse(use, held)))) continue;
    const message = `device ${decimalForm(device.device)} uses ${told(other.uses)} here and ${told(first!.uses)} at ${formatPlace(first!.origin)}`;
    const hint = "put every use of a device after one device line; those of one line apply together";
    found.push(problem("CFG409", other.uses[0]!.origin, message, hint));
  }
  const units = new Set(device.uses.map((use) => use.unit));
  if (draft.smmu?.parameters.type === "vtd" && units.size > 1 && found.length === 0) {
    const message = `device ${decimalForm(device.device)} uses ${units.size} units: ${told(device.uses)}`;
    found.push(
      problem("CFG409", device.uses[1]!.origin, message, "a PCI function is behind one unit; keep that one"),
    );
  }
  return found;
}

function told(uses: readonly EffectiveUse[]): string {
  const shown = uses
    .slice(0, 4)
    .map(({ unit, parameter }) => `${unit}${parameter === null ? "" : ` ${parameter}`}`);
  return `${shown.join(", ")}${uses.length > 4 ? ", ..." : ""}`;
}

function badIdentifier(draft: Draft, device: DraftDevice, use: EffectiveUse): Diagnostic[] {
  const unit = draft.unitByName.get(use.unit)?.parameters;
  if (unit?.type !== "armsmmu") return [];
  if (use.parameter === null) {
    if (unit.library !== null) return []; // the library knows the board's StreamIDs (ARM-5)
    const hint = `write use ${use.unit} 5 with the device's StreamID, or name the unit's configuration library (cfg_dll)`;
    return [
      problem(
        "CFG408",
        use.origin,
        `armsmmu needs the StreamID after unit "${use.unit}", which has no library to ask`,
        hint,
      ),
    ];
  }
  if (!unit.reservedStreamIds.includes(use.parameter)) return [];
  const where = formatPlace(draft.unitByName.get(use.unit)!.origin);
  const message = `StreamID ${use.parameter} of device ${decimalForm(device.device)} is reserved for the system by unit "${use.unit}" (${where})`;
  return [
    problem(
      "CFG411",
      use.origin,
      message,
      "correct the StreamID, or take it out of the unit's res_sid (ARM-7)",
    ),
  ];
}

function mmioUnderVtd(draft: Draft, devices: readonly DraftDevice[]): Diagnostic[] {
  if (draft.smmu?.parameters.type !== "vtd") return [];
  return devices.flatMap((device) => {
    if (!device.device.startsWith("mmio:")) return [];
    const message = `device ${decimalForm(device.device)} under VT-d, which cannot tell one MMIO device from another (X86-5)`;
    const hint = "name the PCI function that does the DMA: device pci:bus:dev.func";
    return [problem("CFG412", device.origin, message, hint)];
  });
}

function openBypass(draft: Draft): Diagnostic[] {
  if (draft.context.service !== "smmuman-safety") return [];
  return draft.units.flatMap(({ name, parameters }) => {
    if (parameters.type !== "armsmmu" || !parameters.bypass.value) return [];
    const message = `unit "${name}" lets streams that are not identified bypass the SMMU: every DMA master not listed reaches all memory`;
    return [problem("CFG413", parameters.bypass.origin, message, "smmuman-safety refuses bypass 1; write 0")];
  });
}

function writeOnly(draft: Draft, devices: readonly DraftDevice[]): Diagnostic[] {
  if (draft.context.service !== "smmuman-safety" || draft.smmu?.parameters.type !== "rcar3") return [];
  const used = new Set(devices.flatMap((device) => device.allow.map(({ name }) => name)));
  return draft.allow.flatMap((entry) => {
    if (entry.source || !entry.target || !used.has(entry.name)) return [];
    const message = `allow "${entry.name}" is write-only, which R-Car cannot do: its devices can read the range as well (RCR-5)`;
    return [
      problem(
        "CFG414",
        entry.origin,
        message,
        "write st, if reading is acceptable; smmuman-safety refuses t alone",
      ),
    ];
  });
}

// G-14, G-23: behind one identifier the hardware sees one device, so its grants are those of all.
function conflictingShares(config: EffectiveConfig): Diagnostic[] {
  return sharedIdentifiers(config).flatMap(({ devices, sameGrants, what }) => {
    if (sameGrants) return [];
    const [first, second] = devices;
    const more = devices.length > 2 ? ` and ${devices.length - 2} more` : "";
    const message = `devices ${decimalForm(first!.device)} (${formatPlace(first!.origin)}) and ${decimalForm(second!.device)}${more} share ${what} but have different grants`;
    const hint =
      "the hardware cannot tell them apart: give them the same allow sets, or different identifiers";
    return [problem("CFG410", second!.use, message, hint)];
  });
}
