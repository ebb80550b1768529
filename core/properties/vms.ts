import type { Access } from "../../events/vocabulary/access.ts";
import { covers, NO_ACCESS, unionAccess } from "../../events/vocabulary/access.ts";
import { SMF } from "../../events/vocabulary/clientApi.ts";
import type { AddressSpace } from "../parts/addressSpace.ts";
import type { IommuState } from "../state.ts";
import { guestOf, type VmState } from "../vms/vmState.ts";
import { guestStep } from "./guests.ts";
import { pagesOf } from "./ownership.ts";
import type { SafetyProperty } from "./property.ts";
import { sometimes, tablesOf } from "./transfers.ts";

/** What virtual machines and the services in them may do. */
export const VM_PROPERTIES: readonly SafetyProperty[] = [
  {
    kind: "always",
    name: "whatever a VM's devices are granted lies in the VM's own memory",
    requirements: ["HV-3", "HV-6", "PUR-6"],
    reads: ["vms", "objects"],
    holds: ({ vms, objects }) =>
      [...vms.values()].every(
        ({ client, memory }) =>
          client === null ||
          [...objects.values()].every(
            (object) => object.client !== client || leadsInto(object.space, hostRunsOf(memory)),
          ),
      ),
  },
  {
    kind: "always",
    name: "a VM's device is in no object of anybody else, and in one VM alone",
    requirements: ["HV-3", "HV-12"],
    reads: ["vms", "objects", "devices"],
    holds: ({ vms, objects, devices }) => {
      const seen = new Set<string>();
      for (const { running, pass, client } of vms.values()) {
        if (!running) continue;
        for (const device of pass) {
          if (seen.has(device)) return false;
          seen.add(device);
          const object = devices.get(device)?.object ?? null;
          if (object !== null && objects.get(object)?.client !== client) return false;
        }
      }
      return true;
    },
  },
  {
    kind: "always",
    name: "a narrowed device has in the host what its guest granted and its VM's memory carries, and no more",
    requirements: ["HV-4", "HV-6", "HV-13"],
    reads: ["vms", "objects"],
    // Once the host's service has ended nobody follows the guest any more: its tables stay (G-8).
    holds: (state) =>
      state.service?.phase === "dss" ||
      [...state.vms.values()].every((vm) => !vm.running || isNested(state, vm)),
  },
  {
    kind: "step",
    name: "a guest's request for memory that its VM does not have is refused whole",
    requirements: ["HV-6", "G-36"],
    stimuli: ["call"],
    outcomes: ["InGuest"],
    holds: (step) => {
      const { stimulus, before } = step;
      const inner = guestStep(step);
      if (inner === null || stimulus.kind !== "call" || stimulus.call.function !== "smmu_mapping_add")
        return true;
      const { call } = stimulus;
      const isDone = inner.outcomes.some(
        (outcome) => outcome.kind === "CallReturned" && outcome.errno === null,
      );
      if (!isDone || (call.flags & 7) === 0) return true;
      const memory = before.vms.get(before.clients.get(stimulus.client)!.vm!)!.memory;
      const entries = call.entries!.slice(0, call.num_entries);
      const isMoved = (call.flags & SMF.SMF_TARGET) !== 0;
      if (!isMoved) return pagesOf(entries).every(([first, last]) => hasAll(memory, first, last));
      const length = entries.reduce((pages, { len }) => pages + len.page, 0);
      return hasAll(memory, call.target.page, call.target.page + Math.max(length, 1) - 1);
    },
  },
  {
    kind: "step",
    name: "what happens in one VM changes no other",
    requirements: ["HV-3", "HV-12"],
    stimuli: ["call", "exit", "guest.fail"],
    holds: ({ before, stimulus, after }) => {
      if (before.vms === after.vms) return true;
      if (stimulus.kind !== "guest.fail" && stimulus.kind !== "call" && stimulus.kind !== "exit") return true;
      const vm = stimulus.kind === "guest.fail" ? stimulus.vm : before.clients.get(stimulus.client)?.vm;
      return [...before.vms].every(([name, then]) => name === vm || after.vms.get(name) === then);
    },
  },
  {
    kind: "step",
    name: "a VM that is refused changes nothing",
    requirements: ["HV-8", "HV-11", "HV-12"],
    stimuli: ["vm"],
    outcomes: ["VmRefused"],
    holds: ({ before, outcomes, after }) =>
      !outcomes.some(({ kind }) => kind === "VmRefused") ||
      (before.vms === after.vms && before.objects === after.objects && before.clients === after.clients),
  },
  sometimes("a VM starts", ["HV-2"], ({ outcomes }) => outcomes.some(({ kind }) => kind === "VmStarted")),
  sometimes("a VM is refused", ["HV-8"], ({ outcomes }) => outcomes.some(({ kind }) => kind === "VmRefused")),
  sometimes("a guest's service narrows a device", ["HV-4"], ({ outcomes }) =>
    outcomes.some(({ kind }) => kind === "DeviceNarrowed"),
  ),
];

/** The runs of host pages behind a VM's memory, in order. */
function hostRunsOf(memory: AddressSpace): (readonly [number, number])[] {
  return memory
    .mappings()
    .map(({ first, last, value }) => [first + value.delta, last + value.delta] as const)
    .sort(([a], [b]) => a - b);
}

function leadsInto(table: AddressSpace, hosts: readonly (readonly [number, number])[]): boolean {
  return table.mappings().every(({ first, last, value }) => {
    let next = first + value.delta;
    for (const [from, to] of hosts) if (from <= next && next <= to) next = to + 1;
    return next > last + value.delta;
  });
}

function hasAll(memory: AddressSpace, first: number, last: number): boolean {
  for (let page = first; page <= last; ) {
    const part = memory.at(page);
    if (part === null) return false;
    page = part.last + 1;
  }
  return true;
}

/** Page by page: what the host grants at a page the guest grants there too, to the page that the memory carries there. */
function isNested(host: IommuState, vm: VmState): boolean {
  const guest = guestOf(vm);
  if (guest === null) return true;
  return vm.narrowed.every(([device, name]) => {
    const table = host.objects.get(name)?.space;
    if (table === undefined) return true;
    const levels = tablesOf(guest, device);
    return table.mappings().every(({ first, last, value }) => {
      for (let page = first; page <= last; ) {
        let held: Access = NO_ACCESS;
        let end = last + 1;
        for (const level of levels) {
          const run = level.at(page);
          end = Math.min(end, level.nextEdge(page));
          if (run === null) continue;
          const part = vm.memory.at(page + run.value.delta);
          if (part === null) continue;
          end = Math.min(end, part.last - run.value.delta + 1);
          if (run.value.delta + part.value.delta === value.delta) held = unionAccess(held, run.value.access);
        }
        if (!covers(held, value.access)) return false;
        page = Math.max(end, page + 1);
      }
      return true;
    });
  });
}
