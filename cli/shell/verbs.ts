import { quote } from "../../base/diagnostic.ts";
import { API_FUNCTIONS } from "../../events/vocabulary/clientApi.ts";
import { InputError } from "../inputError.ts";
import type { Terminal } from "../terminal.ts";
import { signature } from "./callSyntax.ts";
import { functionHelp } from "./functionHelp.ts";
import type { Reply } from "./reply.ts";
import type { Verb } from "./verb.ts";
import { ASK_VERBS } from "./verbsAsk.ts";
import { HAPPEN_VERBS } from "./verbsHappen.ts";
import { PLACE_VERBS } from "./verbsPlace.ts";

const HELP: Verb = {
  form: "help [WORD]",
  does: "what there is, or more about one command or function",
  run: ({ shell, words }) => help(shell.terminal, words[0]),
};

const GROUPS: readonly (readonly [string, readonly Verb[]])[] = [
  ["let something happen", HAPPEN_VERBS],
  ["ask", ASK_VERBS],
  ["places and branches", [...PLACE_VERBS, HELP]],
];

/** Every command by its word. */
export const VERBS: ReadonlyMap<string, Verb> = new Map(
  GROUPS.flatMap(([, verbs]) => verbs.map((verb): [string, Verb] => [wordOf(verb), verb])),
);

function wordOf({ form }: Verb): string {
  return form.split(" ")[0]!;
}

function help({ color }: Terminal, word: string | undefined): Reply {
  if (word !== undefined) return helpOn(word);
  const width = 44;
  const lines: string[] = [
    color.bold("call the client API, as in C or as words; docs/client-api.md tells each function"),
  ];
  for (const name of API_FUNCTIONS) lines.push(`  ${name}${signature(name)}`);
  for (const [title, verbs] of GROUPS) {
    lines.push("", color.bold(title));
    for (const { form, does } of verbs) lines.push(`  ${form.padEnd(width)}${color.dim(does)}`);
  }
  lines.push(
    "",
    'A line that begins with { is a record of a scenario, such as {"kind":"vm.stop","vm":"g1"}; # begins a comment.',
    "After a call or a transfer, => says what is expected: smmu_init(0) => 0, dma 00:12.0 0x1000 w => denied.",
  );
  const commands = [...VERBS.values()].map(({ form, does }) => ({ form, does }));
  return { text: `${lines.join("\n")}\n`, json: { commands, functions: [...API_FUNCTIONS] } };
}

function helpOn(word: string): Reply {
  const name = API_FUNCTIONS.find((known) => known === word);
  if (name !== undefined) return { text: `${functionHelp(name)}\n`, json: { help: functionHelp(name) } };
  const verb = VERBS.get(word);
  if (verb === undefined) throw new InputError(`there is no command or function ${quote(word)}`);
  const { form, does, more } = verb;
  const text = [`${form}: ${does}`, ...(more === undefined ? [] : [more])].join("\n");
  return { text: `${text}\n`, json: { help: text } };
}
