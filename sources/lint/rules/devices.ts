import type { Diagnostic } from "../../../base/diagnostic.ts";
import type { BoardDevice } from "../../../events/vocabulary/boardFacts.ts";
import { type DeviceName, pciDevice, pciParts } from "../../../events/vocabulary/device.ts";
import { GrantComparison } from "../../config/effective/grants.ts";
import type { EffectiveDevice } from "../../config/effective.ts";
import { decimalForm } from "../../config/optionReaders/device.ts";
import { formatPlace } from "../../config/origin.ts";
import { type BoardSubject, type Controller, coveringUnits, isCovered } from "../boardSubject.ts";
import { lintProblem } from "../problem.ts";

const LISTED_MAX = 6;

/** Devices that the board does not have, as far as it lists any of the kind. */
export function unknownDevices({ config, around, board }: BoardSubject): Diagnostic[] {
  // Firmware tables name some devices; only a board file says which there are.
  const { pci, mmio } = board.json;
  const known = new Map(around.board.devices.map((device) => [device.device, device]));
  const listed = around.board.devices.filter((device) => device.listed);
  return config.devices.flatMap((device) => {
    if (known.get(device.device)?.listed !== false) return [];
    const isPci = device.device.startsWith("pci:");
    if ((isPci ? pci : mmio).length === 0) return [];
    const kind = listed.filter((other) => other.device.startsWith(isPci ? "pci:" : "mmio:"));
    const what = isPci ? "PCI function" : "device";
    const message = `the board has no ${what} ${shown(device.device)}`;
    const meant = isPci ? otherRadix(device.device, listed) : null;
    const some = kind.slice(0, LISTED_MAX).map(told).join(", ");
    const hint =
      meant === null
        ? `it has ${some}${kind.length > LISTED_MAX ? ", ..." : ""}`
        : `numbers in device lines are decimal (NUM-5): the board's ${told(meant)} is device ${decimalForm(meant.device)}`;
    return [lintProblem(isPci ? "LNT202" : "LNT203", device.origin, message, hint)];
  });
}

function shown(device: DeviceName): string {
  const decimal = decimalForm(device);
  return device.startsWith("pci:") ? `${decimal} (lspci: ${device.slice("pci:".length)})` : decimal;
}

function told({ device, note }: BoardDevice): string {
  return `${decimalForm(device)}${note === null ? "" : ` (${note.slice(0, 64)})`}`;
}

// `lspci` shows 00:12.0, which somebody wrote as pci:0:12.0 and which is read as 00:0c.0.
function otherRadix(device: DeviceName, listed: readonly BoardDevice[]): BoardDevice | null {
  const { segment, bus, device: number, fn } = pciParts(device)!;
  const other = Number.parseInt(`${number}`, 16);
  const otherBus = Number.parseInt(`${bus}`, 16);
  const candidates = [
    ...(other <= 31 ? [pciDevice(segment, bus, other, fn)] : []),
    ...(other <= 31 && otherBus <= 255 ? [pciDevice(segment, otherBus, other, fn)] : []),
  ];
  return listed.find((each) => candidates.includes(each.device) && each.device !== device) ?? null;
}

/** Devices in front of which no unit stands, or of which nobody can tell which one (hardware 1.8, G-1). */
export function uncontrolled({ config, controllers, around, usesBoardUnits }: BoardSubject): Diagnostic[] {
  const hasUnits = config.units.length > 0 || (usesBoardUnits && around.board.units.length > 0);
  if (!hasUnits) return []; // told once for all
  return controllers.flatMap(({ device, board, by, unit }) => {
    if (device.uses.length > 0) return [];
    const name = decimalForm(device.device);
    if (board.answer === "undecided") {
      const taken = unit === null ? "" : `; ${unit.name}, which is in front of everything else, is taken`;
      const message = `which unit is in front of ${name} cannot be told: the board's table names units behind bridges${taken}`;
      const hint = `name the bridge's buses in a board file ("buses" of its "pci" entry), or the unit: device ${name} use NAME`;
      return [lintProblem("LNT204", device.origin, message, hint)];
    }
    if (by !== "none") return [];
    const why =
      board.answer === "none"
        ? "the board says that none is in front of it"
        : "neither the board nor the configuration says which one is";
    const message = `no unit controls ${name}: ${why}, so start-up ends in the DSS, and its DMA is unrestricted (hardware 1.8)`;
    const hint =
      config.units.length === 0
        ? "check the device's number; a device behind no unit cannot be confined"
        : `if one is, name it: device ${name} use ${config.units[0]!.name}`;
    return [lintProblem("LNT201", device.origin, message, hint)];
  });
}

/** What the configuration says of a device's unit or identifier, where the board says otherwise. */
export function otherwiseOnBoard({ controllers }: BoardSubject): Diagnostic[] {
  return controllers.flatMap((controller) => [...otherUnit(controller), ...otherIdentifier(controller)]);
}

function otherUnit({ device, board, own, unit, by }: Controller): Diagnostic[] {
  if (by !== "use" || board.answer !== "unit" || board.unit === null) return [];
  if (unit === null || unit.name === board.unit) return [];
  const alias = own!.name === unit.name ? "" : `, the board's ${unit.name}`;
  const message = `${decimalForm(device.device)} uses ${own!.name}${alias}; the board has ${board.unit} in front of it`;
  const hint =
    "correct the use, or the board's description; a unit that is not in front of the device does not confine it";
  return [lintProblem("LNT205", device.uses[0]!.origin, message, hint)];
}

function otherIdentifier({ device, board, unit }: Controller): Diagnostic[] {
  if (board.identifiers.length === 0 || (unit !== null && board.unit !== null && unit.name !== board.unit))
    return [];
  return device.uses.flatMap(({ parameter, origin, unit: name }) => {
    if (parameter === null || board.identifiers.includes(parameter)) return [];
    const known = board.identifiers.slice(0, LISTED_MAX).join(", ");
    const message = `${decimalForm(device.device)} uses identifier ${parameter} of ${name}; the board says ${known}`;
    const hint = `write use ${name} ${board.identifiers[0]}, unless the board's description is wrong`;
    return [lintProblem("LNT206", origin, message, hint)];
  });
}

/** Identifiers that the board gives: two devices with one must have the same grants, and a reserved one is nobody's. */
export function boardIdentifiers({ config, controllers }: BoardSubject): Diagnostic[] {
  const found: Diagnostic[] = [];
  const groups = new Map<string, EffectiveDevice[]>();
  for (const { device, board, own, unit } of controllers) {
    // One that the configuration gives is judged with the configuration alone (CFG410, CFG411).
    if (device.uses.some(({ parameter }) => parameter !== null)) continue;
    const reserved = own?.parameters.type === "armsmmu" ? own.parameters.reservedStreamIds : [];
    for (const id of board.identifiers) {
      if (reserved.includes(id)) {
        const message = `the board gives ${decimalForm(device.device)} StreamID ${id}, which unit ${own!.name} reserves for the system (ARM-7; ${formatPlace(own!.origin)})`;
        found.push(
          lintProblem(
            "LNT208",
            device.origin,
            message,
            "take it out of the unit's res_sid, or give the device another StreamID",
          ),
        );
      }
      const key = `${own?.name ?? unit?.name ?? ""} ${id}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [device]);
      else group.push(device);
    }
  }
  const comparison = new GrantComparison(config);
  for (const [key, devices] of groups) {
    if (devices.length < 2 || comparison.same(devices)) continue;
    const names = devices
      .slice(0, 3)
      .map(({ device }) => decimalForm(device))
      .join(", ");
    const message = `${names} share the identifier ${key.slice(key.lastIndexOf(" ") + 1)} on this board, but have different grants: each would have the other's`;
    found.push(lintProblem("LNT207", devices[1]!.origin, message, "give them the same sets (G-14)"));
  }
  return found;
}

/** Devices of the board that the configuration does not speak of: they are denied everything once translation is on. */
export function unconfigured({ config, around }: BoardSubject): Diagnostic[] {
  const named = new Set<string>(config.devices.map(({ device }) => device));
  const reserved = new Set(around.board.reserved.flatMap(({ devices }) => devices));
  const covering = coveringUnits(around.board.units);
  const left = around.board.devices.filter(({ device, listed, answer }) => {
    const isBehind = answer === "unit" || covering.some(({ covers }) => isCovered(covers!, device));
    return listed && isBehind && !named.has(device) && !reserved.has(device);
  });
  const [last] = config.devices.slice(-1);
  if (left.length === 0 || last === undefined) return [];
  const some = left.slice(0, LISTED_MAX).map(told).join(", ");
  const more = left.length > LISTED_MAX ? ` and ${left.length - LISTED_MAX} more` : "";
  const message = `the configuration does not speak of ${some}${more}: once translation is on, all ${left.length === 1 ? "its" : "their"} transfers are denied until a client grants memory`;
  return [
    lintProblem(
      "LNT209",
      last.origin,
      message,
      `add device ${decimalForm(left[0]!.device)} and its sets, or leave it to a client`,
    ),
  ];
}
