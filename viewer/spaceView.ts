import type { AddressSpace, Grant } from "../core/parts/addressSpace.ts";
import type { Interval } from "../core/parts/intervalMap.ts";
import { formatAccess } from "../events/vocabulary/access.ts";
import type { BootReader, MappingRow } from "../store/eventStore.ts";
import { type BootIndex, FAULT } from "./bootIndex.ts";
import type { Run, SpaceView } from "./viewModel.ts";

/** Up to so many runs are told one by one. */
const RUNS_MAX = 1500;
const FAULTS_MAX = 500;

/** What part of which address space, and when. */
export interface SpaceQuery {
  readonly space: string;
  readonly seq: number;
  readonly firstPage: number;
  readonly lastPage: number;
  readonly columns: number;
}

/**
 * The picture of a part of an address space after event `seq`. `devices`: whose faults are marked, null: all;
 * `past` null: what was revoked is not gathered yet.
 */
export function spaceView(
  query: SpaceQuery,
  space: AddressSpace | null,
  index: BootIndex,
  devices: ReadonlySet<string> | null,
  past: RevokedRuns | null,
): SpaceView {
  const { seq, firstPage, lastPage, columns } = query;
  const live = space?.within(firstPage, lastPage) ?? [];
  const whole = space?.mappings() ?? [];
  const few = live.length <= RUNS_MAX;
  const faults = faultsIn(index, query, devices);
  return {
    space: query.space,
    seq,
    firstPage,
    lastPage,
    runs: few ? live.map(runOf) : [],
    runsTotal: live.length,
    columns: few ? [] : columnsOf(live, firstPage, lastPage, columns),
    revoked: past?.runs ?? null,
    revokedTotal: past?.total ?? 0,
    ...faults,
    extent: widest(whole.length === 0 ? null : [whole[0]!.first, whole.at(-1)!.last], past?.extent ?? null),
  };
}

function runOf({ first, last, value }: Interval<Grant>): Run {
  return {
    firstPage: first,
    lastPage: last,
    targetPage: first + value.delta,
    access: formatAccess(value.access),
    since: value.since,
    revoked: null,
  };
}

function columnsOf(
  live: readonly Interval<Grant>[],
  first: number,
  last: number,
  count: number,
): SpaceView["columns"] {
  const width = (last - first + 1) / count;
  const byAccess = new Map<string, number[]>();
  for (const run of live) {
    const access = formatAccess(run.value.access);
    let parts = byAccess.get(access);
    if (parts === undefined) {
      parts = new Array<number>(count).fill(0);
      byAccess.set(access, parts);
    }
    const to = Math.min(count - 1, Math.floor((run.last - first) / width));
    for (let column = Math.max(0, Math.floor((run.first - first) / width)); column <= to; column++) {
      const begin = first + column * width;
      const covered = Math.min(run.last + 1, begin + width) - Math.max(run.first, begin);
      parts[column]! += Math.max(0, covered) / width;
    }
  }
  return [...byAccess].map(([access, parts]) => ({
    access,
    parts: parts.map((part) => Number(part.toPrecision(3))),
  }));
}

function faultsIn(
  index: BootIndex,
  query: SpaceQuery,
  devices: ReadonlySet<string> | null,
): Pick<SpaceView, "faults" | "faultsTotal"> {
  const faults: { seq: number; page: number; reason: string | null }[] = [];
  let faultsTotal = 0;
  for (let seq = 0; seq <= query.seq && seq < index.events; seq++) {
    if (!(index.marks[seq]! & FAULT)) continue;
    const device = index.laneList[index.lanes[0][seq]!]?.name;
    if (devices !== null && (device === undefined || !devices.has(device))) continue;
    const page = index.page[seq]!;
    if (!(page >= query.firstPage && page <= query.lastPage)) continue;
    faultsTotal += 1;
    faults.push({ seq, page, reason: index.reasons[index.reason[seq]!] ?? null });
    // The newest matter most; an occasional cut keeps this short.
    if (faults.length >= 2 * FAULTS_MAX) faults.splice(0, FAULTS_MAX);
  }
  return { faults: faults.slice(-FAULTS_MAX), faultsTotal };
}

function widest(
  a: readonly [number, number] | null,
  b: readonly [number, number] | null,
): readonly [number, number] | null {
  if (a === null || b === null) return a ?? b;
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}

/** The revoked grants of a boot by object, in columns, in the order of their revocation. */
export class RevokedGrants {
  readonly #objects = new Map<string, Columns>();

  /** Reads them all; yields now and then. */
  static *gather(reader: BootReader): Generator<void, RevokedGrants> {
    const revoked = new RevokedGrants();
    let taken = 0;
    for (const row of reader.allMappings()) {
      if (row.revokedSeq !== null) revoked.#add(row, row.revokedSeq);
      if (++taken % 2000 === 0) yield;
    }
    return revoked;
  }

  /** Those of an object that were revoked before the cursor and meet the part asked for, newest first. */
  before(object: string, { seq, firstPage, lastPage }: SpaceQuery): RevokedRuns {
    const runs: Run[] = [];
    const rows = this.#objects.get(object);
    if (rows === undefined) return { runs, total: 0, extent: null };
    let total = 0;
    let low = Number.POSITIVE_INFINITY;
    let high = -1;
    for (let i = rows.first.length - 1; i >= 0; i--) {
      if (rows.revoked[i]! > seq) continue;
      const first = rows.first[i]!;
      const last = rows.last[i]!;
      low = Math.min(low, first);
      high = Math.max(high, last);
      if (last < firstPage || first > lastPage) continue;
      total += 1;
      if (runs.length === RUNS_MAX) continue;
      runs.push({
        firstPage: first,
        lastPage: last,
        targetPage: rows.target[i]!,
        access: rows.access[i]!,
        since: rows.granted[i]!,
        revoked: rows.revoked[i]!,
      });
    }
    return { runs, total, extent: high < 0 ? null : [low, high] };
  }

  #add(row: MappingRow, revokedSeq: number): void {
    let rows = this.#objects.get(row.object);
    if (rows === undefined) {
      rows = { first: [], last: [], target: [], access: [], granted: [], revoked: [] };
      this.#objects.set(row.object, rows);
    }
    rows.first.push(row.firstPage);
    rows.last.push(row.lastPage);
    rows.target.push(row.targetPage);
    rows.access.push(ACCESS.get(row.access) ?? row.access);
    rows.granted.push(row.grantedSeq);
    rows.revoked.push(revokedSeq);
  }
}

interface Columns {
  readonly first: number[];
  readonly last: number[];
  readonly target: number[];
  readonly access: string[];
  readonly granted: number[];
  readonly revoked: number[];
}

interface RevokedRuns {
  readonly runs: readonly Run[];
  readonly total: number;
  readonly extent: readonly [number, number] | null;
}

// One text for all rows, instead of one for each.
const ACCESS = new Map(["r", "w", "rw", "x", "rx", "wx", "rwx"].map((text) => [text, text]));
