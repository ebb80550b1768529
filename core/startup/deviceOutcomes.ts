import type { Outcome } from "../../events/outcome.ts";
import type { Access } from "../../events/vocabulary/access.ts";
import { formatAccess } from "../../events/vocabulary/access.ts";
import { formatRange, pageRange } from "../../events/vocabulary/byteRange.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { UnitName } from "../../events/vocabulary/names.ts";
import type { IommuState } from "../state.ts";
import { rulesOf } from "../units/families.ts";
import { debugMessage, message } from "./messages.ts";
import { planOf } from "./plan.ts";
import type { PlannedGrant } from "./planGrants.ts";
import type { ServiceState } from "./serviceState.ts";

/** The tables of a device are built: everything that start-up grants it, rounded as the library does (CM-12). */
export function deviceTables(
  state: IommuState,
  service: ServiceState,
  unit: UnitName,
  device: DeviceName,
): readonly Outcome[] {
  const plan = planOf(service);
  // Tables are asked for in the plan's order, those of the units first.
  const planned = plan.ok
    ? plan.value.tables[(service.answered.memory ?? 0) - plan.value.units.length]
    : undefined;
  const grants = planned?.grants ?? [];
  return [
    { kind: "TablesBuilt", unit, device },
    ...grants.flatMap((grant) => granted(state, service, device, grant)),
  ];
}

/** Translation of a unit is on: from here on the devices behind it are confined (PUR-5). */
export function unitEnabled(state: IommuState, service: ServiceState, unit: UnitName): readonly Outcome[] {
  const plan = planOf(service);
  const behind = plan.ok ? plan.value.devices.filter((device) => device.unit === unit) : [];
  return [
    { kind: "UnitEnabled", unit },
    { kind: "TranslationSwitched", unit, enabled: true },
    ...behind
      .filter(({ device }) => !passesUnidentified(state, service, device, unit))
      .map(
        ({ device }): Outcome => ({
          kind: "DeviceConfined",
          device,
          unit,
          since: state.devices.get(device)?.window?.openedAt ?? 0,
        }),
      ),
    ...debugMessage(service, 1, `translation of unit ${unit} is enabled`),
  ];
}

function passesUnidentified(
  state: IommuState,
  service: ServiceState,
  device: DeviceName,
  unit: UnitName,
): boolean {
  const bypass = service.units?.some((each) => each.unit === unit && each.bypass) ?? false;
  return bypass && state.devices.get(device)?.identified !== true;
}

function granted(
  state: IommuState,
  service: ServiceState,
  device: DeviceName,
  { bytes, access, by, name, told }: PlannedGrant,
): readonly Outcome[] {
  const { firstPage, lastPage } = bytes;
  const outcomes: Outcome[] = [
    { kind: "StartupGranted", device, firstPage, lastPage, access, requested: bytes, by, name, told },
    ...debugMessage(service, 2, `${device}: ${formatRange(bytes)} ${formatAccess(access)}, by ${by} ${name}`),
  ];
  const effective = rulesOf(state.family).effectiveAccess(access);
  const widened = (requirement: string, text: string, to: Access): readonly Outcome[] => [
    {
      kind: "GrantWidened",
      device,
      requested: bytes,
      requestedAccess: access,
      firstPage,
      lastPage,
      access: to,
      requirement,
    },
    message(service, "info", `${device}: ${text}`),
  ];
  if (bytes.firstOffset !== 0 || bytes.lastOffset !== 0xfff) {
    const pages = formatRange(pageRange(firstPage, lastPage));
    outcomes.push(...widened("CM-12", `${formatRange(bytes)} becomes the whole pages ${pages}`, access));
  }
  if (effective !== access) {
    const text = `${formatRange(bytes)} asks for ${formatAccess(access)}, which the unit can only grant as ${formatAccess(effective)}`;
    outcomes.push(...widened("RCR-5", text, effective));
  }
  return outcomes;
}
