import type { IommuState } from "../../core/state.ts";
import { translateAt } from "../../core/translate.ts";
import { pageRange } from "../../events/vocabulary/byteRange.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { BootReader } from "../../store/eventStore.ts";
import type { Comparison } from "../diff/diffBoots.ts";
import type { Portrait } from "../diff/portrait.ts";
import { stateBefore } from "../replayBoot.ts";

/** A place in both boots, as the seq of an event of each. */
export interface Moment {
  readonly a: number;
  readonly b: number;
}

/** A page of each boot: the same thing may lie elsewhere in the other. */
export interface PagePair {
  readonly a: number;
  readonly b: number;
}

/** The transfer that is judged at each moment. */
export interface Probe {
  readonly device: DeviceName;
  readonly write: boolean;
  readonly pages: PagePair;
  /** Where one boot refused it. */
  readonly at: Moment;
}

/** The last event before a fault up to which both boots judged alike; `change` null: `why` says why there is none. */
export interface Agreement {
  readonly change: Moment | null;
  /** The boot whose event it is; null: both have it there. */
  readonly side: "a" | "b" | null;
  readonly why: string;
  readonly statesRebuilt: number;
}

// So many changes are tried one by one, from the fault backwards; beyond, the rest is halved.
const LINEAR_MAX = 64;

/**
 * Goes back from a fault to the event from which on the two boots judged such a transfer differently. Only events that
 * can change that judgement are looked at: what was granted or revoked on the page, and what is rare. At each of them
 * the states before are made anew from the nearest snapshots.
 */
export function lastAgreement(a: BootReader, b: BootReader, comparison: Comparison, probe: Probe): Agreement {
  let statesRebuilt = 0;
  const alike = (moment: Moment): boolean => {
    statesRebuilt += 2;
    return judged(a, moment.a, probe, "a") === judged(b, moment.b, probe, "b");
  };
  const answer = (change: Change | null, why: string): Agreement => ({
    change,
    side: change?.side ?? null,
    why,
    statesRebuilt,
  });
  if (alike(probe.at))
    return answer(
      null,
      "the tables of both boots say the same of it at that moment: another rule, or the recorded machine, makes the difference",
    );
  const changes = changesBefore(a, b, comparison, probe);
  let high = changes.length;
  while (high > 0 && changes.length - high < LINEAR_MAX) {
    if (alike(changes[high - 1]!)) return answer(changes[high - 1]!, "");
    high -= 1;
  }
  if (high === 0) return answer(null, "they judge it differently from the beginning");
  // Alike before the first change of all, and not before the last that was tried: somewhere between it turns.
  let low = 0;
  if (!alike(changes[0]!)) return answer(null, "they judge it differently from the beginning");
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (alike(changes[middle]!)) low = middle;
    else high = middle;
  }
  return answer(changes[low]!, "");
}

interface Change extends Moment {
  /** The boot whose event it is; null: both have it. */
  readonly side: "a" | "b" | null;
}

/** Events before the fault that may change how the transfer is judged, by their place in A. */
function changesBefore(a: BootReader, b: BootReader, comparison: Comparison, probe: Probe): Change[] {
  const { anchors, match } = comparison;
  const changes = new Map<string, Change>();
  const add = (side: "a" | "b", seq: number | null): void => {
    if (seq === null || seq >= probe.at[side]) return;
    const moment = side === "a" ? { a: seq, b: anchors.toB(seq) } : { a: anchors.toA(seq), b: seq };
    const key = `${moment.a} ${moment.b}`;
    const known = changes.get(key);
    changes.set(key, { ...moment, side: known === undefined || known.side === side ? side : null });
  };
  for (const [side, reader, portrait] of [["a", a, match.a] as const, ["b", b, match.b] as const]) {
    for (const seq of rareEvents(portrait, probe.device)) add(side, seq);
    const page = probe.pages[side];
    for (const object of objectsOf(portrait, probe.device))
      for (const row of reader.mappings({ object, firstPage: page, lastPage: page })) {
        add(side, row.grantedSeq);
        add(side, row.revokedSeq);
      }
  }
  return [...changes.values()].sort((x, y) => x.a - y.a || x.b - y.b);
}

function rareEvents({ devices, switches, service }: Portrait, device: DeviceName): number[] {
  const life = devices.get(device);
  return [
    ...(life?.attachments ?? []).map(({ seq }) => seq),
    ...(life?.passthrough ?? []).map(({ seq }) => seq),
    ...(life === undefined ? [] : [life.firstSeq]),
    ...switches.map(({ seq }) => seq),
    ...service.map(({ seq }) => seq),
  ];
}

function objectsOf({ devices, objects }: Portrait, device: DeviceName): Set<string> {
  const used = devices.get(device)?.attachments ?? [];
  return new Set(used.flatMap(({ life }) => (life === null ? [] : [objects[life]!.name])));
}

/**
 * How a state judges the transfer, in words, as it is and as if translation were on, so that what is missing shows when
 * it is not yet missed. Where it leads to does not matter.
 */
function judged(
  reader: BootReader,
  before: number,
  { device, write, pages }: Probe,
  side: "a" | "b",
): string {
  const page = pages[side];
  const state = stateBefore(reader, Math.min(before, reader.info.events));
  const units = new Map([...state.units].map(([name, unit]) => [name, { ...unit, translation: true }]));
  const restricted: IommuState = { ...state, described: true, translationOfAll: true, units };
  const words = [state, restricted].map((each) => {
    const translation = translateAt(each, device, pageRange(page, page), write ? "w" : "r");
    return translation.verdict === "denied" ? `denied ${translation.reason}` : translation.verdict;
  });
  return words.join(", ");
}
