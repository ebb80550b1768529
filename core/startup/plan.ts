import { err, ok, type Result } from "../../base/result.ts";
import type { DssCause } from "./dss.ts";
import { type PlannedDevice, planDevices } from "./planDevices.ts";
import { type PlannedUnit, planUnits } from "./planUnits.ts";
import type { ServiceState } from "./serviceState.ts";
import { conflictingShare } from "./sharedGrants.ts";

/** What a service makes of its configuration and its board: units to program, devices behind them, tables to build. */
export interface Plan {
  readonly units: readonly PlannedUnit[];
  /** Devices of the configuration in its order, then those that only the board lists. */
  readonly devices: readonly PlannedDevice[];
  /** Those of `devices` that are granted anything; each has a unit. */
  readonly tables: readonly PlannedDevice[];
}

/** The plan of a service whose board has answered, or why it cannot start. */
export function planOf(service: ServiceState): Result<Plan, DssCause> {
  const { config, board } = service;
  if (config === null || board === null) return NOTHING_KNOWN;
  const known = plans.get(board);
  if (known !== undefined && known.config === config) return known.plan;
  const plan = makePlan(service);
  plans.set(board, { config, plan });
  return plan;
}

// Both are immutable values of the service: the plan is asked for at each step.
const plans = new WeakMap<object, { readonly config: object; readonly plan: Result<Plan, DssCause> }>();

const NOTHING_KNOWN: Result<Plan, DssCause> = ok({ units: [], devices: [], tables: [] });

function makePlan(service: ServiceState): Result<Plan, DssCause> {
  const units = planUnits(service);
  if (!units.ok) return err(units.error);
  const devices = planDevices(service, units.value);
  if (!devices.ok) return err(devices.error);
  const conflict = conflictingShare(devices.value);
  if (conflict !== null) return err(conflict);
  const tables = devices.value.filter(({ grants }) => grants.length > 0);
  return ok({ units: units.value, devices: devices.value, tables });
}
