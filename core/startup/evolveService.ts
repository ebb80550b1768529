import { assert, unreachable } from "../../base/assert.ts";
import type { StartupOutcome } from "../../events/startupEvents.ts";
import type { Asks } from "../../events/vocabulary/startupQuestion.ts";
import { newService, type ServiceState } from "./serviceState.ts";

/** The service after an outcome; `at` is the seq of what caused it. Outcomes about devices and units leave it as it is. */
export function evolveService(
  service: ServiceState | null,
  event: StartupOutcome,
  at: number,
): ServiceState | null {
  if (event.kind === "ServiceStarted") return newService(event.service);
  if (event.kind === "DssEntered") {
    // A recording of another system may tell of a DSS without the start-up of a service.
    const before = service ?? newService("smmuman");
    // The end of a configuration only tells; what is wrong with it was told before (G-7).
    const isRefused = event.requirement === "G-7" && before.refusal !== null;
    const seq = isRefused ? before.refusal.at : at;
    const dss = { reason: event.reason, requirement: event.requirement, seq };
    return { ...before, phase: "dss", asked: null, dss };
  }
  return service === null ? null : next(service, event, at);
}

function next(
  service: ServiceState,
  event: Exclude<StartupOutcome, { kind: "ServiceStarted" | "DssEntered" }>,
  at: number,
): ServiceState {
  switch (event.kind) {
    case "Asked":
      return { ...service, asked: event.question, step: event.step };
    case "PlacementDecided":
      return { ...answered(service), placement: event.placement, architecture: event.architecture };
    case "ConfigRefused": {
      const { file, line, column } = event.place;
      const place = file === null || line === null ? null : { file, line, column: column ?? 1 };
      return {
        ...service,
        refusal: service.refusal ?? { at, code: event.code, message: event.message, place },
      };
    }
    case "ConfigAccepted":
      return { ...answered(service), config: event.config, safety: event.config.safety };
    case "LibraryRefused":
    case "LibraryLoaded": {
      const loaded = event.kind === "LibraryLoaded";
      const found = loaded || event.because === "not-loadable";
      const tried = { role: event.role, name: event.name, found, loaded };
      return { ...answered(service), libraries: [...service.libraries, tried] };
    }
    case "ComponentReported":
      return { ...service, components: [...service.components, event.component] };
    case "BoardRead":
      return { ...answered(service), board: event.board, units: [] };
    case "UnitResolved": {
      const { unit, bypass, reservedStreamIds, covers } = event;
      return { ...service, units: [...(service.units ?? []), { unit, bypass, reservedStreamIds, covers }] };
    }
    case "NoOtherInstance":
    case "VdevConfirmed":
    case "ComponentsTold":
    case "SocMatched":
    case "TablesBuilt":
    case "UnitProgrammed":
    case "UnitEnabled":
    case "AbilitiesCreated":
    case "NameAttached":
    case "UserChanged":
      return answered(service);
    case "ServiceReady":
      return { ...service, phase: "running", asked: null };
    case "ConfigOptionRead":
    case "ConfigOptionReplaced":
    case "ConfigOptionIgnored":
    case "ConfigOptionRefused":
    case "ConfigRemarked":
    case "ProtectionRelaxed":
    case "DeviceResolved":
    case "StartupGranted":
    case "GrantWidened":
    case "DeviceConfined":
    case "MessageEmitted":
    case "SystemDssRequested":
      return service;
    default:
      return unreachable(event, "start-up outcome");
  }
}

// Each answer has one outcome that settles the question at hand.
function answered(service: ServiceState): ServiceState {
  assert(service.asked !== null, "an answer without a question");
  const word: Asks = service.asked.ask;
  const count = (service.answered[word] ?? 0) + 1;
  return { ...service, asked: null, answered: { ...service.answered, [word]: count } };
}
