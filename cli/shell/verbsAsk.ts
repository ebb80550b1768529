import type { Json } from "../../base/canonicalJson.ts";
import { quote } from "../../base/diagnostic.ts";
import { eventJson } from "../../events/codec/eventJson.ts";
import type { RecordedEvent } from "../../events/recordedEvent.ts";
import { parseAddress } from "../../events/vocabulary/address.ts";
import { byteRange } from "../../events/vocabulary/byteRange.ts";
import { eventAt } from "../../replay/bootEvents.ts";
import { stateJson } from "../../replay/stateJson.ts";
import { type Answer, explain, explainEvent } from "../../replay/why/why.ts";
import { printStorms } from "../commands/faults.ts";
import { InputError } from "../inputError.ts";
import { renderClients } from "../render/clientsText.ts";
import { renderEvent } from "../render/eventLine.ts";
import { renderState } from "../render/stateText.ts";
import { renderWhy } from "../render/whyText.ts";
import type { Terminal } from "../terminal.ts";
import { deviceOf } from "./deviceWord.ts";
import type { Reply } from "./reply.ts";
import type { ShellState } from "./shellState.ts";
import type { Given, Verb } from "./verb.ts";
import { hexOf, smallOf } from "./words.ts";

const LOG_SHOWN = 20;

/** What asks and changes nothing. */
export const ASK_VERBS: readonly Verb[] = [
  {
    form: "state [all]",
    does: "the machine at this place: units, devices, objects, mappings, clients",
    run: ({ shell, words }) => {
      const { state, place } = shell.session;
      return {
        text: inShell(renderState(shell.terminal, state, place - 1, words[0] === "all")),
        json: { at: place - 1, ...stateJson(state) },
      };
    },
  },
  {
    form: "clients",
    does: "the processes: abilities, connections, objects, records that wait",
    run: ({ shell }) => {
      const { state } = shell.session;
      const text = renderClients(shell.terminal, state);
      return {
        text: text === "" ? "no client is there\n" : text,
        json: { clients: stateJson(state)["clients"]! },
      };
    },
  },
  {
    form: "faults [all]",
    does: "every fault up to here, and what clients could learn of it",
    run: async ({ shell, words }) => {
      const reader = shell.reader();
      const text = await captured(shell.terminal, (terminal) =>
        printStorms(terminal, reader, words[0] !== "brief"),
      );
      return { text, json: { faults: [...reader.faults()].map(({ json }) => JSON.parse(json) as Json) } };
    },
  },
  {
    form: "log [FROM [TO]]",
    does: `the events up to here: the last ${LOG_SHOWN}, or FROM to TO`,
    run: ({ shell, words }) => {
      const { place } = shell.session;
      const [from, to] = words.map((word) => smallOf("seq", word));
      const first = from ?? Math.max(place - LOG_SHOWN, 0);
      const last = Math.min(to ?? (from === undefined ? place : from + LOG_SHOWN - 1), place - 1);
      const events: RecordedEvent[] = [];
      for (const event of shell.session.events(first)) {
        if (event.seq > last) break;
        events.push(event);
      }
      const text = events.map((event) => renderEvent(shell.terminal, event)).join("");
      return { text, json: { events: events.map(eventJson) } };
    },
  },
  {
    form: "why [SEQ | DEVICE ADDRESS [LENGTH] [r|w]]",
    does: "the causes of a verdict or a fault: the last refused transfer, that of SEQ, or what if",
    run: why,
  },
];

function why({ shell, words }: Given): Reply {
  const [first] = words;
  const seq = first === undefined ? lastRefused(shell) : /^\d+$/.test(first) ? Number(first) : null;
  const [answer, event] = seq === null ? [whatIf(shell, words), null] : fromLog(shell, seq);
  return {
    text: renderWhy(shell.terminal, shell.session.branch.name, answer.question, answer.explanation, event),
    json: answer.explanation as unknown as { readonly [name: string]: Json },
  };
}

/** The last transfer that was refused, or that came out otherwise than was expected. */
function lastRefused(shell: ShellState): number {
  const reader = shell.reader();
  let last = -1;
  for (const { seq } of reader.faults()) last = Math.max(last, seq);
  for (const { seq } of reader.findings())
    if (eventAt(reader, seq)?.event.kind === "dma") last = Math.max(last, seq);
  if (last < 0) throw new InputError("no transfer was refused up to here; why SEQ asks of another one");
  return last;
}

function fromLog(shell: ShellState, seq: number): readonly [Answer, RecordedEvent] {
  const reader = shell.reader();
  const event = seq < shell.session.place ? eventAt(reader, seq) : null;
  if (event === null)
    throw new InputError(`there is no event ${seq} up to here; the last is ${shell.session.place - 1}`);
  const answer = explainEvent(reader, event);
  if (!("problem" in answer)) return [answer, event];
  throw new InputError([answer.problem, ...answer.missing].join("; "));
}

function whatIf(shell: ShellState, words: readonly string[]): Answer {
  const [device, address, ...rest] = words;
  if (device === undefined || address === undefined)
    throw new InputError("why takes a seq, or a device and an address: why 00:12.0 0x1000 64 w");
  const access = rest.find((word) => word === "r" || word === "w") ?? "r";
  const length = smallOf("LENGTH", rest.find((word) => word !== "r" && word !== "w") ?? "1");
  const bytes = byteRange(parseAddress(hexOf("ADDRESS", address))!, length);
  if (!bytes.ok) throw new InputError(`${quote(words.join(" "))} is no range: it is empty or goes past 2^64`);
  const asked = { device: deviceOf(device), bytes: bytes.value, access } as const;
  const question = { seq: shell.session.place, t: null, ...asked, observed: null, report: null, event: null };
  return { question, explanation: explain(shell.reader(), question) };
}

/** What a command line would be told to add, said for a prompt. */
function inShell(text: string): string {
  return text.replaceAll("--all shows", "state all shows");
}

async function captured(terminal: Terminal, print: (terminal: Terminal) => Promise<void>): Promise<string> {
  let text = "";
  await print({
    ...terminal,
    out: async (piece) => {
      text += piece;
    },
  });
  return text;
}
