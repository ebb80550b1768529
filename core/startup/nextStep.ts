import type { Asks, Question } from "../../events/vocabulary/startupQuestion.ts";
import type { DssCause } from "./dss.ts";
import { isSafetyName, missingLibrary } from "./libraries.ts";
import { planOf } from "./plan.ts";
import type { ServiceState } from "./serviceState.ts";

/** What a starting service does next. */
export type NextStep =
  | { readonly kind: "ask"; readonly question: Question }
  | { readonly kind: "dss"; readonly cause: DssCause }
  | { readonly kind: "ready" };

/**
 * The next step of a start-up, by what is known so far. The order is the guide's: host or guest (HG-1), the
 * configuration, libraries, the board; then tables for every device, each unit programmed, and translation enabled
 * last (G-34); a change of user before clients are served (G-4).
 */
export function nextStep(service: ServiceState): NextStep {
  const first = firstQuestion(service, ["second-instance", "vdev", "configuration"]);
  if (first !== null) return ask(first);
  if (service.placement === "guest") {
    const confirm = firstQuestion(service, ["vdev-host-service", "vdev-attached", "vdev-components"]);
    if (confirm !== null) return ask(confirm);
  }
  const library = libraryStep(service);
  if (library !== null) return library;
  const system: Simple[] = ["components"];
  if (namedSocs(service).length > 0) system.push("soc");
  const rest = firstQuestion(service, [...system, "board"]);
  if (rest !== null) return ask(rest);
  return programStep(service) ?? { kind: "ready" };
}

/** The `socid.revid` pairs that the configuration is limited to (RCR-1); none: any chip. */
export function namedSocs({ config }: ServiceState): readonly string[] {
  return config?.smmu?.type === "rcar3" ? config.smmu.parameters.slice(3) : [];
}

type Simple = Extract<
  Asks,
  | "second-instance"
  | "vdev"
  | "configuration"
  | "vdev-host-service"
  | "vdev-attached"
  | "vdev-components"
  | "components"
  | "soc"
  | "board"
>;

function ask(question: Question): NextStep {
  return { kind: "ask", question };
}

function firstQuestion(service: ServiceState, words: readonly Simple[]): Question | null {
  const word = words.find((each) => service.answered[each] === undefined);
  return word === undefined ? null : { ask: word };
}

function libraryStep(service: ServiceState): NextStep | null {
  if (service.placement === "hardware" && service.config?.smmu == null) {
    const detail = "there is no vdev-smmu, and the configuration names no support library (smmu)";
    return { kind: "dss", cause: { reason: "hardware-absent", requirement: "DSS-3.3", detail } };
  }
  const missing = missingLibrary(service);
  if (missing === null) return null;
  const { needed, next } = missing;
  return next === null
    ? { kind: "dss", cause: libraryMissing(service, needed) }
    : ask({ ask: "library", role: needed.role, name: next });
}

function libraryMissing(
  service: ServiceState,
  { role, written, candidates, forced }: NonNullable<ReturnType<typeof missingLibrary>>["needed"],
): DssCause {
  const tried = `tried ${candidates.join(", then ")}`;
  const told = role === "support" ? (service.config?.smmu?.origin ?? null) : null;
  if (role === "device-tree") {
    const detail = `${written} cannot be loaded, which an ARM guest needs to read its device tree`;
    return { reason: "undefined-condition", requirement: "HG-6", detail };
  }
  const found = service.libraries.some((tried) => candidates.includes(tried.name) && tried.found);
  // SAF-2: a safety file that was named, where safety components are required. One that is there and cannot be
  // loaded is a library that cannot be loaded.
  if (forced && !found && service.safety === "required" && isSafetyName(written)) {
    const detail = `the safety component ${written} was named and cannot be had (${tried})`;
    return { reason: "safety-component-missing", requirement: "DSS-3.5", detail, told };
  }
  if (role === "configuration") {
    const detail = `the configuration library ${written} cannot be loaded (${tried})`;
    return { reason: "hardware-absent", requirement: "G-20", detail };
  }
  const detail = `there is no vdev-smmu, and the support library ${written} cannot be loaded (${tried})`;
  return { reason: "hardware-absent", requirement: "DSS-3.2", detail, told };
}

// Tables of all devices, then all units, then translation: no window has half a table (G-34).
function programStep(service: ServiceState): NextStep | null {
  const plan = planOf(service);
  if (!plan.ok) return { kind: "dss", cause: plan.error };
  const { units, tables } = plan.value;
  const { answered } = service;
  const built = answered.memory ?? 0;
  const unbuilt = units[built];
  if (unbuilt !== undefined) return ask({ ask: "memory", unit: unbuilt.unit, device: null });
  const next = tables[built - units.length];
  if (next !== undefined) return ask({ ask: "memory", unit: next.unit!, device: next.device });
  const unprogrammed = units[answered.program ?? 0];
  if (unprogrammed !== undefined) return ask({ ask: "program", unit: unprogrammed.unit });
  const disabled = units[answered.enable ?? 0];
  if (disabled !== undefined) return ask({ ask: "enable", unit: disabled.unit });
  if (answered.abilities === undefined) return ask({ ask: "abilities" });
  if (answered.name === undefined) return ask({ ask: "name" });
  const user = service.config?.user ?? null;
  if (user !== null && answered.user === undefined) return ask({ ask: "user", user });
  return null;
}
