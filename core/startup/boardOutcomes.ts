import type { Outcome } from "../../events/outcome.ts";
import { parseAddress } from "../../events/vocabulary/address.ts";
import type { BoardFacts } from "../../events/vocabulary/boardFacts.ts";
import type { Answered } from "./answered.ts";
import { debugMessage, message } from "./messages.ts";
import { namedSocs } from "./nextStep.ts";
import { type Plan, planOf } from "./plan.ts";
import type { PlannedDevice } from "./planDevices.ts";
import { acpiUse, type PlannedUnit } from "./planUnits.ts";
import type { ServiceState } from "./serviceState.ts";

/** What follows from the board's answer: the units there are, the devices behind them, and what stays open. */
export function boardFacts(service: ServiceState, board: BoardFacts): Answered {
  const read: Outcome = { kind: "BoardRead", board };
  const plan = planOf({ ...service, board });
  if (!plan.ok) return { kind: "dss", facts: [read], cause: plan.error };
  const facts: Outcome[] = [
    read,
    ...relaxations(service, board),
    // As firmware left them: until a unit is enabled, nothing restricts what is behind it (PUR-5).
    { kind: "TranslationSwitched", unit: null, enabled: false },
    ...plan.value.units.flatMap((unit) => unitOutcomes(service, unit)),
    ...deviceOutcomes(service, board, plan.value),
    ...undecidedRegions(service, board),
  ];
  return { kind: "facts", facts };
}

function relaxations(service: ServiceState, board: BoardFacts): readonly Outcome[] {
  const config = service.config!;
  const outcomes: Outcome[] = [];
  const relaxed = (what: "acpi-ignored" | "soc-unchecked", detail: string, requirement: string) =>
    outcomes.push(
      { kind: "ProtectionRelaxed", what, detail, requirement },
      message(service, "warning", detail),
    );
  if (service.placement === "guest") return outcomes;
  if (acpiUse(config) === "ignore") {
    const regions = board.reserved.length;
    const lost = regions === 0 ? "" : `, and ${regions} reserved region${regions === 1 ? "" : "s"} with it`;
    relaxed(
      "acpi-ignored",
      `the board's ${board.units.length} units are ignored${lost} (smmu vtd ignore)`,
      "G-10",
    );
  }
  if (config.smmu?.type === "rcar3" && namedSocs(service).length === 0)
    relaxed("soc-unchecked", "the configuration names no chip, so none was checked", "G-22");
  return outcomes;
}

function unitOutcomes(service: ServiceState, unit: PlannedUnit): readonly Outcome[] {
  const { unit: name, from, base, addressWidth, boardUnit, bypass, reservedStreamIds, covers, told } = unit;
  const overrides = from === "configuration" ? (boardUnit?.name ?? null) : null;
  const outcomes: Outcome[] = [
    { kind: "UnitAdded", unit: name, base: base === null ? null : parseAddress(base), addressWidth },
    { kind: "UnitResolved", unit: name, from, overrides, bypass, reservedStreamIds, covers, told },
    ...debugMessage(service, 1, `unit ${name} at ${base ?? "an unknown address"}, by the ${from}`),
  ];
  if (!bypass) return outcomes;
  const detail = `unit ${name} lets streams that are not identified bypass it: a DMA master that is not listed reaches all memory`;
  return [
    ...outcomes,
    { kind: "ProtectionRelaxed", what: "bypass", detail, requirement: "G-19" },
    message(service, "warning", detail),
  ];
}

function deviceOutcomes(
  service: ServiceState,
  board: BoardFacts,
  { devices, units }: Plan,
): readonly Outcome[] {
  const isListing = board.devices.some(({ listed }) => listed);
  // Where nobody says whom a unit covers, a device without a unit of its own is taken as behind it (G-33).
  const isOpen = units.every(({ covers }) => covers !== null);
  return devices.flatMap((device) => [
    resolved(device),
    ...(device.unit === null && isOpen
      ? [message(service, "warning", `no unit controls ${device.device}: nothing restricts its DMA`)]
      : []),
    ...(device.configured && isListing && !device.listed
      ? [message(service, "warning", `${device.device} is configured, but the board does not list it`)]
      : []),
    ...debugMessage(service, 2, `${device.device}: unit ${device.unit ?? "none"}, by ${device.by}`),
  ]);
}

// Not granted: who may not be meant gets nothing. But a device that misses its region fails in ways that are hard to see.
function undecidedRegions(service: ServiceState, board: BoardFacts): readonly Outcome[] {
  if (service.placement === "guest") return [];
  const configured = new Set(service.config!.devices.map(({ device }) => device));
  return board.reserved.flatMap(({ start, length, undecided, source }) =>
    undecided
      .filter((device) => configured.has(device))
      .map((device) => {
        const text = `${start}+${length} (${source}) may be reserved for ${device}, which the table names behind a bridge; it is not granted`;
        return message(service, "warning", text);
      }),
  );
}

function resolved({ device, unit, by, identifiers, configured, told }: PlannedDevice): Outcome {
  return {
    kind: "DeviceResolved",
    device,
    unit,
    by,
    identifiers: identifiers.map((each) => `${each.unit} ${each.id}`),
    configured,
    told,
  };
}
