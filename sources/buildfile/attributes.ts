import { closest } from "../config/closest.ts";

/** One attribute: `+name` and `-name` are true and false, `name=value` is its text. */
export interface Attribute {
  readonly name: string;
  readonly value: string | boolean;
  /** Offset of its name in the text of the list. */
  readonly from: number;
  readonly to: number;
}

/** The attributes in force for an entry, later ones over earlier. */
export type Attributes = ReadonlyMap<string, Attribute>;

// Names of mkifs, of its relatives for other file systems, and of the modifiers of a boot script.
const KNOWN = new Set(
  `autolink big_pages cd chain code compress cpu data dperms elfnote extsched filter followlink gid hyp image
  keeplinked keepsection linker module mount mtime nonbootable num_inodes num_sectors optional page_align pagealign
  pagesizes perms phandle physical prefix ram raw rename rsvd_vaddr script search sort strip sticky type uid uip vboot
  virtual block_size spare_blocks min_size max_size argv0 external pri session multiscript boundary phys_align
  path_max cluster_size compatibility volume_label password sec_offset`.split(/\s+/),
);

/** The attributes of a list, given the text between its brackets; `from` of each counts from the start of that text. */
export function readAttributes(text: string, countMax: number): Attribute[] {
  const found: Attribute[] = [];
  const word = /(?:"(?:\\.|[^"\\])*"?|\\[\s\S]|[^\s"\\])+/g;
  for (const match of text.matchAll(word)) {
    if (found.length >= countMax) break;
    const attribute = readAttribute(match[0], match.index);
    if (attribute !== null) found.push(attribute);
  }
  return found;
}

// A leading `?` sets an attribute only where it is not set yet; which one stands makes no difference here.
function readAttribute(word: string, at: number): Attribute | null {
  const [, sign = "", name = "", assign = "", value = ""] = /^\??([+-]?)([^=+-][^=]*)?(=?)([\s\S]*)$/.exec(
    word,
  )!;
  if (name === "") return null;
  const from = at + word.indexOf(name);
  const place = { name, from, to: from + name.length };
  if (assign === "=") return { ...place, value: unquoted(value) };
  return { ...place, value: sign !== "-" };
}

/** The name that an unknown attribute very likely misspells, or null. */
export function misspelt(name: string): string | null {
  return KNOWN.has(name) ? null : closest(name, KNOWN);
}

/** True for an attribute that is switched on. */
export function isOn(attributes: Attributes, name: string): boolean {
  return attributes.get(name)?.value === true;
}

/** The text of an attribute, or null. */
export function textOf(attributes: Attributes, name: string): string | null {
  const value = attributes.get(name)?.value;
  return typeof value === "string" ? value : null;
}

/** A text without the quotes around it and the backslashes before its characters. */
export function unquoted(text: string): string {
  return text.replace(/\\([\s\S])|"/g, (_, escaped: string | undefined) => escaped ?? "");
}
