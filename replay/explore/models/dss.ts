import { type IommuState, initialState } from "../../../core/state.ts";
import type { Stimulus } from "../../../events/stimulus.ts";
import { clientName, objectName } from "../../../events/vocabulary/names.ts";
import { SERVICE_NAMES } from "../../../events/vocabulary/service.ts";
import type { Answer, Asks, Question } from "../../../events/vocabulary/startupQuestion.ts";
import { transfer } from "../../check/calls.ts";
import { type Rules, takeStep } from "../../check/rules.ts";
import {
  deviceAt,
  RESERVED_PAGE,
  type SmallBoard,
  smallConfig,
  smallEnvironment,
  startupPage,
} from "../../check/smallBoard.ts";
import { answerOf } from "../../environment.ts";
import type { Model } from "../model.ts";
import { type MachineAction, type MachineModel, machineModel } from "./machineModel.ts";
import { type Bounds, MachineParts } from "./machineParts.ts";
import { exchangesOf, ownershipActions, propertiesShown } from "./ownership.ts";

/** How large a model of the Design Safe State is. */
export interface DssSizes {
  readonly devices: number;
  readonly clients: number;
  readonly pages: number;
  /** Units of the board; devices are behind them in turn. */
  readonly units: number;
  /** Objects of each client; absent: one. */
  readonly objects?: number;
  /** How many kinds of failures may come at any moment: of a unit, of memory, an interrupt, of the vdev; absent: all. */
  readonly failures?: number;
}

/**
 * A service from its launch on: both variants, host or guest, every answer of its start-up given, refused or given
 * badly, every failure at every moment; then clients, and transfers from the first moment to the last (docs/models.md).
 */
export function dss(sizes: DssSizes, rules: Rules): Model {
  return machineModel(dssMachine(sizes, rules));
}

/** The same, not yet made a model. */
export function dssMachine(sizes: DssSizes, rules: Rules): MachineModel {
  const { objects = 1, failures = FAILURES.length } = sizes;
  const clients = range(sizes.clients).map((c) => clientName(`c${c}`));
  const bounds: Bounds = {
    devices: range(sizes.devices).map(deviceAt),
    clients,
    objects: clients.flatMap((client) =>
      range(objects).map((o) => ({ object: objectName(`${client}.o${o}`), client })),
    ),
    pages: range(sizes.pages).map((p) => 0x100 + p),
  };
  const board = { devices: sizes.devices, units: sizes.units, configured: 1, reserved: true };
  const prelude = bounds.devices.map((device): Stimulus => ({ kind: "device", device, unit: null }));
  let initial = initialState("vtd");
  for (const stimulus of prelude) initial = takeStep(rules, initial, stimulus, 0).after;
  const parts = new MachineParts(bounds, initial);
  // The first device alone is configured, and devices behind different units are not alike.
  const alike = sizes.units === 1 ? range(sizes.devices).slice(1) : [];
  return {
    name: "dss",
    sizes: { ...sizes },
    parts,
    rules,
    properties: propertiesShown(shownBy(sizes)).filter(({ name }) => !LEFT_OUT.includes(name)),
    footprints: ({ name }) =>
      name.startsWith("a device is in no object")
        ? parts.devices.map((device) => [
            parts.system,
            device,
            ...bounds.objects.map((_, o) => parts.object(o)),
          ])
        : [parts.service],
    actions: [
      ...launches(parts),
      ...answers(parts, board),
      ...FAILURES.slice(0, failures).map((what) => failure(parts, what)),
      ...ownershipActions(parts, bounds, 1).map(onceLaunched),
      ...bounds.devices.flatMap((_, d) => startupTransfers(parts, bounds, d)),
    ],
    symmetry: { kind: "exchanges", exchanges: exchangesOf(parts, bounds, objects, alike) },
    prelude,
    initial,
  };
}

// It is about records, which are left out.
const LEFT_OUT = ["a client has at most 64 records"];

function shownBy({ clients, objects = 1 }: DssSizes): readonly string[] {
  return [
    "a transfer is permitted by a grant",
    "a transfer passes while its window is open",
    "a transfer is refused for want of a grant",
    "a transfer is refused for want of a right",
    ...(clients > 1 ? ["a device is refused because another client has it"] : []),
    "a client dies with objects",
    "a device waits for a reissue",
    ...(objects > 1 ? ["a device moves between objects of one client"] : []),
    "a service comes to run",
    "a service enters its Design Safe State while it starts",
    "a service enters its Design Safe State while it runs",
  ];
}

/** Where nobody tells of a service one is taken to run; here it is not launched yet, and clients wait for it. */
function onceLaunched(action: MachineAction): MachineAction {
  const stimulus = (state: IommuState): Stimulus | null => {
    const told = action.stimulus(state);
    return state.service === null && told?.kind !== "dma" ? null : told;
  };
  return { ...action, stimulus };
}

function launches(parts: MachineParts): MachineAction[] {
  return SERVICE_NAMES.map((service) => ({
    name: `${service} is launched`,
    reads: parts.service,
    writes: parts.service,
    stimulus: (state) => (state.service === null ? { kind: "service.start", service, arguments: [] } : null),
  }));
}

// What each question may be answered with beside what a working world says.
const BAD_ANSWERS: { readonly [ask in Asks]?: readonly (readonly [how: string, answer: Answer])[] } = {
  "second-instance": [["one runs already", { to: "second-instance", running: true }]],
  vdev: [["a guest without one", { to: "vdev", present: false, inGuest: true, architecture: "x86" }]],
  "vdev-host-service": [["there is none", { to: "vdev-host-service", confirmed: false }]],
  "vdev-attached": [["it is not", { to: "vdev-attached", confirmed: false }]],
  "vdev-components": [
    ["one is not certified", { to: "vdev-components", components: [{ name: "qvm", certified: false }] }],
  ],
  components: [
    ["one is not certified", { to: "components", components: [{ name: "procnto", certified: false }] }],
  ],
  library: [
    ["not found", { to: "library", found: false, loadable: false, certified: false }],
    ["not loadable", { to: "library", found: true, loadable: false, certified: true }],
    ["renamed, not certified", { to: "library", found: true, loadable: true, certified: false }],
  ],
};

const QUESTIONS: readonly Asks[] = [
  "second-instance",
  "vdev",
  "vdev-host-service",
  "vdev-attached",
  "vdev-components",
  "library",
  "components",
  "board",
  "memory",
  "program",
  "enable",
  "abilities",
  "name",
];

// What is answered to these, devices get: a unit, their tables, an end of their window.
const ABOUT_DEVICES: ReadonlySet<Asks> = new Set(["board", "memory", "enable"]);

function answers(parts: MachineParts, board: SmallBoard): MachineAction[] {
  const answer = (
    name: string,
    ask: Asks,
    make: (question: Question, state: IommuState) => Answer,
    footprint: readonly number[] = parts.service,
  ): MachineAction => ({
    name,
    reads: footprint,
    writes: footprint,
    stimulus: (state) => {
      const asked = state.service?.asked;
      if (asked?.ask !== ask) return null;
      return { kind: "answer", step: state.service!.step, answer: make(asked, state) };
    },
  });
  const all = [...parts.service, ...parts.devices];
  return [
    ...QUESTIONS.flatMap((ask) => [
      answer(
        `${ask}: as it should be`,
        ask,
        (question, { service }) =>
          answerOf(question, smallEnvironment(board, service!.placement === "guest")),
        ABOUT_DEVICES.has(ask) ? all : parts.service,
      ),
      answer(`${ask}: no answer`, ask, () => ({ to: ask, failed: "no answer" })),
      ...(BAD_ANSWERS[ask] ?? []).map(([how, bad]) => answer(`${ask}: ${how}`, ask, () => bad)),
    ]),
    answer("vdev: there is one", "vdev", (question) => answerOf(question, smallEnvironment(board, true))),
    ...configurations(parts, board),
  ];
}

function configurations(parts: MachineParts, board: SmallBoard): MachineAction[] {
  const footprint = { reads: parts.service, writes: parts.service };
  const asked = ({ service }: IommuState) => (service?.asked?.ask === "configuration" ? service : null);
  return [
    ...(["none", "warn", "required"] as const).map(
      (safety): MachineAction => ({
        name: `the configuration ends, safety ${safety}`,
        ...footprint,
        stimulus: (state) => {
          const service = asked(state);
          if (service === null) return null;
          const config = smallConfig(board, service.name, service.placement ?? "hardware", safety);
          return { kind: "config.end", config };
        },
      }),
    ),
    {
      name: "the configuration has an error",
      ...footprint,
      stimulus: (state) => {
        const service = asked(state);
        if (service === null || service.refusal !== null) return null;
        return {
          kind: "config.problem",
          severity: "error",
          code: "unknown-option",
          message: "there is no option alow",
          hint: null,
          place: { file: "check.smmu", line: 7, column: 1 },
        };
      },
    },
  ];
}

const FAILURES = ["unit", "memory", "interrupt", "vdev"] as const;

function failure(parts: MachineParts, what: (typeof FAILURES)[number]): MachineAction {
  return {
    name: `failure: ${what}`,
    reads: parts.service,
    writes: parts.service,
    stimulus: ({ service }) =>
      service === null || service.phase === "dss" ? null : { kind: "fail", what, name: null, at: null },
  };
}

/** Transfers to what the start-up grants, which no client's table has. */
function startupTransfers(parts: MachineParts, bounds: Bounds, d: number): MachineAction[] {
  const device = bounds.devices[d]!;
  return [startupPage(0), RESERVED_PAGE].flatMap((page) =>
    (["r", "w"] as const).map((access): MachineAction => {
      const objects = bounds.objects.map((_, o) => parts.object(o));
      return {
        name: `${device} ${access === "r" ? "reads" : "writes"} page ${page.toString(16)}`,
        reads: [parts.system, parts.device(d), ...objects],
        writes: [],
        stimulus: () => transfer(device, access, page),
      };
    }),
  );
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
