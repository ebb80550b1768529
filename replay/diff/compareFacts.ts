import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import type { IommuState, UnitState } from "../../core/state.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import { phaseOf } from "../replayBoot.ts";
import { align } from "./align.ts";
import { Interner } from "./column.ts";
import type { Portrait, Told } from "./portrait.ts";
import { type Amount, aboutAsMany, ChangeList, type Changes, type Difference } from "./report.ts";
import { meant, readable } from "./serviceText.ts";

/** What the machines were told to be: family, service, effective configuration, board, and how caches are kept true. */
export function compareConfig(a: Portrait, b: Portrait): Changes {
  const changes = new ChangeList();
  const told = isWhole(a) && isWhole(b) && differsInInvalidation(a, b);
  const both = (portrait: Portrait): Json => ({
    ...(told ? { invalidation: invalidationOf(portrait) } : {}),
    ...configOf(portrait),
  });
  compareJson(changes, "", both(a), both(b));
  return changes;
}

/**
 * Whether a look at all of both may tell that they differ in how caches are told of revocations, where these portraits
 * leave out what both have: a good part of them does.
 */
export function mayDifferInInvalidation(a: Portrait, b: Portrait): boolean {
  const part = ({ from, tail, end }: Portrait) => (tail - from) * 8 >= end;
  const difference = Math.abs(a.revocations.deferred - b.revocations.deferred);
  return (part(a) || part(b)) && difference >= REVOCATIONS_MIN * SHARE_MIN;
}

/** How the service fared and what it and its clients did beside the tables. `exact`: each single act counts. */
export function compareService(a: Portrait, b: Portrait, exact: boolean, amounts: Amount[]): Changes {
  const changes = new ChangeList();
  compareJson(changes, "", fateOf(a.last), fateOf(b.last));
  addTold(changes, a.service, b.service);
  if (exact) addTold(changes, a.calls, b.calls);
  else addKinds(changes, a.calls, b.calls, amounts);
  return changes;
}

/** The units and the switches of translation. */
export function compareUnits(a: Portrait, b: Portrait): Changes {
  const changes = new ChangeList();
  const names = [...new Set([...a.last.units.keys(), ...b.last.units.keys()])].sort();
  for (const unit of names) {
    const [inA, inB] = [a.last.units.get(unit), b.last.units.get(unit)];
    const none = { seqA: null, seqB: null };
    if (inA === undefined) changes.added.push({ ...none, unit, ...unitFacts(inB!), text: `unit ${unit}` });
    else if (inB === undefined)
      changes.removed.push({ ...none, unit, ...unitFacts(inA), text: `unit ${unit}` });
    else {
      const facts = new ChangeList();
      compareJson(facts, `unit ${unit} `, unitFacts(inA), unitFacts(inB));
      changes.changed.push(...facts.changed.map((change) => ({ ...change, unit })));
    }
  }
  addTold(changes, a.switches, b.switches, "translation of ");
  return changes;
}

function unitFacts({ base, addressWidth, translation }: UnitState): { readonly [name: string]: Json } {
  return { base: base === null ? null : formatAddress(base.page, base.offset), addressWidth, translation };
}

// Fewer revocations do not tell how they are followed.
const REVOCATIONS_MIN = 8;
// Nor is one way of doing it another, because a single revocation more had to wait.
const SHARE_MIN = 0.3;

function invalidationOf({ revocations: { count, deferred } }: Portrait): string {
  if (deferred * 5 < count) return "after each revocation";
  return deferred * 2 > count ? "deferred" : "mixed";
}

function differsInInvalidation({ revocations: a }: Portrait, { revocations: b }: Portrait): boolean {
  if (Math.min(a.count, b.count) < REVOCATIONS_MIN) return false;
  return Math.abs(a.deferred / a.count - b.deferred / b.count) >= SHARE_MIN;
}

function isWhole({ from, tail, end }: Portrait): boolean {
  return from === 0 && tail >= end;
}

function configOf({ last }: Portrait): { readonly [name: string]: Json } {
  const { service } = last;
  if (service === null) return { family: last.family };
  return {
    family: last.family,
    service: service.name,
    placement: service.placement,
    safety: service.safety,
    architecture: service.architecture,
    configuration: meant(service.config as Json),
    board: meant(service.board as Json),
  };
}

function fateOf(state: IommuState): Json {
  const { service } = state;
  const dss = service?.dss ?? null;
  return {
    phase: phaseOf(state),
    dss: dss === null ? null : { reason: dss.reason, requirement: dss.requirement },
  };
}

/** Walks two values and tells what differs; members of lists are known by their names where they have any. */
function compareJson(changes: ChangeList, path: string, a: Json | undefined, b: Json | undefined): void {
  const at = { path: path.replace(/\.$/, ""), seqA: null, seqB: null };
  if (a === undefined && b === undefined) return;
  if (a === undefined) return void changes.added.push({ ...at, b: b!, text: `${at.path}: ${brief(b!)}` });
  if (b === undefined) return void changes.removed.push({ ...at, a, text: `${at.path}: ${brief(a)}` });
  if (isTree(a) && isTree(b)) {
    const [inA, inB] = [membersOf(a), membersOf(b)];
    for (const name of new Set([...inA.keys(), ...inB.keys()]))
      compareJson(changes, `${path}${name}.`, inA.get(name), inB.get(name));
    return;
  }
  if (canonicalJson(a) === canonicalJson(b)) return;
  changes.changed.push({ ...at, a, b, text: `${at.path}: ${brief(a)} -> ${brief(b)}` });
}

function isTree(value: Json): boolean {
  return typeof value === "object" && value !== null;
}

function membersOf(value: Json): Map<string, Json | undefined> {
  if (!Array.isArray(value))
    return new Map(Object.entries(value as { readonly [name: string]: Json | undefined }));
  const members = new Map<string, Json>();
  for (const item of value as readonly Json[]) {
    const named = item as { readonly [name: string]: Json } | null;
    const name = typeof item === "object" ? (named?.["name"] ?? named?.["device"] ?? "") : item;
    const plain = typeof name === "string" || typeof name === "number" ? String(name) : "";
    let key = plain === "" ? String(members.size + 1) : plain;
    for (let n = 2; members.has(key); n++) key = `${plain} (${n})`;
    members.set(key, item);
  }
  return members;
}

/** A value in few characters. */
function brief(value: Json): string {
  const text = typeof value === "string" ? value : canonicalJson(value);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

function addTold(changes: ChangeList, a: readonly Told[], b: readonly Told[], lead = ""): void {
  const words = new Interner();
  const numbers = (list: readonly Told[]) => list.map((told) => words.numberOf(`${told.kind} ${told.text}`));
  const { onlyA, onlyB } = align(numbers(a), numbers(b));
  const text = ({ kind, text }: Told) => (lead === "" ? `${kind} ${readable(text)}` : lead + text);
  const entry = (told: Told, seqs: Pick<Difference, "seqA" | "seqB">): Difference => ({
    ...seqs,
    kind: told.kind,
    detail: told.text,
    text: text(told),
  });
  for (const i of onlyA) changes.removed.push(entry(a[i]!, { seqA: a[i]!.seq, seqB: null }));
  for (const i of onlyB) changes.added.push(entry(b[i]!, { seqA: null, seqB: b[i]!.seq }));
}

/** Of two runs: acts of a kind that only one of them has; how often, where that differs much. */
function addKinds(changes: ChangeList, a: readonly Told[], b: readonly Told[], amounts: Amount[]): void {
  const kinds = new Map<string, { a: number; b: number; seqA: number | null; seqB: number | null }>();
  const kindOf = ({ kind, text }: Told): string => {
    const { client, errno } = JSON.parse(text) as { client: string; errno: string | null };
    return `${kind} by ${client}${errno === null ? "" : `, refused ${errno}`}`;
  };
  const entryOf = (told: Told) => {
    const kind = kindOf(told);
    const known = kinds.get(kind) ?? { a: 0, b: 0, seqA: null, seqB: null };
    kinds.set(kind, known);
    return known;
  };
  for (const told of a) {
    const entry = entryOf(told);
    entry.a += 1;
    entry.seqA ??= told.seq;
  }
  for (const told of b) {
    const entry = entryOf(told);
    entry.b += 1;
    entry.seqB ??= told.seq;
  }
  for (const [what, { a: inA, b: inB, seqA, seqB }] of kinds) {
    if (inA === inB) continue;
    if (inA === 0) changes.added.push({ seqA, seqB, count: inB, text: `${what}, ${inB} times` });
    else if (inB === 0) changes.removed.push({ seqA, seqB, count: inA, text: `${what}, ${inA} times` });
    else if (aboutAsMany(inA, inB)) amounts.push({ what, a: inA, b: inB });
    else changes.changed.push({ seqA, seqB, a: inA, b: inB, text: `${what}: ${inA} -> ${inB} times` });
  }
}
