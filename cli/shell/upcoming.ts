import type { ToldStimulus } from "../../replay/simulate.ts";
import { type EventLog, firstStimulus } from "./eventLog.ts";

/** What is still to happen: told records, and stimuli of a log that another branch left behind. Immutable. */
export interface Upcoming {
  readonly parts: readonly UpcomingPart[];
}

type UpcomingPart =
  | { readonly kind: "told"; readonly list: readonly ToldStimulus[]; readonly at: number }
  | { readonly kind: "log"; readonly log: EventLog; readonly from: number; readonly to: number };

/** Nothing is to come. */
export const NOTHING_UPCOMING: Upcoming = { parts: [] };

/** These, in their order. */
export function upcomingOf(list: readonly ToldStimulus[]): Upcoming {
  return list.length === 0 ? NOTHING_UPCOMING : { parts: [{ kind: "told", list, at: 0 }] };
}

/** The stimuli of a log from `from` to its present end, and then the rest. */
export function upcomingFrom(log: EventLog, from: number, rest: Upcoming): Upcoming {
  if (from >= log.length) return rest;
  return { parts: [{ kind: "log", log, from, to: log.length }, ...rest.parts] };
}

/** The first of them, and what then remains; null: nothing is to come. */
export function takeNext({
  parts,
}: Upcoming): { readonly told: ToldStimulus; readonly rest: Upcoming } | null {
  const [part, ...others] = parts;
  if (part === undefined) return null;
  if (part.kind === "told") {
    const told = part.list[part.at];
    if (told === undefined) return takeNext({ parts: others });
    return { told, rest: { parts: [{ ...part, at: part.at + 1 }, ...others] } };
  }
  const { log, from, to } = part;
  const first = firstStimulus(log, from, to);
  if (first === null) return takeNext({ parts: others });
  return { told: first.told, rest: { parts: [{ ...part, from: first.seq + 1 }, ...others] } };
}

/** How many are to come, as far as that is known without reading a log: null where one is left to read. */
export function countUpcoming({ parts }: Upcoming): number | null {
  let count = 0;
  for (const part of parts) {
    if (part.kind === "log") return null;
    count += part.list.length - part.at;
  }
  return count;
}
