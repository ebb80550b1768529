import type { Json } from "../../base/canonicalJson.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import type { FaultRow } from "../../store/eventStore.ts";
import { align, alignRest } from "./align.ts";
import { Interner } from "./column.ts";
import type { Portrait } from "./portrait.ts";
import { type Amount, aboutAsMany, ChangeList, type Changes, type Difference } from "./report.ts";
import { some } from "./text.ts";

/** Faults by who, what, why and access; where `exact` by page, too, and each counts. Reports that were lost are told. */
export function compareFaults(a: Portrait, b: Portrait, exact: boolean, amounts: Amount[]): Changes {
  const changes = new ChangeList();
  const [inA, inB] = [rowsOf(a), rowsOf(b)];
  const words = new Interner();
  const kind = (row: FaultRow): number => words.numberOf(kindOf(row));
  const place = (row: FaultRow): number => words.numberOf(`${kindOf(row)} ${row.page}`);
  if (exact) {
    const byPlace = align(inA.map(place), inB.map(place));
    const { onlyA, onlyB } = alignRest(
      byPlace,
      (i) => kind(inA[i]!),
      (i) => kind(inB[i]!),
    );
    for (const rows of grouped(onlyA.map((i) => inA[i]!))) changes.removed.push(entryOf(rows, "a"));
    for (const rows of grouped(onlyB.map((i) => inB[i]!))) changes.added.push(entryOf(rows, "b"));
  } else compareKinds(changes, inA, inB, amounts);
  compareLosses(changes, a, b);
  return changes;
}

function compareKinds(changes: ChangeList, a: FaultRow[], b: FaultRow[], amounts: Amount[]): void {
  const [inA, inB] = [kindsOf(a), kindsOf(b)];
  for (const kind of new Set([...inA.keys(), ...inB.keys()])) {
    const [rowsA, rowsB] = [inA.get(kind) ?? [], inB.get(kind) ?? []];
    if (rowsA.length === rowsB.length) continue;
    if (rowsB.length === 0) changes.removed.push(entryOf(rowsA, "a"));
    else if (rowsA.length === 0) changes.added.push(entryOf(rowsB, "b"));
    else if (aboutAsMany(rowsA.length, rowsB.length))
      amounts.push({ what: `faults ${kind}`, a: rowsA.length, b: rowsB.length });
    else {
      const { seqA: _, seqB: __, text: ___, ...members } = entryOf(rowsA, "a");
      const counts = { a: rowsA.length, b: rowsB.length };
      const text = `${kind}: ${rowsA.length} -> ${rowsB.length} faults`;
      changes.changed.push({ seqA: null, seqB: null, ...members, ...counts, text });
    }
  }
}

function rowsOf({ reader, from, end }: Portrait): FaultRow[] {
  const rows: FaultRow[] = [];
  for (const row of reader.faults()) {
    if (row.seq >= end) break;
    if (row.seq >= from) rows.push(row);
  }
  return rows;
}

function kindOf({ device, kind, reason, code, access }: FaultRow): string {
  return `of ${device ?? "an unknown device"}: ${access} ${reason ?? kind}${code === null ? "" : ` ${code}`}`;
}

function kindsOf(rows: readonly FaultRow[]): Map<string, FaultRow[]> {
  const kinds = new Map<string, FaultRow[]>();
  for (const row of rows) {
    const kind = kindOf(row);
    const list = kinds.get(kind);
    if (list === undefined) kinds.set(kind, [row]);
    else list.push(row);
  }
  return kinds;
}

function grouped(rows: readonly FaultRow[]): FaultRow[][] {
  return [...kindsOf(rows).values()];
}

function entryOf(rows: readonly FaultRow[], side: "a" | "b"): Difference {
  const first = rows[0]!;
  const pages = new Set(rows.flatMap(({ page }) => page ?? []));
  const address = first.page === null ? null : formatAddress(first.page);
  const where =
    address === null ? "" : pages.size === 1 ? ` in page ${address}` : ` in ${some(pages.size, "page")}`;
  return {
    seqA: side === "a" ? first.seq : null,
    seqB: side === "b" ? first.seq : null,
    device: first.device,
    kind: first.kind,
    reason: first.reason,
    code: first.code,
    access: first.access,
    address: address as Json,
    count: rows.length,
    text: `${some(rows.length, "fault")} ${kindOf(first)}${where}`,
  };
}

function compareLosses(changes: ChangeList, a: Portrait, b: Portrait): void {
  const [inA, inB] = [a.losses, b.losses].map(
    (list) => new Map(list.map((told) => [told.text, told] as const)),
  );
  for (const [text, { seq }] of inA!)
    if (!inB!.has(text))
      changes.removed.push({ seqA: seq, seqB: null, lost: text, text: `reports were lost: ${text}` });
  for (const [text, { seq }] of inB!)
    if (!inA!.has(text))
      changes.added.push({ seqA: null, seqB: seq, lost: text, text: `reports were lost: ${text}` });
}
