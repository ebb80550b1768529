import { decide } from "../core/decide.ts";
import { Folding } from "../core/evolve.ts";
import { type IommuState, initialState } from "../core/state.ts";
import { stateDigest } from "../core/stateDigest.ts";
import { recordMembers } from "../events/codec/eventJson.ts";
import type { Outcome } from "../events/outcome.ts";
import type { Stimulus } from "../events/stimulus.ts";
import type { TransferAccess } from "../events/vocabulary/access.ts";
import { addressFromBigint, addressToBigint } from "../events/vocabulary/address.ts";
import { byteRange } from "../events/vocabulary/byteRange.ts";
import { ABILITY_ATTACH } from "../events/vocabulary/clientApi.ts";
import { type DeviceName, parseDeviceName } from "../events/vocabulary/device.ts";
import type { Family } from "../events/vocabulary/family.ts";
import { clientName, unitName, vmName } from "../events/vocabulary/names.ts";
import { SmmumanClient } from "./smmumanClient.ts";

/** What a transfer came to. `target`: where it went; of a refused one `at` is the first byte that may not pass. */
export type Verdict =
  | { readonly permitted: true; readonly target: bigint; readonly via: string }
  | { readonly permitted: false; readonly reason: string; readonly code: string | null; readonly at: bigint }
  | { readonly permitted: null; readonly reason: "interrupt" };

/** Told of everything that happens, with its number. */
export type Watcher = (seq: number, stimulus: Stimulus, outcomes: readonly Outcome[]) => void;

/**
 * A service and its units in memory, to call the client API against: in the tests of a driver, or to try things out.
 * The rules are those of the replay; nothing is stored, but everything can be had as a trace.
 */
export class Machine {
  readonly #folding: Folding;
  readonly #family: Family;
  readonly #told: Stimulus[] = [];
  readonly #clients = new Map<string, SmmumanClient>();
  readonly #watchers: Watcher[] = [];
  readonly #firstSeq: number;

  /** Begins with nothing, of a unit family, or where a boot stands: its state, and the seq that comes next. */
  constructor(start: Family | { readonly state: IommuState; readonly seq: number }) {
    const state = typeof start === "string" ? initialState(start) : start.state;
    this.#family = state.family;
    this.#firstSeq = typeof start === "string" ? 0 : start.seq;
    this.#folding = new Folding(state);
  }

  /** The seq that the next event gets. */
  get seq(): number {
    return this.#firstSeq + this.#told.length;
  }

  /** The machine as it is just now: an immutable value. */
  get state(): IommuState {
    return this.#folding.checkpoint();
  }

  /** The digest of that state: what decides, and nothing else. */
  get digest(): string {
    return stateDigest(this.state);
  }

  /** Lets something happen; answers with what the machine made of it. */
  tell(stimulus: Stimulus): readonly Outcome[] {
    const { seq } = this;
    const outcomes = decide(this.#folding, stimulus);
    for (const outcome of outcomes) this.#folding.apply(outcome, seq);
    this.#told.push(stimulus);
    for (const watcher of this.#watchers) watcher(seq, stimulus, outcomes);
    for (const outcome of outcomes)
      if (outcome.kind === "FaultDelivered")
        for (const name of outcome.notified) this.#clients.get(name)?.notified();
    return outcomes;
  }

  /** Wants to be told of everything that happens from now on. */
  watch(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  /** A unit exists. */
  unit(name: string): void {
    this.tell({ kind: "unit", unit: unitName(name), base: null, addressWidth: null });
  }

  /** A device exists, behind a unit where that is known: `pci:SSSS:bb:dd.f`, `mmio:0xADDR` or `stream:0xSID`. */
  device(name: string, unit: string | null = null): void {
    const device = named(name);
    this.tell({ kind: "device", device, unit: unit === null ? null : unitName(unit) });
  }

  /** A process exists; with no abilities told it holds the one that it needs to connect (PRV-1). */
  client(
    name: string,
    abilities: readonly string[] = [ABILITY_ATTACH],
    vm: string | null = null,
  ): SmmumanClient {
    const client = clientName(name);
    this.tell({ kind: "client", client, abilities, vm: vm === null ? null : vmName(vm) });
    const caller = new SmmumanClient(this, client);
    this.#clients.set(name, caller);
    return caller;
  }

  /** The device reads or writes `length` bytes at `address`. */
  dma(device: string, address: bigint, length: number, access: TransferAccess): Verdict {
    const start = addressFromBigint(address);
    const bytes = start === null ? null : byteRange(start, length);
    if (bytes === null || !bytes.ok)
      throw new RangeError(`no range of ${length} bytes at ${address}: it is empty or goes past 2^64`);
    const stimulus: Stimulus = {
      kind: "dma",
      device: named(device),
      bytes: bytes.value,
      access,
      observed: null,
    };
    return verdictOf(this.tell(stimulus)[0]!);
  }

  /** What happened so far as a `smmu-trace`, to be kept, imported and replayed. Only of a machine that began with nothing. */
  trace(): string {
    if (this.#firstSeq > 0)
      throw new Error("a machine that went on from a boot has no trace of its beginning");
    const header = { format: "smmu-trace", version: 1, family: this.#family };
    const lines = [header, ...this.#told.map((stimulus) => recordMembers(stimulus))];
    return `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
  }
}

function named(name: string): DeviceName {
  const device = parseDeviceName(name);
  if (device !== null) return device;
  throw new RangeError(`${name} is no device; expected pci:SSSS:bb:dd.f (hex), mmio:0xADDR or stream:0xSID`);
}

function verdictOf(outcome: Outcome): Verdict {
  switch (outcome.kind) {
    case "TransferPermitted":
      return { permitted: true, target: addressToBigint(outcome.target), via: outcome.via };
    case "TransferDenied": {
      const { reason, code, at } = outcome;
      return { permitted: false, reason, code, at: addressToBigint(at) };
    }
    case "InterruptRaised":
      return { permitted: null, reason: "interrupt" };
    default:
      throw new Error(`${outcome.kind} is no verdict of a transfer`);
  }
}
