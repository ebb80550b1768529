import type { Json } from "../base/canonicalJson.ts";
import type { Digest } from "../base/digest.ts";
import type { IommuState } from "../core/state.ts";
import { initialState } from "../core/state.ts";
import { stateDigest } from "../core/stateDigest.ts";
import { readState } from "../core/stateText.ts";
import type { Conformance, Outcome } from "../events/outcome.ts";
import type { RecordedEvent } from "../events/recordedEvent.ts";
import type { BootReader } from "../store/eventStore.ts";
import { eventBlocks } from "./bootEvents.ts";
import { actualReturnJson, expectedReturnJson, returnOf } from "./clientCalls.ts";
import { type OutcomeDifference, RecordedOutcomes } from "./recordedOutcomes.ts";
import { Stepper } from "./stepper.ts";
import { actualJson, observedJson } from "./verdictJson.ts";

/** What a replay found (contract 1, `replay`). */
export interface ReplayReport {
  readonly boot: string;
  /** How many events were folded. */
  readonly events: number;
  readonly phase: Phase;
  readonly stateDigest: Digest;
  readonly logDigest: Digest;
  readonly transactions: TransactionCounts;
  readonly conformance: ConformanceReport;
}

/** Where the service is in its life; a recorded boot without a service runs from its first event on. */
export type Phase = "unstarted" | "starting" | "running" | "dss";

/** `interrupts` are in `total` alone: writes into the interrupt range are neither permitted nor denied. */
export interface TransactionCounts {
  total: number;
  permitted: number;
  denied: number;
  /** Of the permitted ones, those that nothing restricted. */
  unrestricted: number;
  interrupts: number;
}

/** Our verdicts beside the recorded ones; `compared` = `agreed` + `stale` + `diverged`. */
export interface ConformanceReport {
  compared: number;
  agreed: number;
  stale: number;
  diverged: number;
  /** Calls whose answer rests on what their recorder did not see: taken from the recording, and not compared. */
  notComparable: number;
  readonly divergences: Divergence[];
  /** Transfers that went through a cached translation after its revocation. */
  readonly staleTransfers: Divergence[];
  /** Of both lists, how many are not listed. */
  omitted: number;
}

/** A verdict of ours that is not the recorded one. */
export interface Divergence {
  readonly seq: number;
  readonly expected: Json;
  readonly actual: Json;
}

/** How many divergences a report lists. */
export const DIVERGENCES_LISTED_MAX = 10_000;

/** Folds a boot up to and including event `at` (default: all), deciding every verdict anew and comparing it with the recorded one. */
export function replayBoot(reader: BootReader, at: number = reader.info.events - 1): ReplayReport {
  const { header } = reader.info;
  const stepper = new Stepper(initialState(header.family), header.outcomes);
  const counts = new VerdictCounts();
  const recorded =
    header.outcomes === "recorded" ? new RecordedOutcomes((d) => counts.addDifference(d)) : null;
  let folded = 0;
  outer: for (const block of eventBlocks(reader)) {
    for (const event of block) {
      if (event.seq > at) break outer;
      const outcomes = stepper.step(event);
      recorded?.take(event, outcomes);
      if (event.event.kind === "dma") counts.add(event, outcomes[0]!);
      else if (event.event.kind === "call") counts.addCall(event, outcomes);
      folded += 1;
    }
  }
  // Cut short, the last stimulus may lack outcomes that the boot has.
  if (at >= reader.info.events - 1) recorded?.end();
  const state = stepper.folding.finish();
  return {
    boot: reader.info.name,
    events: folded,
    phase: phaseOf(state),
    stateDigest: stateDigest(state),
    logDigest: reader.info.logDigest,
    transactions: counts.transactions,
    conformance: counts.conformance,
  };
}

/** The state after event `at` (default: the last), from the nearest snapshot. */
export function stateAt(reader: BootReader, at: number = reader.info.events - 1): IommuState {
  const { header } = reader.info;
  const snapshot = reader.snapshot(at + 1);
  const known = snapshot === null ? null : readState(new TextDecoder().decode(snapshot.bytes));
  const stepper = new Stepper(known ?? initialState(header.family), header.outcomes);
  outer: for (const block of eventBlocks(reader, known === null ? 0 : snapshot!.seq)) {
    for (const event of block) {
      if (event.seq > at) break outer;
      stepper.step(event);
    }
  }
  return stepper.folding.finish();
}

/** The state just before event `seq`. */
export function stateBefore(reader: BootReader, seq: number): IommuState {
  return seq === 0 ? initialState(reader.info.header.family) : stateAt(reader, seq - 1);
}

/** The phase of the service at a state. */
export function phaseOf(state: IommuState): Phase {
  if (state.service !== null) return state.service.phase;
  return state.described ? "running" : "unstarted";
}

class VerdictCounts {
  readonly transactions: TransactionCounts = {
    total: 0,
    permitted: 0,
    denied: 0,
    unrestricted: 0,
    interrupts: 0,
  };
  readonly conformance: ConformanceReport = {
    compared: 0,
    agreed: 0,
    stale: 0,
    diverged: 0,
    notComparable: 0,
    divergences: [],
    staleTransfers: [],
    omitted: 0,
  };

  /** A simulation recorded other outcomes than today's rules decide: a divergence of its own. */
  addDifference({ seq, recorded, today }: OutcomeDifference): void {
    this.conformance.compared += 1;
    this.conformance.diverged += 1;
    this.#list("diverged", { seq, expected: recorded, actual: today });
  }

  add(recorded: RecordedEvent, outcome: Outcome): void {
    this.transactions.total += 1;
    switch (outcome.kind) {
      case "TransferPermitted":
        this.transactions.permitted += 1;
        if (outcome.via !== "grant") this.transactions.unrestricted += 1;
        break;
      case "TransferDenied":
        this.transactions.denied += 1;
        break;
      case "InterruptRaised":
        this.transactions.interrupts += 1;
        break;
      default:
        return;
    }
    if (recorded.event.kind !== "dma" || !this.#compare(outcome.conformance)) return;
    this.#list(outcome.conformance, {
      seq: recorded.seq,
      expected: observedJson(recorded.event),
      actual: actualJson(outcome),
    });
  }

  /** A call whose return was recorded is compared as a transfer is (contract 5). */
  addCall(recorded: RecordedEvent, outcomes: readonly Outcome[]): void {
    const returned = returnOf(recorded, outcomes);
    if (returned?.notes.includes("as-recorded")) this.conformance.notComparable += 1;
    if (returned === null || !this.#compare(returned.conformance)) return;
    const expected = expectedReturnJson(recorded);
    this.#list("diverged", { seq: recorded.seq, expected, actual: actualReturnJson(returned) });
  }

  /** Counts a comparison; true where it is to be listed. */
  #compare(conformance: Conformance | null): conformance is "stale" | "diverged" {
    if (conformance === null) return false;
    this.conformance.compared += 1;
    this.conformance[conformance] += 1;
    return conformance !== "agreed";
  }

  #list(conformance: Conformance | null, divergence: Divergence): void {
    const list = conformance === "stale" ? this.conformance.staleTransfers : this.conformance.divergences;
    if (list.length >= DIVERGENCES_LISTED_MAX) this.conformance.omitted += 1;
    else list.push(divergence);
  }
}
