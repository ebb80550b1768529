import type { Stretch } from "./model.ts";

/** The least that a timeline shows, in events. */
export const STRETCH_MIN = 8;

/** A stretch made wider (factor above 1) or narrower about a seq that stays where it is, within so many events. */
export function zoomed({ first, last }: Stretch, factor: number, about: number, events: number): Stretch {
  const width = clamp((last - first) * factor, Math.min(STRETCH_MIN, events), events);
  const part = (about - first) / (last - first);
  const begin = clamp(about - part * width, 0, events - width);
  return { first: begin, last: begin + width };
}

/** A number within bounds. */
export function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), Math.max(min, max));
}
