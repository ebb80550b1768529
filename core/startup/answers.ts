import { unreachable } from "../../base/assert.ts";
import type { Outcome } from "../../events/outcome.ts";
import { compareAddresses, parseAddress } from "../../events/vocabulary/address.ts";
import type { Component } from "../../events/vocabulary/service.ts";
import type { Answer, Question } from "../../events/vocabulary/startupQuestion.ts";
import type { IommuState } from "../state.ts";
import type { Answered } from "./answered.ts";
import { boardFacts } from "./boardOutcomes.ts";
import { judgeComponent } from "./certification.ts";
import { deviceTables, unitEnabled } from "./deviceOutcomes.ts";
import type { DssCause } from "./dss.ts";
import { isSafetyName } from "./libraries.ts";
import { debugMessage } from "./messages.ts";
import { namedSocs } from "./nextStep.ts";
import type { ServiceState } from "./serviceState.ts";

type Told<Word extends Answer["to"]> = Extract<Answer, { to: Word }>;

/** What the service makes of an answer to the question at hand. */
export function answered(
  state: IommuState,
  service: ServiceState,
  question: Question,
  answer: Answer,
): Answered {
  if ("failed" in answer) return failed(service, question, answer.failed);
  switch (answer.to) {
    case "second-instance":
      return answer.running
        ? dss("second-instance", "G-44", "another instance of the service is running")
        : facts({ kind: "NoOtherInstance" });
    case "vdev":
      return placement(answer);
    case "vdev-host-service":
    case "vdev-attached":
      return confirmed(answer);
    case "vdev-components":
    case "components":
      return components(service, answer);
    case "library":
      return library(service, question, answer);
    case "soc":
      return soc(service, answer);
    case "board":
      return boardFacts(service, answer.board);
    case "memory":
    case "program":
    case "enable":
    case "abilities":
    case "name":
    case "user":
      return done(state, service, question);
    default:
      return unreachable(answer, "answer");
  }
}

const UNTOLD: Component = { name: "the system's other components", certified: false };

function facts(...outcomes: Outcome[]): Answered {
  return { kind: "facts", facts: outcomes };
}

function dss(reason: DssCause["reason"], requirement: string, detail: string): Answered {
  return { kind: "dss", facts: [], cause: { reason, requirement, detail } };
}

// HG-2: what is found decides, not what is configured; in a guest without a vdev there is no hardware at all (HG-3.1).
function placement({ present, inGuest, architecture }: Told<"vdev">): Answered {
  if (!present && inGuest)
    return dss("hardware-absent", "DSS-3.4", "the virtual machine has no vdev-smmu device");
  return facts({
    kind: "PlacementDecided",
    placement: present ? "guest" : "hardware",
    architecture,
    requirement: "HG-2",
  });
}

function confirmed(answer: Told<"vdev-host-service" | "vdev-attached">): Answered {
  const fact = answer.to === "vdev-attached" ? "attached" : "host-service";
  if (answer.confirmed) return facts({ kind: "VdevConfirmed", fact });
  const detail =
    fact === "attached"
      ? "the vdev-smmu does not confirm that this VM is attached as a client of the host's service"
      : "the vdev-smmu does not confirm that a service runs in the host";
  return dss("vdev-not-confirmed", "HG-4", detail);
}

function components(
  service: ServiceState,
  { to, components: told }: Told<"components" | "vdev-components">,
): Answered {
  const by = to === "components" ? "system" : "vdev";
  const outcomes: Outcome[] = [{ kind: "ComponentsTold", by, count: told.length }];
  for (const component of told) {
    const judged = judgeComponent(service, component);
    outcomes.push(...judged.facts);
    if (judged.cause !== null) return { kind: "dss", facts: outcomes, cause: judged.cause };
  }
  return { kind: "facts", facts: outcomes };
}

function library(service: ServiceState, question: Question, answer: Told<"library">): Answered {
  if (question.ask !== "library") return facts();
  const { role, name } = question;
  const requirement = role === "support" ? "SAF-1" : role === "configuration" ? "SAF-4" : "HG-6";
  if (!answer.found || !answer.loadable) {
    const because = answer.found ? "not-loadable" : "not-found";
    return facts(
      { kind: "LibraryRefused", role, name, because, requirement },
      ...debugMessage(service, 1, `${name}: ${answer.found ? "cannot be loaded" : "not found"}`),
    );
  }
  // HG-6: libfdt.so is certified for QNX's own use, so nobody asks for more.
  const certified = role === "device-tree" || (answer.certified && isSafetyName(name));
  const loaded: Outcome = { kind: "LibraryLoaded", role, name, certified, requirement };
  const message = debugMessage(service, 1, `loaded ${name}`);
  if (role === "device-tree") return facts(loaded, ...message);
  const judged = judgeComponent(service, { name, certified });
  const all = [loaded, ...message, ...judged.facts];
  return judged.cause === null
    ? { kind: "facts", facts: all }
    : { kind: "dss", facts: all, cause: judged.cause };
}

// RCR-6, G-22: the pairs limit the configuration to those chips.
function soc(service: ServiceState, { soc: found }: Told<"soc">): Answered {
  const named = namedSocs(service);
  const matches =
    found !== null &&
    named.some((pair) => {
      const [id = "", revision = ""] = pair.split(".");
      return sameNumber(found.id, id) && sameNumber(found.revision, revision);
    });
  if (matches) return facts({ kind: "SocMatched", soc: found, requirement: "RCR-6" });
  const chip = found === null ? "a chip that the board does not name" : `chip ${found.id}.${found.revision}`;
  const detail = `the configuration is for ${named.join(", ")}, and this is ${chip}`;
  const told = service.config?.smmu?.origin ?? null;
  return { kind: "dss", facts: [], cause: { reason: "board-error", requirement: "G-22", detail, told } };
}

function sameNumber(a: string, b: string): boolean {
  const [first, second] = [parseAddress(a), parseAddress(b)];
  return first !== null && second !== null && compareAddresses(first, second) === 0;
}

function done(state: IommuState, service: ServiceState, question: Question): Answered {
  switch (question.ask) {
    case "memory":
      return question.device === null
        ? facts({ kind: "TablesBuilt", unit: question.unit, device: null })
        : { kind: "facts", facts: deviceTables(state, service, question.unit, question.device) };
    case "program":
      return facts(
        { kind: "UnitProgrammed", unit: question.unit },
        ...debugMessage(service, 1, `unit ${question.unit} is programmed`),
      );
    case "enable":
      return { kind: "facts", facts: unitEnabled(state, service, question.unit) };
    case "abilities":
      return facts({ kind: "AbilitiesCreated", abilities: ["smmu/attach", "smmu/target"] });
    case "name":
      return facts({ kind: "NameAttached", name: service.name });
    case "user":
      return facts({ kind: "UserChanged", user: question.user });
    default:
      return facts();
  }
}

/** A question without an answer, or with a refusal: never taken as the good case. */
function failed(service: ServiceState, question: Question, why: string): Answered {
  switch (question.ask) {
    case "library":
      // SAF-1: the next name is tried; when there is none the service stops.
      return facts({
        kind: "LibraryRefused",
        role: question.role,
        name: question.name,
        because: "failed",
        requirement: "SAF-1",
      });
    case "vdev-host-service":
    case "vdev-attached":
    case "vdev-components":
      return dss("vdev-not-confirmed", "G-2", `the vdev-smmu does not answer: ${why}`);
    case "configuration":
      return dss("configuration-error", "G-7", `the configuration cannot be read: ${why}`);
    case "board":
      return dss("board-error", "DSS-1", `the board's description cannot be read: ${why}`);
    case "soc":
      return dss("board-error", "G-22", `the chip cannot be identified: ${why}`);
    case "components":
      // A status that cannot be told counts as not certified (G-2).
      return components(service, { to: "components", components: [UNTOLD] });
    case "memory":
      return dss(
        "resource-exhausted",
        "DSS-4",
        `no memory for the tables of ${question.device ?? `unit ${question.unit}`}: ${why}`,
      );
    case "program":
      return dss("unit-failure", "DSS-4", `unit ${question.unit} cannot be programmed: ${why}`);
    case "enable":
      return dss("unit-failure", "DSS-4", `translation of unit ${question.unit} cannot be enabled: ${why}`);
    case "user":
      return dss("undefined-condition", "G-4", `the change to user ${question.user} failed: ${why}`);
    case "second-instance":
      return dss("undefined-condition", "DSS-3.1", `nobody says whether another instance runs: ${why}`);
    case "vdev":
      return dss("undefined-condition", "DSS-3.1", `nobody says whether there is a vdev-smmu: ${why}`);
    case "abilities":
      return dss("undefined-condition", "DSS-3.1", `the custom abilities cannot be created: ${why}`);
    case "name":
      return dss("undefined-condition", "DSS-3.1", `the service's name cannot be attached: ${why}`);
    default:
      return unreachable(question, "question");
  }
}
