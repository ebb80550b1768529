import { err, ok, type Result } from "../../base/result.ts";
import type { BoardFacts, BoardUnit, CoveredRange } from "../../events/vocabulary/boardFacts.ts";
import type { ConfigFacts, ConfigPlace, ConfigUnit } from "../../events/vocabulary/configFacts.ts";
import { type UnitName, unitName } from "../../events/vocabulary/names.ts";
import type { DssCause } from "./dss.ts";
import { FAMILY_OF_TYPE } from "./families.ts";
import type { ServiceState } from "./serviceState.ts";

/** One unit that the service will program. */
export interface PlannedUnit {
  readonly unit: UnitName;
  readonly from: "board" | "configuration" | "vdev";
  readonly base: string | null;
  readonly addressWidth: number | null;
  /** The board's unit that is, or was, in its place. */
  readonly boardUnit: BoardUnit | null;
  readonly bypass: boolean;
  readonly reservedStreamIds: readonly number[];
  /** A configuration library knows the board's StreamIDs (ARM-5). */
  readonly hasLibrary: boolean;
  readonly covers: readonly CoveredRange[] | null;
  readonly told: ConfigPlace | null;
}

/** The unit that a guest's service programs (HG-3.1). */
export const VDEV_UNIT: UnitName = unitName("vdev-smmu");

/** How the configuration wants ACPI tables used (X86-1). */
export function acpiUse(config: ConfigFacts): "require" | "ignore" | "optional" {
  const [word] = config.smmu?.type === "vtd" ? config.smmu.parameters : [];
  return word === "require" || word === "ignore" ? word : "optional";
}

/** The units to program: the board's, item by item replaced by the configuration's (LANG-9, G-10); at least one (G-1). */
export function planUnits(service: ServiceState): Result<readonly PlannedUnit[], DssCause> {
  const config = service.config!;
  const board = service.board!;
  if (service.placement === "guest") return ok([VDEV]);
  const told = config.smmu?.origin ?? null;
  const use = acpiUse(config);
  if (use !== "ignore" && board.damaged.length > 0) {
    const requirement = use === "require" ? "X86-6" : "DSS-1";
    return err({ reason: "board-error", requirement, detail: board.damaged[0]!, told });
  }
  const fromBoard = use === "ignore" ? [] : unitsOfFamily(board, config);
  if (use === "require" && fromBoard.length === 0) {
    const detail = "smmu vtd require: the ACPI tables describe no usable VT-d unit";
    return err({ reason: "board-error", requirement: "X86-6", detail, told });
  }
  if (use === "ignore" && config.units.length === 0) {
    const detail = "smmu vtd ignore: ACPI is ignored and the configuration declares no unit";
    return err({ reason: "configuration-error", requirement: "X86-6", detail, told });
  }
  const units = merge(fromBoard, config.units);
  if (units.length > 0) return ok(units);
  const detail = "neither the board nor the configuration has a unit to program";
  return err({ reason: "board-error", requirement: "G-1", detail, told });
}

const VDEV: PlannedUnit = {
  unit: VDEV_UNIT,
  from: "vdev",
  base: null,
  addressWidth: null,
  boardUnit: null,
  bypass: false,
  reservedStreamIds: [],
  hasLibrary: false,
  covers: [{ kind: "all" }],
  told: null,
};

function unitsOfFamily(board: BoardFacts, config: ConfigFacts): readonly BoardUnit[] {
  const family = FAMILY_OF_TYPE[config.smmu?.type ?? ""] ?? null;
  return board.units.filter((unit) => family === null || unit.family === family);
}

function merge(fromBoard: readonly BoardUnit[], fromConfig: readonly ConfigUnit[]): PlannedUnit[] {
  const overridden = new Map<BoardUnit, ConfigUnit>();
  for (const unit of fromConfig) {
    const same =
      fromBoard.find(({ base }) => base !== null && base === unit.base) ??
      fromBoard.find(({ name }) => name === unit.name);
    if (same !== undefined && !overridden.has(same)) overridden.set(same, unit);
  }
  const used = new Set<string>(fromConfig.map(({ name }) => name));
  const units = fromBoard.map((unit) => {
    const by = overridden.get(unit);
    if (by !== undefined) return configured(by, unit);
    // A name of the configuration's means the configuration's unit.
    const name = used.has(unit.name) ? `${unit.name}@${unit.base ?? "board"}` : unit.name;
    return asBoardSays(unit, unitName(name));
  });
  const replacing = new Set(overridden.values());
  return [
    ...units,
    ...fromConfig.filter((unit) => !replacing.has(unit)).map((unit) => configured(unit, null)),
  ];
}

function asBoardSays(unit: BoardUnit, name: UnitName): PlannedUnit {
  return {
    unit: name,
    from: "board",
    base: unit.base,
    addressWidth: unit.addressWidth,
    boardUnit: unit,
    bypass: false,
    reservedStreamIds: [],
    hasLibrary: false,
    covers: unit.covers,
    told: null,
  };
}

function configured({ name, base, parameters, origin }: ConfigUnit, board: BoardUnit | null): PlannedUnit {
  return {
    unit: unitName(name),
    from: "configuration",
    base: base ?? board?.base ?? null,
    addressWidth: board?.addressWidth ?? null,
    boardUnit: board,
    bypass: parameters.bypass === 1,
    reservedStreamIds: parameters.res_sid ?? [],
    hasLibrary: parameters.cfg_dll != null,
    covers: board?.covers ?? null,
    told: origin,
  };
}
