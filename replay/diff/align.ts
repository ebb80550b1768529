/** How two sequences stand for each other. */
export interface Alignment {
  /** For each index of the first sequence its counterpart in the second, or -1. */
  readonly counterpart: Int32Array;
  /** Indices without a counterpart, in order. */
  readonly onlyA: readonly number[];
  readonly onlyB: readonly number[];
  /** False where the sequences differ so much that equal tokens were paired by their count, whatever their order. */
  readonly ordered: boolean;
}

/** How many edits, and how many steps to find them, an alignment in order may take before it is given up. */
export const EDITS_MAX = 2_000;
const STEPS_MAX = 40_000_000;

/**
 * Pairs the tokens of two sequences: in order where few edits lead from one to the other (Myers, "An O(ND) Difference
 * Algorithm", 1986), and what is left by equal tokens, the k-th with the k-th. What stays alone is in one only. The last `tail` of both
 * are known to stand for each other.
 */
export function align(a: ArrayLike<number>, b: ArrayLike<number>, tail = 0): Alignment {
  const counterpart = new Int32Array(a.length).fill(-1);
  let endA = a.length;
  let endB = b.length;
  for (let known = 0; known < tail; known++) counterpart[--endA] = --endB;
  const shared = Math.min(endA, endB);
  let start = 0;
  while (start < shared && a[start] === b[start]) counterpart[start] = start++;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) counterpart[--endA] = --endB;
  const ordered = start === endA || start === endB || pairInOrder(a, b, start, endA, endB, counterpart);
  const taken = new Uint8Array(endB - start);
  for (let i = start; i < endA; i++) if (counterpart[i]! >= 0) taken[counterpart[i]! - start] = 1;
  const onlyA = indices(start, endA, (i) => counterpart[i] === -1);
  const onlyB = indices(start, endB, (i) => taken[i - start] === 0);
  const rest = pairByCount(a, b, onlyA, onlyB, counterpart);
  return { counterpart, ...rest, ordered };
}

/** Pairs what an alignment left alone, by other tokens: in order first, then by count. Gives the new alignment. */
export function alignRest(
  known: Alignment,
  tokenA: (index: number) => number,
  tokenB: (index: number) => number,
): Alignment {
  const { onlyA, onlyB } = known;
  if (onlyA.length === 0 || onlyB.length === 0) return known;
  const rest = align(Float64Array.from(onlyA, tokenA), Float64Array.from(onlyB, tokenB));
  const counterpart = known.counterpart;
  rest.counterpart.forEach((j, i) => {
    if (j >= 0) counterpart[onlyA[i]!] = onlyB[j]!;
  });
  return {
    counterpart,
    onlyA: rest.onlyA.map((i) => onlyA[i]!),
    onlyB: rest.onlyB.map((i) => onlyB[i]!),
    ordered: known.ordered && rest.ordered,
  };
}

/** Myers' greedy algorithm on `start..end`; false, with nothing written, when it takes too many edits or steps. */
function pairInOrder(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  start: number,
  endA: number,
  endB: number,
  counterpart: Int32Array,
): boolean {
  const lengthA = endA - start;
  const lengthB = endB - start;
  const editsMax = Math.min(EDITS_MAX, lengthA + lengthB);
  const furthest = new Int32Array(2 * editsMax + 3);
  const rounds: Int32Array[] = [];
  let steps = 0;
  for (let edits = 0; edits <= editsMax; edits++) {
    for (let k = -edits; k <= edits; k += 2) {
      const at = k + editsMax + 1;
      const down = k === -edits || (k !== edits && furthest[at - 1]! < furthest[at + 1]!);
      let x = down ? furthest[at + 1]! : furthest[at - 1]! + 1;
      const from = x;
      while (x < lengthA && x - k < lengthB && a[start + x] === b[start + x - k]) x++;
      steps += x - from + 1;
      furthest[at] = x;
      if (x >= lengthA && x - k >= lengthB) {
        trace(rounds, k, edits, lengthA, start, counterpart);
        return true;
      }
    }
    if (steps > STEPS_MAX) return false;
    rounds.push(furthest.slice(editsMax + 1 - edits, editsMax + 2 + edits));
  }
  return false;
}

/** Walks the rounds backwards and writes the pairs of each run of equal tokens. */
function trace(
  rounds: readonly Int32Array[],
  lastK: number,
  lastEdits: number,
  lengthA: number,
  start: number,
  counterpart: Int32Array,
): void {
  let k = lastK;
  let x = lengthA;
  for (let edits = lastEdits; edits > 0; edits--) {
    const before = rounds[edits - 1]!;
    const of = (diagonal: number): number => before[diagonal + edits - 1] ?? -1;
    const down = k === -edits || (k !== edits && of(k - 1) < of(k + 1));
    const from = down ? of(k + 1) : of(k - 1) + 1;
    for (; x > from; x--) counterpart[start + x - 1] = start + x - 1 - k;
    k = down ? k + 1 : k - 1;
    x = down ? from : from - 1;
  }
  for (; x > 0; x--) counterpart[start + x - 1] = start + x - 1 - k;
}

/** Pairs equal tokens, the k-th with the k-th. */
function pairByCount(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  onlyA: readonly number[],
  onlyB: readonly number[],
  counterpart: Int32Array,
): { readonly onlyA: readonly number[]; readonly onlyB: readonly number[] } {
  if (onlyA.length === 0 || onlyB.length === 0) return { onlyA, onlyB };
  const waiting = new Map<number, number[]>();
  for (let i = onlyB.length - 1; i >= 0; i--) {
    const index = onlyB[i]!;
    const list = waiting.get(b[index]!);
    if (list === undefined) waiting.set(b[index]!, [index]);
    else list.push(index);
  }
  const found = new Set<number>();
  for (const index of onlyA) {
    const other = waiting.get(a[index]!)?.pop();
    if (other === undefined) continue;
    counterpart[index] = other;
    found.add(other);
  }
  if (found.size === 0) return { onlyA, onlyB };
  return {
    onlyA: onlyA.filter((index) => counterpart[index] === -1),
    onlyB: onlyB.filter((index) => !found.has(index)),
  };
}

function indices(start: number, end: number, wanted: (index: number) => boolean): number[] {
  const list: number[] = [];
  for (let i = start; i < end; i++) if (wanted(i)) list.push(i);
  return list;
}
