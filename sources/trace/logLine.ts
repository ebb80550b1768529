/** One line of a log: its place, its time, and its message without the prefixes of its many couriers (logs 1). */
export interface LogLine {
  readonly line: number;
  /** The last line of a message that was wrapped over several. */
  readonly lastLine: number;
  /** Kernel time in ns; null where the line has none. */
  readonly t: number | null;
  /** True where there is a time, but too late to be exact. */
  readonly tooLate: boolean;
  /** The message; ends with {@link CUT} when the file ends in the line. */
  readonly message: string;
  /** True when a prefix stood before the message: such a line does not continue the one before. */
  readonly prefixed: boolean;
}

/** Stands after the last character of a message that the file's end may have cut: no grammar takes it for an end. */
export const CUT = "\u2026";

// Each prefix from the start of what is left; a time is in group 1 (seconds) and 2 (six digits).
const QUOTING = /^[>|]\s?/;
const LEVEL = /^<\d{1,3}>/;
const BRACKET_TIME = /^\[\s*(\d{1,10})\.(\d{6})(?:\s+<\s*\d+\.\d+>)?\s*\]\s?/;
const BRACKET_OTHER_TIME =
  /^\[(?:\s*\+\d+\.\d{6}|\w{3} \w{3} +\d{1,2} \d\d:\d\d:\d\d \d{4}|\w{3} ?\d{1,2} \d\d:\d\d(?::\d\d)?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\]\s]{0,20})\s*\]\s?/;
const CALLER = /^\[\s*[TC]\d{1,10}(?:@[TC]?\d{1,10})?\]\s?/;
const VENDOR = /^\[pid:[^\]]{0,120}\]\s?/;
const XEN = /^\(XEN\) ?/;
const SYSLOG =
  /^\w{3} +\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,9})? (?:\S{1,255} )??(?:(?:kernel|\S{1,255}\[\d{1,10}\]): ?|(?=\[\s*\d+\.\d{6}\]))/;
const ISO =
  /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\s(?:(?:\S{1,255} )?(?:kernel|\S{1,255}\[\d{1,10}\]): ?)?/;
const KERNEL = /^(?:\S{1,255} )?kernel: ?/;
const FACILITY = /^\w{3,10}\s*:(?:emerg|alert|crit|err|warn|notice|info|debug)\s*:\s*/;
const KMSG = /^\d{1,3},\d{1,20},(\d{1,10})(\d{6}),[^;]{0,64};/;
const KMSG_SHORT = /^\d{1,3},\d{1,20},(\d{1,6}),[^;]{0,64};/;
const QUALCOMM = /^0x[0-9A-Fa-f]{16} \|\s+(\d{1,10})\.(\d{1,9}):\s+/;

const BY_DIGIT: readonly RegExp[] = [ISO, QUALCOMM, KMSG, KMSG_SHORT, KERNEL];
const BY_BRACKET: readonly RegExp[] = [BRACKET_TIME, CALLER, VENDOR, BRACKET_OTHER_TIME];
const SYSLOGS: readonly RegExp[] = [SYSLOG];
const KERNELS: readonly RegExp[] = [KERNEL];
const FACILITIES: readonly RegExp[] = [FACILITY];
const LEVELS: readonly RegExp[] = [LEVEL];
const XENS: readonly RegExp[] = [XEN];
const QUOTINGS: readonly RegExp[] = [QUOTING];
const NONE: readonly RegExp[] = [];

// More than any real line has; bounds the work on a hostile one.
const PREFIXES_MAX = 12;

/** Strips white space, NULs and every known prefix, in any order, and reads the time (logs 1). */
export function parseLogLine(text: string, line: number, terminated: boolean): LogLine {
  let rest = trimLine(text);
  let t: number | null = null;
  let prefixed = false;
  let timed = false;
  for (let count = 0; count < PREFIXES_MAX; count++) {
    const length = rest.length;
    for (const pattern of candidates(rest)) {
      const match = pattern.exec(rest);
      if (match === null || match[0].length === 0) continue;
      rest = trimStart(rest.slice(match[0].length));
      if (pattern !== QUOTING) prefixed = true;
      if (!timed && match[1] !== undefined) {
        timed = true;
        t = timeOf(match[1], match[2]);
      }
      break;
    }
    if (rest.length === length) break;
  }
  const message = terminated ? rest : `${rest}${CUT}`;
  return { line, lastLine: line, t, tooLate: timed && t === null, message, prefixed };
}

/** Nanoseconds of a `seconds.fraction` time; null where they would not be exact. */
export function nanoseconds(seconds: string, fraction: string): number | null {
  const part = fraction.length === 6 ? Number(fraction) * 1000 : Number(fraction.slice(0, 9).padEnd(9, "0"));
  const t = Number(seconds) * 1e9 + part;
  return Number.isSafeInteger(t) ? t : null;
}

/** A line without the carriage returns, NULs and blanks that couriers leave at its ends. */
export function trimLine(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

// Control characters are blanks too: NULs are what a crashed machine leaves in its log.
function isBlank(code: number): boolean {
  return code <= 0x20 || code === 0xa0 || code === 0xfeff;
}

function trimStart(text: string): string {
  let start = 0;
  while (start < text.length && isBlank(text.charCodeAt(start))) start++;
  return start === 0 ? text : text.slice(start);
}

// Which prefixes can begin like this: most messages have none, and are not to be searched.
function candidates(rest: string): readonly RegExp[] {
  const first = rest.charCodeAt(0);
  if (first === 0x5b) return BY_BRACKET;
  if (first >= 0x30 && first <= 0x39) return BY_DIGIT;
  if ((first | 0x20) >= 0x61 && (first | 0x20) <= 0x7a) {
    if (rest.charCodeAt(3) === 0x20 && SYSLOG.test(rest)) return SYSLOGS;
    if (rest.includes("kernel:")) return KERNELS;
    const colon = rest.indexOf(":");
    return colon > 0 && colon <= 10 ? FACILITIES : NONE;
  }
  if (first === 0x3c) return LEVELS;
  if (first === 0x28) return XENS;
  if (first === 0x3e || first === 0x7c) return QUOTINGS;
  return NONE;
}

function timeOf(seconds: string, fraction: string | undefined): number | null {
  return fraction === undefined ? nanoseconds("0", seconds.padStart(6, "0")) : nanoseconds(seconds, fraction);
}
