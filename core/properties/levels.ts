import type { CallStimulus } from "../../events/clientEvents.ts";
import type { Outcome } from "../../events/outcome.ts";
import type { VmName } from "../../events/vocabulary/names.ts";
import type { IommuState } from "../state.ts";
import type { MachineStep, SafetyProperty } from "./property.ts";
import { type Expected, expectedOf } from "./reference/calls.ts";
import { changedAs } from "./reference/frame.ts";
import { listed, pagesText, tableText } from "./reference/pages.ts";
import { composed, isWithin, mayStart, passesAll, vmWith } from "./reference/vm.ts";

/** Virtual machines: what is a VM's and what its guest makes of it, level by level. */
export const LEVEL_PROPERTIES: readonly SafetyProperty[] = [
  {
    kind: "step",
    name: "a VM's devices have the whole of its memory until its guest narrows them, and then what guest and VM both grant",
    requirements: ["HV-1", "HV-3", "HV-4", "HV-13"],
    holds: ({ before, after }) => {
      // In the Design Safe State nobody follows a guest any more (G-8).
      if (after.vms.size === 0 || (after.service !== null && after.service.phase !== "running")) return true;
      if (before.vms === after.vms && before.objects === after.objects) return true;
      return [...after.vms.values()].every((vm) => {
        if (!vm.running || vm.client === null) return true;
        const whole = vm.whole === null ? undefined : after.objects.get(vm.whole);
        const rights = after.family === "vtd" || after.family === "amdvi" ? 3 : 7;
        const memory = listed(vm.memory).map(({ first, last, value: { delta } }) => {
          return { first, last, delta, access: rights };
        });
        if (whole !== undefined && tableText(whole.space) !== pagesText(memory)) return false;
        // Whoever is still in the object of the whole VM is one that its guest does not restrict.
        const isLeft = [...after.devices].some(
          ([name, { object }]) => object !== null && object === vm.whole && composed(vm, name) !== null,
        );
        if (isLeft) return false;
        return vm.narrowed.every(([device, object]) => {
          const wanted = composed(vm, device);
          const own = after.objects.get(object);
          return wanted === null || own === undefined || tableText(own.space) === pagesText(wanted);
        });
      });
    },
  },
  {
    kind: "step",
    name: "a transfer of a passed device passes the guest's table, the VM's memory and the host's table, or none",
    requirements: ["HV-6", "HV-7", "HV-13"],
    stimuli: ["dma"],
    holds: ({ before, stimulus, outcomes }) => {
      if (stimulus.kind !== "dma" || before.vms.size === 0) return true;
      const vm = vmWith(before, stimulus.device);
      const [verdict] = outcomes;
      if (vm === null || verdict === undefined) return true;
      if (verdict.kind === "TransferPermitted")
        return verdict.via !== "grant" || passesAll(before, vm, stimulus);
      return verdict.kind !== "TransferDenied" || !passesAll(before, vm, stimulus);
    },
  },
  {
    kind: "step",
    name: "a call in a guest is answered by the guest's own tables, and refused whole where it reaches beyond the VM",
    requirements: ["HV-4", "HV-5", "HV-6", "G-36"],
    stimuli: ["call"],
    holds: (step) => isAnsweredInGuest(step),
  },
  {
    kind: "step",
    name: "a VM starts only with memory of its own pages and devices that nobody else has",
    requirements: ["HV-8", "HV-11", "HV-12"],
    stimuli: ["vm"],
    holds: ({ before, stimulus, outcomes }) => {
      if (stimulus.kind !== "vm") return true;
      const may = mayStart(before, stimulus);
      const isStarted = outcomes.some(({ kind }) => kind === "VmStarted");
      return may === null || may === isStarted;
    },
  },
  {
    kind: "step",
    name: "a VM that ends leaves its devices without access, and its hypervisor and processes nothing",
    requirements: ["G-28", "HV-2"],
    outcomes: ["VmEnded"],
    holds: ({ before, outcomes, after }) =>
      outcomes.every((outcome) => {
        if (outcome.kind !== "VmEnded") return true;
        const vm = before.vms.get(outcome.vm);
        if ([...after.clients.values()].some((client) => client.vm === outcome.vm)) return false;
        if (vm?.client == null) return true;
        if (after.clients.has(vm.client)) return false;
        const isUp = before.service === null || before.service.phase === "running";
        return !isUp || [...after.objects.values()].every(({ client }) => client !== vm.client);
      }),
  },
];

function isAnsweredInGuest({ before, stimulus, outcomes, after }: MachineStep): boolean {
  if (stimulus.kind !== "call") return true;
  const name = before.clients.get(stimulus.client)?.vm ?? null;
  if (name === null) return true;
  const vm = before.vms.get(name);
  const [then, now] = [vm?.guest ?? null, after.vms.get(name)?.guest ?? null];
  if (vm === undefined || !vm.running || then === null) return errnoOf(outcomes) === "EBADF";
  // Where no service runs in the host the vdev does not answer, which is a failure of the guest's own unit.
  if (now === null || vm.client === null || (before.service !== null && before.service.phase !== "running"))
    return true;
  const inner = outcomes.flatMap((outcome) => (isIn(name, outcome) ? [outcome.outcome] : []));
  const expected = boundedBy(vm, then, stimulus);
  return errnoOf(inner) === expected.errno && changedAs(then, now, stimulus.client, expected);
}

/** What the guest's machine should make of it, unless it reaches beyond the VM (G-36). */
function boundedBy(
  vm: NonNullable<ReturnType<IommuState["vms"]["get"]>>,
  guest: IommuState,
  call: CallStimulus,
): Expected {
  const expected = expectedOf(guest, call);
  const pages = expected.errno === null ? (expected.table?.pages ?? []) : [];
  const isInside = pages.every(({ first, last, delta }) => isWithin(vm, first + delta, last + delta));
  return isInside ? expected : { errno: "EINVAL" };
}

function isIn(vm: VmName, outcome: Outcome): outcome is Extract<Outcome, { kind: "InGuest" }> {
  return outcome.kind === "InGuest" && outcome.vm === vm;
}

function errnoOf(outcomes: readonly Outcome[]): string | null {
  return outcomes.find((outcome) => outcome.kind === "CallReturned")?.errno ?? null;
}
