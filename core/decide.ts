import { unreachable } from "../base/assert.ts";
import type { Outcome } from "../events/outcome.ts";
import type { DeviceStimulus, DmaStimulus, MapStimulus, Stimulus } from "../events/stimulus.ts";
import { parseAddress } from "../events/vocabulary/address.ts";
import type { DeviceName } from "../events/vocabulary/device.ts";
import type { ObjectName, UnitName } from "../events/vocabulary/names.ts";
import { answerCall, endClient, startClient } from "./clients/decideClient.ts";
import { faultConsequences, registersRead, reportConsequences } from "./clients/deliverFault.ts";
import { destruction } from "./clients/objectCalls.ts";
import { agrees, conformanceOf, throughStaleEntry } from "./conformance.ts";
import { isPlainRecording, type MachineView } from "./machineView.ts";
import { decideStartup } from "./startup/decideStartup.ts";
import { dssForbids } from "./startup/dss.ts";
import { type IommuState, NOTHING_FORGOTTEN } from "./state.ts";
import { type Route, routeOf, type Translation, translate } from "./translate.ts";
import { rulesOf } from "./units/families.ts";
import { failInGuest, startVm, stopVm, vmOfHypervisor } from "./vms/decideVm.ts";
import { answerGuestCall, endGuestClient, faultInGuest, startGuestClient } from "./vms/guestEvents.ts";
import { type StagedTranslation, translateInVm, vmOf } from "./vms/judgeInVm.ts";

/** What the machine makes of a stimulus. Holds every rule and changes nothing. */
export function decide(view: MachineView, stimulus: Stimulus): readonly Outcome[] {
  const { state } = view;
  if (!view.plain && dssForbids(state, stimulus)) return IN_DSS;
  switch (stimulus.kind) {
    case "dma": {
      const verdict = judge(view, stimulus);
      if (verdict.kind !== "TransferDenied" || view.plain) return [verdict];
      const consequences = faultConsequences(state, verdict);
      return [verdict, ...consequences, ...faultInGuest(state, verdict, consequences)];
    }
    case "map":
      return [...knownObject(state, stimulus.object), mappingOf(stimulus)];
    case "unmap":
      return state.objects.has(stimulus.object)
        ? [
            {
              kind: "MappingRemoved",
              object: stimulus.object,
              firstPage: stimulus.bytes.firstPage,
              lastPage: stimulus.bytes.lastPage,
            },
          ]
        : OBJECT_UNKNOWN;
    case "invalidate":
      return [
        { kind: "CacheInvalidated", object: stimulus.object, device: stimulus.device, bytes: stimulus.bytes },
      ];
    default: {
      const read = view.plain ? NOTHING : registersRead(state);
      const outcomes = decideRare(view, stimulus);
      return read.length === 0 ? outcomes : [...read, ...outcomes];
    }
  }
}

function decideRare(view: MachineView, stimulus: RareStimulus): readonly Outcome[] {
  const { state } = view;
  switch (stimulus.kind) {
    case "unit": {
      const { kind, ...unit } = stimulus;
      return [{ kind: "UnitAdded", ...unit }];
    }
    case "translation":
      return [
        ...knownUnit(state, stimulus.unit),
        { kind: "TranslationSwitched", unit: stimulus.unit, enabled: stimulus.enabled },
      ];
    case "device":
      return [deviceOf(stimulus)];
    case "object.create":
      return state.objects.has(stimulus.object)
        ? [{ kind: "Ignored", why: "object-exists" }]
        : [{ kind: "ObjectCreated", object: stimulus.object, client: stimulus.client }];
    case "object.destroy":
      return destroy(state, stimulus.object);
    case "attach":
      return attach(state, stimulus.device, stimulus.object);
    case "detach":
      return state.devices.get(stimulus.device)?.object === stimulus.object
        ? [{ kind: "DeviceDetached", device: stimulus.device, object: stimulus.object }]
        : [{ kind: "Ignored", why: "not-attached-there" }];
    case "passthrough":
      return [
        ...knownDevice(state, stimulus.device),
        { kind: "PassthroughSwitched", device: stimulus.device, enabled: stimulus.enabled },
      ];
    case "fault": {
      const address = stimulus.report.address === null ? null : parseAddress(stimulus.report.address);
      const told = { kind: "FaultReported", device: stimulus.device, page: address?.page ?? null } as const;
      return [told, ...reportConsequences(state, stimulus)];
    }
    case "client":
      return stimulus.vm === null
        ? startClient(stimulus)
        : startGuestClient(view, { ...stimulus, vm: stimulus.vm });
    case "call": {
      const vm = state.clients.get(stimulus.client)?.vm ?? null;
      return vm === null ? answerCall(view, stimulus) : answerGuestCall(view, vm, stimulus, MACHINE);
    }
    case "exit": {
      const vm = state.clients.get(stimulus.client)?.vm ?? null;
      if (vm !== null) return endGuestClient(view, vm, stimulus, MACHINE);
      const hosted = vmOfHypervisor(state, stimulus.client);
      // A qvm that dies takes its VM with it (HV-2).
      return hosted === null
        ? endClient(view, stimulus.client)
        : stopVm(view, { kind: "vm.stop", vm: hosted, crashed: true });
    }
    case "vm":
      return startVm(view, stimulus, MACHINE);
    case "vm.stop":
      return stopVm(view, stimulus);
    case "guest.fail":
      return failInGuest(view, stimulus, MACHINE);
    case "service.start":
    case "config.option":
    case "config.problem":
    case "config.end":
    case "answer":
    case "fail":
      return decideStartup(state, stimulus);
    case "loss":
    case "status":
    case "mark":
      return NOTE;
    case "unknown":
      return UNKNOWN_KIND;
    default:
      return unreachable(stimulus, "stimulus");
  }
}

/** A view of a finished state. */
export function viewOf(state: IommuState): MachineView {
  const space = (object: ObjectName) => state.objects.get(object)?.space;
  const route = (device: DeviceName) => routeOf(state, device, space);
  return { state, rules: rulesOf(state.family), space, route, plain: isPlainRecording(state) };
}

function judge(view: MachineView, dma: DmaStimulus): Outcome {
  const { device, bytes, access, observed } = dma;
  const { rules } = view;
  const route = view.route(device);
  const { translation, host, stage } = view.plain
    ? plainly(translate(rules, route, bytes, access))
    : judgeByAll(view, dma, route);
  // What a recorded machine knows of a refusal is what the host's hardware knows.
  const known = stage !== null && observed !== null && agrees(rules, host, observed) ? host : translation;
  const conformance = conformanceOf(rules, known, observed, (recorded) => {
    if (route.kind !== "object") return false;
    const forgotten = view.state.devices.get(device)?.forgotten ?? NOTHING_FORGOTTEN;
    return throughStaleEntry(rules, route, forgotten, bytes, access, recorded);
  });
  switch (translation.verdict) {
    case "permitted":
      return {
        kind: "TransferPermitted",
        device,
        via: translation.via,
        target: translation.target,
        grantedAt: translation.grantedAt,
        conformance,
      };
    case "interrupt":
      return { kind: "InterruptRaised", device, conformance };
    case "denied": {
      const { reason, code, at } = translation;
      return { kind: "TransferDenied", device, access, reason, code, at, conformance, ...stage };
    }
  }
}

function plainly(translation: Translation): StagedTranslation {
  return { translation, host: translation, stage: null };
}

/** By one table, or, where the device is passed through to a VM, by all that stand in its way. */
function judgeByAll(
  view: MachineView,
  { device, bytes, access }: DmaStimulus,
  route: Route,
): StagedTranslation {
  const passed = vmOf(view.state, device);
  if (passed === null) return plainly(translate(view.rules, route, bytes, access));
  return translateInVm(passed.vm, device, route, bytes, access, view.rules, MACHINE);
}

function deviceOf({ device, unit, identifiers }: DeviceStimulus): Outcome {
  const added = { kind: "DeviceAdded", device, unit } as const;
  if (identifiers === undefined) return added;
  return { ...added, identifiers: identifiers.map((id) => (unit === null ? id : `${unit} ${id}`)) };
}

function mappingOf(map: MapStimulus): Outcome {
  return {
    kind: "MappingAdded",
    object: map.object,
    firstPage: map.bytes.firstPage,
    lastPage: map.bytes.lastPage,
    delta: map.targetPage - map.bytes.firstPage,
    access: map.access,
  };
}

function destroy(state: IommuState, object: ObjectName): readonly Outcome[] {
  return state.objects.has(object) ? destruction(state, object) : OBJECT_UNKNOWN;
}

function attach(state: IommuState, device: DeviceName, object: ObjectName): readonly Outcome[] {
  const before = state.devices.get(device)?.object ?? null;
  const outcomes: Outcome[] = [...knownObject(state, object), ...knownDevice(state, device)];
  if (before !== null && before !== object) outcomes.push({ kind: "DeviceDetached", device, object: before });
  outcomes.push({ kind: "DeviceAttached", device, object });
  return outcomes;
}

// A record may name what no record described; it exists from then on, with nothing granted.
function knownObject(state: IommuState, object: ObjectName): readonly Outcome[] {
  return state.objects.has(object) ? NOTHING : [{ kind: "ObjectCreated", object, client: null }];
}

function knownDevice(state: IommuState, device: DeviceName): readonly Outcome[] {
  return state.devices.has(device) ? NOTHING : [{ kind: "DeviceAdded", device, unit: null }];
}

function knownUnit(state: IommuState, unit: UnitName | null): readonly Outcome[] {
  return unit === null || state.units.has(unit)
    ? NOTHING
    : [{ kind: "UnitAdded", unit, base: null, addressWidth: null }];
}

// A guest is a machine in a machine.
const MACHINE = { decide, viewOf };

type RareStimulus = Exclude<Stimulus, { kind: "dma" | "map" | "unmap" | "invalidate" }>;

const NOTHING: readonly Outcome[] = [];
const IN_DSS: readonly Outcome[] = [{ kind: "Ignored", why: "dss" }];
const OBJECT_UNKNOWN: readonly Outcome[] = [{ kind: "Ignored", why: "object-unknown" }];
const NOTE: readonly Outcome[] = [{ kind: "Ignored", why: "note" }];
const UNKNOWN_KIND: readonly Outcome[] = [{ kind: "Ignored", why: "unknown-kind" }];
