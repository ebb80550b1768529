import { canonicalJson } from "../base/canonicalJson.ts";
import type { Folding } from "../core/evolve.ts";
import type { Grant } from "../core/parts/addressSpace.ts";
import type { Interval } from "../core/parts/intervalMap.ts";
import { rulesOf } from "../core/units/families.ts";
import type { FaultFate } from "../events/clientEvents.ts";
import type { Outcome, TransferDenied } from "../events/outcome.ts";
import type { RecordedEvent } from "../events/recordedEvent.ts";
import type { DmaStimulus, FaultStimulus } from "../events/stimulus.ts";
import { formatAccess } from "../events/vocabulary/access.ts";
import { parseAddress } from "../events/vocabulary/address.ts";
import { type DeviceName, sourceIdOf } from "../events/vocabulary/device.ts";
import type { ObjectName } from "../events/vocabulary/names.ts";
import type { Derived, FaultRow, FindingRow, LossRow, MappingRow, VerdictRow } from "../store/eventStore.ts";
import { actualReturnJson, expectedReturnJson, returnOf } from "./clientCalls.ts";
import { unitRecord } from "./clientFaults.ts";
import { explainDenial, knowledgeOf } from "./explainDenial.ts";
import { type FaultJson, faultOfReport, faultOfTransfer } from "./faultText.ts";
import { actualJson, observedJson } from "./verdictJson.ts";
import { hostedBy } from "./vmStage.ts";

/** How many of the newest faults wait for the other half of a report and a transfer. */
const MATCH_WINDOW = 256;
/** A report and the transfer it is about lie at most this far apart, in ns. */
const MATCH_NS_MAX = 1_000_000_000;

/**
 * Makes the projections of a boot while it is folded: faults (a refused transfer and the report of it are one),
 * the life of each grant, losses, findings, and verdict counts.
 */
export class Projector {
  #folding: Folding;
  readonly #open: OpenFault[] = [];
  readonly #transfers = new Map<string, OpenFault[]>();
  readonly #reports = new Map<string, OpenFault[]>();
  #faults: FaultRow[] = [];
  #mappings: MappingRow[] = [];
  #losses: LossRow[] = [];
  #findings: FindingRow[] = [];
  #verdicts = new Map<DeviceName, (VerdictRow & { count: number })[]>();
  #sawTransfer = false;
  /** Faults so far, matched halves counted once. */
  faultCount = 0;

  constructor(folding: Folding) {
    this.#folding = folding;
  }

  /** Told of each grant that ends: the Folding's listener. */
  revoked(object: ObjectName, part: Interval<Grant>, at: number): void {
    this.#mappings.push(mappingRow(object, part, at));
  }

  /** Takes one event, after it was applied, with what the machine made of it. */
  add(recorded: RecordedEvent, outcomes: readonly Outcome[]): void {
    const { event } = recorded;
    if (event.kind === "dma") return this.#dma(recorded, event, outcomes);
    if (event.kind === "fault") return this.#report(recorded, event, outcomes);
    if (event.kind === "call") return this.#call(recorded, outcomes);
    if (event.kind === "loss") {
      this.#losses.push({
        seq: recorded.seq,
        t: recorded.t,
        what: event.what,
        function: event.function,
        count: event.count,
      });
    }
  }

  /** What came since the last call; faults that may still be matched stay. */
  take(): Omit<Derived, "snapshots"> {
    while (this.#open.length > MATCH_WINDOW) this.#close(this.#open.shift()!);
    return this.#taken();
  }

  /** All that is left, with the grants that are still there. */
  finish(): Omit<Derived, "snapshots"> {
    for (const fault of this.#open.splice(0)) this.#close(fault);
    for (const [object, { space }] of this.#folding.checkpoint().objects) {
      for (const part of space.mappings()) this.#mappings.push(mappingRow(object, part, null));
    }
    return this.#taken();
  }

  #taken(): Omit<Derived, "snapshots"> {
    const taken = {
      faults: this.#faults,
      mappings: this.#mappings,
      losses: this.#losses,
      findings: this.#findings,
      verdicts: [...this.#verdicts.values()].flat(),
    };
    this.#faults = [];
    this.#mappings = [];
    this.#losses = [];
    this.#findings = [];
    this.#verdicts = new Map();
    return taken;
  }

  #dma(recorded: RecordedEvent, dma: DmaStimulus, outcomes: readonly Outcome[]): void {
    const outcome = outcomes[0]!;
    this.#sawTransfer = true;
    const verdict = verdictOf(outcome);
    if (verdict === null) return;
    this.#count(dma.device, verdict);
    if (verdict.conformance === "stale" || verdict.conformance === "diverged") {
      this.#findings.push(findingRow(recorded.seq, verdict.conformance, dma, outcome));
    }
    // What the recorded machine let through is no fault there, whatever we say of it.
    if (outcome.kind === "TransferDenied" && dma.observed?.verdict !== "permitted")
      this.#denied(recorded, dma, outcome, unitRecord(outcomes));
    else if (dma.observed?.verdict === "denied") this.#deniedThere(recorded, dma);
  }

  // A device has few kinds of verdicts; comparing them is cheaper than making a key of each.
  #count(device: DeviceName, { outcome, why, conformance }: Omit<VerdictRow, "device" | "count">): void {
    let rows = this.#verdicts.get(device);
    if (rows === undefined) {
      rows = [];
      this.#verdicts.set(device, rows);
    }
    const known = rows.find(
      (row) => row.outcome === outcome && row.why === why && row.conformance === conformance,
    );
    if (known === undefined) rows.push({ device, outcome, why, conformance, count: 1 });
    else known.count += 1;
  }

  #call(recorded: RecordedEvent, outcomes: readonly Outcome[]): void {
    const returned = returnOf(recorded, outcomes);
    if (returned?.conformance !== "diverged") return;
    this.#findings.push({
      seq: recorded.seq,
      conformance: "diverged",
      expected: canonicalJson(expectedReturnJson(recorded)),
      actual: canonicalJson(actualReturnJson(returned)),
    });
  }

  #denied(recorded: RecordedEvent, dma: DmaStimulus, denied: TransferDenied, record: FaultFate | null): void {
    const { family } = this.#folding.state;
    const object = this.#folding.state.devices.get(dma.device)?.object ?? null;
    const vm = hostedBy(this.#folding.state, dma.device)?.name ?? null;
    const text = explainDenial(this.#folding, denied);
    const json = faultOfTransfer(recorded, dma, denied, family, object, text, vm);
    if (record !== null) json["unitRecord"] = record;
    this.#transfer(json, dma, recorded, denied.reason, json["code"] as string | null);
  }

  /** The recorded machine refused what our tables permit: a fault of that machine, and a finding of ours. */
  #deniedThere(recorded: RecordedEvent, dma: DmaStimulus): void {
    const { family } = this.#folding.state;
    const object = this.#folding.state.devices.get(dma.device)?.object ?? null;
    const ours: TransferDenied = {
      kind: "TransferDenied",
      device: dma.device,
      access: dma.access,
      reason: "unknown",
      code: dma.observed!.code,
      at: { page: dma.bytes.firstPage, offset: dma.bytes.firstOffset },
      conformance: "diverged",
    };
    const json = faultOfTransfer(
      recorded,
      dma,
      ours,
      family,
      object,
      "the recorded machine refused it, while the recorded grants permit it: the recording lacks a revocation, or the unit another rule",
    );
    json["reason"] = dma.observed!.reason;
    this.#transfer(json, dma, recorded, dma.observed!.reason, dma.observed!.code);
  }

  #transfer(
    json: FaultJson,
    dma: DmaStimulus,
    recorded: RecordedEvent,
    reason: string | null,
    code: string | null,
  ): void {
    const fault: OpenFault = {
      json,
      seq: recorded.seq,
      t: recorded.t,
      device: dma.device,
      page: dma.bytes.firstPage,
      access: json["access"] as string,
      reason,
      code,
      key: keyOf(dma.device, dma.bytes.firstPage),
      matched: false,
      dropped: false,
    };
    const report = this.#match(this.#reports, fault);
    if (report !== null) {
      join(fault, report);
      report.dropped = true;
      this.#open.splice(this.#open.indexOf(report), 1);
    } else {
      put(this.#transfers, fault);
      this.faultCount += 1;
    }
    this.#open.push(fault);
  }

  #report(recorded: RecordedEvent, event: FaultStimulus, outcomes: readonly Outcome[]): void {
    const { report } = event;
    const address = report.address === null ? null : parseAddress(report.address);
    const known = knowledgeOf(this.#folding, event, this.#sawTransfer);
    const device = (known.device ?? "") as DeviceName;
    const fault: OpenFault = {
      json: faultOfReport(recorded, event, known),
      seq: recorded.seq,
      t: recorded.t,
      device,
      page: address?.page ?? null,
      access: report.access,
      reason: report.reason,
      code: report.code ?? ((report.raw["eventName"] ?? null) as string | null),
      key: address === null ? "" : keyOf(requesterOf(event, device), address.page),
      matched: false,
      dropped: false,
    };
    const record = unitRecord(outcomes);
    if (record !== null) fault.json["unitRecord"] = record;
    if (report.kind === "dma-fault" && address !== null) {
      const transfer = this.#match(this.#transfers, fault);
      if (transfer !== null) return join(transfer, fault);
      put(this.#reports, fault);
    }
    this.faultCount += 1;
    this.#open.push(fault);
  }

  /** The newest waiting half on the same page that does not contradict this one. */
  #match(waiting: Map<string, OpenFault[]>, fault: OpenFault): OpenFault | null {
    const candidates = waiting.get(fault.key);
    if (candidates === undefined) return null;
    const rules = rulesOf(this.#folding.state.family);
    for (let i = candidates.length - 1; i >= 0; i--) {
      const other = candidates[i]!;
      if (other.t !== null && fault.t !== null && Math.abs(other.t - fault.t) > MATCH_NS_MAX) continue;
      if (other.access !== fault.access && other.access !== "unknown" && fault.access !== "unknown") continue;
      if (other.code !== null && fault.code !== null && !rules.sameCode(other.code, fault.code)) continue;
      candidates.splice(i, 1);
      if (candidates.length === 0) waiting.delete(fault.key);
      return other;
    }
    return null;
  }

  #close(fault: OpenFault): void {
    for (const waiting of [this.#transfers, this.#reports]) {
      const list = waiting.get(fault.key);
      const index = list?.indexOf(fault) ?? -1;
      if (index >= 0) list!.splice(index, 1);
      if (list?.length === 0) waiting.delete(fault.key);
    }
    const { json, seq, t, device, reason, code, access, page } = fault;
    this.#faults.push({
      seq,
      t,
      device: device === "" ? null : device,
      kind: json["kind"] as string,
      reason,
      code,
      access,
      page,
      address: (json["address"] ?? null) as string | null,
      json: JSON.stringify(json),
    });
  }
}

interface OpenFault {
  readonly json: FaultJson;
  readonly seq: number;
  readonly t: number | null;
  readonly device: DeviceName;
  readonly page: number | null;
  readonly access: string;
  readonly reason: string | null;
  readonly code: string | null;
  readonly key: string;
  matched: boolean;
  dropped: boolean;
}

/** The transfer's fault learns what was reported of it. */
function join(transfer: OpenFault, report: OpenFault): void {
  transfer.matched = true;
  transfer.json["reportSeq"] = report.seq;
  for (const name of ["unit", "code"]) transfer.json[name] ??= report.json[name] ?? null;
  const { file, line } = report.json;
  transfer.json["report"] = {
    seq: report.seq,
    t: report.t,
    file: file ?? null,
    line: line ?? null,
    format: report.json["format"] ?? null,
  };
}

/** Whom a report is about, for matching: the device, or the source-id that it names without a segment. */
function requesterOf({ report }: FaultStimulus, device: DeviceName): DeviceName {
  return device === "" && report.bdf !== null ? (`pci:0000:${report.bdf}` as DeviceName) : device;
}

// A stream ID and a source-id name the same requester where their numbers are the same and the page is, too.
function keyOf(device: DeviceName, page: number): string {
  const id = device.startsWith("stream:") ? Number(device.slice(7)) : sourceIdOf(device);
  return `${id ?? device} ${page}`;
}

function put(waiting: Map<string, OpenFault[]>, fault: OpenFault): void {
  const list = waiting.get(fault.key);
  if (list === undefined) waiting.set(fault.key, [fault]);
  else list.push(fault);
}

function verdictOf(outcome: Outcome): Omit<VerdictRow, "device" | "count"> | null {
  switch (outcome.kind) {
    case "TransferPermitted":
      return { outcome: "permitted", why: outcome.via, conformance: outcome.conformance };
    case "TransferDenied":
      return { outcome: "denied", why: outcome.reason, conformance: outcome.conformance };
    case "InterruptRaised":
      return { outcome: "interrupt", why: "interrupt-range", conformance: outcome.conformance };
    default:
      return null;
  }
}

function mappingRow(
  object: string,
  { first, last, value }: Interval<Grant>,
  revokedSeq: number | null,
): MappingRow {
  return {
    object,
    firstPage: first,
    lastPage: last,
    targetPage: first + value.delta,
    access: formatAccess(value.access),
    grantedSeq: value.since,
    revokedSeq,
  };
}

function findingRow(
  seq: number,
  conformance: "stale" | "diverged",
  dma: DmaStimulus,
  outcome: Outcome,
): FindingRow {
  return {
    seq,
    conformance,
    expected: canonicalJson(observedJson(dma)),
    actual: canonicalJson(actualJson(outcome)),
  };
}
