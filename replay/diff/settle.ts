import type { Alignment } from "./align.ts";

/** A sequence that was aligned: its tokens, and what may differ between two that stand for each other. */
export interface Settled {
  readonly tokens: ArrayLike<number>;
  readonly verdictOf: (index: number) => number;
}

/** How much work one run of equal tokens is worth. */
const STEPS_MAX = 1_000_000;

/**
 * Which of several equal tokens in a row has no counterpart cannot be told from the tokens: the choice is the one that
 * leaves the fewest pairs that differ. So a transfer made once more is one transfer more, and no verdict changed.
 */
export function settle(known: Alignment, a: Settled, b: Settled): Alignment {
  const { onlyA, onlyB, ordered } = known;
  if (onlyA.length === 0 && onlyB.length === 0) return known;
  const inB = inverseOf(known.counterpart, b.tokens.length);
  settleSide(onlyB, b, inB, a.verdictOf);
  const counterpart = inverseOf(inB, a.tokens.length);
  settleSide(onlyA, a, counterpart, b.verdictOf);
  const inverse = inverseOf(counterpart, b.tokens.length);
  return { counterpart, onlyA: alone(counterpart), onlyB: alone(inverse), ordered };
}

/** Settles each run of one side that has members without a counterpart. */
function settleSide(
  gaps: readonly number[],
  { tokens, verdictOf }: Settled,
  counterpart: Int32Array,
  verdictOfOther: (index: number) => number,
): void {
  let done = -1;
  for (const gap of gaps) {
    if (gap <= done) continue;
    let [first, last] = [gap, gap];
    while (first > 0 && tokens[first - 1] === tokens[gap]) first--;
    while (last + 1 < tokens.length && tokens[last + 1] === tokens[gap]) last++;
    done = last;
    const partners = counterpart.slice(first, last + 1).filter((other) => other >= 0);
    const differs = (slot: number): boolean =>
      counterpart[slot]! >= 0 && verdictOfOther(counterpart[slot]!) !== verdictOf(slot);
    let wrong = 0;
    for (let slot = first; slot <= last; slot++) if (differs(slot)) wrong += 1;
    const free = last - first + 1 - partners.length;
    if (wrong === 0 || partners.length * (free + 1) > STEPS_MAX) continue;
    const slots = bestSlots(partners.sort(), free, (i, slot) =>
      verdictOfOther(partners[i]!) === verdictOf(first + slot) ? 0 : 1,
    );
    counterpart.fill(-1, first, last + 1);
    slots.forEach((slot, i) => {
      counterpart[first + slot] = partners[i]!;
    });
  }
}

/** Where each partner goes, in order, with `free` slots left over, at the least cost; the first slots where several are best. */
function bestSlots(
  partners: Int32Array,
  free: number,
  cost: (partner: number, slot: number) => number,
): number[] {
  // `least[i][skipped]`: the cost of all partners from i on, with so many slots left over before them.
  const width = free + 1;
  const least = new Int32Array((partners.length + 1) * width);
  for (let i = partners.length - 1; i >= 0; i--)
    for (let skipped = free; skipped >= 0; skipped--) {
      const here = least[(i + 1) * width + skipped]! + cost(i, i + skipped);
      const later = skipped === free ? Number.POSITIVE_INFINITY : least[i * width + skipped + 1]!;
      least[i * width + skipped] = Math.min(here, later);
    }
  const slots: number[] = [];
  let skipped = 0;
  for (let i = 0; i < partners.length; i++) {
    while (least[i * width + skipped] !== least[(i + 1) * width + skipped]! + cost(i, i + skipped)) skipped++;
    slots.push(i + skipped);
  }
  return slots;
}

function inverseOf(counterpart: Int32Array, length: number): Int32Array {
  const inverse = new Int32Array(length).fill(-1);
  counterpart.forEach((j, i) => {
    if (j >= 0) inverse[j] = i;
  });
  return inverse;
}

function alone(counterpart: Int32Array): number[] {
  const list: number[] = [];
  counterpart.forEach((other, i) => {
    if (other < 0) list.push(i);
  });
  return list;
}
