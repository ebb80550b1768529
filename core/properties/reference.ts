import type { CallStimulus, ExitStimulus } from "../../events/clientEvents.ts";
import type { Outcome } from "../../events/outcome.ts";
import type { IommuState } from "../state.ts";
import type { MachineStep, SafetyProperty } from "./property.ts";
import { type Expected, expectedOf, expectedOfExit } from "./reference/calls.ts";
import { isDelivered } from "./reference/faults.ts";
import { changedAs } from "./reference/frame.ts";
import { judged } from "./reference/judge.ts";
import { tableText } from "./reference/pages.ts";
import { vmWith } from "./reference/vm.ts";

/**
 * The machine beside a second reading of the specification: slow, page by page and byte by byte, over plain lists. What
 * the rules decide must be what that reading says, so that a rule that is bent shows even where nothing forbids the outcome.
 */
export const REFERENCE_PROPERTIES: readonly SafetyProperty[] = [
  {
    kind: "step",
    name: "a transfer is judged as a reading of the rules page by page judges it",
    requirements: ["PUR-2", "PUR-3", "CM-2", "CM-6", "CM-11", "G-33", "LIM-6"],
    stimuli: ["dma"],
    holds: ({ before, stimulus, outcomes }) => {
      // What a guest and its VM have to say of a passed device is another sentence.
      if (stimulus.kind !== "dma" || vmWith(before, stimulus.device) !== null) return true;
      const wanted = judged(before, stimulus);
      const [verdict] = outcomes;
      switch (verdict?.kind) {
        case "TransferPermitted":
          return (
            wanted.kind === "permitted" &&
            wanted.via === verdict.via &&
            wanted.page === verdict.target.page &&
            wanted.since === verdict.grantedAt &&
            verdict.target.offset === stimulus.bytes.firstOffset
          );
        case "TransferDenied": {
          if (wanted.kind !== "denied") return false;
          const offset = wanted.page === stimulus.bytes.firstPage ? stimulus.bytes.firstOffset : 0;
          const isThere = verdict.at.page === wanted.page && verdict.at.offset === offset;
          return isThere && verdict.reason === wanted.reason && verdict.code === wanted.code;
        }
        default:
          return verdict?.kind === "InterruptRaised" && wanted.kind === "interrupt";
      }
    },
  },
  {
    kind: "step",
    name: "a call returns what a reading of the API byte by byte says",
    requirements: [
      "API-1",
      "API-5",
      "API-6",
      "API-8",
      "API-9",
      "API-11",
      "API-12",
      "CM-7",
      "CM-9",
      "G-27",
      "G-38",
    ],
    stimuli: ["call"],
    holds: (step) =>
      eachCall(step, (call, before, _after, outcomes) =>
        returnsAs(outcomes, refusedByVdev(before, call, outcomes) ?? expectedOf(before, call)),
      ),
  },
  {
    kind: "step",
    name: "a call changes the tables, places and clients that such a reading says, and nothing else",
    requirements: ["CM-2", "CM-8", "CM-12", "CM-13", "CM-16", "G-25", "G-26", "G-28", "G-29", "G-35"],
    stimuli: ["call"],
    holds: (step) =>
      eachCall(step, (call, before, after, outcomes) =>
        changedAs(
          before,
          after,
          call.client,
          refusedByVdev(before, call, outcomes) ?? expectedOf(before, call),
        ),
      ),
  },
  {
    kind: "step",
    name: "a client that dies takes with it what is its own, and nothing else",
    requirements: ["G-28", "G-8"],
    stimuli: ["exit"],
    holds: ({ before, stimulus, after }) =>
      stimulus.kind !== "exit" ||
      isInVm(before, stimulus) ||
      isHypervisor(before, stimulus) ||
      changedAs(before, after, stimulus.client, expectedOfExit(before, stimulus.client)),
  },
  {
    kind: "step",
    name: "each connected client gets the record of a refused transfer, or is told that one was dropped",
    requirements: ["FLT-1", "FLT-3", "FLT-4", "FLT-5", "FLT-8"],
    outcomes: ["TransferDenied"],
    holds: ({ before, outcomes, after }) =>
      before.clients.size === 0 ||
      [...before.units.values()].some(({ faults }) => faults !== null) ||
      outcomes.every((outcome) => outcome.kind !== "TransferDenied" || isDelivered(before, after, outcome)),
  },
  {
    kind: "step",
    name: "a failure of the service changes no table, no place and no switch: units stay as they were programmed",
    requirements: ["G-8", "DSS-5"],
    stimuli: ["fail"],
    holds: ({ before, stimulus, after }) => stimulus.kind !== "fail" || hasSameHardware(before, after),
  },
];

function returnsAs(outcomes: readonly Outcome[], expected: Expected): boolean {
  const returned = outcomes.find((outcome) => outcome.kind === "CallReturned");
  if (returned === undefined || returned.errno !== expected.errno) return false;
  if (expected.returns !== undefined && returned.returns !== expected.returns) return false;
  const wrote = returned.wrote as { readonly [member: string]: unknown } | null;
  return Object.entries(expected.wrote ?? {}).every(
    ([name, value]) => String(wrote?.[name]) === String(value),
  );
}

/**
 * The unit of a guest's machine is a vdev, which refuses what reaches beyond the VM (G-36) and does not answer where no
 * service runs in the host. The guest's own machine cannot know; another sentence asks the VM. Null: it was not refused so.
 */
function refusedByVdev(
  { service }: IommuState,
  { call }: CallStimulus,
  outcomes: readonly Outcome[],
): Expected | null {
  if (service?.placement !== "guest" || call.function === "smmu_safety") return null;
  const errno = outcomes.find((outcome) => outcome.kind === "CallReturned")?.errno ?? null;
  return errno === "EBADF" || (errno === "EINVAL" && call.function === "smmu_mapping_add") ? { errno } : null;
}

/** A call of a client of this machine; one in a VM is its guest's matter. */
function eachCall(
  { before, stimulus, outcomes, after }: MachineStep,
  holds: (call: CallStimulus, before: IommuState, after: IommuState, outcomes: readonly Outcome[]) => boolean,
): boolean {
  if (stimulus.kind !== "call") return true;
  return isInVm(before, stimulus) || holds(stimulus, before, after, outcomes);
}

function isInVm(state: IommuState, { client }: CallStimulus | ExitStimulus): boolean {
  return (state.clients.get(client)?.vm ?? null) !== null;
}

/** A hypervisor takes its VM along when it dies; that is another sentence. */
function isHypervisor({ vms }: IommuState, { client }: ExitStimulus): boolean {
  return [...vms.values()].some((vm) => vm.running && vm.client === client);
}

function hasSameHardware(before: IommuState, after: IommuState): boolean {
  if (before.units !== after.units)
    for (const [name, { translation }] of before.units)
      if (after.units.get(name)?.translation !== translation) return false;
  if (before.objects !== after.objects)
    for (const [name, { space }] of before.objects)
      if (tableText(after.objects.get(name)?.space) !== tableText(space)) return false;
  if (before.devices !== after.devices)
    for (const [name, { object, startup, reserved }] of before.devices) {
      const now = after.devices.get(name);
      if (now?.object !== object) return false;
      if (tableText(now.startup) !== tableText(startup) || tableText(now.reserved) !== tableText(reserved))
        return false;
    }
  return true;
}
