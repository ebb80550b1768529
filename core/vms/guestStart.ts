import { unreachable } from "../../base/assert.ts";
import type { Outcome } from "../../events/outcome.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { GuestService } from "../../events/vmEvents.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { Component } from "../../events/vocabulary/service.ts";
import type { Answer, Question } from "../../events/vocabulary/startupQuestion.ts";
import { evolve } from "../evolve.ts";
import type { AddressSpace } from "../parts/addressSpace.ts";
import { VDEV_UNIT } from "../startup/planUnits.ts";
import { type IommuState, initialState } from "../state.ts";
import type { MachineRules } from "./rules.ts";

/** What surrounds the service of a guest: its VM, and the host behind the vdev. */
export interface GuestSurroundings {
  readonly host: IommuState;
  readonly memory: AddressSpace;
  readonly vdev: boolean;
  /** The VM's own pass-through devices that the host's service knows. */
  readonly devices: readonly DeviceName[];
  /** The host's service runs and the VM is its client (HG-3.3). */
  readonly isAttached: boolean;
}

/**
 * The start-up of a guest's service, from launch to ready or DSS: what its machine makes of it, in order (HG-3). The
 * vdev and the VM answer its questions; nothing of the host changes by it.
 */
export function startGuest(
  { host, ...surroundings }: GuestSurroundings,
  service: GuestService,
  rules: MachineRules,
): readonly Outcome[] {
  let state = initialState(host.family);
  const all: Outcome[] = [];
  const tell = (stimulus: Stimulus): readonly Outcome[] => {
    const outcomes = rules.decide(rules.viewOf(state), stimulus);
    for (const outcome of outcomes) state = evolve(state, outcome, 0);
    all.push(...outcomes);
    return outcomes;
  };
  for (const device of surroundings.devices) tell({ kind: "device", device, unit: null });
  let outcomes = tell({ kind: "service.start", service: service.name, arguments: service.arguments });
  for (;;) {
    const asked = outcomes.find((outcome) => outcome.kind === "Asked");
    if (asked === undefined) break;
    const { step, question } = asked;
    if (question.ask === "configuration") {
      // A configuration that never ends leaves its question open: the service stays where it is, and grants nothing.
      outcomes = [];
      for (const told of service.config) outcomes = tell(told);
      if (service.config.at(-1)?.kind !== "config.end") break;
    } else
      outcomes = tell({
        kind: "answer",
        step,
        answer: answerOf(question, { host, ...surroundings }, service, state),
      });
  }
  // Who shares an identifier in the host shares it here: the hardware is the same (LIM-4).
  for (const device of surroundings.devices) {
    const identifiers = host.devices.get(device)?.identifiers ?? null;
    if (identifiers === null) continue;
    all.push({ kind: "DeviceAdded", device, unit: VDEV_UNIT, identifiers: [...identifiers] });
  }
  return all;
}

function answerOf(
  question: Question,
  surroundings: GuestSurroundings,
  service: GuestService,
  state: IommuState,
): Answer {
  const { host, vdev, devices, isAttached } = surroundings;
  switch (question.ask) {
    case "second-instance":
      return { to: question.ask, running: false };
    case "vdev":
      return { to: question.ask, present: vdev, inGuest: true, architecture: architectureOf(host) };
    case "vdev-host-service":
    case "vdev-attached":
      return { to: question.ask, confirmed: isAttached };
    case "vdev-components":
      return { to: question.ask, components: service.components ?? [UNTOLD] };
    // The one library that a guest loads, libfdt.so (HG-6), is taken to be in its image.
    case "library":
      return { to: question.ask, found: true, loadable: true, certified: true };
    case "components":
      return { to: question.ask, components: [] };
    case "soc":
      return { to: question.ask, soc: null };
    case "board":
      return { to: question.ask, board: boardOf(devices, host) };
    case "program": {
      const failed = refusalOf(surroundings, state);
      return failed === null ? { to: question.ask, done: true } : { to: question.ask, failed };
    }
    case "memory":
    case "enable":
    case "abilities":
    case "name":
    case "user":
      return { to: question.ask, done: true };
    case "configuration":
      return { to: question.ask, failed: "it is told, not asked for" };
    default:
      return unreachable(question, "question");
  }
}

// G-2: what nobody told counts as not certified.
const UNTOLD: Component = { name: "the host's components, of which nothing was told", certified: false };

/** The VM presents its pass-through devices, and nothing else that does DMA (ST-7). */
function boardOf(
  devices: readonly DeviceName[],
  host: IommuState,
): Extract<Answer, { to: "board"; board: unknown }>["board"] {
  return {
    architecture: architectureOf(host),
    units: [],
    devices: devices.map((device) => {
      return { device, listed: true, unit: null, answer: "unknown", identifiers: [], note: null };
    }),
    reserved: [],
    image: [],
    damaged: [],
  };
}

function architectureOf({ family }: IommuState): "x86" | "arm" {
  return family === "vtd" || family === "amdvi" ? "x86" : "arm";
}

/** Why the vdev refuses what the guest's start-up wants programmed; null: it does not (HV-6, G-36). */
function refusalOf({ memory, devices }: GuestSurroundings, guest: IommuState): string | null {
  for (const [device, { startup, unit }] of guest.devices) {
    if (unit === null && startup === null) continue;
    if (!devices.includes(device)) return `${device} is not passed through to this VM`;
    for (const { first, last } of startup?.mappings() ?? [])
      if (!holds(memory, first, last)) return `${device} is to reach memory that the VM does not have (G-36)`;
  }
  return null;
}

/** Whether a VM has all of a run of guest-physical pages. */
export function holds(memory: AddressSpace, first: number, last: number): boolean {
  let next = first;
  for (const part of memory.within(first, last)) {
    if (part.first > next) return false;
    next = part.last + 1;
  }
  return next > last;
}
