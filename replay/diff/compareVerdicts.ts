import { formatAddress } from "../../events/vocabulary/address.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { Interner } from "./column.ts";
import { EXAMPLES_MAX } from "./grantGroups.ts";
import type { Match } from "./matchObjects.ts";
import type { TransferMatch } from "./matchTransfers.ts";
import { isWrite, offsetOf, type Transfers } from "./portrait.ts";
import { type Amount, aboutAsMany, ChangeList, type Changes, type Difference } from "./report.ts";
import { some, thousands } from "./text.ts";

/**
 * Verdicts of transfers: where `exact`, each transfer that only one boot has and each that ended otherwise; of two
 * runs, verdicts that a device met in one boot only. Those of one device, access and verdict are told together.
 */
export function compareVerdicts(
  match: Match,
  aligned: readonly TransferMatch[],
  words: Interner,
  exact: boolean,
  amounts: Amount[],
): Changes {
  const changes = new ChangeList();
  const { a, b } = match;
  for (const [name, life] of a.devices)
    if (!b.devices.has(name)) changes.removed.push(...entriesOf(name, life.transfers, null, words, "a"));
  for (const [name, life] of b.devices)
    if (!a.devices.has(name)) changes.added.push(...entriesOf(name, life.transfers, null, words, "b"));
  for (const transfers of aligned) {
    if (exact) addExact(changes, transfers, words);
    else addKinds(changes, transfers, words, amounts);
  }
  return changes;
}

function addExact(changes: ChangeList, { device, a, b, alignment }: TransferMatch, words: Interner): void {
  changes.removed.push(...entriesOf(device, a, alignment.onlyA, words, "a"));
  changes.added.push(...entriesOf(device, b, alignment.onlyB, words, "b"));
  const groups = new Map<string, [number, number][]>();
  for (let i = 0; i < alignment.counterpart.length; i++) {
    const j = alignment.counterpart[i]!;
    if (j < 0 || a.verdict.at(i) === b.verdict.at(j)) continue;
    const key = `${a.verdict.at(i)} ${b.verdict.at(j)} ${isWrite(a.shape.at(i))}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [[i, j]]);
    else group.push([i, j]);
  }
  for (const group of groups.values()) changes.changed.push(turned(device, a, b, group, words));
}

/** Transfers of both boots that ended otherwise in each, all in the same way. */
function turned(
  device: DeviceName,
  a: Transfers,
  b: Transfers,
  pairs: readonly (readonly [number, number])[],
  words: Interner,
): Difference {
  const [i, j] = pairs[0]!;
  const [before, after] = [words.textOf(a.verdict.at(i)), words.textOf(b.verdict.at(j))];
  const address = formatAddress(a.page.at(i), offsetOf(a.shape.at(i)));
  const access = isWrite(a.shape.at(i)) ? "w" : "r";
  const pages = new Set(pairs.map(([x]) => a.page.at(x))).size;
  const where = pages === 1 ? `at ${address}` : `in ${some(pages, "page")}, the first at ${address}`;
  return {
    seqA: a.seq.at(i),
    seqB: b.seq.at(j),
    device,
    access,
    address,
    addressB: formatAddress(b.page.at(j), offsetOf(b.shape.at(j))),
    a: verdictMembers(before),
    b: verdictMembers(after),
    count: pairs.length,
    pages,
    examples: pairs.length === 1 ? [] : pairs.slice(0, EXAMPLES_MAX).map(([x]) => a.seq.at(x)),
    text: `${device}: ${some(pairs.length, word(access))} ${where}: ${verdictText(before)} -> ${verdictText(after)}`,
  };
}

/** Of two runs: a verdict that a device met in one boot only counts; of the others, how often, where that differs much. */
function addKinds(
  changes: ChangeList,
  { device, a, b }: TransferMatch,
  words: Interner,
  amounts: Amount[],
): void {
  const [inA, inB] = [kindsOf(a), kindsOf(b)];
  for (const kind of new Set([...inA.keys(), ...inB.keys()])) {
    const [indexA, indexB] = [inA.get(kind) ?? [], inB.get(kind) ?? []];
    if (indexA.length === indexB.length) continue;
    if (indexB.length === 0) changes.removed.push(...entriesOf(device, a, indexA, words, "a"));
    else if (indexA.length === 0) changes.added.push(...entriesOf(device, b, indexB, words, "b"));
    else {
      const verdict = words.textOf(a.verdict.at(indexA[0]!));
      const access = isWrite(a.shape.at(indexA[0]!)) ? "w" : "r";
      const what = `${device}: ${word(access)}s ${verdictText(verdict)}`;
      if (aboutAsMany(indexA.length, indexB.length))
        amounts.push({ what, a: indexA.length, b: indexB.length });
      else
        changes.changed.push({
          seqA: null,
          seqB: null,
          device,
          access,
          a: { ...verdictMembers(verdict), count: indexA.length },
          b: { ...verdictMembers(verdict), count: indexB.length },
          text: `${what}: ${thousands(indexA.length)} -> ${thousands(indexB.length)}`,
        });
    }
  }
}

/** Transfers of one device, told by access and verdict; `indices` null: all. */
function entriesOf(
  device: DeviceName,
  transfers: Transfers,
  indices: readonly number[] | null,
  words: Interner,
  side: "a" | "b",
): Difference[] {
  return [...kindsOf(transfers, indices).values()].map((list) => {
    const first = list[0]!;
    const verdict = words.textOf(transfers.verdict.at(first));
    const access = isWrite(transfers.shape.at(first)) ? "w" : "r";
    const address = formatAddress(transfers.page.at(first), offsetOf(transfers.shape.at(first)));
    const seq = transfers.seq.at(first);
    return {
      seqA: side === "a" ? seq : null,
      seqB: side === "b" ? seq : null,
      device,
      access,
      address,
      ...verdictMembers(verdict),
      count: list.length,
      examples: list.length === 1 ? [] : list.slice(0, EXAMPLES_MAX).map((i) => transfers.seq.at(i)),
      text: `${device}: ${some(list.length, word(access))} ${verdictText(verdict)}, ${list.length === 1 ? "at" : "the first at"} ${address}`,
    };
  });
}

function kindsOf(transfers: Transfers, indices: readonly number[] | null = null): Map<number, number[]> {
  const kinds = new Map<number, number[]>();
  const add = (i: number): void => {
    const kind = transfers.verdict.at(i) * 2 + (isWrite(transfers.shape.at(i)) ? 1 : 0);
    const list = kinds.get(kind);
    if (list === undefined) kinds.set(kind, [i]);
    else list.push(i);
  };
  if (indices === null) for (let i = 0; i < transfers.seq.length; i++) add(i);
  else for (const i of indices) add(i);
  return kinds;
}

function word(access: string): string {
  return access === "w" ? "write" : "read";
}

/** A verdict in its parts. */
export interface VerdictMembers {
  readonly [name: string]: string | null;
  readonly verdict: string;
  readonly reason: string;
  readonly code: string | null;
  readonly conformance: string | null;
}

/** `denied unmapped 0x06 stale`, the word of a comparison, in its parts. */
export function verdictMembers(text: string): VerdictMembers {
  const [verdict, reason, ...rest] = text.split(" ") as [string, string, ...string[]];
  const conformance = rest.find((part) => part === "stale" || part === "diverged") ?? null;
  return { verdict, reason, code: rest.find((part) => part !== conformance) ?? null, conformance };
}

/** The same in words. */
function verdictText(text: string): string {
  const { verdict, reason, code, conformance } = verdictMembers(text);
  const beside =
    conformance === "stale"
      ? ", though a cached translation let it through"
      : conformance === "diverged"
        ? ", unlike the recorded machine"
        : "";
  if (verdict === "denied") return `denied, ${reason}${code === null ? "" : ` (${code})`}${beside}`;
  if (verdict === "interrupt") return `an interrupt${beside}`;
  return `permitted ${reason === "grant" ? "by a grant" : `unrestricted, ${reason}`}${beside}`;
}
