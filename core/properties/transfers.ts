import type { Outcome, PermittedVia, TransferPermitted } from "../../events/outcome.ts";
import type { DmaStimulus } from "../../events/stimulus.ts";
import { type Access, covers, NO_ACCESS, neededAccess, unionAccess } from "../../events/vocabulary/access.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { AddressSpace } from "../parts/addressSpace.ts";
import type { DeviceState, IommuState } from "../state.ts";
import { rulesOf } from "../units/families.ts";
import type { MachineStep, SafetyProperty } from "./property.ts";

/**
 * What transfers may do. The judge here shares nothing with the one that decides: it asks every table there is, page by
 * page, whether anything stands for what was permitted.
 */
export const TRANSFER_PROPERTIES: readonly SafetyProperty[] = [
  {
    kind: "step",
    name: "no transfer is permitted that no grant, start-up grant, reserved region, bypass or open window covers",
    requirements: ["PUR-1", "CM-6", "CM-11", "G-33"],
    stimuli: ["dma"],
    outcomes: ["TransferPermitted"],
    holds: (step) => permitted(step, (dma, how) => isJustified(step.before, dma, how.via)),
  },
  {
    kind: "step",
    name: "a transfer goes where its grant leads, and nowhere else",
    requirements: ["CM-15", "CM-16"],
    stimuli: ["dma"],
    outcomes: ["TransferPermitted"],
    holds: (step) =>
      permitted(step, (dma, { via, target }) => {
        if (target.offset !== dma.bytes.firstOffset) return false;
        const page = dma.bytes.firstPage as number;
        if (via !== "grant") return target.page === page;
        return tablesOf(step.before, dma.device).some((table) => {
          const run = table.at(page);
          return run !== null && page + run.value.delta === target.page;
        });
      }),
  },
  {
    kind: "step",
    name: "a transfer is judged once and changes no table",
    requirements: ["FLT-1"],
    stimuli: ["dma"],
    holds: ({ before, stimulus, outcomes, after }) => {
      if (stimulus.kind !== "dma") return true;
      const isOnce = outcomes.filter(isVerdict).length === 1;
      return isOnce && (hasSameTables(before, after) || tablesText(before) === tablesText(after));
    },
  },
  {
    kind: "step",
    name: "what is revoked is refused at once, and what a cache may still hold of it is remembered",
    requirements: ["contract 2 rule 6", "G-26"],
    outcomes: ["MappingRemoved"],
    holds: ({ before, outcomes, after }) =>
      outcomes.every((outcome) => {
        if (outcome.kind !== "MappingRemoved") return true;
        const { object, firstPage, lastPage } = outcome;
        const held = before.objects.get(object)?.space.within(firstPage, lastPage) ?? [];
        const now = after.objects.get(object)?.space;
        if (now === undefined) return true;
        return (
          now.within(firstPage, lastPage).length === 0 &&
          held.every(({ first, value }) =>
            now
              .staleAt(first)
              ?.value.some(({ grant }) => grant.delta === value.delta && grant.access === value.access),
          )
        );
      }),
  },
  sometimes("a transfer is permitted by a grant", ["PUR-1"], ({ outcomes }) =>
    outcomes.some((outcome) => outcome.kind === "TransferPermitted" && outcome.via === "grant"),
  ),
  sometimes("a transfer passes while its window is open", ["PUR-5"], ({ outcomes }) =>
    outcomes.some((outcome) => outcome.kind === "TransferPermitted" && outcome.via !== "grant"),
  ),
  sometimes("a transfer is refused for want of a grant", ["G-33"], ({ outcomes }) =>
    outcomes.some((outcome) => outcome.kind === "TransferDenied"),
  ),
  sometimes("a transfer is refused for want of a right", ["PUR-3"], ({ outcomes }) =>
    outcomes.some((outcome) => outcome.kind === "TransferDenied" && outcome.reason === "permission"),
  ),
];

/** A `sometimes` sentence. */
export function sometimes(
  name: string,
  requirements: readonly string[],
  shows: (step: MachineStep) => boolean,
): SafetyProperty {
  return { kind: "sometimes", name, requirements, shows };
}

function permitted(
  { stimulus, outcomes }: MachineStep,
  isGood: (dma: DmaStimulus, how: TransferPermitted) => boolean,
): boolean {
  if (stimulus.kind !== "dma") return true;
  return outcomes.every((outcome) => outcome.kind !== "TransferPermitted" || isGood(stimulus, outcome));
}

function isVerdict({ kind }: Outcome): boolean {
  return kind === "TransferPermitted" || kind === "TransferDenied" || kind === "InterruptRaised";
}

function isJustified(state: IommuState, dma: DmaStimulus, via: PermittedVia): boolean {
  const device = state.devices.get(dma.device);
  switch (via) {
    case "grant":
      return isGranted(state, dma);
    case "undescribed":
      return !state.described;
    case "translation-off":
      return state.described && !translates(state, device);
    case "pass-through":
      return device?.passthrough === true;
    case "bypass":
      return device?.identified !== true && (state.service?.units ?? []).some(({ bypass }) => bypass);
    case "no-unit":
      return state.service?.units != null && device?.unit == null;
  }
}

function isGranted(state: IommuState, { device, bytes, access }: DmaStimulus): boolean {
  const tables = tablesOf(state, device);
  const rules = rulesOf(state.family);
  const needed = neededAccess(access);
  // A page is enough where a transfer is short; of a long one its ends and what lies at the edges of grants.
  for (let page: number = bytes.firstPage; page <= bytes.lastPage; ) {
    let held: Access = NO_ACCESS;
    for (const table of tables) held = unionAccess(held, table.at(page)?.value.access ?? NO_ACCESS);
    if (!covers(rules.effectiveAccess(held), needed)) return false;
    page = Math.min(...tables.map((table) => table.nextEdge(page)), (bytes.lastPage as number) + 1);
  }
  return true;
}

/** Every table that can stand for a device's transfers, its own and those of devices that nobody can tell from it. */
export function tablesOf(state: IommuState, name: DeviceName): AddressSpace[] {
  const own = state.devices.get(name);
  const tables: AddressSpace[] = [];
  for (const [other, device] of state.devices) {
    const isSame = other === name || (device.identifiers ?? []).some((id) => own?.identifiers?.includes(id));
    if (!isSame) continue;
    if (device.startup !== null) tables.push(device.startup);
    if (device.reserved !== null) tables.push(device.reserved);
    const object = device.object === null ? undefined : state.objects.get(device.object);
    if (object !== undefined && !object.awaitingReissue.includes(other)) tables.push(object.space);
  }
  return tables;
}

function translates(state: IommuState, device: DeviceState | undefined): boolean {
  const own = device?.unit == null ? undefined : state.units.get(device.unit);
  const units = own === undefined ? [...state.units.values()] : [own];
  if (units.length === 0) return state.translationOfAll ?? true;
  return units.some(({ translation }) => translation ?? state.translationOfAll ?? true);
}

// The same values are the same tables; most steps share them.
function hasSameTables(before: IommuState, after: IommuState): boolean {
  if (before.objects !== after.objects) return false;
  if (before.devices === after.devices) return true;
  return [...after.devices].every(
    ([name, { startup }]) => startup === (before.devices.get(name)?.startup ?? null),
  );
}

function tablesText(state: IommuState): string {
  const objects = [...state.objects].map(([name, { space }]) => `${name}:${space.canonicalRuns()}`);
  // A device that nobody told of begins to exist with its first transfer, and with nothing granted.
  const devices = [...state.devices].flatMap(([name, { startup }]) =>
    startup === null ? [] : [`${name}:${startup.canonicalRuns()}`],
  );
  return [...objects, ...devices].join(";");
}
