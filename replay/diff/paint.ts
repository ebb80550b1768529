import type { Grant } from "../../core/parts/addressSpace.ts";
import type { Interval } from "../../core/parts/intervalMap.ts";
import type { IommuState } from "../../core/state.ts";
import type { MappingAdded, Outcome } from "../../events/outcome.ts";
import { isOutcome, type RecordedEvent } from "../../events/recordedEvent.ts";
import type { DmaStimulus, LossStimulus } from "../../events/stimulus.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { ObjectName } from "../../events/vocabulary/names.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { eventBlocks } from "../bootEvents.ts";
import { Stepper } from "../stepper.ts";
import type { Interner } from "./column.ts";
import {
  type DeviceLife,
  Grants,
  type Invalidation,
  type ObjectLife,
  type Portrait,
  shapeOf,
  type Told,
  Transfers,
} from "./portrait.ts";
import { serviceFact, serviceText } from "./serviceText.ts";

/** Paints one boot, a stretch at a time, from event `from` on and the state before it; `words` are shared by both boots. */
export class Painter {
  readonly #reader: BootReader;
  readonly #from: number;
  #next: number;
  readonly #start: IommuState;
  readonly #words: Interner;
  readonly #stepper: Stepper;
  readonly #recorded: boolean;
  readonly #objects: ObjectLife[] = [];
  readonly #living = new Map<string, ObjectLife>();
  readonly #startup = new Map<DeviceName, ObjectLife>();
  readonly #devices = new Map<DeviceName, DeviceLife>();
  readonly #verdicts: KnownVerdict[] = [];
  readonly #grants = new Grants();
  readonly #switches: Told[] = [];
  readonly #service: Told[] = [];
  readonly #calls: Told[] = [];
  readonly #losses: Told[] = [];
  readonly #invalidations: Invalidation[] = [];
  // The last revocation of each object that no invalidation came after.
  readonly #waiting = new Map<ObjectName, number>();
  #revocations = 0;
  #deferred = 0;
  #dma: DmaStimulus | null = null;
  // Rows of the grants that the event at hand ended.
  #ended: number[] = [];

  constructor(reader: BootReader, from: number, start: IommuState, words: Interner) {
    const { outcomes } = reader.info.header;
    this.#reader = reader;
    this.#from = from;
    this.#next = from;
    this.#start = start;
    this.#words = words;
    this.#recorded = outcomes === "recorded";
    this.#stepper = new Stepper(start, outcomes, (object, part, at) => this.#revoked(object, part, at));
    this.#begin();
  }

  /** Folds one event; those that are left out must make no difference. */
  add(recorded: RecordedEvent): void {
    this.#next = recorded.seq + 1;
    const { event, seq } = recorded;
    if (this.#ended.length > 0) this.#ended = [];
    if (isOutcome(event)) {
      this.#stepper.step(recorded);
      this.#outcome(event, recorded.cause ?? seq);
    } else {
      if (event.kind === "dma") this.#dma = event;
      else if (event.kind === "loss") this.#losses.push(lossTold(seq, event));
      const outcomes = this.#stepper.step(recorded);
      if (!this.#recorded) for (const outcome of outcomes) this.#outcome(outcome, seq);
    }
    if (!HOT.has(event.kind)) this.#followRoutes(seq);
  }

  /** Folds the events up to `end`, exclusive; gives the state there. */
  until(end: number): IommuState {
    for (const block of eventBlocks(this.#reader, this.#next)) {
      for (const event of block) {
        if (event.seq >= end) return this.#stepper.folding.checkpoint();
        this.add(event);
      }
      // A state that is being written is slower to ask than a finished one.
      this.#stepper.folding.checkpoint();
    }
    return this.#stepper.folding.checkpoint();
  }

  /** The object whose table a device's transfers meet just now. */
  objectOf(device: DeviceName): ObjectName | null {
    const route = this.#stepper.folding.route(device);
    return route.kind === "object" ? route.object : null;
  }

  /** The portrait of all events so far, which stand for those up to `end`; from `tail` on both boots have the same. */
  finish(end: number, tail: number): Portrait {
    return {
      reader: this.#reader,
      from: this.#from,
      end,
      tail,
      start: this.#start,
      last: this.#stepper.folding.finish(),
      objects: this.#objects,
      devices: this.#devices,
      grants: this.#grants,
      switches: this.#switches,
      service: this.#service,
      calls: this.#calls,
      losses: this.#losses,
      invalidations: this.#invalidations,
      revocations: { count: this.#revocations, deferred: this.#deferred },
    };
  }

  /** What was there before the first event that is compared. */
  #begin(): void {
    const grants: { life: number; interval: Interval<Grant> }[] = [];
    for (const [name, { client, space }] of this.#start.objects) {
      const life = this.#newLife(name, client, null);
      for (const interval of space.mappings()) grants.push({ life: life.index, interval });
    }
    for (const [name, device] of this.#start.devices) {
      const life = this.#deviceLife(name, this.#from);
      const object = device.object === null ? undefined : this.#living.get(device.object);
      if (object !== undefined) {
        life.attachments.push({ seq: this.#from, life: object.index });
        object.users.push(name);
        object.attachedSeq = 0;
      }
      for (const table of [device.startup, device.reserved])
        for (const interval of table?.mappings() ?? [])
          grants.push({ life: this.#startupLife(name, null).index, interval });
    }
    grants.sort((a, b) => a.interval.value.since - b.interval.value.since);
    for (const { life, interval } of grants) this.#grant(life, interval.value.since, interval);
    this.#followRoutes(this.#from);
  }

  #outcome(outcome: Outcome, seq: number): void {
    switch (outcome.kind) {
      case "TransferPermitted":
        return this.#transfer(
          seq,
          this.#verdict("permitted", outcome.via, null, outcome.conformance),
          outcome.grantedAt,
        );
      case "TransferDenied":
        return this.#transfer(
          seq,
          this.#verdict("denied", outcome.reason, outcome.code, outcome.conformance),
          null,
        );
      case "InterruptRaised":
        return this.#transfer(
          seq,
          this.#verdict("interrupt", "interrupt-range", null, outcome.conformance),
          null,
        );
      case "MappingAdded":
        return this.#mapped(outcome, seq);
      case "CacheInvalidated":
        return this.#invalidated(outcome, seq);
      case "ObjectCreated":
        this.#newLife(outcome.object, outcome.client, seq);
        return;
      case "ObjectDestroyed":
        this.#lifeOf(outcome.object, seq).destroyedSeq = seq;
        this.#living.delete(outcome.object);
        return;
      case "DeviceAdded":
        this.#deviceLife(outcome.device, seq);
        return;
      case "DeviceAttached":
        return this.#attached(outcome.device, outcome.object, seq);
      case "DeviceDetached":
        this.#deviceLife(outcome.device, seq).attachments.push({ seq, life: null });
        return;
      case "PassthroughSwitched":
        this.#deviceLife(outcome.device, seq).passthrough.push({ seq, enabled: outcome.enabled });
        return;
      case "TranslationSwitched": {
        const text = `${outcome.unit ?? "all units"} ${outcome.enabled ? "on" : "off"}`;
        this.#switches.push({ seq, kind: outcome.kind, text });
        return;
      }
      case "StartupGranted": {
        const life = this.#startupLife(outcome.device, seq);
        const value = { delta: 0, access: outcome.access, since: seq };
        this.#grant(life.index, seq, { first: outcome.firstPage, last: outcome.lastPage, value });
        return;
      }
      case "CallReturned":
        this.#calls.push({ seq, kind: outcome.function, text: serviceText(outcome) });
        return;
      default: {
        const fact = serviceFact(outcome);
        if (fact !== null) this.#service.push({ seq, ...fact });
      }
    }
  }

  /** The number of a verdict. There are few; comparing them is cheaper than making a text of each. */
  #verdict(verdict: string, reason: string, code: string | null, conformance: string | null): number {
    for (const known of this.#verdicts) {
      const same = known.verdict === verdict && known.reason === reason && known.code === code;
      if (same && known.conformance === conformance) return known.number;
    }
    const parts = [verdict, reason, ...(code === null ? [] : [code]), ...beside(conformance)];
    const number = this.#words.numberOf(parts.join(" "));
    this.#verdicts.push({ verdict, reason, code, conformance, number });
    return number;
  }

  #transfer(seq: number, verdict: number, grantedAt: number | null): void {
    const { device, bytes, access } = this.#dma!;
    const { transfers } = this.#deviceLife(device, seq);
    const write = access === "w";
    const row = grantedAt === null ? -1 : this.#grants.rowOf(grantedAt, bytes.firstPage);
    transfers.seq.push(seq);
    transfers.page.push(bytes.firstPage);
    transfers.shape.push(
      shapeOf(write, bytes.firstOffset, bytes.lastOffset, bytes.lastPage - bytes.firstPage),
    );
    transfers.verdict.push(verdict);
    transfers.grant.push(row);
    if (row < 0) return;
    const uses = write ? this.#grants.writes : this.#grants.reads;
    uses.set(row, uses.at(row) + 1);
  }

  #mapped({ object, firstPage, lastPage, delta, access }: MappingAdded, seq: number): void {
    for (const row of this.#ended) this.#grants.replaced.set(row, 1);
    const value = { delta, access, since: seq };
    this.#grant(this.#lifeOf(object, seq).index, seq, { first: firstPage, last: lastPage, value });
  }

  #grant(life: number, seq: number, { first, last, value }: Interval<Grant>): void {
    const row = this.#grants.add(life, seq, first, last, value.delta, value.access);
    this.#objects[life]!.grants.push(row);
  }

  #revoked(object: ObjectName, part: Interval<Grant>, at: number): void {
    const row = this.#grants.rowOf(part.value.since, part.first);
    if (row < 0) return;
    this.#ended.push(row);
    this.#grants.endSeq.set(row, at);
    this.#grants.pagesLeft.set(row, this.#grants.pagesLeft.at(row) - (part.last - part.first + 1));
    const before = this.#waiting.get(object);
    if (before === at) return;
    this.#revocations += 1;
    if (before !== undefined) this.#deferred += 1;
    this.#waiting.set(object, at);
  }

  #invalidated({ object, device, bytes }: Extract<Outcome, { kind: "CacheInvalidated" }>, seq: number): void {
    const life = object === null ? null : (this.#living.get(object)?.index ?? null);
    const pages = bytes === null ? null : bytes.lastPage - bytes.firstPage + 1;
    this.#invalidations.push({ seq, life, device, first: bytes?.firstPage ?? 0, pages });
    if (object !== null) this.#waiting.delete(object);
    else this.#waiting.clear();
  }

  #attached(device: DeviceName, object: ObjectName, seq: number): void {
    const life = this.#lifeOf(object, seq);
    if (!life.users.includes(device)) life.users.push(device);
    life.attachedSeq ??= seq;
    this.#deviceLife(device, seq).attachments.push({ seq, life: life.index });
  }

  /** Follows what restricts each device: only what is rare can change it. */
  #followRoutes(seq: number): void {
    for (const name of this.#stepper.folding.state.devices.keys()) {
      const { unrestricted } = this.#deviceLife(name, seq);
      const route = this.#stepper.folding.route(name);
      const why = route.kind === "unrestricted" ? route.via : null;
      const open = unrestricted.at(-1);
      const before = open !== undefined && open.to === null ? open : null;
      if ((before?.why ?? null) === why) continue;
      if (before !== null) before.to = seq;
      if (why !== null) unrestricted.push({ why, from: seq, to: null });
    }
  }

  #newLife(name: string, client: string | null, createdSeq: number | null): ObjectLife {
    const life: ObjectLife = {
      index: this.#objects.length,
      name,
      startupOf: null,
      client,
      createdSeq,
      destroyedSeq: null,
      users: [],
      attachedSeq: null,
      grants: [],
    };
    this.#objects.push(life);
    this.#living.set(name, life);
    return life;
  }

  #lifeOf(object: ObjectName, seq: number): ObjectLife {
    return this.#living.get(object) ?? this.#newLife(object, null, seq);
  }

  #startupLife(device: DeviceName, seq: number | null): ObjectLife {
    let life = this.#startup.get(device);
    if (life === undefined) {
      life = { ...this.#newLife(`start-up grants of ${device}`, null, seq), startupOf: device };
      life.users.push(device);
      this.#objects[life.index] = life;
      this.#living.delete(life.name);
      this.#startup.set(device, life);
    }
    return life;
  }

  #deviceLife(name: DeviceName, seq: number): DeviceLife {
    let life = this.#devices.get(name);
    if (life === undefined) {
      life = {
        name,
        firstSeq: seq,
        attachments: [],
        passthrough: [],
        unrestricted: [],
        transfers: new Transfers(),
      };
      this.#devices.set(name, life);
    }
    return life;
  }
}

// These change no route.
const HOT: ReadonlySet<string> = new Set([
  "dma",
  "map",
  "unmap",
  "invalidate",
  "fault",
  "status",
  "loss",
  "mark",
]);

/** A verdict that the recorded one does not agree with says so; agreement and silence are the same. */
function beside(conformance: string | null): readonly string[] {
  return conformance === "stale" || conformance === "diverged" ? [conformance] : [];
}

interface KnownVerdict {
  readonly verdict: string;
  readonly reason: string;
  readonly code: string | null;
  readonly conformance: string | null;
  readonly number: number;
}

function lossTold(seq: number, { what, unit, function: by }: LossStimulus): Told {
  return { seq, kind: "loss", text: [what, by, unit].filter((part) => part !== null).join(" ") };
}
