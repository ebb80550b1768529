import { assert, unreachable } from "../base/assert.ts";
import type { ClientOutcome } from "../events/clientEvents.ts";
import type { MappingAdded, MappingRemoved, Outcome } from "../events/outcome.ts";
import type { IommuEvent } from "../events/recordedEvent.ts";
import { isStartupOutcome, isStartupStimulus } from "../events/startupEvents.ts";
import { PAGE_LIMIT } from "../events/vocabulary/address.ts";
import type { DeviceName } from "../events/vocabulary/device.ts";
import type { ObjectName } from "../events/vocabulary/names.ts";
import { applyTrace, type TraceOutcome } from "./applyTrace.ts";
import { applyClient } from "./clients/applyClient.ts";
import { BY_IMMER, type Draft, type Drafting } from "./draft.ts";
import { deviceOf } from "./drafts.ts";
import { isPlainRecording, type MachineView } from "./machineView.ts";
import type { AddressSpace, AddressSpaceEdit, Grant } from "./parts/addressSpace.ts";
import { type Interval, IntervalMap } from "./parts/intervalMap.ts";
import { applyStartup } from "./startup/applyStartup.ts";
import {
  type Counters,
  type Forgotten,
  type IommuState,
  NO_COUNTS,
  PENDING_FAULTS_MAX,
  type PendingFault,
} from "./state.ts";
import { type Route, routeOf } from "./translate.ts";
import { rulesOf } from "./units/families.ts";
import type { UnitRules } from "./units/unitRules.ts";
import { applyVm } from "./vms/applyVm.ts";

/** The next state. Holds no rule and refuses nothing; a stimulus alone changes nothing. `at` is the seq that grants bear. */
export function evolve(state: IommuState, event: IommuEvent, at: number): IommuState {
  const fold = new Folding(state);
  fold.apply(event, at);
  return fold.finish();
}

/** The state after many events, in one producer; the same as `evolve` one by one. */
export function evolveAll(
  state: IommuState,
  events: Iterable<{ readonly event: IommuEvent; readonly at: number }>,
): IommuState {
  const fold = new Folding(state);
  for (const { event, at } of events) fold.apply(event, at);
  return fold.finish();
}

/** Told of each part of a grant that ends, with the seq that ended it. */
export type RevocationListener = (object: ObjectName, part: Interval<Grant>, at: number) => void;

/**
 * A state on its way: tables and counters are written in place in copies of its own, all else in one draft (immer's),
 * until `finish` makes the next immutable state. `decide` can ask it at any moment.
 */
export class Folding implements MachineView {
  #base: IommuState;
  #draft: Draft<IommuState> | null = null;
  readonly #spaces = new Map<ObjectName, AddressSpaceEdit>();
  readonly #counters = new Map<DeviceName, WritableCounters>();
  readonly #routes = new Map<DeviceName, Route>();
  #newFaults: PendingFault[] = [];
  #pendingCount: number;
  #droppedFaults = 0;
  #plain: boolean | null = null;
  #open = true;
  readonly #onRevoked: RevocationListener | undefined;
  readonly #drafting: Drafting;
  readonly rules: UnitRules;

  constructor(base: IommuState, onRevoked?: RevocationListener, drafting: Drafting = BY_IMMER) {
    this.#drafting = drafting;
    this.#base = base;
    this.rules = rulesOf(base.family);
    this.#pendingCount = base.pendingFaults.length;
    this.#onRevoked = onRevoked;
  }

  /** All but tables, counters and pending faults, which are only in the finished state. */
  get state(): IommuState {
    return (this.#draft as IommuState | null) ?? this.#base;
  }

  route(device: DeviceName): Route {
    let route = this.#routes.get(device);
    if (route === undefined) {
      route = routeOf(this.state, device, (object) => this.space(object));
      this.#routes.set(device, route);
    }
    return route;
  }

  get plain(): boolean {
    this.#plain ??= isPlainRecording(this.state);
    return this.#plain;
  }

  /** The table of an object as it is just now. */
  space(object: ObjectName): AddressSpace | undefined {
    return this.#spaces.get(object) ?? (this.state.objects.get(object)?.space as AddressSpace | undefined);
  }

  /** Applies one event. */
  apply(event: IommuEvent, at: number): void {
    assert(this.#open, "a finished folding is written");
    switch (event.kind) {
      case "TransferPermitted":
        return this.#count(
          event.device,
          event.via === "grant" ? "permitted" : "unrestricted",
          event.conformance,
        );
      case "TransferDenied":
        this.#pend({
          seq: at,
          device: event.device,
          at: event.at,
          access: event.access,
          reason: event.reason,
        });
        return this.#count(event.device, "denied", event.conformance);
      case "InterruptRaised":
        return this.#count(event.device, "interrupts", event.conformance);
      case "MappingAdded":
        return this.#map(event, at);
      case "MappingRemoved":
        return this.#unmap(event, at);
      case "CacheInvalidated":
        return this.#invalidate(event, at);
      case "UnitAdded":
      case "TranslationSwitched":
      case "DeviceAdded":
      case "ObjectCreated":
      case "ObjectDestroyed":
      case "DeviceAttached":
      case "DeviceDetached":
      case "PassthroughSwitched":
        return this.#applyRare(event, at);
      case "CallReturned":
        // Most calls create nothing: no need to write.
        if (event.object !== null) this.#applyClient(event, at);
        return;
      case "FaultFetched":
        this.#forgetPending(event.fault);
        return this.#applyClient(event, at);
      case "ReissueAwaited":
      case "MappingsRealised":
        this.#routes.clear();
        return this.#applyClient(event, at);
      case "ClientStarted":
      case "ClientConnected":
      case "ClientDisconnected":
      case "ClientEnded":
      case "RangeGranted":
      case "RangeRevoked":
      case "FaultDelivered":
      case "FaultLogged":
      case "FaultRegistersRead":
      case "NotificationAwaited":
        return this.#applyClient(event, at);
      case "FaultReported":
      case "Ignored":
      case "unit":
      case "translation":
      case "device":
      case "object.create":
      case "object.destroy":
      case "attach":
      case "detach":
      case "map":
      case "unmap":
      case "passthrough":
      case "dma":
      case "fault":
      case "invalidate":
      case "client":
      case "call":
      case "exit":
      case "vm":
      case "vm.stop":
      case "guest.fail":
      case "loss":
      case "status":
      case "mark":
      case "unknown":
        return;
      case "VmStarted":
      case "VmEnded":
      case "VmRefused":
      case "VmReported":
      case "DeviceNarrowed":
      case "InGuest":
        this.#plain = null;
        return applyVm(this.#write(), event, at, evolve);
      default:
        if (isStartupOutcome(event)) {
          this.#routes.clear();
          this.#plain = null;
          return applyStartup(this.#write(), event, at);
        }
        return isStartupStimulus(event) ? undefined : unreachable(event, "event");
    }
  }

  /** The immutable state after everything applied; the folding goes on from it. */
  checkpoint(): IommuState {
    const nothing = this.#draft === null && this.#spaces.size === 0 && this.#counters.size === 0;
    if (nothing && this.#newFaults.length === 0 && this.#droppedFaults === 0) return this.#base;
    const draft = this.#write();
    for (const [object, edit] of this.#spaces) {
      const known = draft.objects.get(object);
      if (known !== undefined) known.space = edit.done() as Draft<AddressSpace>;
    }
    for (const [device, counters] of this.#counters) deviceOf(draft, device).counters = { ...counters };
    if (this.#newFaults.length > 0) draft.pendingFaults.push(...(this.#newFaults as Draft<PendingFault>[]));
    draft.droppedFaults += this.#droppedFaults;
    this.#base = this.#drafting.finish(draft);
    this.#draft = null;
    this.#spaces.clear();
    this.#counters.clear();
    this.#routes.clear();
    this.#newFaults = [];
    this.#droppedFaults = 0;
    return this.#base;
  }

  /** The immutable state after everything applied; nothing can be applied afterwards. */
  finish(): IommuState {
    const state = this.checkpoint();
    this.#open = false;
    return state;
  }

  #write(): Draft<IommuState> {
    this.#draft ??= this.#drafting.begin(this.#base);
    return this.#draft;
  }

  #edit(object: ObjectName): AddressSpaceEdit {
    let edit = this.#spaces.get(object);
    if (edit === undefined) {
      const known = this.state.objects.get(object)?.space as AddressSpace | undefined;
      assert(known !== undefined, `no object ${object} to write`);
      edit = known.edit();
      this.#spaces.set(object, edit);
      this.#routes.clear();
    }
    return edit;
  }

  #count(
    device: DeviceName,
    what: "permitted" | "unrestricted" | "denied" | "interrupts",
    conformance: string | null,
  ): void {
    let counters = this.#counters.get(device);
    if (counters === undefined) {
      // At once, not when the counters are written: the order of devices must not depend on where checkpoints fall.
      if (!this.state.devices.has(device)) deviceOf(this.#write(), device);
      counters = { ...(this.#base.devices.get(device)?.counters ?? NO_COUNTS) };
      this.#counters.set(device, counters);
    }
    counters[what] += 1;
    if (what === "unrestricted") counters.permitted += 1;
    if (conformance === "stale" || conformance === "diverged") counters[conformance] += 1;
  }

  #pend(fault: PendingFault): void {
    if (this.#pendingCount < PENDING_FAULTS_MAX) {
      this.#newFaults.push(fault);
      this.#pendingCount += 1;
    } else this.#droppedFaults += 1;
  }

  /** Somebody fetched the record of that transfer. */
  #forgetPending(seq: number): void {
    this.#newFaults = this.#newFaults.filter((fault) => fault.seq !== seq);
    const draft = this.#write();
    const at = draft.pendingFaults.findIndex((fault) => fault.seq === seq);
    if (at >= 0) draft.pendingFaults.splice(at, 1);
    this.#pendingCount = draft.pendingFaults.length + this.#newFaults.length;
  }

  #applyClient(event: ClientOutcome, at: number): void {
    this.#plain = null;
    applyClient(this.#write(), event, at, (object) => this.space(object));
  }

  #map(event: MappingAdded, at: number): void {
    const grant: Grant = { delta: event.delta, access: event.access, since: at };
    const edit = this.#edit(event.object);
    if (!this.state.described) {
      this.#write().described = true;
      this.#routes.clear();
    }
    edit.map(event.firstPage, event.lastPage, grant, this.#revocation(event.object, at));
  }

  #unmap(event: MappingRemoved, at: number): void {
    this.#edit(event.object).unmap(event.firstPage, event.lastPage, at, this.#revocation(event.object, at));
  }

  #revocation(object: ObjectName, at: number): ((part: Interval<Grant>) => void) | undefined {
    const listener = this.#onRevoked;
    return listener && ((part) => listener(object, part, at));
  }

  #invalidate(event: Extract<Outcome, { kind: "CacheInvalidated" }>, at: number): void {
    const first = event.bytes?.firstPage ?? 0;
    const last = event.bytes?.lastPage ?? PAGE_LIMIT - 1;
    if (event.object !== null) {
      if (this.space(event.object) !== undefined) this.#edit(event.object).invalidate(first, last);
    } else if (event.device !== null) {
      const device = deviceOf(this.#write(), event.device);
      device.forgotten = forget(
        device.forgotten as Forgotten,
        event.bytes === null ? null : { first, last },
        at,
      ) as Draft<Forgotten>;
    } else {
      for (const object of this.state.objects.keys()) {
        if (this.space(object)!.hasStale) this.#edit(object).invalidate(first, last);
      }
    }
  }

  #applyRare(event: TraceOutcome, at: number): void {
    this.#routes.clear();
    if (event.kind === "UnitAdded") this.#plain = null;
    if (event.kind === "ObjectDestroyed") {
      const revoke = this.#onRevoked;
      if (revoke)
        for (const part of this.space(event.object)?.mappings() ?? []) revoke(event.object, part, at);
      this.#spaces.delete(event.object);
    }
    applyTrace(this.#write(), event, at);
  }
}

type WritableCounters = { -readonly [name in keyof Counters]: number };

function forget(before: Forgotten, range: { first: number; last: number } | null, at: number): Forgotten {
  if (range === null) return { allAt: at, ranges: null };
  const ranges = before.ranges?.clone() ?? new IntervalMap<number>();
  ranges.set(range.first, range.last, at);
  return { allAt: before.allAt, ranges };
}
