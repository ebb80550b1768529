import { unreachable } from "../../base/assert.ts";
import type {
  ApiCall,
  CallStimulus,
  ClientProcessStimulus,
  DevId,
  ExpectedReturn,
} from "../../events/clientEvents.ts";
import type { Outcome } from "../../events/outcome.ts";
import { type ApiFunction, type Errno, PCI_FIELD_ANY } from "../../events/vocabulary/clientApi.ts";
import type { ClientName, ObjectName } from "../../events/vocabulary/names.ts";
import type { MachineView } from "../machineView.ts";
import { type Answer, refused } from "./answer.ts";
import { asRecorded } from "./asRecorded.ts";
import { agreesWith } from "./callConformance.ts";
import type { ClientState } from "./clientState.ts";
import { serves } from "./deliverFault.ts";
import { attachDevices, detachDevices, devicesNamed } from "./deviceCalls.ts";
import { awaitNotification, fetchStatus, reportReserved, safety } from "./faultCalls.ts";
import { addMapping } from "./mappingCalls.ts";
import { createObject, destroyObject, disconnection, fini, init, ownObject } from "./objectCalls.ts";

/** A process begins to exist; told again of one that does, only its abilities are new (PRV-1). */
export function startClient({ client, abilities, vm, view }: ClientProcessStimulus): readonly Outcome[] {
  const seen = view === undefined ? {} : { view };
  return [{ kind: "ClientStarted", client, abilities: [...abilities], vm, ...seen }];
}

/** The return of a call that is refused before, or after, its own service has answered. */
export function refusedCall({ client, call, as, expected }: CallStimulus, errno: Errno): Outcome {
  const returns = call.function in NOTHING_RETURNED ? NOTHING_RETURNED[call.function]! : -1;
  return returned(client, call, as, { ...refused(errno), returns }, expected);
}

/** A process dies: as if it had cleaned up, and more thoroughly than many do, as far as anybody is there to do it (G-28, G-8). */
export function endClient({ state }: MachineView, client: ClientName): readonly Outcome[] {
  if (!state.clients.has(client)) return [{ kind: "Ignored", why: "no-effect" }];
  return [...disconnection(state, client), { kind: "ClientEnded", client }];
}

/** A call and its return; what else comes of it follows the return. */
export function answerCall(
  view: MachineView,
  { client, call, as, expected }: CallStimulus,
): readonly Outcome[] {
  const caller = view.state.clients.get(client);
  const ours = answerOf(view, client, caller, call, as);
  const recorded = caller?.view === "own" ? asRecorded(view.state, call, ours, expected) : null;
  if (recorded !== null) return [returned(client, call, as, recorded, null), ...recorded.outcomes];
  return [returned(client, call, as, ours, expected), ...ours.outcomes];
}

function answerOf(
  view: MachineView,
  client: ClientName,
  caller: ClientState | undefined,
  call: CallStimulus["call"],
  as: string | null,
): Answer {
  const { state } = view;
  if (call.function === "smmu_safety") return safety(state, caller);
  const nothing = call.function === "smmu_obj_create" ? { returns: null } : {};
  // There is no service to talk to (G-27); a process that nobody told of holds no abilities.
  if (!serves(state)) return { ...refused("EBADF"), ...nothing };
  if (call.function === "smmu_init")
    return caller === undefined ? refused("EPERM") : init(client, caller, call.flags);
  if (!caller?.connected) return { ...refused("EBADF"), ...nothing };
  switch (call.function) {
    case "smmu_fini":
      return fini(state, client);
    case "smmu_obj_create":
      return createObject(state, client, caller, call.flags, as);
    case "smmu_obj_destroy":
      return destroyObject(state, ownObject(state, client, caller, call.sop));
    case "smmu_device_add_generic":
      return call.devid === null ? refused("EFAULT") : addDevices(view, client, caller, call.sop, call.devid);
    case "smmu_device_add_pci": {
      const { pbus: bus, pdev: dev, pfunc: func } = call;
      return addDevices(view, client, caller, call.sop, { type: "SDT_PCI", bus, dev, func });
    }
    case "smmu_device_add_mmio":
      return addDevices(view, client, caller, call.sop, {
        type: "SDT_MMIO",
        phys: call.phys,
        length: call.len,
      });
    case "smmu_mapping_add": {
      const object = ownObject(state, client, caller, call.sop);
      return addMapping(state, caller, call, object === null ? null : mappedObject(view, object));
    }
    case "smmu_device_report_reserved":
      return call.devid === null
        ? refused("EFAULT")
        : hasWildcard(call.devid)
          ? refused("EINVAL")
          : reportReserved(state, call.devid, call.offset, call.nresv);
    case "smmu_xfer_notify":
      return call.evp === null ? refused("EFAULT") : awaitNotification(client);
    case "smmu_xfer_status":
      return call.ssp === null ? refused("EFAULT") : fetchStatus(client, caller);
    default:
      return unreachable(call, "function");
  }
}

// Functions whose failure is not -1 (API-3, API-12).
const NOTHING_RETURNED: { readonly [name in ApiFunction]?: null | string } = {
  smmu_obj_create: null,
  smmu_safety: "SMMUMAN_SAFETY_ERROR",
};

function addDevices(
  view: MachineView,
  client: ClientName,
  caller: ClientState,
  sop: string | null,
  id: DevId,
): Answer {
  const { state } = view;
  const devices = devicesNamed(state, id);
  if (devices === null) return refused("EINVAL");
  if (sop === null) return detachDevices(state, client, devices);
  const object = ownObject(state, client, caller, sop);
  if (object === null) return refused("EINVAL");
  const hasMappings = view.space(object)!.mappingCount > 0;
  return attachDevices(state, client, object, state.objects.get(object)!, hasMappings, devices);
}

function mappedObject(view: MachineView, name: ObjectName) {
  return { name, state: view.state.objects.get(name)!, space: view.space(name)! };
}

function hasWildcard(id: DevId): boolean {
  return id.type === "SDT_PCI" && [id.bus, id.dev, id.func].includes(PCI_FIELD_ANY);
}

function returned(
  client: ClientName,
  call: ApiCall,
  as: string | null,
  answer: Answer,
  expected: ExpectedReturn | null,
): Outcome {
  const { returns, errno, object, wrote, notes } = answer;
  return {
    kind: "CallReturned",
    client,
    function: call.function,
    returns,
    errno,
    object: object ?? null,
    as: object === undefined ? null : as,
    wrote: wrote ?? null,
    notes: notes ?? [],
    conformance: expected === null ? null : agreesWith(call, answer, expected) ? "agreed" : "diverged",
  };
}
