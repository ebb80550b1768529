/** How long a word may be for a likely misspelling to be looked for. */
const COMPARED_LENGTH_MAX = 64;
/** How many candidates are looked at. */
const CANDIDATES_MAX = 1000;

/** The candidate that `text` most likely misspells, or null: at most a third of its letters differ, two at most. */
export function closest(text: string, candidates: Iterable<string>): string | null {
  if (text.length > COMPARED_LENGTH_MAX) return null;
  let best: string | null = null;
  let bestDistance = Math.min(2, Math.floor(text.length / 3)) + 1;
  let looked = 0;
  for (const candidate of candidates) {
    looked += 1;
    if (looked > CANDIDATES_MAX) break;
    if (Math.abs(candidate.length - text.length) >= bestDistance) continue;
    const distance = candidate.toLowerCase() === text.toLowerCase() ? 0 : editDistance(text, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

// Optimal string alignment: a swap of neighbours counts once, since that is how words are mistyped.
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, beforeLast[column - 2]! + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}
