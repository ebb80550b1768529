/** A span of time in the unit that suits it: `850 ns`, `3.4 ms`, `12.25 s`. */
export function spanText(ns: number): string {
  const [unit, size] = UNITS.find(([, each]) => ns >= each) ?? (["ns", 1] as const);
  return `${Number((ns / size).toPrecision(4))} ${unit}`;
}

const UNITS = [
  ["s", 1e9],
  ["ms", 1e6],
  ["us", 1e3],
] as const;
