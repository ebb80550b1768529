import type { Conformance } from "../events/outcome.ts";
import type { Observed } from "../events/stimulus.ts";
import { covers, neededAccess, type TransferAccess } from "../events/vocabulary/access.ts";
import { type Address, PAGE_LIMIT } from "../events/vocabulary/address.ts";
import type { ByteRange } from "../events/vocabulary/byteRange.ts";
import { parseReasonClass, type ReasonClass } from "../events/vocabulary/reason.ts";
import type { Grant } from "./parts/addressSpace.ts";
import type { Forgotten } from "./state.ts";
import { type Route, type Translation, unreachablePage } from "./translate.ts";
import type { UnitRules } from "./units/unitRules.ts";

/**
 * Agreement of a verdict with the recorded one (contract 2): the same verdict and, where recorded, the same target,
 * code and reason class. A write into the interrupt range agrees with a recorded permission: nothing was refused.
 */
export function agrees(rules: UnitRules, translation: Translation, observed: Observed): boolean {
  switch (translation.verdict) {
    case "interrupt":
      return observed.verdict === "permitted";
    case "permitted":
      return (
        observed.verdict === "permitted" &&
        (observed.target === null || sameAddress(observed.target, translation.target))
      );
    case "denied": {
      if (observed.verdict !== "denied") return false;
      if (observed.code !== null && !sameCode(rules, translation, observed.code)) return false;
      return observed.reason === null || sameReason(observed.reason, translation.reason);
    }
  }
}

/**
 * Contract 2 rule 6: our tables deny what the recorded machine permitted. True when every page that they deny had,
 * since the last invalidation that covers it for this device, a grant that permits the access and, on the first
 * page, gives the recorded target.
 */
export function throughStaleEntry(
  rules: UnitRules,
  { space, pageLimit }: Extract<Route, { kind: "object" }>,
  forgotten: Forgotten,
  bytes: ByteRange,
  access: TransferAccess,
  observed: Observed,
): boolean {
  if (observed.verdict !== "permitted") return false;
  if (observed.target !== null && observed.target.offset !== bytes.firstOffset) return false;
  if (bytes.lastPage >= unreachablePage(rules, pageLimit, bytes, access)) return false;
  const needed = neededAccess(access);
  let page: number = bytes.firstPage;
  let stale = false;
  // By runs, not by pages: a hostile transfer may be 2^64 bytes long. Only the first page has a known target.
  while (page <= bytes.lastPage) {
    const wanted = page === bytes.firstPage ? (observed.target?.page ?? null) : null;
    const permits = (grant: Grant) =>
      covers(rules.effectiveAccess(grant.access), needed) &&
      (wanted === null || wanted === page + grant.delta);
    const run = space.at(page);
    if (run !== null && permits(run.value)) {
      page = wanted === null ? run.last + 1 : page + 1;
      continue;
    }
    const cached = space.staleAt(page);
    const forgot = forgottenAt(forgotten, page);
    if (!cached?.value.some(({ grant, revokedAt }) => revokedAt > forgot && permits(grant))) return false;
    stale = true;
    page =
      wanted === null
        ? Math.min(cached.last + 1, space.nextEdge(page), nextForgottenEdge(forgotten, page))
        : page + 1;
  }
  return stale;
}

function sameCode(rules: UnitRules, { reason, code }: Denial, recorded: string): boolean {
  if (code !== null && rules.sameCode(recorded, code)) return true;
  return reason === "no-object" && rules.requesterCodes.some((known) => rules.sameCode(recorded, known));
}

type Denial = Extract<Translation, { verdict: "denied" }>;

/** How our verdict stands beside the recorded one; null where nothing was recorded. */
export function conformanceOf(
  rules: UnitRules,
  translation: Translation,
  observed: Observed | null,
  stale: (observed: Observed) => boolean,
): Conformance | null {
  if (observed === null) return null;
  if (agrees(rules, translation, observed)) return "agreed";
  return translation.verdict === "denied" && deniedByTable(translation.reason) && stale(observed)
    ? "stale"
    : "diverged";
}

/** Only what the table denies (contract 2 rule 4) may a cache of it still permit. */
function deniedByTable(reason: ReasonClass): boolean {
  return reason === "unmapped" || reason === "permission";
}

/** The seq at which the unit last forgot what it cached of `page` for one device; -1: never. */
function forgottenAt(forgotten: Forgotten, page: number): number {
  return Math.max(forgotten.allAt, forgotten.ranges?.at(page)?.value ?? -1);
}

/** The next page above `page` at which what one device forgot may change. */
function nextForgottenEdge(forgotten: Forgotten, page: number): number {
  const inside = forgotten.ranges?.at(page);
  if (inside) return inside.last + 1;
  return forgotten.ranges?.above(page)?.first ?? PAGE_LIMIT;
}

function sameAddress(a: Address, b: Address): boolean {
  return a.page === b.page && a.offset === b.offset;
}

// Words that logs use for our classes, so that a recorder may quote them.
const REASON_WORDS: { readonly [word: string]: ReasonClass } = {
  "not-mapped": "unmapped",
  "write-denied": "not-granted",
  "read-denied": "not-granted",
  "context-not-present": "no-object",
  "root-not-present": "no-object",
  "unidentified-stream": "no-object",
  "beyond-width": "address-size",
};

function sameReason(recorded: string, ours: ReasonClass): boolean {
  const known = parseReasonClass(recorded) ?? REASON_WORDS[recorded];
  if (known === "not-granted") return ours === "unmapped" || ours === "permission";
  return known === ours;
}
