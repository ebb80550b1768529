import { formatAccess } from "../../events/vocabulary/access.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import type { Evidence } from "./evidence.ts";
import { pagesText } from "./tell.ts";

/** Something that nearly was the missing grant. `pages`: how far away, 0 on the very page. */
export interface NearMiss {
  readonly what: "below" | "above" | "other-object" | "earlier" | "later";
  readonly object: string;
  readonly address: string;
  readonly length: string;
  readonly access: string;
  readonly since: number;
  readonly until: number | null;
  readonly pages: number;
  readonly text: string;
}

const LISTED_MAX = 8;

/** The closest grants below and above, the same page in other objects, and the same page at other times. */
export function nearMisses(evidence: Evidence): readonly NearMiss[] {
  const { space, object, page, question, grantsOfPage } = evidence;
  const misses: NearMiss[] = [];
  for (const what of ["below", "above"] as const) {
    // A grant of the page itself is no near miss: it is what refused, and the cause tells it.
    const run = what === "below" ? space?.below(page - 1) : space?.above(page + 1);
    if (run == null || (run.first <= page && page <= run.last)) continue;
    const pages = what === "below" ? page - run.last : run.first - page;
    misses.push({
      what,
      object: object!,
      ...rangeOf(run.first, run.last),
      access: formatAccess(run.value.access),
      since: run.value.since,
      until: null,
      pages,
      text: `${pagesText(run.first, run.last)} ${formatAccess(run.value.access)}, ${distanceText(pages)} ${what}`,
    });
  }
  for (const row of [...grantsOfPage].reverse()) {
    if (misses.length >= LISTED_MAX) break;
    const live = row.grantedSeq < question.seq && (row.revokedSeq === null || row.revokedSeq > question.seq);
    if (live && row.object === object) continue;
    const what = live ? "other-object" : row.grantedSeq > question.seq ? "later" : "earlier";
    const end = row.revokedSeq === null ? "" : `, revoked at seq ${row.revokedSeq}`;
    misses.push({
      what,
      object: row.object,
      ...rangeOf(row.firstPage, row.lastPage),
      access: row.access,
      since: row.grantedSeq,
      until: row.revokedSeq,
      pages: 0,
      text: `the same page ${row.access} in ${row.object} from seq ${row.grantedSeq}${end}`,
    });
  }
  return misses;
}

function rangeOf(first: number, last: number): { address: string; length: string } {
  return { address: formatAddress(first), length: `0x${(BigInt(last - first + 1) << 12n).toString(16)}` };
}

function distanceText(pages: number): string {
  if (pages === 1) return "the very next page";
  const bytes = (BigInt(pages) - 1n) << 12n;
  return `${pages} pages (0x${bytes.toString(16)} bytes)`;
}
