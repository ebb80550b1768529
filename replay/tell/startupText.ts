import { unreachable } from "../../base/assert.ts";
import type { StartupOutcome, StartupStimulus } from "../../events/startupEvents.ts";
import { formatAccess } from "../../events/vocabulary/access.ts";
import { formatRange, pageRange } from "../../events/vocabulary/byteRange.ts";
import type { DssReason } from "../../events/vocabulary/service.ts";
import type { Answer, Question } from "../../events/vocabulary/startupQuestion.ts";

/** The question of a start-up step, in words. */
export function questionText(question: Question): string {
  switch (question.ask) {
    case "second-instance":
      return "is another instance running?";
    case "vdev":
      return "is there a vdev-smmu?";
    case "configuration":
      return "what does the configuration say?";
    case "vdev-host-service":
      return "vdev-smmu: does a service run in the host?";
    case "vdev-attached":
      return "vdev-smmu: is this VM attached to it?";
    case "vdev-components":
      return "vdev-smmu: which components are certified?";
    case "library":
      return `load ${question.name}`;
    case "components":
      return "what is the system made of?";
    case "soc":
      return "which chip is this?";
    case "board":
      return "which units and devices does the board have?";
    case "memory":
      return `build the tables of ${question.device ?? `unit ${question.unit}`}`;
    case "program":
      return `program unit ${question.unit}`;
    case "enable":
      return `enable translation of unit ${question.unit}`;
    case "abilities":
      return "create the custom abilities";
    case "name":
      return "attach the service's name";
    case "user":
      return `become user ${question.user}`;
    default:
      return unreachable(question, "question");
  }
}

/** The answer to such a question, in words. */
export function answerText(answer: Answer): string {
  if ("failed" in answer) return `it fails: ${answer.failed}`;
  switch (answer.to) {
    case "second-instance":
      return answer.running ? "another instance runs" : "no other instance runs";
    case "vdev":
      return answer.present ? "there is a vdev-smmu" : "there is no vdev-smmu";
    case "vdev-host-service":
    case "vdev-attached":
      return answer.confirmed ? "yes" : "no";
    case "vdev-components":
    case "components": {
      const names = answer.components.map(
        ({ name, certified }) => `${name}${certified ? " (certified)" : ""}`,
      );
      return names.length === 0 ? "of nothing that is known" : names.join(", ");
    }
    case "library":
      if (!answer.found) return "there is no such file";
      if (!answer.loadable) return "it is there, and cannot be loaded";
      return `it is loaded${answer.certified ? "; it is certified" : ""}`;
    case "soc":
      return answer.soc === null
        ? "a chip that does not say"
        : `chip ${answer.soc.id}.${answer.soc.revision}`;
    case "board":
      return `units: ${answer.board.units.map(({ name }) => name).join(", ") || "none"}`;
    default:
      return "done";
  }
}

/** What an outcome of a start-up says, in one line; null where another line says it already. */
export function startupText(outcome: StartupOutcome): string | null {
  switch (outcome.kind) {
    case "ServiceStarted":
      return `${outcome.service} is launched; its output goes to ${outcome.output.join(" and ")} (OUT-1)`;
    case "NoOtherInstance":
      return "no other instance runs";
    case "PlacementDecided":
      return outcome.placement === "guest"
        ? "there is one: the service runs in a guest and loads no support library (HG-2)"
        : "there is none: the service runs on hardware (HG-2)";
    case "ConfigRefused":
      return `refused: ${placed(outcome.place)}${outcome.message} (${outcome.code})`;
    case "ConfigRemarked":
      return `${placed(outcome.place)}${outcome.message} (${outcome.code})`;
    case "ConfigAccepted":
      return "accepted";
    case "ProtectionRelaxed":
      return `less protection: ${outcome.detail} (${outcome.requirement})`;
    case "LibraryRefused":
      return outcome.because === "not-found"
        ? "not found"
        : outcome.because === "failed"
          ? "failed"
          : "there, but it cannot be loaded";
    case "LibraryLoaded":
      return `loaded${outcome.certified ? ", certified" : ""} (${outcome.requirement})`;
    case "ComponentReported":
      return componentText(outcome);
    case "ComponentsTold":
      return outcome.count === 0 ? "nothing that would need a certificate" : null;
    case "VdevConfirmed":
      return "confirmed";
    case "SocMatched":
      return `chip ${outcome.soc.id}.${outcome.soc.revision}, as configured (${outcome.requirement})`;
    case "UnitResolved": {
      const instead =
        outcome.overrides === null ? "" : `, in place of the board's ${outcome.overrides} (G-10)`;
      return `unit ${outcome.unit}, by the ${outcome.from}${instead}`;
    }
    case "DeviceResolved":
      return deviceText(outcome);
    case "StartupGranted": {
      const pages = formatRange(pageRange(outcome.firstPage, outcome.lastPage));
      const by = outcome.by === "allow" ? `allow ${outcome.name}` : `reserved (${outcome.name})`;
      return `${pages} ${formatAccess(outcome.access)}, ${by}`;
    }
    case "GrantWidened":
      return `wider than asked for: ${formatRange(outcome.requested)} ${formatAccess(outcome.requestedAccess)} becomes ${formatRange(pageRange(outcome.firstPage, outcome.lastPage))} ${formatAccess(outcome.access)} (${outcome.requirement})`;
    case "TablesBuilt":
      return outcome.device === null ? "done" : null;
    case "UnitProgrammed":
    case "NameAttached":
    case "UserChanged":
      return "done";
    case "DeviceConfined":
      return `${outcome.device} is confined`;
    case "AbilitiesCreated":
      return outcome.abilities.join(", ");
    case "ServiceReady":
      return outcome.exitStatus === null
        ? "ready, in the foreground; from here on output goes to slog2 alone (OUT-1)"
        : "ready: the launching command returns 0 (G-3); from here on output goes to slog2 alone (OUT-1)";
    case "DssEntered":
      return `Design Safe State: ${outcome.detail}`;
    case "Asked":
    case "ConfigOptionRead":
    case "ConfigOptionReplaced":
    case "ConfigOptionIgnored":
    case "ConfigOptionRefused":
    case "BoardRead":
    case "UnitEnabled":
    case "MessageEmitted":
    case "SystemDssRequested":
      return null;
    default:
      return unreachable(outcome, "start-up outcome");
  }
}

/** An option as it was written, and what became of it where that is not plain. */
export function optionText(stimulus: Extract<StartupStimulus, { kind: "config.option" }>): string {
  const written = [stimulus.option, ...stimulus.arguments].join(" ");
  const rule = stimulus.requirement === null ? "" : ` (${stimulus.requirement})`;
  switch (stimulus.effect) {
    case "kept":
      return written;
    case "replaced":
      return `${written}   replaced by a later one${rule}`;
    case "ignored":
      return `${written}   ignored: ${stimulus.because}${rule}`;
    case "refused":
      return `${written}   refused: ${stimulus.because}${rule}`;
  }
}

/** What somebody who sees this DSS can do about it. */
export function dssAdvice(reason: DssReason): string {
  return ADVICE[reason];
}

const ADVICE: { readonly [reason in DssReason]: string } = {
  "hardware-absent":
    "name the support library with smmu, and put its file into the image and on the loader path; in a guest, give the VM a vdev smmu",
  "safety-component-missing":
    "put the named safety file into the image, or name the library without .so to let the service choose",
  "component-not-certified":
    "replace the component by its certified variant; safety warn or safety none accept it, and lose the guarantee",
  "configuration-error":
    "correct the place that is named, and check the file with smmu lint before it goes into an image",
  "board-error":
    "check what the firmware says with smmu inspect; what it gets wrong can be said in the configuration (LANG-9)",
  "unit-failure":
    "check the unit's address and that it is powered and clocked when the service starts; in a guest, check the host's service",
  "vdev-not-confirmed":
    "start the host's service before the VM, and let qvm attach the VM to it (vdev smmu); the guest's service cannot do without",
  "second-instance": "start the service once; it must never be started again while it runs",
  terminated: "nothing may stop the service once it runs (STP-1): look for who sent the signal",
  "resource-exhausted":
    "give the service more memory before its clients use it up, or map fewer and larger regions",
  "undefined-condition":
    "the service met something it does not know (DSS-1): the sentence above says what; look at the events before it",
};

function placed({ file, line }: { readonly file: string | null; readonly line: number | null }): string {
  return file === null ? "" : `${file}:${line ?? "-"}: `;
}

function componentText({
  component,
  response,
  requirement,
}: Extract<StartupOutcome, { kind: "ComponentReported" }>): string {
  const { name, certified } = component;
  if (certified) return `${name}: certified`;
  const what = { accepted: "accepted", "accepted-silently": "accepted", warned: "accepted with a warning" };
  return `${name}: not certified, ${response === "refused" ? "refused" : what[response]} (${requirement})`;
}

const KNOWN_BY = {
  use: "by its use",
  board: "as the board says",
  covers: "which covers it",
  "only-unit": "the only unit",
  library: "by the configuration library",
  vdev: "through the host's service (HG-5)",
  none: "",
} as const;

function deviceText({
  device,
  unit,
  by,
  identifiers,
  configured,
}: Extract<StartupOutcome, { kind: "DeviceResolved" }>): string {
  const ids = identifiers.length === 0 ? "" : ` (${identifiers.join(", ")})`;
  const mentioned = configured ? "" : "; not configured";
  return unit === null
    ? `${device}: no unit is known to be in front of it${mentioned}`
    : `${device} behind ${unit}${ids}, ${KNOWN_BY[by]}${mentioned}`;
}
