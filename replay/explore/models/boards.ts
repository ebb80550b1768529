import type { IommuState } from "../../../core/state.ts";
import type { Stimulus } from "../../../events/stimulus.ts";
import type { BoardFacts } from "../../../events/vocabulary/boardFacts.ts";
import { ABILITY_ATTACH, ABILITY_TARGET, SOCF } from "../../../events/vocabulary/clientApi.ts";
import type { ConfigAllow, ConfigFacts, ConfigPlace } from "../../../events/vocabulary/configFacts.ts";
import { type DeviceName, pciDevice } from "../../../events/vocabulary/device.ts";
import type { Family } from "../../../events/vocabulary/family.ts";
import { clientName, objectName, unitName } from "../../../events/vocabulary/names.ts";
import { SERVICE_NAMES } from "../../../events/vocabulary/service.ts";
import { addDevice, addMapping, callOf, transfer } from "../../check/calls.ts";
import type { Rules } from "../../check/rules.ts";
import { answerOf, type Environment } from "../../environment.ts";
import type { Model } from "../model.ts";
import { type WholeAction, wholeMachine } from "./wholeMachine.ts";

const C0 = clientName("c0");
const [D0, D1] = [pciDevice(0, 0, 1, 0), pciDevice(0, 0, 2, 0)];
const [M0, M1] = ["mmio:0xe6ef0000", "mmio:0xe6ef1000"] as [DeviceName, DeviceName];

/** A configuration on a board; what is absent is as on a VT-d board that needs nothing said. */
interface Setup {
  readonly family?: Family;
  readonly config?: Partial<ConfigFacts>;
  readonly board?: Partial<BoardFacts>;
  readonly files?: readonly string[];
  readonly soc?: string;
}

/** How many there are. */
export const SETUPS_COUNT = 12;

/**
 * A start-up on boards and with configurations that are not as usual, of both services, every step answered, not answered or
 * answered late; then a client whose device has start-up grants and reserved regions (docs/models.md). `board`: which one.
 */
export function boards({ board: at = 0 }: { readonly board?: number }, rules: Rules): Model {
  const setup = SETUPS[at]!;
  const { family = "vtd" } = setup;
  const devices = family === "vtd" ? [D0, D1] : [M0, M1];
  const environment = environmentOf(setup);
  return wholeMachine({
    name: "boards",
    sizes: { board: at },
    family,
    rules,
    prelude: devices.map((device): Stimulus => ({ kind: "device", device, unit: null })),
    actions: [
      ...SERVICE_NAMES.map((service) => ({
        name: `${service} is launched`,
        stimulus: ({ service: known }: IommuState): Stimulus | null =>
          known === null ? { kind: "service.start", service, arguments: [] } : null,
      })),
      ...answers(setup, environment),
      ...afterwards(devices),
    ] satisfies WholeAction[],
  });
}

function answers(setup: Setup, environment: Environment): WholeAction[] {
  const asked = (name: string, make: (step: number, ask: never) => Stimulus): WholeAction => ({
    name,
    stimulus: ({ service }) => (service?.asked == null ? null : make(service.step, service.asked as never)),
  });
  return [
    asked("the answer", (step, question: Parameters<typeof answerOf>[0]) =>
      question.ask === "configuration"
        ? { kind: "config.end", config: configOf(setup) }
        : { kind: "answer", step, answer: answerOf(question, environment) },
    ),
    asked("no answer", (step, { ask }: Parameters<typeof answerOf>[0]) => ({
      kind: "answer",
      step,
      answer: { to: ask, failed: "no answer" },
    })),
    asked("an answer to the question before", (step, question: Parameters<typeof answerOf>[0]) => ({
      kind: "answer",
      step: step - 1,
      answer: answerOf(question, environment),
    })),
    {
      name: "the service is launched again",
      stimulus: ({ service }) =>
        service === null ? null : { kind: "service.start", service: service.name, arguments: [] },
    },
  ];
}

function afterwards(devices: readonly DeviceName[]): WholeAction[] {
  const running = (name: string, stimulus: Stimulus): WholeAction => ({
    name,
    stimulus: ({ service }) => (service?.phase === "running" ? stimulus : null),
  });
  const created = (name: string, object: string, flags: number): WholeAction => ({
    name,
    stimulus: ({ service, objects }) =>
      service?.phase === "running" && !objects.has(objectName(object))
        ? callOf(C0, { function: "smmu_obj_create", flags }, object)
        : null,
  });
  const tries = devices.flatMap((device) =>
    [0x10, 0x11, 0x20, 0x100].flatMap((page) =>
      (["r", "w"] as const).map(
        (access): WholeAction => ({
          name: `${device} ${access} ${page.toString(16)}`,
          stimulus: () => transfer(device, access, page),
        }),
      ),
    ),
  );
  return [
    running("c0 starts", {
      kind: "client",
      client: C0,
      abilities: [ABILITY_ATTACH, ABILITY_TARGET],
      vm: null,
    }),
    running("c0 connects", callOf(C0, { function: "smmu_init", flags: 0 })),
    created("c0 creates", "o0", SOCF.SOCF_NONE),
    created("c0 creates one whose regions it looks after", "m0", SOCF.SOCF_RESERVED_MANUAL),
    running("c0 attaches", addDevice(C0, "o0", D0)),
    running("c0 attaches to the other", addDevice(C0, "m0", D0)),
    running("c0 maps what start-up maps", addMapping(C0, "o0", 2, 0x11)),
    running("c0 unmaps it", addMapping(C0, "o0", 0, 0x11)),
    running(
      "c0 asks what is reserved",
      callOf(C0, {
        function: "smmu_device_report_reserved",
        devid: { type: "SDT_PCI", bus: 0, dev: 1, func: 0 },
        offset: 1,
        nresv: 1,
      }),
    ),
    ...tries,
  ];
}

const PLACE: ConfigPlace = { file: "boards.smmu", line: 1, column: 1 };

function allow(name: string, start: string, length: string, letters: "s" | "t" | "st"): ConfigAllow {
  return { name, start, length, source: letters.includes("s"), target: letters.includes("t"), origin: PLACE };
}

function device(
  name: string,
  sets: readonly string[],
  use: { readonly unit: string; readonly use: string } | null = null,
): ConfigFacts["devices"][number] {
  const uses = use === null ? [] : [use];
  return {
    device: name,
    length: null,
    allow: sets,
    unit: null,
    use: null,
    uses,
    reserved: [],
    origin: PLACE,
  };
}

function smmu(
  type: string,
  parameters: readonly string[],
  library: string | null = null,
): ConfigFacts["smmu"] {
  return { type, parameters, library, origin: PLACE };
}

function unit(
  name: string,
  parameters: ConfigFacts["units"][number]["parameters"],
): ConfigFacts["units"][number] {
  return { name, base: "0x51400000", parameters, origin: PLACE };
}

const DMAR: BoardFacts["units"][number] = {
  name: unitName("dmar0"),
  family: "vtd",
  base: "0xfed90000",
  addressWidth: 39,
  covers: [{ kind: "all" }],
  source: "board",
};

const REGION = { start: "0x20000", length: "0x1000", access: "rw", undecided: [], source: "board" } as const;

const ARM = { board: { architecture: "arm" as const, units: [], devices: [] } };
const CHIP = ["0xe67b0000", "228", "18", "0x4f.0x20"];
const SETS = [allow("a", "0x10000", "0x1000", "s"), allow("b", "0x11000", "0x1000", "st")];

const SETUPS: readonly Setup[] = [
  // Sets of several lines that share pages with each other and with a region; each device has its own.
  {
    config: {
      allow: [
        allow("a", "0x10000", "0x1000", "s"),
        allow("a", "0x10800", "0x1000", "t"),
        allow("b", "0x20000", "0x800", "s"),
      ],
      devices: [device(D0, ["a"]), device(D1, ["b"])],
    },
    board: {
      reserved: [
        { ...REGION, devices: [D0] },
        { ...REGION, start: "0x11000", access: "r", devices: [D0] },
      ],
    },
  },
  // A safety file that is named and missing, beside a plain one.
  { config: { smmu: smmu("vtd", [], "vtd-safety.so") }, files: ["smmu-vtd.so"] },
  // No safety library, and nothing required: the plain one takes its place.
  { config: { safety: "none" }, files: ["smmu-vtd.so"] },
  { config: { smmu: smmu("vtd", ["require"]), units: [unit("own", {})] }, board: { units: [] } },
  {
    config: {
      smmu: smmu("vtd", ["ignore"]),
      units: [unit("own", {})],
      allow: SETS,
      devices: [device(D0, ["a"])],
    },
    board: { reserved: [{ ...REGION, devices: [D0] }] },
  },
  { config: { smmu: smmu("vtd", []) }, board: { units: [] } },
  { config: { allow: SETS, devices: [device(D0, ["a"])] }, board: { units: [{ ...DMAR, covers: [] }] } },
  {
    ...ARM,
    family: "smmuv2",
    config: {
      smmu: smmu("armsmmu", []),
      units: [unit("mmu", { bypass: 0, res_sid: [5], cfg_dll: null })],
      allow: SETS,
      devices: [device(M0, ["a"], { unit: "mmu", use: "5" })],
    },
  },
  { ...ARM, family: "ipmmu", config: { smmu: smmu("rcar3", CHIP), units: [unit("vi0", {})] }, soc: "0x21" },
  {
    ...ARM,
    family: "ipmmu",
    config: {
      smmu: smmu("rcar3", CHIP),
      units: [unit("vi0", {})],
      allow: SETS,
      devices: [device(M0, ["a"], { unit: "vi0", use: "0" }), device(M1, ["b"], { unit: "vi0", use: "0" })],
    },
    soc: "0x20",
  },
  { config: { foreground: true, user: "100:100" } },
  // What one of two devices that the unit cannot tell apart is granted, the other one reaches.
  {
    config: { allow: SETS, devices: [device(D0, ["a"])] },
    board: {
      devices: [D0, D1].map((name) => {
        return {
          device: name,
          listed: true,
          unit: DMAR.name,
          answer: "unit",
          identifiers: [8],
          note: null,
        };
      }),
    },
  },
];

function configOf({ config = {} }: Setup): ConfigFacts {
  return {
    service: "smmuman",
    placement: "hardware",
    debug: 0,
    foreground: false,
    safety: "required",
    user: null,
    smmu: smmu("vtd", []),
    units: [],
    allow: [],
    devices: [],
    ...config,
  };
}

function environmentOf({ family = "vtd", board = {}, files, soc }: Setup): Environment {
  const type = { vtd: "vtd", smmuv2: "armsmmu", ipmmu: "rcar3" }[family as "vtd"];
  const names = files ?? [`smmu-${type}-safety.so`, `smmu-${type}.so`];
  return {
    board: {
      architecture: "x86",
      units: [DMAR],
      devices: [D0, D1].map((name) => {
        return { device: name, listed: true, unit: null, answer: "unknown", identifiers: [], note: null };
      }),
      reserved: [],
      image: [],
      damaged: [],
      ...board,
    },
    files: names.map((name) => ({ name, loadable: true, certified: name.includes("-safety") })),
    components: [{ name: "procnto-smp-instr", certified: true }],
    soc: soc === undefined ? null : { id: "0x4f", revision: soc },
    vdev: null,
    services: [],
    inGuest: false,
  };
}
