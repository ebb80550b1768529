import { err, ok, type Result } from "../../base/result.ts";
import type { BoardDevice } from "../../events/vocabulary/boardFacts.ts";
import type { ConfigDevice, ConfigPlace } from "../../events/vocabulary/configFacts.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { UnitName } from "../../events/vocabulary/names.ts";
import { isCovered } from "./coverage.ts";
import type { DssCause } from "./dss.ts";
import { GrantPlanner, type PlannedGrant } from "./planGrants.ts";
import { type PlannedUnit, VDEV_UNIT } from "./planUnits.ts";
import type { ServiceState } from "./serviceState.ts";

/** One device, the unit that controls it, and what it gets at start-up. */
export interface PlannedDevice {
  readonly device: DeviceName;
  readonly unit: UnitName | null;
  readonly by: "use" | "board" | "covers" | "only-unit" | "library" | "vdev" | "none";
  /** How units tell it apart: StreamIDs, micro-TLBs. Empty: by its own name, or as a library knows. */
  readonly identifiers: readonly Identifier[];
  readonly configured: boolean;
  /** False for a device that the board does not list, where it lists any. */
  readonly listed: boolean;
  readonly grants: readonly PlannedGrant[];
  readonly told: ConfigPlace | null;
}

/** A unit's own number for a device. */
export interface Identifier {
  readonly unit: UnitName;
  readonly id: number;
}

/** Resolves every device to its unit (G-1, G-9) and gathers its grants; refuses what cannot be confined as asked. */
export function planDevices(
  service: ServiceState,
  units: readonly PlannedUnit[],
): Result<readonly PlannedDevice[], DssCause> {
  const config = service.config!;
  const known = new Map(service.board!.devices.map((device) => [device.device, device]));
  const resolver = new Resolver(service, units, known);
  const grants = new GrantPlanner(service);
  const devices: PlannedDevice[] = [];
  for (const device of config.devices) {
    const name = device.device as DeviceName;
    const found = resolver.configured(device, name);
    if (found.unit === null) return err(unresolved(device, known.get(name), units));
    const reservedStream = forbiddenStream(units, found.identifiers);
    if (reservedStream !== null) return err(reservedId(device, reservedStream));
    const planned = grants.of(name, device);
    if (!planned.ok) return err(planned.error);
    devices.push({
      device: name,
      ...found,
      configured: true,
      listed: known.get(name)?.listed ?? false,
      grants: planned.value,
      told: device.origin,
    });
  }
  const named = new Set<string>(config.devices.map(({ device }) => device));
  for (const board of known.values()) {
    if (!board.listed || named.has(board.device)) continue;
    const planned = grants.of(board.device, null);
    if (!planned.ok) return err(planned.error);
    const found = resolver.onBoard(board.device);
    devices.push({
      device: board.device,
      ...found,
      configured: false,
      listed: true,
      // Memory that a device must always be able to use means nothing where nothing restricts it.
      grants: found.unit === null ? [] : planned.value,
      told: null,
    });
  }
  return ok(devices);
}

type Resolution = Pick<PlannedDevice, "unit" | "by" | "identifiers">;

const NO_UNIT: Resolution = { unit: null, by: "none", identifiers: [] };

class Resolver {
  readonly #service: ServiceState;
  readonly #units: readonly PlannedUnit[];
  readonly #known: ReadonlyMap<DeviceName, BoardDevice>;

  constructor(
    service: ServiceState,
    units: readonly PlannedUnit[],
    known: ReadonlyMap<DeviceName, BoardDevice>,
  ) {
    this.#service = service;
    this.#units = units;
    this.#known = known;
  }

  configured(device: ConfigDevice, name: DeviceName): Resolution {
    const identifiers = device.uses.flatMap(({ unit, use }) =>
      use === null ? [] : [{ unit: unit as UnitName, id: Number(use) }],
    );
    const [first] = device.uses;
    if (first === undefined) return this.onBoard(name);
    const unit = this.#units.find((each) => each.unit === first.unit);
    if (unit === undefined) return NO_UNIT;
    if (identifiers.length > 0 || !unit.hasLibrary) return { unit: unit.unit, by: "use", identifiers };
    // ARM-5: the StreamID is not in the configuration, so it comes from the library, or from the board.
    return { unit: unit.unit, by: "library", identifiers: this.#boardIdentifier(name, unit.unit) };
  }

  /** By what the board says: its own entry for the device, what a unit covers, or because there is but one unit. */
  onBoard(name: DeviceName): Resolution {
    if (this.#service.placement === "guest") return { unit: VDEV_UNIT, by: "vdev", identifiers: [] };
    const board = this.#known.get(name);
    const told =
      board?.unit == null ? undefined : this.#units.find(({ boardUnit }) => boardUnit?.name === board.unit);
    if (told !== undefined)
      return { unit: told.unit, by: "board", identifiers: this.#boardIdentifier(name, told.unit) };
    const covering = this.#units.find(({ covers }) => covers !== null && isCovered(covers, name));
    if (covering !== undefined) return { unit: covering.unit, by: "covers", identifiers: [] };
    const [only] = this.#units;
    if (this.#units.length !== 1 || only === undefined || only.covers !== null) return NO_UNIT;
    // With one unit of which nobody says whom it covers there is no doubt which one it is.
    if (only.hasLibrary) return { unit: only.unit, by: "library", identifiers: [] };
    const ownName = this.#service.config?.smmu?.type === "vtd" && name.startsWith("pci:");
    return ownName ? { unit: only.unit, by: "only-unit", identifiers: [] } : NO_UNIT;
  }

  #boardIdentifier(name: DeviceName, unit: UnitName): readonly Identifier[] {
    return (this.#known.get(name)?.identifiers ?? []).map((id) => ({ unit, id }));
  }
}

function forbiddenStream(
  units: readonly PlannedUnit[],
  identifiers: readonly Identifier[],
): Identifier | null {
  return (
    identifiers.find(({ unit, id }) =>
      units.find((each) => each.unit === unit)?.reservedStreamIds.includes(id),
    ) ?? null
  );
}

function reservedId({ device, origin }: ConfigDevice, { unit, id }: Identifier): DssCause {
  const detail = `StreamID ${id} of ${device} is reserved for the system by unit ${unit}`;
  return { reason: "configuration-error", requirement: "ARM-7", detail, told: origin };
}

function unresolved(
  { device, origin }: ConfigDevice,
  board: BoardDevice | undefined,
  units: readonly PlannedUnit[],
): DssCause {
  const why =
    board?.answer === "undecided"
      ? "the board's table names units behind bridges, and nobody says which buses are behind those"
      : board?.answer === "none"
        ? "the board says that none is in front of it"
        : `none of ${units.map(({ unit }) => unit).join(", ")} is known to be in front of it`;
  const detail = `${device} is configured, but no unit controls it: ${why}`;
  return { reason: "configuration-error", requirement: "G-1", detail, told: origin };
}
