/** Every order of 0..n-1, the usual one first. */
export function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  const all: number[][] = [];
  const extend = (before: readonly number[]): void => {
    if (before.length === n) all.push([...before]);
    else for (let i = 0; i < n; i++) if (!before.includes(i)) extend([...before, i]);
  };
  extend([]);
  return all;
}
