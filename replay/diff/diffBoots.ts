import type { BootReader } from "../../store/eventStore.ts";
import { type Anchors, anchorsOf } from "./anchors.ts";
import type { Interner } from "./column.ts";
import { compareDevices, compareObjects } from "./compareDevices.ts";
import { compareExposure } from "./compareExposure.ts";
import { compareConfig, compareService, compareUnits, mayDifferInInvalidation } from "./compareFacts.ts";
import { compareFaults } from "./compareFaults.ts";
import { compareMappings } from "./compareMappings.ts";
import { compareVerdicts } from "./compareVerdicts.ts";
import { type Compared, contexts, firstDifferenceOf } from "./firstDifference.ts";
import { type GrantMatch, matchGrants } from "./matchGrants.ts";
import { type Match, matchObjects } from "./matchObjects.ts";
import { matchTransfers, type TransferMatch } from "./matchTransfers.ts";
import { type Portraits, paintBoth } from "./paintBoth.ts";
import {
  type Amount,
  ASPECTS,
  type Aspect,
  type Changes,
  type DiffReport,
  NO_CHANGES,
  type Side,
  type StrictReport,
} from "./report.ts";
import { NO_SAME_END, sameEnd, samePrefix } from "./sameEvents.ts";
import { compareStrictly } from "./strict.ts";

/** How to compare. */
export interface DiffOptions {
  /** The last event of each boot that is compared; default: all. */
  readonly atA?: number;
  readonly atB?: number;
  /** Event by event, too: times, addresses, names and order count. */
  readonly strict?: boolean;
  /** False: look at every event, even where beginning and end are the same. The answer is the same, and comes later. */
  readonly prune?: boolean;
}

/** Two boots, compared by meaning, with the way from a place in one to the same place in the other. */
export interface Comparison {
  readonly report: DiffReport;
  readonly anchors: Anchors;
  readonly match: Match;
  readonly transfers: readonly TransferMatch[];
  readonly words: Interner;
}

/** Compares two boots by meaning: what differs, and where their causal histories part (contract 1, `diff`). */
export function diff(a: BootReader, b: BootReader, options: DiffOptions = {}): DiffReport {
  return compareBoots(a, b, options).report;
}

/** As {@link diff}, with the alignment. */
export function compareBoots(a: BootReader, b: BootReader, options: DiffOptions = {}): Comparison {
  const sideA = { reader: a, end: endOf(a, options.atA) };
  const sideB = { reader: b, end: endOf(b, options.atB) };
  const same = Math.min(samePrefix(a, b), sideA.end, sideB.end);
  const strict = options.strict === true ? compareStrictly(sideA, sideB, same) : null;
  const prune = options.prune !== false;
  let findings = match(
    prune
      ? paintBoth(sideA, sideB, same, sameEnd(sideA, sideB, same))
      : paintBoth(sideA, sideB, 0, NO_SAME_END),
  );
  // Two runs are told by kinds, for which all of them counts; and so does a way of doing things.
  const all = !findings.exact || mayDifferInInvalidation(findings.match.a, findings.match.b);
  if (all && findings.pruned > 0) findings = match(paintBoth(sideA, sideB, 0, NO_SAME_END));
  return comparisonOf(sideA, sideB, findings, strict);
}

interface Findings {
  readonly match: Match;
  readonly grants: GrantMatch;
  readonly transfers: readonly TransferMatch[];
  readonly exact: boolean;
  readonly words: Interner;
  /** Events of both boots that were not looked at, as they are the same; and how many of each end with them. */
  readonly pruned: number;
  readonly suffix: number;
}

function match({ a, b, words, suffix }: Portraits): Findings {
  const match = matchObjects(a, b);
  const grants = matchGrants(match);
  const transfers = matchTransfers(match, grants);
  const pruned = 2 * (a.from + suffix);
  return { match, grants, transfers, exact: isExact(grants, transfers, pruned), words, pruned, suffix };
}

/** How many things without a counterpart are told one by one whatever their share; and the share that is told so. */
const ALONE_MAX = 64;
const ALONE_SHARE = 0.01;

/** Whether nearly all of one boot has its counterpart in the other: then each that has none counts. */
function isExact(grants: GrantMatch, transfers: readonly TransferMatch[], pruned: number): boolean {
  const few = (alone: number, total: number): boolean =>
    alone <= Math.max(ALONE_MAX, (total + pruned) * ALONE_SHARE);
  const alone = transfers.reduce(
    (n, { alignment }) => n + alignment.onlyA.length + alignment.onlyB.length,
    0,
  );
  const total = transfers.reduce((n, { a, b }) => n + a.seq.length + b.seq.length, 0);
  return few(grants.alone, grants.total) && few(alone, total);
}

function comparisonOf(
  sideA: Compared,
  sideB: Compared,
  { match, grants, transfers, exact, words, suffix }: Findings,
  strict: StrictReport | null,
): Comparison {
  const { a, b } = match;
  const amounts: Amount[] = [];
  const found: Record<Aspect, Changes> = {
    config: compareConfig(a, b),
    service: compareService(a, b, exact, amounts),
    units: compareUnits(a, b),
    devices: compareDevices(match),
    objects: compareObjects(match),
    mappings: compareMappings(match, grants, exact, amounts),
    verdicts: compareVerdicts(match, transfers, words, exact, amounts),
    faults: compareFaults(a, b, exact, amounts),
    exposure: compareExposure(match, exact, amounts),
  };
  const anchors = anchorsOf(match, grants, exact);
  const meant = ASPECTS.every((aspect) => sizeOf(found[aspect]) === 0);
  const parting = firstDifferenceOf(found, anchors, sideA, sideB);
  const strictly = strict?.firstDifference ?? null;
  const first =
    strictly === null
      ? parting
      : {
          ...strictly,
          aspect: "strict" as const,
          only: null,
          text: "the logs part",
          ...contexts(strictly.seqA, strictly.seqB, sideA, sideB),
        };
  const report: DiffReport = {
    a: sideOf(sideA),
    b: sideOf(sideB),
    equal: meant && (strict === null || strict.equal),
    firstDifference: first,
    ...found,
    alignment: {
      kind: exact ? "event-by-event" : "by-kind",
      samePrefix: a.from,
      sameSuffix: suffix,
      grants: pairedGrants(match, grants),
      transfers: pairedTransfers(transfers),
    },
    notCounted: {
      addresses: grants.elsewhere,
      targets: grants.retargeted,
      names: match.a.objects.filter(
        ({ index, name }) => (match.b.objects[match.lifeInB[index]!]?.name ?? name) !== name,
      ).length,
      amounts,
    },
    strict,
  };
  return { report, anchors, match, transfers, words };
}

/** How many differences of one kind there are. */
export function sizeOf({ added, removed, changed }: Changes = NO_CHANGES): number {
  return added.length + removed.length + changed.length;
}

function pairedGrants({ a, b }: Match, { inB }: GrantMatch) {
  const paired = inB.reduce((n, other) => n + (other >= 0 ? 1 : 0), 0);
  return { paired, onlyA: a.grants.life.length - paired, onlyB: b.grants.life.length - paired };
}

function pairedTransfers(transfers: readonly TransferMatch[]) {
  let [paired, onlyA, onlyB] = [0, 0, 0];
  for (const { a, alignment } of transfers) {
    paired += a.seq.length - alignment.onlyA.length;
    onlyA += alignment.onlyA.length;
    onlyB += alignment.onlyB.length;
  }
  return { paired, onlyA, onlyB };
}

function endOf({ info }: BootReader, at: number | undefined): number {
  return at === undefined ? info.events : Math.min(at + 1, info.events);
}

function sideOf({ reader, end }: Compared): Side {
  return { boot: reader.info.name, events: end, family: reader.info.header.family };
}
