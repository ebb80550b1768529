import { expect } from "vitest";
import type { IommuState } from "../../core/state.ts";
import type { Outcome } from "../../events/outcome.ts";
import { isOutcome } from "../../events/recordedEvent.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import { parseFamily } from "../../events/vocabulary/family.ts";
import { vmName } from "../../events/vocabulary/names.ts";
import { clientRecordOf, outcomeWords, questionWords } from "./clientNotation.ts";
import { run, stimuliOf } from "./machine.ts";
import { deviceOf } from "./notation.ts";
import { type StartupStory, start } from "./startup.ts";

/**
 * Tells a story of virtual machines, and checks what each line that says `=> ...` comes to:
 *
 *     vm a 0x80000000+0x10000->0x20000000 pass 00:12.0          => started
 *     vm a 0x80000000+0x10000 vdev service smmuman-safety       => started reported HV-9 guest-running
 *     vm a 0x0+0x1000->0x5000 vdev service smmuman: allow x 0x1000,0x1000 / device pci:0:18.0 x
 *     process d1 in a                                  (a client in a VM, able to attach)
 *     stop a, crash a                                  => ended stopped
 *     guest a signal SIGTERM                           => guest-dss terminated G-8
 *     fail signal SIGTERM                              => dss terminated G-8
 *     dma 00:12.0 0x80001000+4 r                       => permitted 0x20001000
 *     dma 00:12.0 0x90000000+4 w                       => denied unmapped vm guest 0x90000000 host none
 *     guest-table a o1, guest-phase a, running         (questions, as `table` and `objects` are)
 *
 * Other lines are those of `checkClients`. Of a transfer the answer must be told in part, of all else in full. `host`:
 * the start-up of the host's service, before the story; without it the story is a recording, in which one is taken to run.
 */
export function checkVms(story: string, host: StartupStory | null = null): void {
  const lines = story
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const family = lines[0]?.startsWith("family ") ? parseFamily(lines.shift()!.slice(7)) : "ideal";
  if (family === null) throw new Error("no such family");
  const records: object[] = [];
  const told = lines.map((line) => {
    const [text, expected] = line.split(/\s*=>\s*/) as [string, string | undefined];
    const isQuestion = /^(table |guest-table |guest-phase |objects$|running$)/.test(text);
    if (!isQuestion) records.push(vmRecordOf(text));
    const { state, outcomes } =
      host === null ? recorded(family, records) : simulated({ ...host, scenario: records });
    if (expected === undefined) return line;
    const answer = isQuestion ? answerTo(state, text) : outcomes.flatMap(words);
    const wanted = expected.split(/\s+/).filter((word) => word !== "");
    const met = text.startsWith("dma")
      ? answer.join(" ").startsWith(wanted.join(" "))
      : wanted.join(" ") === answer.join(" ");
    return met ? line : `${text} => ${answer.join(" ")}`;
  });
  expect(told.join("\n")).toBe(lines.join("\n"));
}

interface After {
  readonly state: IommuState;
  /** Of the last record. */
  readonly outcomes: readonly Outcome[];
}

function recorded(family: NonNullable<ReturnType<typeof parseFamily>>, records: readonly object[]): After {
  const { state, steps } = run(family, stimuliOf(records));
  return { state, outcomes: steps.at(-1)?.outcomes ?? [] };
}

function simulated(story: StartupStory): After {
  const { state, events } = start(story);
  const last = events.findLastIndex((event) => !isOutcome(event));
  return { state, outcomes: events.slice(last + 1).filter(isOutcome) };
}

/** The record that a line stands for. */
export function vmRecordOf(line: string): object {
  const [word, name, ...rest] = line.split(/\s+/);
  switch (word) {
    case "vm":
      return startRecord(line);
    case "process":
      return { kind: "client", client: name, vm: rest[1], abilities: ["smmu/attach", ...rest.slice(2)] };
    case "stop":
    case "crash":
      return { kind: "vm.stop", vm: name, ...(word === "crash" ? { crashed: true } : {}) };
    case "guest":
      return { kind: "guest.fail", vm: name, what: rest[0], ...(rest[1] ? { name: rest[1] } : {}) };
    case "fail":
      return { kind: "fail", what: name, name: rest[0] };
    default:
      return clientRecordOf(line);
  }
}

function startRecord(line: string): object {
  const [head, service] = line.split(/ service /) as [string, string | undefined];
  const [, vm, ...words] = head.split(/\s+/);
  const pass = words.indexOf("pass");
  const memory = words
    .filter((word) => /^0x\w+\+/.test(word))
    .map((word) => {
      const [, guest, length, host] = /^(\w+)\+(\w+)(?:->(\w+))?$/.exec(word)!;
      return { guest, host: host ?? guest, length };
    });
  const devices =
    pass < 0 ? [] : words.slice(pass + 1).filter((each) => each !== "vdev" && each !== "unserved");
  const [name, config = ""] = service?.split(/:\s+/) ?? [];
  const certified = { components: [{ name: "qvm-safety", certified: true }] };
  return {
    kind: "vm",
    vm,
    memory,
    pass: devices.map(deviceOf),
    vdev: words.includes("vdev"),
    ...(words.includes("unserved") ? { hostService: false } : {}),
    ...(service === undefined
      ? {}
      : {
          service: {
            name,
            files: { "a.smmu": config.replaceAll(" / ", "\n") },
            args: ["@a.smmu"],
            ...certified,
          },
        }),
  };
}

function answerTo(state: IommuState, text: string): string[] {
  const [word, name, object] = text.split(/\s+/);
  if (word === "running") return [...state.vms].flatMap(([vm, { running }]) => (running ? [vm] : []));
  if (!word!.startsWith("guest-")) return questionWords(state, text);
  const guest = state.vms.get(vmName(name!))?.guest ?? null;
  if (guest === null) return ["no-guest-service"];
  return word === "guest-phase" ? [guest.service!.phase] : questionWords(guest, `table ${object}`);
}

function words(outcome: Outcome): string[] {
  switch (outcome.kind) {
    case "VmStarted":
      return ["started"];
    case "VmReported":
      return ["reported", outcome.requirement, ...shortName(outcome.device)];
    case "VmRefused":
      return ["refused", outcome.requirement, ...shortName(outcome.device)];
    case "VmEnded":
      return ["ended", outcome.how];
    case "Ignored":
      return ["ignored", outcome.why];
    case "DssEntered":
      return ["dss", outcome.reason, outcome.requirement];
    case "InGuest":
      if (outcome.outcome.kind === "DssEntered")
        return words(outcome.outcome).map((word, i) => (i === 0 ? `guest-${word}` : word));
      if (outcome.outcome.kind === "ServiceReady") return ["guest-running"];
      return words(outcome.outcome);
    case "TransferDenied": {
      const { reason, stage, guestAddress, hostAddress } = outcome;
      const text = (at: typeof hostAddress) => (at == null ? "none" : formatAddress(at.page, at.offset));
      return [
        ...["denied", reason],
        ...(stage === undefined ? [] : [stage, "guest", text(guestAddress), "host", text(hostAddress)]),
      ];
    }
    default:
      return outcomeWords(outcome);
  }
}

function shortName(device: string | null): string[] {
  return device === null ? [] : [device.replace("pci:0000:", "")];
}
