import { assert } from "../../base/assert.ts";
import { quote } from "../../base/diagnostic.ts";
import { decide } from "../../core/decide.ts";
import type { IommuState } from "../../core/state.ts";
import type { Outcome } from "../../events/outcome.ts";
import { type BootHeader, isOutcome, type RecordedEvent } from "../../events/recordedEvent.ts";
import { outcomeOrigin } from "../../replay/bootRecorder.ts";
import type { SimulationSink, ToldStimulus } from "../../replay/simulate.ts";
import { Stepper } from "../../replay/stepper.ts";
import { InputError } from "../inputError.ts";
import { BranchLog, type EventLog, wholePlace } from "./eventLog.ts";
import { NOTHING_UPCOMING, takeNext, type Upcoming, upcomingFrom } from "./upcoming.ts";

/** One line of events that a session can stand on. */
export interface Branch {
  readonly name: string;
  readonly log: EventLog;
  /** Where it came from: another branch, and how many events it has in common with it; null: it is the first. */
  readonly from: { readonly branch: string; readonly events: number } | null;
  /** How many events it had when the user got it: these need no saving. */
  readonly given: number;
  /** What `step` lets happen after its end. */
  upcoming: Upcoming;
  /** The boot that it is stored as, and how many events that has; null: it was not saved. */
  saved: { readonly boot: string; readonly events: number } | null;
}

/** Something happened: the stimulus, what came of it, and its seq. */
export interface Happened {
  readonly seq: number;
  readonly told: ToldStimulus;
  readonly outcomes: readonly Outcome[];
  /** The branch that began here because the place was not the end of one; null: none did. */
  readonly branched: string | null;
}

/**
 * Branches of events, and a place in one of them. What happened is never changed: something new at a place that is not
 * the end of a branch, or in a boot that is stored, begins another branch.
 */
export class Session implements SimulationSink {
  readonly #branches = new Map<string, Branch>();
  #current: Branch;
  #place: number;
  #known: { readonly log: EventLog; readonly place: number; readonly state: IommuState } | null = null;
  // Goes along where a boot is stepped through whose outcomes are not recorded.
  #walker: { readonly log: EventLog; place: number; readonly stepper: Stepper } | null = null;

  /** Stands at the end of the first branch. */
  constructor(name: string, log: EventLog, upcoming: Upcoming = NOTHING_UPCOMING) {
    const saved = log instanceof BranchLog ? null : { boot: name, events: log.length };
    this.#current = { name, log, from: null, given: log.length, upcoming, saved };
    this.#branches.set(name, this.#current);
    this.#place = log.length;
  }

  /** The branch it stands on. */
  get branch(): Branch {
    return this.#current;
  }

  /** Every branch, oldest first. */
  get branches(): readonly Branch[] {
    return [...this.#branches.values()];
  }

  /** How many events of the branch have happened at this place; the last one's seq is one less. */
  get place(): number {
    return this.#place;
  }

  /** Whether nothing of the branch comes after this place. */
  get atEnd(): boolean {
    return this.#place === this.#current.log.length;
  }

  /** The machine at this place. */
  get state(): IommuState {
    const { log } = this.#current;
    // What happened does not change, so neither does the state after it.
    if (this.#known?.log !== log || this.#known.place !== this.#place)
      this.#known = { log, place: this.#place, state: log.stateAfter(this.#place) };
    return this.#known.state;
  }

  /** The events that have happened at this place, from `from` on. */
  events(from = 0): Iterable<RecordedEvent> {
    return this.#current.log.events(from, this.#place);
  }

  /** Goes to the place after `count` events. */
  goto(count: number): void {
    const { name, log } = this.#current;
    if (!Number.isInteger(count) || count < 0 || count > log.length)
      throw new InputError(`${name} has ${log.length} events, 0 to ${log.length - 1}`);
    this.#place = count;
  }

  /** Begins a branch here and stands on it; what came later on the one it leaves is still to come. */
  startBranch(name: string): Branch {
    if (this.#branches.has(name))
      throw new InputError(`there is a branch ${name}; switch ${name} goes there`);
    this.#assertWhole();
    const { name: trunk, log, upcoming } = this.#current;
    const place = this.#place;
    const branch: Branch = {
      name,
      log: new BranchLog(log.header, log, place),
      from: { branch: trunk, events: place },
      given: place,
      upcoming: upcomingFrom(log, place, upcoming),
      saved: null,
    };
    this.#branches.set(name, branch);
    this.#current = branch;
    return branch;
  }

  /** Stands at the end of another branch. */
  switchTo(name: string): void {
    const branch = this.#branches.get(name);
    if (branch === undefined)
      throw new InputError(
        `there is no branch ${quote(name)}; there are: ${[...this.#branches.keys()].join(", ")}`,
      );
    this.#current = branch;
    this.#place = branch.log.length;
  }

  /** Lets something new happen here. */
  tell(told: ToldStimulus): Happened {
    const isOpen = this.atEnd && this.#current.log instanceof BranchLog;
    const branched = isOpen ? null : this.startBranch(this.#freeName()).name;
    return { ...this.#append(told), branched };
  }

  record(told: ToldStimulus): readonly Outcome[] {
    return this.tell(told).outcomes;
  }

  /** Goes on by one stimulus: to the next that the branch has, or lets the next happen that is to come; null: none is. */
  step(): Happened | null {
    const { log } = this.#current;
    this.#place = wholePlace(log, this.#place);
    if (!this.atEnd) return this.#walk();
    const next = takeNext(this.#current.upcoming);
    if (next === null) return null;
    assert(log instanceof BranchLog, "only a branch of our own has something to come");
    this.#current.upcoming = next.rest;
    return { ...this.#append(next.told), branched: null };
  }

  #walk(): Happened {
    const { log } = this.#current;
    let happened: { seq: number; told: ToldStimulus } | null = null;
    let outcomes: Outcome[] = [];
    for (const recorded of log.events(this.#place, wholePlace(log, this.#place + 1))) {
      const { event, seq, origin, t, extra } = recorded;
      if (isOutcome(event)) outcomes.push(event);
      else {
        happened = { seq, told: { stimulus: event, origin, t, extra } };
        if (log.header.outcomes === "derived") outcomes = [...this.#derived(recorded)];
      }
      this.#place = seq + 1;
    }
    assert(happened !== null, "a whole place that is not the end is followed by a stimulus");
    return { ...happened, outcomes, branched: null };
  }

  #derived(recorded: RecordedEvent): readonly Outcome[] {
    const { log } = this.#current;
    const { seq } = recorded;
    if (this.#walker?.log !== log || this.#walker.place !== seq)
      this.#walker = { log, place: seq, stepper: new Stepper(log.stateAfter(seq), log.header.outcomes) };
    this.#walker.place = seq + 1;
    return this.#walker.stepper.step(recorded);
  }

  #append(told: ToldStimulus): Omit<Happened, "branched"> {
    const log = this.#current.log as BranchLog;
    const seq = log.length;
    const { stimulus, origin, t = null, extra = null } = told;
    const outcomes = decide(log.folding, stimulus);
    log.append({ seq, t, cause: null, origin, lastLine: null, event: stimulus, extra });
    for (const outcome of outcomes) {
      log.folding.apply(outcome, seq);
      if (log.header.outcomes !== "recorded") continue;
      const place = outcomeOrigin(outcome, origin);
      const recorded = { t, cause: seq, origin: place, lastLine: null, event: outcome, extra: null };
      log.append({ seq: log.length, ...recorded });
    }
    this.#place = log.length;
    return { seq, told, outcomes };
  }

  /** Nothing can go on from the middle of what one stimulus brings about. */
  #assertWhole(): void {
    const whole = wholePlace(this.#current.log, this.#place);
    if (whole === this.#place) return;
    let cause = this.#place - 1;
    for (const event of this.#current.log.events(this.#place, this.#place + 1)) cause = event.cause ?? cause;
    throw new InputError(
      `event ${this.#place - 1} is in the middle of what follows from ${cause}; goto ${cause === 0 ? "start" : cause - 1} or goto ${whole - 1} first`,
    );
  }

  #freeName(): string {
    const stem = this.#current.name.replace(/-\d+$/, "");
    for (let n = 2; ; n++) if (!this.#branches.has(`${stem}-${n}`)) return `${stem}-${n}`;
  }
}

/** How many events of a branch are the user's own and not yet saved. */
export function unsavedEvents({ log, given, saved }: Branch): number {
  return Math.max(log.length - Math.max(given, saved?.events ?? 0), 0);
}

/** A session that begins with nothing. */
export function newSession(name: string, header: BootHeader): Session {
  return new Session(name, new BranchLog(header, null, 0));
}
