import type { PlacedText } from "./sourceText.ts";

/** A stretch of an XML text. */
export interface XmlPart {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** A component of an slm configuration, as far as the order of starts needs it. */
export interface SlmComponent {
  readonly name: string;
  /** The program; null where it is slm's own (`launch="builtin"`) or none is given. */
  readonly command: XmlPart | null;
  readonly args: XmlPart | null;
  /** Components that run before it, by name or with `*` for any letters. */
  readonly depends: readonly string[];
  /** What slm waits for before it goes on to what depends on it; null: it waits for nothing. */
  readonly waits: string | null;
}

/** A configuration of slm: its components in the order of the text, and the files that it includes. */
export interface SlmConfig {
  readonly components: readonly SlmComponent[];
  readonly includes: readonly XmlPart[];
}

/** Components of one configuration that are read. */
export const COMPONENTS_MAX = 4096;

// A tag; its name and attributes are bounded, so that a text of nothing but `<` costs little.
const TAG =
  /<(\/?)(?:[\w-]{1,64}:)?([\w-]{1,64})(?![\w:-])((?:"[^"]{0,4096}"|'[^']{0,4096}'|[^<>"']){0,4096})>/y;
const ENTITY = /<!ENTITY\s+([\w.-]{1,64})\s+SYSTEM\s+(["'])([^"'<>]{1,4096})\2\s*>/g;

/** Reads the configuration of QNX's launcher `slm`; every text has an answer. */
export function readSlm({ text }: PlacedText): SlmConfig {
  const components: SlmComponent[] = [];
  const includes: XmlPart[] = [];
  const entities = entitiesOf(text);
  let draft: Draft | null = null;
  let open: { readonly tag: string; readonly attributes: string } | null = null;
  for (const piece of pieces(text)) {
    if (piece.tag === null) {
      if (draft !== null && open !== null) take(draft, open, piece.part);
      else includes.push(...included(piece.part, entities));
    } else if (piece.tag === "component") {
      if (draft !== null && components.length < COMPONENTS_MAX) components.push(draft);
      draft = piece.opens ? { ...EMPTY, name: attribute(piece.attributes, "name") ?? "", depends: [] } : null;
      open = null;
    } else {
      if (piece.tag === "waitfor" && piece.isEmpty && draft !== null)
        draft.waits ??= attribute(piece.attributes, "wait") ?? "";
      open = piece.opens ? { tag: piece.tag, attributes: piece.attributes } : null;
    }
  }
  return { components, includes };
}

type Piece =
  | { readonly tag: null; readonly part: XmlPart }
  | { readonly tag: string; readonly opens: boolean; readonly isEmpty: boolean; readonly attributes: string };

/** Tags and the texts between them, without comments and declarations. What does not end is the end. */
function* pieces(text: string): Generator<Piece> {
  for (let at = 0; at < text.length; ) {
    if (text[at] !== "<") {
      const next = text.indexOf("<", at);
      const end = next < 0 ? text.length : next;
      yield { tag: null, part: trimmed(text.slice(at, end), at) };
      at = end;
      continue;
    }
    const skipped = declarationEnd(text, at);
    if (skipped === null) return;
    if (skipped > at) {
      at = skipped;
      continue;
    }
    TAG.lastIndex = at;
    const match = TAG.exec(text);
    if (match === null) {
      at += 1;
      continue;
    }
    const attributes = match[3]!;
    const isEmpty = attributes.endsWith("/");
    yield { tag: match[2]!, opens: match[1] === "" && !isEmpty, isEmpty, attributes };
    at += match[0].length;
  }
}

/** Where a comment or declaration at `at` ends; `at` itself where none stands there, null where it does not end. */
function declarationEnd(text: string, at: number): number | null {
  const after = (mark: string, from: number) => {
    const found = text.indexOf(mark, from);
    return found < 0 ? null : found + mark.length;
  };
  if (text.startsWith("<!--", at)) return after("-->", at + 4);
  if (text[at + 1] === "?") return after("?>", at + 2);
  if (text[at + 1] !== "!") return at;
  const end = after(">", at);
  const bracket = text.indexOf("[", at);
  if (end === null || bracket < 0 || bracket > end) return end;
  const inner = after("]", bracket);
  return inner === null ? null : after(">", inner);
}

type Draft = { -readonly [member in keyof SlmComponent]: SlmComponent[member] };
const EMPTY: SlmComponent = { name: "", command: null, args: null, depends: [], waits: null };

function take(draft: Draft, { tag, attributes }: { tag: string; attributes: string }, part: XmlPart): void {
  if (tag === "waitfor") draft.waits ??= attribute(attributes, "wait") ?? part.text;
  if (part.text === "") return;
  if (tag === "command" && !/\bbuiltin\b/.test(attribute(attributes, "launch") ?? "")) draft.command ??= part;
  else if (tag === "args") draft.args ??= part;
  else if (tag === "depend") draft.depends = [...draft.depends, part.text];
}

function attribute(attributes: string, name: string): string | null {
  const match = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes);
  return match === null ? null : (match[1] ?? match[2] ?? "");
}

function trimmed(text: string, from: number): XmlPart {
  const start = from + /^\s*/.exec(text)![0].length;
  const inside = text.trim();
  return { text: inside, from: start, to: start + inside.length };
}

function entitiesOf(text: string): ReadonlyMap<string, string> {
  return new Map([...text.slice(0, 65_536).matchAll(ENTITY)].map((match) => [match[1]!, match[3]!]));
}

// `&platform;`, declared as a file: its components stand here.
function included(part: XmlPart, entities: ReadonlyMap<string, string>): XmlPart[] {
  return [...part.text.matchAll(/&([\w.-]+);/g)].flatMap((match) => {
    const file = entities.get(match[1]!);
    const from = part.from + match.index;
    return file === undefined ? [] : [{ text: file, from, to: from + match[0].length }];
  });
}

/** The components in an order in which slm may start them: dependencies first, else as they stand. */
export function startOrder<T extends Pick<SlmComponent, "name" | "depends">>(components: readonly T[]): T[] {
  const byName = new Map(components.map((component) => [component.name, component]));
  const done = new Set<T>();
  const ordered: T[] = [];
  for (const start of components) {
    const path: { readonly component: T; next: number }[] = [{ component: start, next: 0 }];
    const onPath = new Set([start]);
    while (path.length > 0) {
      const top = path[path.length - 1]!;
      const name = top.component.depends[top.next];
      top.next += 1;
      if (name === undefined) {
        path.pop();
        if (!done.has(top.component)) ordered.push(top.component);
        done.add(top.component);
        continue;
      }
      const needed = byName.get(name);
      // A circle is slm's matter; here it is cut where it closes.
      if (needed === undefined || done.has(needed) || onPath.has(needed)) continue;
      onPath.add(needed);
      path.push({ component: needed, next: 0 });
    }
  }
  return ordered;
}

/** The names of all components that one depends on, directly or through others. */
export function dependenciesOf(
  component: Pick<SlmComponent, "depends">,
  components: readonly Pick<SlmComponent, "name" | "depends">[],
): ReadonlySet<string> {
  const byName = new Map(components.map((each) => [each.name, each]));
  const found = new Set<string>();
  const left = [...component.depends];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    left.push(...(byName.get(name)?.depends ?? []));
  }
  return found;
}
