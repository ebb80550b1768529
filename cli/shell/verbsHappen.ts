import { quote } from "../../base/diagnostic.ts";
import { clientName } from "../../events/vocabulary/names.ts";
import { InputError } from "../inputError.ts";
import { deviceOf } from "./deviceWord.ts";
import { expectedVerdict } from "./expectation.ts";
import { happenedReply } from "./happenedReply.ts";
import type { Reply } from "./reply.ts";
import type { Given, Verb } from "./verb.ts";
import { hexOf, smallOf } from "./words.ts";

/** What lets something happen. */
export const HAPPEN_VERBS: readonly Verb[] = [
  {
    form: "dma DEVICE ADDRESS [LENGTH] r|w",
    does: "a transfer of a device; LENGTH is 1 unless told",
    expects: true,
    more: `DEVICE is pci:0000:00:12.0, or 00:12.0 as lspci prints it, mmio:0xADDR or stream:0xSID.
ADDRESS+LENGTH may be one word. What is expected may follow: => permitted, => permitted 0x9000,
=> denied, => denied unmapped, => denied 0x05. It is compared, as in a scenario.`,
    run: (given) => transfer(given, given.words),
  },
  {
    form: "read DEVICE ADDRESS [LENGTH]",
    does: "the device reads memory",
    expects: true,
    run: (given) => transfer(given, [...given.words, "r"]),
  },
  {
    form: "write DEVICE ADDRESS [LENGTH]",
    does: "the device writes memory",
    expects: true,
    run: (given) => transfer(given, [...given.words, "w"]),
  },
  {
    form: "client NAME [ABILITY...] [vm=VM]",
    does: "a process begins, or another one makes the calls from now on",
    more: `Abilities are smmu/attach and smmu/target, or attach and target for short; attach unless told.
The name of a process that is there, alone, only says who calls.`,
    run: client,
  },
  {
    form: "kill CLIENT",
    does: "a process ends without calling anything",
    run: ({ shell, words, at }) => {
      const [name] = only(words, 1, "kill takes the name of one client");
      if (!shell.session.state.clients.has(clientName(name!)))
        throw new InputError(`there is no client ${quote(name!)}; clients lists them`);
      const reply = shell.tell({ kind: "exit", client: name! }, at);
      if (shell.client === name) shell.client = null;
      return reply;
    },
  },
  {
    form: "fail WHAT [NAME]",
    does: "an injected failure: unit, vdev, memory, procnto, signal, interrupt",
    run: ({ shell, words, at }) => {
      const [what, name] = words;
      if (what === undefined || words.length > 2)
        throw new InputError("fail takes what fails and perhaps its name, such as fail signal SIGTERM");
      return shell.tell({ kind: "fail", what, ...(name === undefined ? {} : { name }) }, at);
    },
  },
  {
    form: "mark TEXT",
    does: "a note in the log",
    run: ({ shell, rest, at }) => shell.tell({ kind: "mark", text: rest }, at),
  },
  {
    form: "step [N]",
    does: "go on by one stimulus, or by N: of the branch, else of the scenario",
    run: ({ shell, words }) => {
      const [given] = words;
      const times = given === undefined ? 1 : smallOf("N", given);
      return goOn(shell, Math.max(times, 1));
    },
  },
  {
    form: "run",
    does: "go on to the end of what is to come",
    run: ({ shell }) => goOn(shell, Number.POSITIVE_INFINITY),
  },
];

function transfer({ shell, expected, at }: Given, given: readonly string[]): Reply {
  const words = [...given];
  const access = words.pop();
  const [device, place = "", told] = words;
  const [address, joined, ...more] = place.split("+");
  if (device === undefined || !address || words.length > 3 || more.length > 0 || (told && joined))
    throw new InputError("a transfer is dma DEVICE ADDRESS [LENGTH] r|w, such as dma 00:12.0 0x1000 64 w");
  if (access !== "r" && access !== "w")
    throw new InputError(`a transfer ends with r or w, not with ${quote(access ?? "")}`);
  const length = smallOf("LENGTH", told ?? joined ?? "1");
  const record = {
    kind: "dma",
    device: deviceOf(device),
    address: hexOf("ADDRESS", address),
    length,
    access,
    ...(expected === null ? {} : expectedVerdict(expected)),
  };
  return shell.tell(record, at);
}

function client({ shell, words, at }: Given): Reply {
  const [name, ...rest] = words;
  if (name === undefined) throw new InputError("client takes the name of a process; clients lists them");
  const vm = rest.find((word) => word.startsWith("vm="))?.slice(3);
  const abilities = rest.filter((word) => !word.startsWith("vm="));
  const isKnown = shell.session.state.clients.has(clientName(name));
  if (isKnown && rest.length === 0) {
    shell.client = name;
    return { text: `        ${name} makes the calls from now on\n`, json: { client: name } };
  }
  const named = abilities.map((ability) => (ability.includes("/") ? ability : `smmu/${ability}`));
  const record = {
    kind: "client",
    client: name,
    abilities: named.length === 0 ? ["smmu/attach"] : named,
    ...(vm === undefined ? {} : { vm }),
  };
  const reply = shell.tell(record, at);
  shell.client = name;
  return reply;
}

const SHOWN_MAX = 100;
// So often somebody may press Ctrl-C.
const STEPS_AT_ONCE = 256;

async function goOn(shell: Given["shell"], times: number): Promise<Reply> {
  const texts: string[] = [];
  const steps: Reply["json"][] = [];
  let done = 0;
  let finding = false;
  shell.cancelled = false;
  while (done < times && !shell.cancelled) {
    const happened = shell.session.step();
    if (happened === null) break;
    done += 1;
    const reply = happenedReply(shell.terminal, happened, [], true);
    finding ||= reply.finding === true;
    if (texts.length < SHOWN_MAX || reply.finding) texts.push(reply.text);
    if (steps.length < SHOWN_MAX) steps.push(reply.json);
    if (done % STEPS_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  if (done > texts.length) texts.push(`        ... and ${done - texts.length} more; log shows them\n`);
  if (shell.cancelled) texts.push("        stopped here\n");
  if (done === 0) texts.push("        nothing is to come: this is the end of the branch\n");
  return { text: texts.join(""), json: { steps: done, happened: steps }, finding };
}

function only(words: readonly string[], count: number, message: string): readonly string[] {
  if (words.length !== count) throw new InputError(message);
  return words;
}
