/** `1 grant`, `1,200 grants`, `no grants`. */
export function some(count: number, one: string, many = `${one}s`): string {
  return count === 0 ? `no ${many}` : `${thousands(count)} ${count === 1 ? one : many}`;
}

/** `1,234,567`. */
export function thousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number of 4 KiB pages in bytes as people say them: `4 KiB`, `16 MiB`. */
export function pagesText(pages: number): string {
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let value = pages * 4;
  let unit = 0;
  while (value >= 1024 && value % 1024 === 0 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${thousands(value)} ${units[unit]}`;
}

/** A few names, and how many more there are. */
export function namesText(names: readonly string[]): string {
  return names.length <= 3
    ? names.join(", ")
    : `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
}
