import type { Json } from "../../base/canonicalJson.ts";
import { type Access, formatAccess } from "../../events/vocabulary/access.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import { isFixed, type ObjectLife, type Portrait } from "./portrait.ts";
import type { Difference } from "./report.ts";
import { namesText, pagesText, some } from "./text.ts";

/** How many members of a group are told one by one. */
export const EXAMPLES_MAX = 5;

/** Grants of one object that are alike, as one difference each: those of a kind are told together. */
export function grantEntries(
  portrait: Portrait,
  rows: readonly number[],
  side: "a" | "b",
  alike: (row: number) => string,
): Difference[] {
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const key = `${portrait.grants.life.at(row)} ${alike(row)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].map((group) => entryOf(portrait, group, side));
}

/** What two grants of an object have in common when they are told together: size, rights, and where they lead. */
export function sizeAndAccess(portrait: Portrait): (row: number) => string {
  const { grants } = portrait;
  return (row) => `${grants.last.at(row) - grants.first.at(row)} ${accessAndKind(portrait)(row)}`;
}

/** The same without the size. */
export function accessAndKind(portrait: Portrait): (row: number) => string {
  const { grants } = portrait;
  return (row) => {
    const unity = grants.delta.at(row) === 0 ? "unity" : "";
    const fixed = isFixed(portrait, row) ? `fixed ${grants.first.at(row)}` : "";
    return `${grants.access.at(row)} ${unity} ${fixed}`;
  };
}

/** A grant as members of a difference. */
export function grantMembers(portrait: Portrait, row: number): { readonly [name: string]: Json } {
  const { grants } = portrait;
  const [first, last] = [grants.first.at(row), grants.last.at(row)];
  return {
    address: formatAddress(first),
    length: `0x${(BigInt(last - first + 1) << 12n).toString(16)}`,
    target: formatAddress(first + grants.delta.at(row)),
    access: accessOf(portrait, row),
  };
}

/** A grant in words: `0xfff3f000 +4 KiB rw`, and where it leads when it is unity. */
export function grantText(portrait: Portrait, row: number): string {
  const { grants } = portrait;
  const pages = grants.last.at(row) - grants.first.at(row) + 1;
  const unity = grants.delta.at(row) === 0 ? " unity" : "";
  return `${formatAddress(grants.first.at(row))} +${pagesText(pages)} ${accessOf(portrait, row)}${unity}`;
}

/** Whose a grant is, in words. */
export function ownerText(life: ObjectLife): string {
  if (life.startupOf !== null) return life.name;
  return life.users.length === 0 ? life.name : `${life.name} (${namesText(life.users)})`;
}

/** The rights of a grant. */
export function accessOf({ grants }: Portrait, row: number): string {
  return formatAccess(grants.access.at(row) as Access);
}

function entryOf(portrait: Portrait, rows: readonly number[], side: "a" | "b"): Difference {
  const { grants } = portrait;
  const row = rows[0]!;
  const life = portrait.objects[grants.life.at(row)]!;
  const seq = grants.seq.at(row);
  const pages = rows.reduce((sum, one) => sum + grants.last.at(one) - grants.first.at(one) + 1, 0);
  const used = rows.reduce((sum, one) => sum + grants.reads.at(one) + grants.writes.at(one), 0);
  const many = rows.length > 1;
  const what = many
    ? `${some(rows.length, "grant")} of ${accessOf(portrait, row)}${grants.delta.at(row) === 0 ? " unity" : ""}, ${pagesText(pages)} in all, the first at ${formatAddress(grants.first.at(row))}`
    : grantText(portrait, row);
  return {
    seqA: side === "a" ? seq : null,
    seqB: side === "b" ? seq : null,
    object: life.name,
    devices: life.users,
    ...grantMembers(portrait, row),
    unity: grants.delta.at(row) === 0,
    fixed: isFixed(portrait, row),
    count: rows.length,
    bytes: `0x${(BigInt(pages) << 12n).toString(16)}`,
    transfers: used,
    examples: many
      ? rows
          .slice(0, EXAMPLES_MAX)
          .map((one) => ({ seq: grants.seq.at(one), ...grantMembers(portrait, one) }))
      : [],
    text: `${ownerText(life)}: ${what}; ${some(used, "transfer")} used ${many ? "them" : "it"}`,
  };
}
