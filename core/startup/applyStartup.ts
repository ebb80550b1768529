import type { Draft } from "immer";
import { unreachable } from "../../base/assert.ts";
import type { StartupOutcome } from "../../events/startupEvents.ts";
import { unionAccess } from "../../events/vocabulary/access.ts";
import { deviceOf } from "../drafts.ts";
import { AddressSpace } from "../parts/addressSpace.ts";
import type { IommuState } from "../state.ts";

/** Applies what the start-up made of something; `at` is the seq that grants bear. */
export function applyStartup(draft: Draft<IommuState>, event: StartupOutcome, at: number): void {
  switch (event.kind) {
    case "StartupGranted": {
      const device = deviceOf(draft, event.device);
      const edit = ((device.startup as AddressSpace | null) ?? new AddressSpace()).edit();
      // Two regions that touch one page give it the rights of both (CM-6, G-26).
      let next: number = event.firstPage;
      for (const known of edit.within(event.firstPage, event.lastPage)) {
        if (known.first > next)
          edit.map(next, known.first - 1, { delta: 0, access: event.access, since: at });
        edit.map(known.first, known.last, {
          ...known.value,
          access: unionAccess(known.value.access, event.access),
        });
        next = known.last + 1;
      }
      if (next <= event.lastPage)
        edit.map(next, event.lastPage, { delta: 0, access: event.access, since: at });
      // Nothing was revoked: what was replaced was only widened.
      edit.invalidate(event.firstPage, event.lastPage);
      device.startup = edit.done() as Draft<AddressSpace>;
      return;
    }
    case "DssEntered":
      if (draft.service !== null) {
        draft.service.phase = "dss";
        draft.service.dss = { reason: event.reason, requirement: event.requirement, seq: at };
      }
      return;
    default:
      return unreachable(event, "start-up outcome");
  }
}
