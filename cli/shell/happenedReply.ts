import type { Json } from "../../base/canonicalJson.ts";
import type { ApiCall } from "../../events/clientEvents.ts";
import { recordMembers } from "../../events/codec/eventJson.ts";
import type { Conformance, Outcome } from "../../events/outcome.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import { outcomeText } from "../../replay/tell/outcomeText.ts";
import { actualJson } from "../../replay/verdictJson.ts";
import { tell } from "../../replay/why/tell.ts";
import type { Terminal } from "../terminal.ts";
import { returnAmong, wroteLines } from "./callReturn.ts";
import { errnoText } from "./errnoText.ts";
import type { Reply } from "./reply.ts";
import type { Happened } from "./session.ts";

const LINES_SHOWN = 40;

/** What happened, as a shell answers it. `echo`: say the stimulus, too, which nobody typed. */
export function happenedReply(
  terminal: Terminal,
  happened: Happened,
  notes: readonly string[] = [],
  echo = false,
): Reply {
  const { seq, told, outcomes, branched } = happened;
  const { stimulus } = told;
  const { color } = terminal;
  const lines = [
    ...(branched === null ? [] : [color.dim(`a branch begins here: ${branched}`)]),
    ...notes.map((note) => color.yellow(printable(note))),
    ...(echo && !SAID_BY_OUTCOMES.has(stimulus.kind)
      ? [color.bold(printable(tell({ ...ENVELOPE, seq, event: stimulus })))]
      : []),
    ...(stimulus.kind === "call" ? callLines(terminal, stimulus.call, outcomes) : []),
  ];
  const changes = changesOf(outcomes);
  lines.push(...changes.slice(0, LINES_SHOWN).map(printable));
  if (changes.length > LINES_SHOWN)
    lines.push(`... and ${changes.length - LINES_SHOWN} more; log shows them`);
  const conformance = conformanceAmong(outcomes);
  const diverged = conformance === "diverged" || conformance === "stale";
  if (conformance === "stale")
    lines.push(color.yellow("expected, but through a translation that was revoked and is still cached"));
  else if (diverged) lines.push(color.red(color.bold("not as expected")));
  else if (conformance === "agreed") lines.push(color.green("as expected"));
  const [first = "", ...rest] = lines;
  const head = color.dim(String(seq).padStart(6));
  const text = [`${head}  ${first}`, ...rest.map((line) => `        ${line}`)].join("\n");
  return { text: `${text}\n`, json: happenedJson(happened, notes, conformance), finding: diverged };
}

// What comes of these says who they are about.
const SAID_BY_OUTCOMES: ReadonlySet<Stimulus["kind"]> = new Set<Stimulus["kind"]>(["client", "exit"]);

const ENVELOPE = { t: null, cause: null, origin: null, lastLine: null, extra: null } as const;

function callLines({ color }: Terminal, call: ApiCall, outcomes: readonly Outcome[]): string[] {
  const returned = returnAmong(outcomes);
  if (returned === null) return [];
  const { returns, errno, notes } = returned;
  const value = returns ?? "NULL";
  const remarks = notes.map((note) => color.yellow(NOTES[note]));
  if (errno !== null) return [`${color.red(`= ${value} ${errno}`)}: ${errnoText(call, errno)}`, ...remarks];
  const reissue = returns === 1 && "sop" in call ? ": call smmu_mapping_add again (CM-9)" : "";
  return [`${color.green(`= ${value}`)}${reissue}`, ...wroteLines(returned).map(printable), ...remarks];
}

const NOTES = {
  "as-recorded": "not comparable: it rests on what the recorder did not see, and is taken from the recording",
  "page-partly-covered": "wider than asked for: a page holds bytes that no request names (CM-12, G-26)",
  "write-grants-read": "wider than asked for: this unit grants read with write (RCR-5, G-37)",
} as const;

function changesOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.map(outcomeText).filter((text): text is string => text !== null && text !== "");
}

// A recording may hold anything; a terminal obeys control characters.
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}

function conformanceAmong(outcomes: readonly Outcome[]): Conformance | null {
  for (const outcome of outcomes) {
    if ("conformance" in outcome && outcome.conformance !== null) return outcome.conformance;
    if (outcome.kind === "InGuest") {
      const inner = conformanceAmong([outcome.outcome]);
      if (inner !== null) return inner;
    }
  }
  return null;
}

function happenedJson(
  { seq, told, outcomes, branched }: Happened,
  notes: readonly string[],
  conformance: Conformance | null,
): { readonly [name: string]: Json } {
  const { kind, ...members } = recordMembers(told.stimulus);
  const returned = returnAmong(outcomes);
  const [verdict] = outcomes;
  return {
    seq,
    kind,
    ...members,
    ...(returned === null ? {} : { returns: returned.returns, errno: returned.errno, wrote: returned.wrote }),
    ...(kind === "dma" && verdict !== undefined ? { verdict: actualJson(verdict) } : {}),
    changes: changesOf(outcomes),
    conformance,
    branched,
    ...(notes.length === 0 ? {} : { notes }),
  };
}
