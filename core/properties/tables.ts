import type { Outcome } from "../../events/outcome.ts";
import type { IommuState } from "../state.ts";
import type { MachineStep, SafetyProperty } from "./property.ts";
import { type ByteRun, listed, pagesText, painted, tableText } from "./reference/pages.ts";

/** Each table beside a plain list that the same grants and revocations were written to. */
export const TABLE_PROPERTIES: readonly SafetyProperty[] = [
  {
    kind: "step",
    name: "a table holds what was granted and not revoked since, page by page",
    requirements: ["CM-13", "G-29", "contract 2 map", "contract 2 unmap"],
    outcomes: ["MappingAdded", "MappingRemoved", "CacheInvalidated"],
    holds: (step) => tablesOf(step).every(({ live, after }) => pagesText(live) === tableText(after.space)),
  },
  {
    kind: "step",
    name: "of what was revoked or replaced, a cache may hold all that no invalidation covers since, and nothing else",
    requirements: ["contract 2 rule 6"],
    outcomes: ["MappingAdded", "MappingRemoved", "CacheInvalidated"],
    holds: (step) =>
      tablesOf(step).every(({ stale, after }) => staleText(stale) === staleText(staleOf(after))),
  },
  {
    kind: "step",
    name: "what a recorder tells of tables and places changes those that it names, and nothing else",
    requirements: ["contract 2"],
    stimuli: [
      "map",
      "unmap",
      "attach",
      "detach",
      "object.create",
      "object.destroy",
      "passthrough",
      "translation",
    ],
    holds: (step) => step.before.service?.phase === "dss" || isAsTold(step),
  },
];

interface Stale {
  readonly first: number;
  readonly last: number;
  readonly delta: number;
  readonly access: number;
}

interface TableStory {
  readonly live: readonly ByteRun[];
  readonly stale: readonly Stale[];
  readonly after: NonNullable<ReturnType<IommuState["objects"]["get"]>>;
}

/** The tables that a step writes, each with what its outcomes make of it one by one. */
function tablesOf({ before, outcomes, after }: MachineStep): TableStory[] {
  const names = new Set<string>();
  for (const outcome of outcomes) {
    if (outcome.kind === "MappingAdded" || outcome.kind === "MappingRemoved") names.add(outcome.object);
    else if (outcome.kind === "CacheInvalidated" && outcome.device === null)
      for (const name of outcome.object === null ? before.objects.keys() : [outcome.object]) names.add(name);
  }
  return [...after.objects].flatMap(([name, object]) => {
    if (!names.has(name)) return [];
    const then = before.objects.get(name);
    let live = listed(then?.space).map(({ first, last, value: { delta, access } }): ByteRun => {
      return { first, last, delta, access };
    });
    let stale: readonly Stale[] = then === undefined ? [] : staleOf(then);
    for (const outcome of outcomes) {
      if (outcome.kind === "ObjectCreated" && outcome.object === name) [live, stale] = [[], []];
      if (!concerns(outcome, name)) continue;
      if (outcome.kind === "CacheInvalidated") {
        const { bytes } = outcome;
        stale = painted(stale, bytes?.firstPage ?? 0, bytes?.lastPage ?? 2 ** 52 - 1, null);
        continue;
      }
      const { firstPage: first, lastPage: last } = outcome;
      const ended = live
        .filter((run) => run.first <= last && first <= run.last)
        .map((run) => ({ ...run, first: Math.max(run.first, first), last: Math.min(run.last, last) }));
      stale = [...stale, ...ended];
      const { delta, access } = outcome.kind === "MappingAdded" ? outcome : { delta: 0, access: 0 };
      live = painted(live, first, last, outcome.kind === "MappingAdded" ? { delta, access } : null);
    }
    return [{ live, stale, after: object }];
  });
}

type Writing = Extract<Outcome, { kind: "MappingAdded" | "MappingRemoved" | "CacheInvalidated" }>;

function concerns(outcome: Outcome, name: string): outcome is Writing {
  if (outcome.kind === "MappingAdded" || outcome.kind === "MappingRemoved") return outcome.object === name;
  if (outcome.kind !== "CacheInvalidated" || outcome.device !== null) return false;
  return outcome.object === null || outcome.object === name;
}

function staleOf({ space }: TableStory["after"]): Stale[] {
  return space
    .staleGrants()
    .flatMap(({ first, last, value }) =>
      value.map(({ grant: { delta, access } }) => ({ first, last, delta, access })),
    );
}

/** What a cache may hold of each page, in one order and without repetitions. */
function staleText(stale: readonly Stale[]): string {
  const edges = [...new Set(stale.flatMap(({ first, last }) => [first, last + 1]))].sort((a, b) => a - b);
  let before = "";
  return edges
    .flatMap((page) => {
      const here = stale.filter(({ first, last }) => first <= page && page <= last);
      const text = [...new Set(here.map(({ delta, access }) => `${delta}:${access}`))].sort().join("+");
      if (text === before) return [];
      before = text;
      return [`${page} ${text}`];
    })
    .join();
}

function isAsTold({ before, stimulus, after }: MachineStep): boolean {
  const places = new Map(
    [...before.devices].map(([name, { object }]) => [name as string, object as string | null]),
  );
  const passing = new Map(
    [...before.devices].map(([name, { passthrough }]) => [name as string, passthrough]),
  );
  const tables = new Map([...before.objects].map(([name, { space }]) => [name as string, tableText(space)]));
  const switches = new Map([...before.units].map(([name, { translation }]) => [name as string, translation]));
  let all = before.translationOfAll;
  const runsOf = (name: never): ByteRun[] =>
    listed(before.objects.get(name)?.space).map(({ first, last, value: { delta, access } }) => {
      return { first, last, delta, access };
    });
  switch (stimulus.kind) {
    case "map": {
      const { object, bytes, targetPage, access } = stimulus;
      const value = { delta: targetPage - bytes.firstPage, access };
      tables.set(object, pagesText(painted(runsOf(object as never), bytes.firstPage, bytes.lastPage, value)));
      break;
    }
    case "unmap": {
      const { object, bytes } = stimulus;
      const left = painted(runsOf(object as never), bytes.firstPage, bytes.lastPage, null);
      if (tables.has(object)) tables.set(object, pagesText(left));
      break;
    }
    case "attach":
      places.set(stimulus.device, stimulus.object);
      if (!tables.has(stimulus.object)) tables.set(stimulus.object, "");
      break;
    case "detach":
      if (places.get(stimulus.device) === stimulus.object) places.set(stimulus.device, null);
      break;
    case "object.create":
      if (!tables.has(stimulus.object)) tables.set(stimulus.object, "");
      break;
    case "object.destroy":
      tables.delete(stimulus.object);
      for (const [name, object] of places) if (object === stimulus.object) places.set(name, null);
      break;
    case "passthrough":
      passing.set(stimulus.device, stimulus.enabled);
      break;
    case "translation":
      if (stimulus.unit !== null) switches.set(stimulus.unit, stimulus.enabled);
      else {
        all = stimulus.enabled;
        for (const name of switches.keys()) switches.set(name, stimulus.enabled);
      }
      break;
    default:
      return true;
  }
  return (
    after.translationOfAll === all &&
    after.objects.size === tables.size &&
    [...after.objects].every(([name, { space }]) => tables.get(name) === tableText(space)) &&
    [...after.units].every(([name, { translation }]) => (switches.get(name) ?? null) === translation) &&
    [...after.devices].every(
      ([name, { object, passthrough }]) =>
        object === (places.get(name) ?? null) && passthrough === (passing.get(name) ?? false),
    )
  );
}
