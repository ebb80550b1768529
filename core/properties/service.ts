import type { Stimulus } from "../../events/stimulus.ts";
import type { MachineStep, SafetyProperty } from "./property.ts";
import { sometimes } from "./transfers.ts";

/** How a service starts, runs and stops. */
export const SERVICE_PROPERTIES: readonly SafetyProperty[] = [
  {
    kind: "step",
    name: "nothing leaves the Design Safe State, and nothing changes its reason",
    requirements: ["DSS-1", "STP-1"],
    holds: ({ before, after }) => {
      if (before.service?.phase !== "dss") return true;
      const [then, now] = [before.service.dss, after.service?.dss];
      return after.service?.phase === "dss" && then?.reason === now?.reason;
    },
  },
  {
    kind: "step",
    name: "in the Design Safe State nothing is granted, attached, created or connected",
    requirements: ["DSS-1", "G-8"],
    holds: ({ before, outcomes }) =>
      before.service?.phase !== "dss" || !outcomes.some(({ kind }) => GIVING.has(kind)),
  },
  {
    kind: "step",
    name: "what no service can bear leads to its Design Safe State",
    requirements: ["DSS-1", "DSS-3.1", "DSS-4"],
    stimuli: ["answer", "fail"],
    holds: ({ before, stimulus, after }) => {
      if (before.service === null || before.service.phase === "dss") return true;
      return !isUnbearable(before.service.placement, before.service.asked?.ask, before.service.step, stimulus)
        ? true
        : after.service?.phase === "dss";
    },
  },
  {
    kind: "step",
    name: "a service that enters its Design Safe State ends, says so, and asks the system to follow",
    requirements: ["DSS-1", "DSS-2", "G-3"],
    outcomes: ["DssEntered"],
    holds: ({ outcomes }) => {
      const entered = outcomes.find((outcome) => outcome.kind === "DssEntered");
      if (entered === undefined) return true;
      const said = outcomes.some((outcome) => outcome.kind === "MessageEmitted" && outcome.level === "error");
      return said && outcomes.some(({ kind }) => kind === "SystemDssRequested");
    },
  },
  {
    kind: "step",
    name: "translation that is on is never switched off again by a service",
    requirements: ["G-8", "G-34"],
    holds: ({ before, stimulus, after }) => {
      if (before.service === null || stimulus.kind === "translation" || before.units === after.units)
        return true;
      return [...before.units].every(
        ([name, unit]) => unit.translation !== true || after.units.get(name)?.translation === true,
      );
    },
  },
  {
    kind: "step",
    name: "translation is enabled after every table is built and every unit is programmed",
    requirements: ["G-34"],
    outcomes: ["UnitEnabled"],
    holds: ({ before, outcomes }) => {
      if (!outcomes.some(({ kind }) => kind === "UnitEnabled")) return true;
      const { service } = before;
      if (service === null) return false;
      const isBuilt = (service.config?.devices ?? []).every(
        ({ device, allow }) =>
          allow.length === 0 ||
          [...before.devices].some(([name, state]) => name === device && state.startup !== null),
      );
      return isBuilt && (service.answered.program ?? 0) === (service.units ?? []).length;
    },
  },
  {
    kind: "step",
    name: "a service is ready only when all its units translate",
    requirements: ["G-3", "G-34"],
    outcomes: ["ServiceReady"],
    holds: ({ outcomes, after }) =>
      !outcomes.some(({ kind }) => kind === "ServiceReady") ||
      (after.service?.units ?? []).every(({ unit }) => after.units.get(unit)?.translation === true),
  },
  {
    kind: "always",
    name: "the safety variant runs on certified components alone, unless it was told otherwise",
    requirements: ["SAF-5", "SAF-6", "DSS-3.6", "G-6"],
    reads: ["service"],
    holds: ({ service }) =>
      service === null ||
      service.phase !== "running" ||
      service.safety !== "required" ||
      service.components.every(({ certified }) => certified),
  },
  {
    kind: "always",
    name: "the safety variant requires certified components unless its configuration relaxes that",
    requirements: ["SAF-5", "G-6"],
    reads: ["service"],
    holds: ({ service }) =>
      service === null ||
      service.name !== "smmuman-safety" ||
      service.safety === (service.config?.safety ?? "required"),
  },
  {
    kind: "always",
    name: "a service that starts waits for exactly one answer",
    requirements: ["DSS-1", "ST-6"],
    reads: ["service"],
    holds: ({ service }) => service === null || (service.phase === "starting") === (service.asked !== null),
  },
  {
    kind: "always",
    name: "a service runs only with a unit to manage, and with its configuration accepted",
    requirements: ["G-1", "G-7"],
    reads: ["service"],
    holds: ({ service }) =>
      service?.phase !== "running" ||
      ((service.units ?? []).length > 0 && service.config !== null && service.refusal === null),
  },
  {
    kind: "always",
    name: "in a guest `reserved`, `smmu`, `unit` and `use` leave no trace",
    requirements: ["HG-3", "RSV-5", "SMU-4", "UNT-3", "USE-3"],
    reads: ["service"],
    holds: ({ service }) => {
      const config = service?.placement === "guest" ? service.config : null;
      if (config == null) return true;
      return (
        config.smmu === null &&
        config.units.length === 0 &&
        config.devices.every(
          ({ unit, use, uses, reserved }) =>
            unit === null && use === null && uses.length === 0 && reserved.length === 0,
        )
      );
    },
  },
  {
    kind: "eventually",
    name: "a start-up whose questions are answered ends: the service runs or is in its Design Safe State",
    requirements: ["FG-2", "G-3"],
    stimuli: ["service.start"],
    begins: ({ before, after }) => before.service === null && after.service?.phase === "starting",
    ends: ({ after }) => after.service?.phase === "running" || after.service?.phase === "dss",
    counts: ({ before, stimulus }) => stimulus.kind === "answer" && stimulus.step === before.service?.step,
    within: 200,
  },
  sometimes("a service comes to run", ["FG-2"], ({ outcomes }) =>
    outcomes.some(({ kind }) => kind === "ServiceReady"),
  ),
  sometimes("a service enters its Design Safe State while it starts", ["DSS-4"], (step) =>
    entersFrom(step, "starting"),
  ),
  sometimes("a service enters its Design Safe State while it runs", ["DSS-1"], (step) =>
    entersFrom(step, "running"),
  ),
];

const GIVING: ReadonlySet<string> = new Set([
  "MappingAdded",
  "StartupGranted",
  "DeviceAttached",
  "ObjectCreated",
  "ClientConnected",
  "PassthroughSwitched",
  "TranslationSwitched",
]);

const HARMLESS = ["SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH"];

// A library may have another one to take its place, and the components nobody tells of count as not certified.
const BEARABLE = ["library", "components"];

function isUnbearable(
  placement: string | null,
  asked: string | undefined,
  step: number,
  stimulus: Stimulus,
): boolean {
  if (stimulus.kind === "answer") {
    const { answer } = stimulus;
    const isHeard = answer.to === asked && stimulus.step === step;
    return isHeard && "failed" in answer && !BEARABLE.includes(answer.to);
  }
  if (stimulus.kind !== "fail") return false;
  switch (stimulus.what) {
    case "signal":
      return !HARMLESS.includes(stimulus.name ?? "SIGTERM");
    case "vdev":
      return placement === "guest";
    case "library":
    case "step":
      return false;
    default:
      return true;
  }
}

function entersFrom({ before, outcomes }: MachineStep, phase: string): boolean {
  return before.service?.phase === phase && outcomes.some(({ kind }) => kind === "DssEntered");
}
