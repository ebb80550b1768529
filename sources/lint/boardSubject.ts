import type { Diagnostic } from "../../base/diagnostic.ts";
import type {
  BoardDevice,
  BoardUnit,
  CoveredRange,
  Surroundings,
} from "../../events/vocabulary/boardFacts.ts";
import { type DeviceName, pciParts, sourceIdOf } from "../../events/vocabulary/device.ts";
import type { Family } from "../../events/vocabulary/family.ts";
import type { Board } from "../board/board.ts";
import { surroundings } from "../board/surroundings.ts";
import { pagesOf } from "../config/effective/grants.ts";
import type { EffectiveConfig, EffectiveDevice, EffectiveUnit } from "../config/effective.ts";
import { hex } from "../config/numbers.ts";
import type { ConfigOption, SmmuType } from "../config/options.ts";
import type { Origin } from "../config/origin.ts";
import { type MemoryMap, memoryMap } from "./memoryMap.ts";
import type { Pages } from "./pages.ts";

/** Memory that a configuration opens to devices. */
export interface Grant extends Pages {
  readonly devices: readonly EffectiveDevice[];
  readonly read: boolean;
  readonly write: boolean;
  /** `allow "smbs0"`, `the reserved region`: for messages. */
  readonly told: string;
  /** The same range elsewhere, as a line: `allow smbs0 RANGE,st`. */
  readonly line: (range: string) => string;
  readonly origin: Origin;
}

/** The unit in front of a device, as the service would find it. */
export interface Controller {
  readonly device: EffectiveDevice;
  readonly board: BoardDevice;
  /** The configuration's own unit, or the board's; both where one takes the place of the other. */
  readonly own: EffectiveUnit | null;
  readonly unit: BoardUnit | null;
  readonly by: "use" | "board" | "covers" | "only-unit" | "library" | "none";
}

/** A configuration and the board it is for. */
export interface BoardSubject {
  readonly config: EffectiveConfig;
  readonly options: readonly ConfigOption[];
  readonly board: Board;
  readonly around: Surroundings;
  readonly map: MemoryMap;
  readonly grants: readonly Grant[];
  readonly controllers: readonly Controller[];
  /** What the configuration wants with ACPI tables: `ignore` leaves the board's units and regions out (X86-1). */
  readonly usesBoardUnits: boolean;
}

/** One thing to look for. */
export type BoardRule = (subject: BoardSubject) => Diagnostic[];

const FAMILY: { readonly [type in SmmuType]: Family } = { vtd: "vtd", armsmmu: "smmuv2", rcar3: "ipmmu" };

/** The family of units that the configuration's library drives; null where that is not known. */
export function familyOf({ smmu }: EffectiveConfig): Family | null {
  const type = smmu?.parameters.type;
  return type === undefined || type === "unknown" ? null : FAMILY[type];
}

/** Indexes a configuration and its board once for all rules. */
export function boardSubject(
  config: EffectiveConfig,
  options: readonly ConfigOption[],
  board: Board,
): BoardSubject {
  const around = surroundings(
    board,
    config.devices.map(({ device }) => device),
  );
  const acpi = config.smmu?.parameters.type === "vtd" ? config.smmu.parameters.acpi : "optional";
  const usesBoardUnits = acpi !== "ignore";
  return {
    config,
    options,
    board,
    around,
    map: memoryMap(board, around.board),
    grants: grantsOf(config),
    controllers: new Controllers(config, around, usesBoardUnits).all(),
    usesBoardUnits,
  };
}

function grantsOf(config: EffectiveConfig): Grant[] {
  const users = new Map<string, EffectiveDevice[]>();
  for (const device of config.devices) {
    for (const { name } of device.allow) {
      const list = users.get(name);
      if (list === undefined) users.set(name, [device]);
      else list.push(device);
    }
  }
  const sets = config.allow.flatMap((entry): Grant[] => {
    const pages = pagesOf(entry);
    const devices = users.get(entry.name);
    if (pages === null || devices === undefined) return [];
    const { source: read, target: write, origin, name } = entry;
    const letters = `${read ? "s" : ""}${write ? "t" : ""}`;
    const line = (range: string) => `allow ${name} ${range},${letters}`;
    return [{ ...pages, devices, read, write, told: `allow "${name}"`, line, origin }];
  });
  const regions = config.devices.flatMap((device) =>
    device.reserved.flatMap((region): Grant[] => {
      const pages = pagesOf(region);
      if (pages === null) return [];
      const line = (range: string) => `reserved ${range}`;
      return [
        {
          ...pages,
          devices: [device],
          read: true,
          write: true,
          told: "the reserved region",
          line,
          origin: region.origin,
        },
      ];
    }),
  );
  return [...sets, ...regions];
}

/** Whether a device is among the requesters that a unit covers. */
export function isCovered(covers: readonly CoveredRange[], device: DeviceName): boolean {
  const id = sourceIdOf(device);
  const segment = pciParts(device)?.segment;
  return covers.some((range) => {
    if (range.kind === "all") return true;
    return id !== null && segment === range.segment && range.first <= id && id <= range.last;
  });
}

/** Resolves devices as the service does: by `use`, by the board, by what a unit covers, or because there is but one. */
class Controllers {
  readonly #config: EffectiveConfig;
  readonly #known: ReadonlyMap<DeviceName, BoardDevice>;
  readonly #units: readonly BoardUnit[];
  readonly #byName: ReadonlyMap<string, BoardUnit>;
  readonly #byBase: ReadonlyMap<string | null, BoardUnit>;
  readonly #covering: readonly BoardUnit[];
  /** The configuration's unit for each of the board's that it takes the place of. */
  readonly #replacing: ReadonlyMap<BoardUnit, EffectiveUnit>;

  constructor(config: EffectiveConfig, around: Surroundings, usesBoardUnits: boolean) {
    this.#config = config;
    this.#known = new Map(around.board.devices.map((device) => [device.device, device]));
    const family = familyOf(config);
    this.#units = usesBoardUnits
      ? around.board.units.filter((unit) => family === null || unit.family === family)
      : [];
    this.#byName = new Map(this.#units.map((unit) => [unit.name, unit]));
    this.#byBase = new Map(this.#units.flatMap((unit) => (unit.base === null ? [] : [[unit.base, unit]])));
    this.#covering = coveringUnits(this.#units);
    this.#replacing = new Map(
      config.units.toReversed().flatMap((own) => {
        const unit = this.#replaced(own);
        return unit === null ? [] : [[unit, own] as const];
      }),
    );
  }

  all(): Controller[] {
    return this.#config.devices.map((device) => this.#of(device));
  }

  #of(device: EffectiveDevice): Controller {
    const board = this.#known.get(device.device)!;
    const [use] = device.uses;
    if (use !== undefined) {
      const own = this.#config.units.find(({ name }) => name === use.unit) ?? null;
      const unit = own === null ? null : this.#replaced(own);
      return { device, board, own, unit, by: own === null ? "none" : "use" };
    }
    const told = board.unit === null || board.answer !== "unit" ? undefined : this.#byName.get(board.unit);
    if (told !== undefined)
      return { device, board, own: this.#replacing.get(told) ?? null, unit: told, by: "board" };
    const covering = this.#covering.find(({ covers }) => isCovered(covers!, device.device));
    if (covering !== undefined)
      return { device, board, own: this.#replacing.get(covering) ?? null, unit: covering, by: "covers" };
    return this.#onlyUnit(device, board);
  }

  #onlyUnit(device: EffectiveDevice, board: BoardDevice): Controller {
    const none: Controller = { device, board, own: null, unit: null, by: "none" };
    const replacing = new Set(this.#replacing.values());
    const added = this.#config.units.filter((own) => !replacing.has(own));
    if (this.#units.length + added.length !== 1) return none;
    const [unit = null] = this.#units;
    if (unit !== null && unit.covers !== null) return none;
    const own = (unit === null ? added[0] : this.#replacing.get(unit)) ?? null;
    const parameters = own?.parameters;
    if (parameters?.type === "armsmmu" && parameters.library !== null)
      return { ...none, unit, own, by: "library" };
    const isOwn = familyOf(this.#config) === "vtd" && device.device.startsWith("pci:");
    return isOwn ? { ...none, unit, own, by: "only-unit" } : none;
  }

  // The unit of the board that one of the configuration takes the place of: the same registers, else the same name.
  #replaced(own: EffectiveUnit): BoardUnit | null {
    const base = own.parameters.type === "unknown" ? null : hex(own.parameters.base);
    return (base === null ? undefined : this.#byBase.get(base)) ?? this.#byName.get(own.name) ?? null;
  }
}

/** How many units are asked whether they cover a device; no machine has as many. */
const COVERING_MAX = 256;

/** The units that cover whole ranges of requesters. */
export function coveringUnits(units: readonly BoardUnit[]): readonly BoardUnit[] {
  return units.filter(({ covers }) => covers !== null && covers.length > 0).slice(0, COVERING_MAX);
}
