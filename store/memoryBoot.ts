import { chainNext, chainStart, headerText } from "./chain.ts";
import type {
  Block,
  BootInfo,
  BootReader,
  BootStart,
  Derived,
  FaultRow,
  FindingRow,
  LossRow,
  MappingRow,
  Snapshot,
  VerdictRow,
} from "./eventStore.ts";
import { compareVerdicts } from "./order.ts";

/** One boot in memory: what was told, in the order told. */
export class MemoryBoot {
  info: BootInfo;
  readonly blocks: Block[] = [];
  #snapshots: Snapshot[] = [];
  #faults: FaultRow[] = [];
  #mappings: MappingRow[] = [];
  #losses: LossRow[] = [];
  #findings: FindingRow[] = [];
  #verdicts = new Map<string, VerdictRow>();

  constructor(start: BootStart) {
    const logDigest = chainStart(headerText(start.header));
    this.info = { ...start, events: 0, complete: false, logDigest, summary: null, files: [] };
  }

  /** Adds a block; the bytes are copied, since the caller may use its buffer again. */
  append(count: number, bytes: Uint8Array): void {
    const { events: firstSeq, logDigest } = this.info;
    const digest = chainNext(logDigest, firstSeq, count, bytes);
    this.blocks.push({ firstSeq, count, bytes: bytes.slice(), digest });
    this.info = { ...this.info, events: firstSeq + count, logDigest: digest };
  }

  /** Adds derived rows. */
  derive(derived: Derived): void {
    for (const snapshot of derived.snapshots) {
      this.#snapshots = this.#snapshots.filter((other) => other.seq !== snapshot.seq);
      this.#snapshots.push({ ...snapshot, bytes: snapshot.bytes.slice() });
    }
    for (const fault of derived.faults) this.#faults.push(fault);
    for (const mapping of derived.mappings) this.#mappings.push(mapping);
    for (const loss of derived.losses) this.#losses.push(loss);
    for (const finding of derived.findings) this.#findings.push(finding);
    for (const verdict of derived.verdicts) this.#count(verdict);
  }

  /** Drops all derived rows; readers that hold them keep them. */
  forgetDerived(): void {
    this.#snapshots = [];
    this.#faults = [];
    this.#mappings = [];
    this.#losses = [];
    this.#findings = [];
    this.#verdicts = new Map();
  }

  /** Reads the boot as it is now. */
  reader(): BootReader {
    const { info } = this;
    return {
      info,
      blocks: (fromSeq = 0) =>
        this.blocks.filter((b) => b.firstSeq + b.count > fromSeq && b.firstSeq < info.events),
      snapshot: (seq) => bySeq(this.#snapshots).findLast((snapshot) => snapshot.seq <= seq) ?? null,
      snapshots: () => bySeq(this.#snapshots),
      faults: (fromSeq = 0) => bySeq(this.#faults.filter(({ seq }) => seq >= fromSeq)),
      verdicts: () => [...this.#verdicts.values()].sort(compareVerdicts),
      losses: () => bySeq(this.#losses),
      findings: () => bySeq(this.#findings),
      allMappings: () => [...this.#mappings],
      mappings: ({ object, firstPage, lastPage }) =>
        this.#mappings
          .filter((m) => object === null || m.object === object)
          .filter((m) => m.firstPage <= lastPage && m.lastPage >= firstPage)
          .sort((a, b) => a.grantedSeq - b.grantedSeq),
    };
  }

  #count(verdict: VerdictRow): void {
    const key = JSON.stringify([verdict.device, verdict.outcome, verdict.why, verdict.conformance]);
    const count = (this.#verdicts.get(key)?.count ?? 0) + verdict.count;
    this.#verdicts.set(key, { ...verdict, count });
  }
}

// Array sorting is stable: rows of one seq stay in the order told.
function bySeq<T extends { readonly seq: number }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => a.seq - b.seq);
}
