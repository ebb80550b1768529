import type { GrantMatch } from "./matchGrants.ts";
import type { Match } from "./matchObjects.ts";

/** Events of two boots that stand for each other, as a way from a place in one to the same place in the other. */
export class Anchors {
  readonly #a: readonly number[];
  readonly #b: readonly number[];

  /** Pairs of seqs, in any order; pairs that cross many others are left out. */
  constructor(pairs: readonly (readonly [number, number])[]) {
    const rising = risingPairs([...pairs].sort(([x, y], [v, w]) => x - v || y - w));
    this.#a = rising.map(([seqA]) => seqA);
    this.#b = rising.map(([, seqB]) => seqB);
  }

  /** The event of B at the place of event `seqA` of A: the one right after the last that both have before it. */
  toB(seqA: number): number {
    return after(this.#a, this.#b, seqA);
  }

  /** The event of A at the place of event `seqB` of B. */
  toA(seqB: number): number {
    return after(this.#b, this.#a, seqB);
  }
}

/** The anchors of a match: devices, attachments and objects; and each pair of grants where the boots are aligned event by event. */
export function anchorsOf(match: Match, grants: GrantMatch, exact: boolean): Anchors {
  const { a, b, lifeInB } = match;
  const pairs: [number, number][] = [[a.from - 1, b.from - 1]];
  const add = (seqA: number | null | undefined, seqB: number | null | undefined): void => {
    if (seqA != null && seqB != null && seqA >= a.from && seqB >= b.from) pairs.push([seqA, seqB]);
  };
  for (const [name, life] of a.devices) {
    const other = b.devices.get(name);
    if (other === undefined) continue;
    add(life.firstSeq, other.firstSeq);
    life.attachments.forEach(({ seq }, i) => {
      add(seq, other.attachments[i]?.seq);
    });
  }
  for (const life of a.objects) add(life.createdSeq, b.objects[lifeInB[life.index]!]?.createdSeq);
  a.switches.forEach(({ seq, text }, i) => {
    if (b.switches[i]?.text === text) add(seq, b.switches[i].seq);
  });
  add(a.tail, b.tail);
  if (exact)
    grants.inB.forEach((other, row) => {
      if (other >= 0) add(a.grants.seq.at(row), b.grants.seq.at(other));
    });
  return new Anchors(pairs);
}

function after(from: readonly number[], to: readonly number[], seq: number): number {
  let low = 0;
  let high = from.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (from[middle]! < seq) low = middle + 1;
    else high = middle;
  }
  if (from[low] === seq) return to[low]!;
  // Before the first pair both have the same.
  return low === 0 ? seq : to[low - 1]! + (seq - from[low - 1]!);
}

/** The longest list of pairs that rise in both members; of one first member only one pair. */
function risingPairs(pairs: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const tails: number[] = [];
  const before = new Int32Array(pairs.length).fill(-1);
  pairs.forEach(([, seqB], i) => {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[tails[middle]!]![1] < seqB) low = middle + 1;
      else high = middle;
    }
    before[i] = low === 0 ? -1 : tails[low - 1]!;
    tails[low] = i;
  });
  const rising: (readonly [number, number])[] = [];
  for (let i = tails.at(-1) ?? -1; i >= 0; i = before[i]!) rising.push(pairs[i]!);
  return rising.reverse().filter(([seqA], i, all) => i === 0 || seqA !== all[i - 1]![0]);
}
