import type { Outcome } from "../../events/outcome.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { UnitName } from "../../events/vocabulary/names.ts";
import type { ServiceState } from "../startup/serviceState.ts";
import type { IommuState } from "../state.ts";
import type { MachineStep, SafetyProperty } from "./property.ts";
import { pagesText, tableText } from "./reference/pages.ts";
import { fateOf, isDue } from "./reference/startup.ts";
import { givenAtStartup } from "./reference/startupGrants.ts";

/** The start-up beside a second reading of the guide, step by step. */
export const STARTUP_PROPERTIES: readonly SafetyProperty[] = [
  {
    kind: "step",
    name: "a service goes on, or ends for that reason, as a reading of the guide says",
    requirements: ["HG-2", "HG-3", "SAF-1", "SAF-2", "SAF-8", "SAF-8a", "DSS-3", "G-2", "G-6", "G-7", "G-44"],
    hostAlone: true,
    holds: (step) => isFated(step),
  },
  {
    kind: "step",
    name: "a service asks what is due, and is ready when nothing is",
    requirements: ["HG-1", "SAF-1", "G-4", "G-34", "ST-6"],
    holds: ({ before, outcomes, after: { service, devices } }) => {
      if (service === null || before.service === service) return true;
      if (service.phase === "starting")
        return service.asked !== null && isDue(service, service.asked, tablesDue(service, devices));
      const isReady = before.service?.phase === "starting" && service.phase === "running";
      return !isReady || (isDue(service, null, tablesDue(service, devices)) && saidReady(outcomes, service));
    },
  },
  {
    kind: "step",
    name: "when translation is enabled a device has what its configuration and its board give it, page by page",
    requirements: ["ALW-2", "ALW-3", "ALW-4", "DEV-2", "RSV-1", "RSV-5", "HG-3.2", "CM-12", "G-10", "G-34"],
    outcomes: ["UnitEnabled", "ServiceReady"],
    holds: ({ outcomes, after: { service, devices } }) =>
      service === null ||
      !outcomes.some(({ kind }) => kind === "UnitEnabled" || kind === "ServiceReady") ||
      [...devices].every(([name, { unit, startup, reserved }]) => {
        const given = givenAtStartup(service, name, unit);
        return (
          tableText(startup) === pagesText(given.startup) && tableText(reserved) === pagesText(given.reserved)
        );
      }),
  },
  {
    kind: "step",
    name: "a unit begins to translate when its service has enabled it, and not before",
    requirements: ["PUR-5", "G-34"],
    holds: ({ before, stimulus, outcomes, after }) => {
      if (after.service === null || before.units === after.units || stimulus.kind === "translation")
        return true;
      const enabled = outcomes.flatMap((outcome) =>
        outcome.kind === "UnitEnabled" ? [outcome.unit as string] : [],
      );
      const isAsked =
        stimulus.kind === "answer" && stimulus.answer.to === "enable" && !("failed" in stimulus.answer);
      return (
        (enabled.length === 0 || isAsked) &&
        [...after.units].every(([name]) => {
          const was = before.units.has(name) && isOn(before, name);
          return isOn(after, name) === (was || enabled.includes(name)) || stimulus.kind === "unit";
        })
      );
    },
  },
  {
    kind: "step",
    name: "once a service is ready, no window of a device that its units control is open",
    requirements: ["PUR-5", "G-34"],
    outcomes: ["ServiceReady"],
    holds: ({ outcomes, after: { service, devices } }) =>
      !outcomes.some(({ kind }) => kind === "ServiceReady") ||
      [...devices.values()].every(
        ({ unit, identified, window }) =>
          unit === null ||
          window === null ||
          window.closedAt !== null ||
          (!identified && service?.units?.some((each) => each.unit === unit && each.bypass) === true),
      ),
  },
];

/** What a unit that was never switched does is what all were told; doubt denies (G-33). */
function isOn({ units, translationOfAll }: IommuState, name: UnitName): boolean {
  return units.get(name)?.translation ?? translationOfAll ?? true;
}

function isFated({ before, stimulus, after }: MachineStep): boolean {
  const [then, now] = [before.service, after.service];
  if (then === now && !(stimulus.kind in MOVING)) return true;
  const fate = fateOf(then, stimulus);
  switch (fate.kind) {
    case "depends":
      return true;
    case "unmoved":
      return isSame(then, now) || isDeserted(then, stimulus, now);
    case "ends":
      return now?.phase === "dss" && now.dss?.reason === fate.reason;
    case "goes on": {
      if (now === null || now.phase === "dss") return false;
      const counted = { ...then?.answered };
      if (fate.counts !== null) counted[fate.counts] = (counted[fate.counts] ?? 0) + 1;
      return (
        JSON.stringify(sortedEntries(now.answered)) === JSON.stringify(sortedEntries(counted)) &&
        Object.entries(fate.now ?? {}).every(
          ([name, value]) => JSON.stringify(now[name as keyof ServiceState]) === JSON.stringify(value),
        )
      );
    }
  }
}

/** A guest's service asks its vdev for what a client wants, and finds that no service runs in the host any more. */
function isDeserted(
  then: ServiceState | null,
  { kind }: MachineStep["stimulus"],
  now: ServiceState | null,
): boolean {
  return then?.placement === "guest" && kind === "call" && now?.dss?.reason === "unit-failure";
}

const MOVING = { "service.start": 1, fail: 1, "config.problem": 1, "config.end": 1, answer: 1 };

function sortedEntries(counts: object): unknown {
  return Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
}

function isSame(then: ServiceState | null, now: ServiceState | null): boolean {
  return then === now || JSON.stringify(then) === JSON.stringify(now);
}

/** How many devices need tables: those that start-up gives anything. */
function tablesDue(service: ServiceState, devices: IommuState["devices"]): number {
  if (service.units === null) return 0;
  const named = new Set<DeviceName>([
    ...(service.config?.devices ?? []).map(({ device }) => device as DeviceName),
    ...devices.keys(),
  ]);
  return [...named].filter((name) => {
    const { startup, reserved } = givenAtStartup(service, name, devices.get(name)?.unit ?? null);
    return startup.length + reserved.length > 0;
  }).length;
}

// FG-2, G-3: in the background the launching command returns then, with 0.
function saidReady(outcomes: readonly Outcome[], { config }: ServiceState): boolean {
  const ready = outcomes.find((outcome) => outcome.kind === "ServiceReady");
  return ready !== undefined && ready.exitStatus === (config?.foreground === true ? null : 0);
}
