import { nanoseconds } from "../logLine.ts";

/** A moment by the host's clock: whole seconds since 1970, and nanoseconds. */
export interface HostTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** `pid@seconds.fraction:` before a trace event; seconds and fraction are groups 1 and 2. */
export const TRACE_PREFIX = /^\d{1,10}@(\d{1,11})\.(\d{1,9}):/;

/** The time of a trace event. */
export function traceTime(seconds: string, fraction: string): HostTime {
  return { seconds: Number(seconds), nanoseconds: nanoseconds("0", fraction)! };
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?Z?\s/;

/** The host time before a line of QEMU: of a trace event, or with `-msg timestamp=on`; null: none. */
export function parseHostTime(text: string): HostTime | null {
  const trace = TRACE_PREFIX.exec(text);
  if (trace !== null) return traceTime(trace[1]!, trace[2]!);
  const iso = ISO.exec(text);
  if (iso === null) return null;
  const [year, month, day, hour, minute, second] = iso.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12) return null;
  const seconds = daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
  return { seconds, nanoseconds: nanoseconds("0", iso[7] ?? "0")! };
}

/** Nanoseconds from one moment to another; null when it lies before, or too far ahead to be exact. */
export function nanosecondsSince(start: HostTime, moment: HostTime): number | null {
  const t = (moment.seconds - start.seconds) * 1e9 + (moment.nanoseconds - start.nanoseconds);
  return t >= 0 && Number.isSafeInteger(t) ? t : null;
}

// Counted in years that begin in March, so that the leap day comes last.
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}
