import { assert, unreachable } from "../../base/assert.ts";
import type { Outcome } from "../../events/outcome.ts";
import type { VmOutcome } from "../../events/vmEvents.ts";
import type { Draft } from "../draft.ts";
import { type IommuState, initialState } from "../state.ts";
import { isUnity, vmMemory } from "./vmMemory.ts";
import { guestOf, type VmState } from "./vmState.ts";

/** Applies what happened to virtual machines; `evolve` is handed in, since a guest is a machine of its own. */
export function applyVm(
  draft: Draft<IommuState>,
  event: VmOutcome,
  at: number,
  evolve: (state: IommuState, event: Outcome, at: number) => IommuState,
): void {
  switch (event.kind) {
    case "VmStarted": {
      const memory = vmMemory(event.memory, at);
      assert(memory.ok, `VM ${event.vm} was started with memory that it cannot have`);
      const vm: VmState = {
        running: true,
        memory: memory.value,
        pass: [...event.pass],
        vdev: event.vdev,
        unity: isUnity(memory.value),
        client: event.client,
        whole: event.object,
        narrowed: [],
        guest: event.guestService ? initialState(draft.family) : null,
      };
      draft.vms.set(event.vm, vm as unknown as Draft<VmState>);
      return;
    }
    case "VmEnded": {
      const vm = draft.vms.get(event.vm)!;
      Object.assign(vm, { running: false, client: null, whole: null, narrowed: [], guest: null });
      return;
    }
    case "DeviceNarrowed": {
      const { narrowed } = draft.vms.get(event.vm)!;
      const known = narrowed.findIndex(([device]) => device === event.device);
      narrowed.splice(known < 0 ? narrowed.length : known, 1, [event.device, event.object]);
      return;
    }
    case "InGuest": {
      const vm = draft.vms.get(event.vm)!;
      const guest = guestOf(vm as unknown as VmState);
      assert(guest !== null, `VM ${event.vm} has no guest machine`);
      vm.guest = evolve(guest, event.outcome, at) as unknown as Draft<IommuState>;
      return;
    }
    case "VmRefused":
    case "VmReported":
      return;
    default:
      return unreachable(event, "VM outcome");
  }
}
