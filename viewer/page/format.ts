/** `1,128,419`. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 fault`, `2 faults`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** Nanoseconds as seconds to the microsecond, or to the nanosecond below one of those; a dash where unknown. */
export function seconds(t: number | null): string {
  if (t === null) return "–";
  return t > 0 && t < 10_000 ? `${t} ns` : `${(t / 1e9).toFixed(6)} s`;
}

/** A time on an axis whose ticks lie about `step` ns apart: as many digits as tell them apart. */
export function axisTime(t: number, step: number): string {
  const digits = Math.min(9, Math.max(0, Math.ceil(-Math.log10(Math.max(1, step) / 1e9)) + 1));
  return `${(t / 1e9).toFixed(digits)} s`;
}

/** The hex text of a page's first address, or with an offset of that byte. */
export function address(page: number, offset = 0): string {
  if (page === 0) return `0x${offset.toString(16)}`;
  return `0x${page.toString(16)}${offset.toString(16).padStart(3, "0")}`;
}

/** A number of pages as bytes: `4 KiB`, `2 MiB`, `16 EiB`. */
export function pagesSize(pages: number): string {
  return bytesSize(pages * 4096);
}

/** A number of bytes with a binary unit. */
export function bytesSize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** The page that a hex address lies in; null: it is none. */
export function pageOf(text: string): number | null {
  const hex = /^0x([0-9a-f]{1,16})$/i.exec(text.trim())?.[1];
  return hex === undefined ? null : Number(BigInt(`0x${hex}`) >> 12n);
}

/** A whole number in decimal, with or without commas; null: it is none. */
export function wholeNumber(text: string): number | null {
  const digits = text.replaceAll(",", "").trim();
  return /^\d{1,15}$/.test(digits) ? Number(digits) : null;
}
