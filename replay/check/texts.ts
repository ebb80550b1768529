import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import { ANY_ORDER, IGNORED_IN_GUEST } from "../../core/properties/lives.ts";
import { type IommuState, initialState } from "../../core/state.ts";
import { stateDigest } from "../../core/stateDigest.ts";
import type { Outcome } from "../../events/outcome.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { Placement, ServiceName } from "../../events/vocabulary/service.ts";
import { simulate } from "../simulate.ts";
import { Alphabet, type Word } from "./alphabet.ts";
import { Dice } from "./dice.ts";
import type { Life } from "./life.ts";
import { type Rules, takeStep } from "./rules.ts";
import { type SmallBoard, smallEnvironment } from "./smallBoard.ts";
import type { World } from "./world.ts";

/** Reads a configuration from files by name, of which `main.smmu` is the first, as a service in that place does. */
export type ConfigurationReader = (
  files: ReadonlyMap<string, string>,
  service: ServiceName,
  placement: Placement,
) => readonly Stimulus[];

const BOARD: SmallBoard = { devices: 3, units: 1, configured: 0, reserved: true };

const NAMES = ["a", "b", "c"];
const STARTS = ["0x10000", "0x11000", "0d69632", "12000"];
const RIGHTS = ["", ",s", ",t", ",st"];

/** The lines of a configuration: each is told as a note, and says what a line or a device with its own options says. */
const LINES: readonly Word[] = [
  line("allow", 6, [NAMES.length, STARTS.length, RIGHTS.length, 2], ([name, start, right, length]) =>
    [`allow ${NAMES[name!]} ${STARTS[start!]},${["4096", "8K"][length!]}${RIGHTS[right!]}`].join("\n"),
  ),
  line("device", 6, [3, NAMES.length + 1, 2], ([device, name, hasReserved]) => {
    const set = name === 0 ? "" : ` ${NAMES[name! - 1]}`;
    return `device pci:0:${device! + 1}.0${set}${hasReserved === 1 ? "\nreserved 0x30000,4096" : ""}`;
  }),
  line("debug", 1, [2], ([level]) => `debug ${level! + 1}`),
  line("foreground", 1, [], () => "foreground"),
  line("safety", 1, [3], ([response]) => `safety ${["none", "warn", "required"][response!]}`),
  line("user", 1, [2], ([user]) => `user ${["99:99", "root"][user!]}`),
];

function line(
  does: string,
  weight: number,
  sizes: readonly number[],
  text: (n: readonly number[]) => string,
): Word {
  return { does, weight, sizes, tells: (numbers) => ({ kind: "mark", text: text(numbers) }) };
}

/** The world of configuration texts: its lives are lines, read twice. */
export function textWorld(): World {
  const alphabet = new Alphabet(LINES);
  return {
    name: "configuration texts",
    family: "vtd",
    state: initialState("vtd"),
    told: [],
    seq: 0,
    board: null,
    alphabet,
    prologues: [
      { focus: 0, codes: [] },
      { focus: 0, codes: [alphabet.code("allow", 0, 0, 0, 0), alphabet.code("device", 0, 1, 0)] },
    ],
    storm: null,
    isOfTexts: true,
  };
}

/** Names of the sentences about texts that a life of lines breaks. */
export function brokenByTexts(
  life: Life,
  { alphabet }: World,
  rules: Rules,
  read: ConfigurationReader,
): readonly string[] {
  const blocks = life.happenings.map((code) => (alphabet.stimulus(code) as { readonly text: string }).text);
  const { service, guest } = life.startup;
  const dice = new Dice(life.cut ?? blocks.length);
  const plain = oneFile([...HEAD, ...blocks]);
  const meant = meaningOf(plain, service, guest, rules, read);
  const other = splitUp([...HEAD, ...reordered(blocks, dice)], dice);
  const broken: string[] = [];
  if (meaningOf(other, service, guest, rules, read) !== meant) broken.push(ANY_ORDER.name);
  const bare = blocks.map((block) => block.split("\n")[0]!);
  const ignored = bare.flatMap((block) => (block.startsWith("device") ? [block, ...IGNORED] : [block]));
  if (
    meaningOf(oneFile([...HEAD, UNIT, ...ignored]), service, true, rules, read) !==
    meaningOf(oneFile(bare), service, true, rules, read)
  )
    broken.push(IGNORED_IN_GUEST.name);
  return broken;
}

const HEAD = ["smmu vtd require"];
const UNIT = "unit other 0xfed95000";
const IGNORED = ["use other", "reserved 0x31000,4096"];

function oneFile(blocks: readonly string[]): ReadonlyMap<string, string> {
  return new Map([["main.smmu", `${blocks.join("\n")}\n`]]);
}

/** Another order of the blocks: options of which the last one decides stay in theirs (LANG-8). */
function reordered(blocks: readonly string[], dice: Dice): string[] {
  const rest = [...blocks];
  const mixed: string[] = [];
  while (rest.length > 0) mixed.push(...rest.splice(dice.below(rest.length), 1));
  for (const word of ["debug", "foreground", "safety", "user"]) {
    const inOrder = blocks.filter((block) => block.startsWith(word));
    for (const [i, block] of mixed.entries()) if (block.startsWith(word)) mixed[i] = inOrder.shift()!;
  }
  return mixed;
}

/** The same words with comments and other spaces, and some of them in a file of their own. */
function splitUp(blocks: readonly string[], dice: Dice): ReadonlyMap<string, string> {
  const from = dice.below(blocks.length + 1);
  const to = from + dice.below(blocks.length + 1 - from);
  const main: string[] = [];
  const part: string[] = [];
  for (const [i, block] of blocks.entries()) {
    if (i === from) main.push("@part.smmu");
    const spaced = [block, `  ${block.replaceAll("\n", "\t")}`, `${block} # as told`, `\n${block}\n`][
      dice.below(4)
    ]!;
    (i >= from && i < to ? part : main).push(spaced);
  }
  return new Map([
    ["main.smmu", `${main.join("\n")}\n`],
    ["part.smmu", `# the rest\n${part.join("\n")}\n`],
  ]);
}

/** What a configuration comes to: the machine that it starts, and how the service runs. */
function meaningOf(
  files: ReadonlyMap<string, string>,
  service: ServiceName,
  guest: boolean,
  rules: Rules,
  read: ConfigurationReader,
): string {
  const { state, told } = started(files, service, guest, rules, read);
  const problems = told
    .flatMap((stimulus) =>
      stimulus.kind === "config.problem" && stimulus.severity === "error" ? [stimulus.code] : [],
    )
    .sort();
  const end = told.find((stimulus) => stimulus.kind === "config.end");
  const { debug, foreground, safety, user } = end!.config;
  // Of what is wrong anyway it is the first error that is told; which comes first depends on the order, of course.
  const errors = problems.length > 0;
  return canonicalJson({
    digest: stateDigest(state),
    errors,
    debug,
    foreground,
    safety,
    user,
  } as unknown as Json);
}

function started(
  files: ReadonlyMap<string, string>,
  service: ServiceName,
  guest: boolean,
  rules: Rules,
  read: ConfigurationReader,
): { readonly state: IommuState; readonly told: readonly Stimulus[] } {
  let state = initialState(guest ? "ideal" : "vtd");
  const told: Stimulus[] = [];
  const record = ({ stimulus }: { readonly stimulus: Stimulus }): readonly Outcome[] => {
    const { outcomes, after } = takeStep(rules, state, stimulus, 0);
    state = after;
    return outcomes;
  };
  simulate(
    { record },
    {
      service,
      arguments: [],
      environment: smallEnvironment(BOARD, guest),
      configuration: (placement) => {
        told.push(...read(files, service, placement));
        return told.map((stimulus) => ({ stimulus, origin: null }));
      },
      before: [],
      failures: [],
      after: [],
      failStep: null,
    },
  );
  return { state, told };
}
