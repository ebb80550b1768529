import type { Json } from "../../base/canonicalJson.ts";
import type { Outcome } from "../../events/outcome.ts";
import { isOutcome, type RecordedEvent } from "../../events/recordedEvent.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { events } from "../bootEvents.ts";
import { phaseOf, stateBefore } from "../replayBoot.ts";
import { Stepper } from "../stepper.ts";
import { type Group, Tracks } from "./perfettoTracks.ts";
import { PieceMaker, type Pieces, type Stretch } from "./pieces.ts";

/**
 * A boot as Chrome trace JSON for ui.perfetto.dev: a track for each unit, device, object and client; slices for
 * translation, attachments and lives; counters for transfers and mapped pages; faults as instants. The file does not
 * grow with the number of transfers: a counter is told at most {@link COUNTER_STEPS} times.
 */
export function* perfettoPieces(reader: BootReader, stretch: Stretch): Pieces {
  const clock = clockOf(reader, stretch);
  const tracks = new Tracks(Math.max(0, (clock.last - clock.first) / COUNTER_STEPS));
  const drawing = new Drawing(reader, stretch, tracks);
  const pieces = new PieceMaker();
  const about = {
    boot: reader.info.name,
    family: reader.info.header.family,
    log: reader.info.logDigest,
    time: clock.known ? "as recorded" : "not recorded: one microsecond for each event",
  };
  let separator = `{"displayTimeUnit":"ns","otherData":${JSON.stringify(about)},"traceEvents":[\n`;
  const told = function* (): Generator<string> {
    for (const event of tracks.take()) {
      pieces.add(separator + JSON.stringify(event));
      separator = ",\n";
      if (pieces.full) yield pieces.rest();
    }
  };
  let count = 0;
  let now = clock.first;
  for (const recorded of events(reader, stretch.from, stretch.to)) {
    // Logs are in the order in which the unit saw them; where a clock goes back, the trace stands still.
    now = clock.known ? Math.max(now, recorded.t ?? now) : recorded.seq * 1000;
    drawing.add(recorded, now);
    yield* told();
    count += 1;
  }
  drawing.faults((seq, t) => (clock.known ? (t ?? clock.last) : seq * 1000));
  drawing.finish(now);
  yield* told();
  if (separator !== ",\n") pieces.add(separator);
  pieces.add("\n]}\n");
  yield pieces.rest();
  return { events: count };
}

/** How often a counter is told at most. */
export const COUNTER_STEPS = 10_000;

/** When a stretch begins and ends, in ns; `known` false where no event has a time. */
function clockOf(reader: BootReader, { from, to }: Stretch) {
  let [first, last, known] = [0, 0, false];
  for (const { t } of events(reader, from, to)) {
    if (t === null) continue;
    if (!known) first = t;
    last = Math.max(last, t);
    known = true;
  }
  return known ? { first, last, known } : { first: from * 1000, last: to * 1000, known };
}

/** Draws the events of a boot on tracks. */
class Drawing {
  readonly #reader: BootReader;
  readonly #stretch: Stretch;
  readonly #tracks: Tracks;
  readonly #stepper: Stepper;
  readonly #mapped = new Map<string, number>();
  readonly #transfers = new Map<string, { permitted: number; denied: number }>();
  readonly #recorded: boolean;
  #phase: string | null = null;
  #now = 0;

  constructor(reader: BootReader, stretch: Stretch, tracks: Tracks) {
    const { outcomes } = reader.info.header;
    this.#reader = reader;
    this.#stretch = stretch;
    this.#tracks = tracks;
    this.#recorded = outcomes === "recorded";
    const start = stateBefore(reader, stretch.from);
    this.#stepper = new Stepper(start, outcomes, (object, { first, last }) =>
      this.#count(object, -(last - first + 1)),
    );
    for (const [name, { space }] of start.objects)
      for (const { first, last } of space.mappings())
        this.#mapped.set(name, (this.#mapped.get(name) ?? 0) + last - first + 1);
  }

  add(recorded: RecordedEvent, now: number): void {
    this.#now = now;
    this.#tracks.tick(now);
    const { event, seq } = recorded;
    const outcomes = this.#stepper.step(recorded);
    if (isOutcome(event)) this.#outcome(event, recorded.cause ?? seq);
    else if (!this.#recorded) for (const outcome of outcomes) this.#outcome(outcome, seq);
    if (event.kind === "mark") this.#tracks.instant("machine", "marks", now, event.text, { seq });
    if (event.kind === "loss") this.#tracks.instant("machine", "reports lost", now, event.what, { seq });
    if (!QUIET.has(event.kind)) this.#followPhase(seq);
  }

  /** Faults as the projection tells them: reports and refused transfers joined. */
  faults(timeOf: (seq: number, t: number | null) => number): void {
    for (const { seq, t, device, reason, json } of this.#reader.faults()) {
      if (seq < this.#stretch.from || seq > this.#stretch.to) continue;
      const { address, access, code, explanation, unit } = JSON.parse(json) as {
        readonly [name: string]: Json;
      };
      const [group, track]: [Group, string] =
        device === null
          ? ["machine", typeof unit === "string" ? unit : "faults of unknown devices"]
          : ["devices", device];
      const args = { seq, address: address ?? null, access: access ?? null, code: code ?? null };
      const words = { ...args, explanation: explanation ?? null };
      this.#tracks.instant(group, track, timeOf(seq, t), `fault: ${reason ?? "not told"}`, words);
    }
  }

  finish(now: number): void {
    this.#tracks.finish(now);
  }

  #outcome(outcome: Outcome, seq: number): void {
    const now = this.#now;
    switch (outcome.kind) {
      case "TransferPermitted":
        return this.#transfer(outcome.device, "permitted");
      case "TransferDenied":
        return this.#transfer(outcome.device, "denied");
      case "MappingAdded":
        return this.#count(outcome.object, outcome.lastPage - outcome.firstPage + 1);
      case "UnitAdded":
        return this.#tracks.open("machine", outcome.unit, now, "described", { seq });
      case "TranslationSwitched":
        for (const unit of outcome.unit === null ? this.#stepper.folding.state.units.keys() : [outcome.unit])
          this.#tracks.open("machine", unit, now, `translation ${outcome.enabled ? "on" : "off"}`, { seq });
        return;
      case "DeviceAdded":
        return this.#tracks.touch("devices", outcome.device);
      case "DeviceAttached":
        return this.#tracks.open("devices", outcome.device, now, outcome.object, { seq });
      case "DeviceDetached":
        return this.#tracks.close("devices", outcome.device, now);
      case "PassthroughSwitched": {
        const track = `${outcome.device} pass-through`;
        if (outcome.enabled) return this.#tracks.open("devices", track, now, "unrestricted", { seq });
        return this.#tracks.close("devices", track, now);
      }
      case "ObjectCreated":
        return this.#tracks.open("objects", outcome.object, now, outcome.object, {
          seq,
          client: outcome.client,
        });
      case "ObjectDestroyed":
        return this.#tracks.close("objects", outcome.object, now);
      case "StartupGranted": {
        const address = formatAddress(outcome.firstPage);
        return this.#tracks.instant("devices", outcome.device, now, "start-up grant", { seq, address });
      }
      case "CallReturned": {
        const { client, function: name, returns, errno } = outcome;
        return this.#tracks.instant("clients", client, now, name, { seq, returns, errno });
      }
      case "DssEntered": {
        const { reason, requirement } = outcome;
        return this.#tracks.instant("machine", "service", now, `DSS: ${reason}`, { seq, requirement });
      }
      default:
    }
  }

  #transfer(device: string, verdict: "permitted" | "denied"): void {
    let counts = this.#transfers.get(device);
    if (counts === undefined) {
      counts = { permitted: 0, denied: 0 };
      this.#transfers.set(device, counts);
    }
    counts[verdict] += 1;
    this.#tracks.counter("devices", `${device} transfers`, this.#now, counts);
  }

  #count(object: string, pages: number): void {
    const all = (this.#mapped.get(object) ?? 0) + pages;
    this.#mapped.set(object, all);
    this.#tracks.counter("objects", `${object} mapped pages`, this.#now, { pages: all });
  }

  #followPhase(seq: number): void {
    const { state } = this.#stepper.folding;
    if (state.service === null) return;
    const phase = phaseOf(state);
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#tracks.open("machine", "service", this.#now, phase, { seq });
  }
}

// These do not change the phase of a service.
const QUIET: ReadonlySet<string> = new Set(["dma", "map", "unmap", "invalidate"]);
