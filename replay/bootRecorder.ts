import type { Json } from "../base/canonicalJson.ts";
import type { Folding } from "../core/evolve.ts";
import type { Grant } from "../core/parts/addressSpace.ts";
import type { Interval } from "../core/parts/intervalMap.ts";
import { type IommuState, initialState } from "../core/state.ts";
import { stateDigest } from "../core/stateDigest.ts";
import { printState } from "../core/stateText.ts";
import { BlockEncoder } from "../events/codec/blockCodec.ts";
import type { Outcome } from "../events/outcome.ts";
import type { BootHeader, Origin, RecordedEvent } from "../events/recordedEvent.ts";
import type { ObjectName } from "../events/vocabulary/names.ts";
import type { BootInfo, BootWriter, Derived, Snapshot } from "../store/eventStore.ts";
import { Projector } from "./projector.ts";
import type { SimulationSink, ToldStimulus } from "./simulate.ts";
import { Stepper } from "./stepper.ts";

/** A snapshot is due after so many events, or one for every ten bytes of the last one where that is more. */
export const SNAPSHOT_EVENTS = 16_384;

// Reading so many bytes of a snapshot takes about as long as folding an event: a large state is kept less often.
const BYTES_PER_EVENT = 10;

/** The snapshot at the end of a block, where one is due there, and the seq from which the next is due. */
export function snapshotDue(
  folding: Folding,
  seq: number,
  next: number,
): { readonly snapshots: readonly Snapshot[]; readonly next: number } {
  if (seq < Math.max(next, SNAPSHOT_EVENTS)) return { snapshots: [], next };
  const state = folding.checkpoint();
  const bytes = new TextEncoder().encode(printState(state));
  const events = Math.max(SNAPSHOT_EVENTS, Math.ceil(bytes.length / BYTES_PER_EVENT));
  return { snapshots: [{ seq, bytes, stateDigest: stateDigest(state) }], next: seq + events };
}

/** Writes a boot: encodes its events into blocks, folds them, and keeps snapshots and projections beside the log. */
export class BootRecorder implements SimulationSink {
  readonly #writer: BootWriter;
  readonly #encoder: BlockEncoder;
  readonly #files = new Map<string, number>();
  #filesTold = 0;
  readonly #stepper: Stepper;
  readonly #projector: Projector;
  #seq = 0;
  #nextSnapshot = 0;
  #closed: ClosedBlock | null = null;
  readonly #recordsOutcomes: boolean;

  constructor(writer: BootWriter, header: BootHeader) {
    this.#writer = writer;
    this.#recordsOutcomes = header.outcomes === "recorded";
    this.#encoder = new BlockEncoder(this.#files);
    const revoked = (object: ObjectName, part: Interval<Grant>, at: number): void =>
      this.#projector.revoked(object, part, at);
    this.#stepper = new Stepper(initialState(header.family), header.outcomes, revoked);
    this.#projector = new Projector(this.#stepper.folding);
  }

  /** The seq that the next event gets. */
  get seq(): number {
    return this.#seq;
  }

  /** Appends one event; returns what the machine makes of it. */
  add(fact: Omit<RecordedEvent, "seq">): readonly Outcome[] {
    const recorded: RecordedEvent = {
      seq: this.#seq++,
      t: fact.t,
      cause: fact.cause,
      origin: fact.origin,
      lastLine: fact.lastLine,
      event: fact.event,
      extra: fact.extra,
    };
    this.#encoder.add(recorded);
    const outcomes = this.#stepper.step(recorded);
    this.#projector.add(recorded, outcomes);
    if (this.#encoder.full) this.#closeBlock();
    return outcomes;
  }

  /** Appends a stimulus and, where outcomes are recorded, what the machine makes of it, as events of their own. */
  record({ stimulus, origin, t = null, extra = null }: ToldStimulus): readonly Outcome[] {
    const cause = this.#seq;
    const outcomes = this.add({ t, cause: null, origin, lastLine: null, event: stimulus, extra });
    if (!this.#recordsOutcomes) return outcomes;
    for (const outcome of outcomes) {
      const place = outcomeOrigin(outcome, origin);
      this.add({ t, cause, origin: place, lastLine: null, event: outcome, extra: null });
    }
    return outcomes;
  }

  /** What the machine is just now. */
  get state(): IommuState {
    return this.#stepper.folding.checkpoint();
  }

  /** Ends the boot. `skipped`: input lines that were ours and could not be read. */
  finish(skipped: number, dss: Json = null): BootInfo {
    if (this.#encoder.count > 0) this.#closeBlock();
    const rest = this.#projector.finish();
    const state = this.#stepper.folding.finish();
    if (this.#closed !== null) this.#append(joined(this.#closed, rest));
    return this.#writer.finish({
      faults: this.#projector.faultCount,
      skipped,
      stateDigest: stateDigest(state),
      dss,
    });
  }

  /** Closes the block at hand; the one closed before goes to the writer. The last block waits for what the end derives. */
  #closeBlock(): void {
    if (this.#closed !== null) this.#append(this.#closed);
    const count = this.#encoder.count;
    const bytes = this.#encoder.finish();
    const due = snapshotDue(this.#stepper.folding, this.#seq, this.#nextSnapshot);
    this.#nextSnapshot = due.next;
    this.#closed = { count, bytes, derived: { snapshots: due.snapshots, ...this.#projector.take() } };
  }

  #append({ count, bytes, derived }: ClosedBlock): void {
    this.#tellFiles();
    this.#writer.append({ count, bytes }, derived);
  }

  #tellFiles(): void {
    if (this.#files.size === this.#filesTold) return;
    this.#filesTold = this.#files.size;
    this.#writer.files([...this.#files.keys()]);
  }
}

/** Where an outcome was told: in the configuration line that it rests on, else where its stimulus was. */
export function outcomeOrigin(outcome: Outcome, origin: Origin | null): Origin | null {
  const told = "told" in outcome && outcome.told !== null ? outcome.told : null;
  return told === null ? origin : { file: told.file, line: told.line };
}

interface ClosedBlock {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly derived: Derived;
}

function joined(block: ClosedBlock, rest: Omit<Derived, "snapshots">): ClosedBlock {
  const { derived } = block;
  return {
    ...block,
    derived: {
      snapshots: derived.snapshots,
      faults: [...derived.faults, ...rest.faults],
      mappings: [...derived.mappings, ...rest.mappings],
      losses: [...derived.losses, ...rest.losses],
      findings: [...derived.findings, ...rest.findings],
      verdicts: [...derived.verdicts, ...rest.verdicts],
    },
  };
}
