import type { RecordedEvent } from "../../events/recordedEvent.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import { events } from "../../replay/bootEvents.ts";
import type { CheckReport } from "../../replay/check/check.ts";
import { stimuliUpTo } from "../../replay/check/future.ts";
import type { Life } from "../../replay/check/life.ts";
import { stimuliOf } from "../../replay/check/liveLife.ts";
import { SHIPPED } from "../../replay/check/rules.ts";
import { storeLife } from "../../replay/check/storeLife.ts";
import type { World } from "../../replay/check/world.ts";
import type { EventStore } from "../../store/eventStore.ts";
import { freeBootName } from "../freeBootName.ts";
import { readBoot, withStore } from "../openStore.ts";
import type { CheckPlan, PreparedCheck } from "./checkPlan.ts";

/** A smallest life that breaks sentences, as it was stored. */
export interface StoredFailure {
  readonly boot: string;
  /** How many events the boot has. */
  readonly count: number;
  /** Where the life takes place. */
  readonly world: string;
  /** Its events, without those of the past that it is a future of. */
  readonly events: readonly RecordedEvent[];
  /** What the rules break down on, where they do: it is in no boot. */
  readonly last: Stimulus | null;
}

/** Stores the life of each broken sentence; sentences that one life breaks share its boot. By names of sentences. */
export async function storeFailures(
  db: string,
  { worlds }: PreparedCheck,
  { from }: CheckPlan,
  report: CheckReport,
): Promise<ReadonlyMap<string, StoredFailure>> {
  const stored = new Map<string, StoredFailure>();
  const byLife = new Map<string, { readonly life: Life; readonly names: string[] }>();
  for (const { name, failure } of report.properties) {
    if (failure === null) continue;
    const key = JSON.stringify({ ...failure.life, cut: null });
    const known = byLife.get(key);
    if (known === undefined) byLife.set(key, { life: failure.life, names: [name] });
    else known.names.push(name);
  }
  if (byLife.size === 0) return stored;
  await withStore(db, "write", (store) => {
    const past = from === null ? [] : [...stimuliUpTo(readBoot(store, from.boot), from.seq)];
    for (const { life, names } of byLife.values()) {
      const its = storeOne(store, life, worlds, past, names.join("; "));
      if (its !== null) for (const name of names) stored.set(name, its);
    }
  });
  return stored;
}

function storeOne(
  store: EventStore,
  life: Life,
  worlds: readonly World[],
  past: readonly Stimulus[],
  note: string,
): StoredFailure | null {
  const { family, name: world } = worlds[life.world]!;
  const told = toldBy(life, worlds);
  if (told === null) return null;
  const boot = freeBootName(store, "check");
  const { info, from } = storeLife(store, { boot, family, note, past, stimuli: told.stimuli });
  const its = [...events(store.read(info.name), from)];
  return { boot: info.name, count: info.events, world, events: its, last: told.last };
}

/** The stimuli of a life, up to the one that the rules break down on; null: they do so while it starts. */
function toldBy(
  life: Life,
  worlds: readonly World[],
): { readonly stimuli: readonly Stimulus[]; readonly last: Stimulus | null } | null {
  const { happenings } = life;
  for (const count of [happenings.length, happenings.length - 1]) {
    if (count < 0) break;
    try {
      const stimuli = stimuliOf({ ...life, happenings: happenings.slice(0, count) }, SHIPPED, worlds);
      const last = happenings[count];
      return { stimuli, last: last === undefined ? null : worlds[life.world]!.alphabet.stimulus(last) };
    } catch {
      // The rules themselves fail on what comes last.
    }
  }
  return null;
}
