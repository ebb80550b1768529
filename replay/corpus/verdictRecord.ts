import { sha256 } from "../../base/digest.ts";
import { initialState } from "../../core/state.ts";
import type { Outcome } from "../../events/outcome.ts";
import { isOutcome, type RecordedEvent } from "../../events/recordedEvent.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { eventBlocks } from "../bootEvents.ts";
import { Stepper } from "../stepper.ts";

/** Every judgement of one boot, small enough to be kept under version control and exact enough to find the first that changes. */
export interface VerdictRecord {
  readonly events: number;
  /** Judgements: of transfers, and of calls of the client API. */
  readonly judgements: number;
  /** How often each verdict came, by its text, as `permitted grant` or `denied unmapped 0x06 diverged`. */
  readonly counts: { readonly [verdict: string]: number };
  /** The verdicts in order as runs of equal ones, `0*100,1,0*7`, numbers into the texts of `counts`; null: too many. */
  readonly runs: string | null;
  /** A digest of each {@link CHUNK} judgements in a row, with what they led to: target, address of refusal, returned value. */
  readonly chunks: readonly string[];
}

/** A judgement that is not the expected one. `index` counts judgements from 0. */
export interface ChangedJudgement {
  readonly index: number;
  /** Null where only a stretch of judgements is known to differ, or one boot has fewer. */
  readonly expected: string | null;
  readonly actual: string | null;
  /** What to look at: the event of the present boot. */
  readonly seq: number | null;
}

/** How many judgements one digest covers. */
export const CHUNK = 1024;
// Boots with more changes of verdict than this are found out by their digests alone.
const RUNS_MAX = 50_000;

/** Judges a boot anew by the present rules and records every verdict. */
export function recordVerdicts(reader: BootReader): VerdictRecord {
  const recorder = new Recorder();
  for (const judgement of judgements(reader)) recorder.add(judgement);
  return recorder.finish(reader.info.events);
}

/** The first judgement of a boot that is not as it was recorded, and how many differ as far as that can be told; null: none. */
export function firstChange(
  expected: VerdictRecord,
  reader: BootReader,
): { readonly first: ChangedJudgement; readonly changed: number } | null {
  const actual = recordVerdicts(reader);
  const same =
    expected.chunks.length === actual.chunks.length &&
    expected.chunks.every((digest, i) => digest === actual.chunks[i]);
  if (same && expected.judgements === actual.judgements) return null;
  const [before, now] = [expand(expected), expand(actual)];
  const chunk = expected.chunks.findIndex((digest, i) => digest !== actual.chunks[i]);
  const from = (chunk === -1 ? Math.min(expected.chunks.length, actual.chunks.length) : chunk) * CHUNK;
  let index = before === null || now === null ? -1 : now.findIndex((verdict, i) => verdict !== before[i]);
  if (index === -1 && before !== null && now !== null && before.length > now.length) index = now.length;
  const changed =
    before === null || now === null
      ? 0
      : Array.from({ length: Math.max(before.length, now.length) }).filter((_, i) => before[i] !== now[i])
          .length;
  // The verdicts are the same words, but something leads elsewhere; or there are too many to be kept.
  if (index === -1)
    return { first: { index: from, expected: null, actual: null, seq: seqOf(reader, from) }, changed };
  const first = {
    index,
    expected: before?.[index] ?? null,
    actual: now?.[index] ?? null,
    seq: seqOf(reader, index),
  };
  return { first, changed };
}

interface Judgement {
  readonly seq: number;
  readonly verdict: string;
  readonly leadsTo: string;
}

function* judgements(reader: BootReader): Generator<Judgement> {
  const { family, outcomes: kept } = reader.info.header;
  const stepper = new Stepper(initialState(family), kept);
  for (const block of eventBlocks(reader))
    for (const recorded of block) {
      // Of a boot with recorded outcomes, too, the present rules' answers are judged, not the recorded ones.
      const outcomes = stepper.step(recorded);
      if (isOutcome(recorded.event)) continue;
      for (const outcome of outcomes) {
        const judgement = judgementOf(recorded, outcome);
        if (judgement !== null) yield judgement;
      }
    }
}

function judgementOf({ seq }: RecordedEvent, outcome: Outcome): Judgement | null {
  switch (outcome.kind) {
    case "TransferPermitted": {
      const { page, offset } = outcome.target;
      return judgement(
        seq,
        ["permitted", outcome.via, beside(outcome.conformance)],
        formatAddress(page, offset),
      );
    }
    case "TransferDenied": {
      const { reason, code, conformance, at } = outcome;
      return judgement(seq, ["denied", reason, code, beside(conformance)], formatAddress(at.page, at.offset));
    }
    case "InterruptRaised":
      return judgement(seq, ["interrupt", beside(outcome.conformance)], "");
    case "CallReturned": {
      const { function: name, errno, returns, conformance } = outcome;
      const answer = errno === null ? "succeeded" : errno;
      return judgement(seq, ["call", name, answer, beside(conformance)], String(returns));
    }
    default:
      return null;
  }
}

function judgement(seq: number, words: readonly (string | null)[], leadsTo: string): Judgement {
  return { seq, verdict: words.filter((word) => word !== null).join(" "), leadsTo };
}

function beside(conformance: string | null): string | null {
  return conformance === "agreed" ? null : conformance;
}

class Recorder {
  readonly #counts = new Map<string, number>();
  readonly #numbers = new Map<string, number>();
  readonly #runs: [number, number][] = [];
  readonly #chunks: string[] = [];
  #chunk = "";
  #count = 0;

  add({ verdict, leadsTo }: Judgement): void {
    let number = this.#numbers.get(verdict);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(verdict, number);
    }
    this.#counts.set(verdict, (this.#counts.get(verdict) ?? 0) + 1);
    const last = this.#runs.at(-1);
    if (last?.[0] === number) last[1] += 1;
    else if (this.#runs.length <= RUNS_MAX) this.#runs.push([number, 1]);
    this.#chunk += `${verdict} ${leadsTo}\n`;
    this.#count += 1;
    if (this.#count % CHUNK === 0) this.#closeChunk();
  }

  finish(events: number): VerdictRecord {
    if (this.#chunk !== "") this.#closeChunk();
    const runs = this.#runs.map(([number, length]) => (length === 1 ? `${number}` : `${number}*${length}`));
    return {
      events,
      judgements: this.#count,
      counts: Object.fromEntries(this.#counts),
      runs: runs.length > RUNS_MAX ? null : runs.join(","),
      chunks: this.#chunks,
    };
  }

  #closeChunk(): void {
    this.#chunks.push(sha256(this.#chunk).slice(0, 16));
    this.#chunk = "";
  }
}

/** The verdicts one by one; null where they are not kept, or what is kept is not what it claims to be. */
function expand({ runs, counts, judgements }: VerdictRecord): string[] | null {
  if (runs === null) return null;
  const texts = Object.keys(counts);
  const verdicts: string[] = [];
  for (const run of runs === "" ? [] : runs.split(",")) {
    const [number, length = "1"] = run.split("*");
    const text = texts[Number(number)];
    if (text === undefined || !/^\d{1,9}$/.test(length) || verdicts.length + Number(length) > judgements)
      return null;
    for (let n = Number(length); n > 0; n--) verdicts.push(text);
  }
  return verdicts;
}

/** The event that judgement `index` is about. */
function seqOf(reader: BootReader, index: number): number | null {
  let n = 0;
  for (const { seq } of judgements(reader)) if (n++ === index) return seq;
  return null;
}
