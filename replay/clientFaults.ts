import { initialState } from "../core/state.ts";
import type { FaultDelivered, FaultFate } from "../events/clientEvents.ts";
import type { Outcome } from "../events/outcome.ts";
import { isOutcome } from "../events/recordedEvent.ts";
import { type InGuest, innermost } from "../events/vmEvents.ts";
import type { Address } from "../events/vocabulary/address.ts";
import type { BootReader } from "../store/eventStore.ts";
import { eventBlocks } from "./bootEvents.ts";
import { Stepper } from "./stepper.ts";

/** What became of a refused transfer on its way to clients. */
export interface Delivery {
  /** What its unit made of it; anything but `recorded` left no record that a service could read. */
  readonly unit: FaultFate;
  /** Each client that was connected then, by name. */
  readonly clients: readonly ClientRecord[];
  /** What the record does not tell although the hardware saw it (FLT-4, LIM-1). */
  readonly hidden: readonly ("device" | "address" | "page-offset")[];
}

/**
 * `waiting`: can still be fetched; `dropped`: 64 were there (FLT-3); `gone`: the client left before it fetched; `lost`:
 * the service ended before it was fetched, and its records with it (DSS-1).
 */
export interface ClientRecord {
  readonly client: string;
  readonly record: "fetched" | "waiting" | "dropped" | "gone" | "lost";
}

/** What the hardware had against what clients could learn, over a whole boot: the difference is the blind spot. */
export interface ClientFaults {
  readonly byFault: ReadonlyMap<number, Delivery>;
  /** Refused transfers, and reports of some, in all. */
  readonly refused: number;
  /** Fetched by at least one client. */
  readonly learnt: number;
  /** Fetched by none, and waiting for at least one. */
  readonly waiting: number;
  /** Nobody can learn of these, by why. */
  readonly blind: { readonly [why in BlindReason]: number };
  /** Of those learnt or waiting, how many hide something. */
  readonly hidden: { readonly [what in Delivery["hidden"][number]]: number };
  readonly clients: readonly ClientCounts[];
}

/** Why nobody can learn of a refused transfer. */
export type BlindReason =
  | "silent"
  | "merged"
  | "overflow"
  | "no-service"
  | "nobody-connected"
  | "dropped"
  | "gone"
  | "lost";

/** One client's records. */
export interface ClientCounts {
  readonly client: string;
  fetched: number;
  waiting: number;
  dropped: number;
  gone: number;
  lost: number;
}

/**
 * Follows each refused transfer to the clients that could learn of it, through the whole boot; null for a boot in which
 * no client ever could, such as a recording of another system. One pass, as long as a replay.
 */
export function clientFaults(reader: BootReader): ClientFaults | null {
  if (!mayHaveClients(reader)) return null;
  const { header } = reader.info;
  const ledger = new Ledger();
  const stepper = new Stepper(initialState(header.family), header.outcomes);
  for (const block of eventBlocks(reader)) {
    for (const recorded of block) {
      const { event, seq } = recorded;
      if (isOutcome(event)) ledger.take(event, recorded.cause ?? seq);
      else if (header.outcomes === "derived")
        for (const outcome of stepper.step(recorded)) ledger.take(outcome, seq);
    }
  }
  return ledger.sum();
}

/** What the unit made of a refusal, where that was minded: it has clients, or a stated number of records. */
export function unitRecord(outcomes: readonly Outcome[]): FaultFate | null {
  if (outcomes.length < 2) return null;
  for (const outcome of outcomes) if (outcome.kind === "FaultLogged") return outcome.fate;
  return outcomes.some((outcome) => innermost(outcome).kind === "FaultDelivered") ? "recorded" : null;
}

/** A simulated boot, or one of whose faults some came before clients: the others need no second look. */
function mayHaveClients(reader: BootReader): boolean {
  if (reader.info.header.outcomes === "recorded") return true;
  for (const { json } of reader.faults()) if (json.includes('"unitRecord":')) return true;
  return false;
}

interface Followed {
  readonly at: Address | null;
  /** A service ran when it happened, or none was ever started: a recording of another system. */
  readonly served: boolean;
  unit: FaultFate;
  readonly clients: Map<string, ClientRecord["record"]>;
  hidden: Delivery["hidden"];
}

class Ledger {
  readonly #faults = new Map<number, Followed>();
  readonly #clients = new Map<string, ClientCounts>();
  // The records that wait, by client: at most 64 each.
  readonly #waiting = new Map<string, Set<number>>();
  // Clients in VMs that got records, and their VMs.
  readonly #guests = new Map<string, string>();
  #served = true;

  take(outcome: Outcome, seq: number): void {
    switch (outcome.kind) {
      case "TransferDenied":
        this.#faults.set(seq, this.#refused(outcome.at));
        return;
      case "ServiceStarted":
        this.#served = false;
        return;
      case "ServiceReady":
        this.#served = true;
        return;
      case "DssEntered":
        this.#served = false;
        for (const client of this.#waiting.keys())
          if (!this.#guests.has(client)) this.#settleAll(client, "lost");
        return;
      case "InGuest":
        return this.#inGuest(outcome, seq);
      case "FaultLogged": {
        const fault = this.#faults.get(seq);
        if (fault !== undefined) fault.unit = outcome.fate;
        return;
      }
      case "FaultDelivered":
        return this.#deliver(outcome, seq);
      case "FaultFetched":
        this.#settle(outcome.client, outcome.fault, "fetched");
        return;
      case "ClientDisconnected":
      case "ClientEnded":
        return this.#settleAll(outcome.client, "gone");
    }
  }

  /** The vdev of a VM keeps records for the clients of its guest (HV-7), whatever becomes of the service in the host. */
  #inGuest({ vm, outcome }: InGuest, seq: number): void {
    switch (outcome.kind) {
      case "FaultDelivered":
        for (const client of [...outcome.clients, ...outcome.dropped]) this.#guests.set(client, vm);
        return this.#deliver(outcome, seq);
      case "DssEntered":
        for (const [client, its] of this.#guests) if (its === vm) this.#settleAll(client, "lost");
        return;
      case "FaultFetched":
      case "ClientDisconnected":
      case "ClientEnded":
        return this.take(outcome, seq);
    }
  }

  sum(): ClientFaults {
    const blind = {
      silent: 0,
      merged: 0,
      overflow: 0,
      "no-service": 0,
      "nobody-connected": 0,
      dropped: 0,
      gone: 0,
      lost: 0,
    };
    const hidden = { device: 0, address: 0, "page-offset": 0 };
    const byFault = new Map<number, Delivery>();
    let learnt = 0;
    let waiting = 0;
    for (const [seq, fault] of this.#faults) {
      const states = [...fault.clients.values()];
      byFault.set(seq, deliveryOf(fault));
      if (states.includes("fetched")) learnt += 1;
      else if (states.includes("waiting")) waiting += 1;
      else {
        blind[blindReason(fault, states)] += 1;
        continue;
      }
      for (const what of fault.hidden) hidden[what] += 1;
    }
    const clients = [...this.#clients.values()].sort((a, b) => (a.client < b.client ? -1 : 1));
    return { byFault, refused: this.#faults.size, learnt, waiting, blind, hidden, clients };
  }

  #deliver(outcome: FaultDelivered, seq: number): void {
    // A report that stands for its transfer: only what it says is known.
    const fault = this.#faults.get(seq) ?? this.#refused(outcome.address);
    this.#faults.set(seq, fault);
    fault.hidden = hiddenBy(outcome, fault.at);
    for (const client of outcome.clients) {
      fault.clients.set(client, "waiting");
      this.#countsOf(client).waiting += 1;
      const waiting = this.#waiting.get(client) ?? new Set();
      this.#waiting.set(client, waiting.add(seq));
    }
    for (const client of outcome.dropped) {
      fault.clients.set(client, "dropped");
      this.#countsOf(client).dropped += 1;
    }
  }

  #refused(at: Address | null): Followed {
    return { at, served: this.#served, unit: "recorded", clients: new Map(), hidden: [] };
  }

  #settleAll(client: string, record: "gone" | "lost"): void {
    for (const fault of [...(this.#waiting.get(client) ?? [])]) this.#settle(client, fault, record);
  }

  #settle(client: string, seq: number, record: "fetched" | "gone" | "lost"): void {
    if (!this.#waiting.get(client)?.delete(seq)) return;
    this.#faults.get(seq)?.clients.set(client, record);
    const counts = this.#countsOf(client);
    counts.waiting -= 1;
    counts[record] += 1;
  }

  #countsOf(client: string): ClientCounts {
    let counts = this.#clients.get(client);
    if (counts === undefined) {
      counts = { client, fetched: 0, waiting: 0, dropped: 0, gone: 0, lost: 0 };
      this.#clients.set(client, counts);
    }
    return counts;
  }
}

function deliveryOf({ unit, clients, hidden }: Followed): Delivery {
  const records = [...clients].map(([client, record]) => ({ client, record }));
  return { unit, clients: records.sort((a, b) => (a.client < b.client ? -1 : 1)), hidden };
}

function blindReason({ unit, served }: Followed, states: readonly ClientRecord["record"][]): BlindReason {
  if (unit !== "recorded") return unit;
  if (states.length === 0) return served ? "nobody-connected" : "no-service";
  if (states.includes("lost")) return "lost";
  return states.includes("gone") ? "gone" : "dropped";
}

function hiddenBy({ device, address }: FaultDelivered, at: Address | null): Delivery["hidden"] {
  const hidden: Delivery["hidden"][number][] = [];
  if (device === null) hidden.push("device");
  if (address === null) hidden.push("address");
  else if (at !== null && address.offset !== at.offset) hidden.push("page-offset");
  return hidden;
}
