import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository, with a slash at its end. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The rooms of the house, leftmost first. */
export const ROOMS = [
  "base",
  "events",
  "core",
  "sources",
  "store",
  "replay",
  "viewer",
  "client",
  "cli",
] as const;
/** One room. */
export type Room = (typeof ROOMS)[number];

/** One TypeScript file: its path from the root, its text, and its text with comments, strings and regexes blanked. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly code: string;
}

/** One `import`, `export ... from` or `import(...)`: what it names, and in which line. */
export interface ImportOf {
  readonly specifier: string;
  /** The path from the root that a relative specifier leads to; null for a package. */
  readonly target: string | null;
  readonly line: number;
  readonly typeOnly: boolean;
  readonly reExport: boolean;
}

/** All TypeScript files under a folder, or a file alone; none where it does not exist. Sorted. */
export function filesUnder(path: string): SourceFile[] {
  if (!existsSync(ROOT + path)) return [];
  if (/\.tsx?$/.test(path)) return [sourceFile(path)];
  const entries = readdirSync(ROOT + path, { withFileTypes: true });
  const files = entries.flatMap((entry) => {
    const inside = `${path}/${entry.name}`;
    if (entry.isDirectory()) return filesUnder(inside);
    return /\.tsx?$/.test(entry.name) ? [sourceFile(inside)] : [];
  });
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The files of all rooms. */
export function roomFiles(): SourceFile[] {
  return ROOMS.flatMap((room) => filesUnder(room));
}

/** The room that a path lies in, or null. */
export function roomOf(path: string): Room | null {
  return ROOMS.find((room) => path.startsWith(`${room}/`)) ?? null;
}

/** The imports of a file. */
export function importsOf({ path, text, code }: SourceFile): ImportOf[] {
  const found: ImportOf[] = [];
  // In `code` a specifier is blanks between quotes; its text stands at the same place in `text`.
  const pattern = /\b(import|export)\b([^"';()]*?\bfrom\b)?\s*\(?\s*"( *)"/g;
  for (const match of code.matchAll(pattern)) {
    const [whole, keyword, clause, blanks] = match as unknown as [string, string, string | undefined, string];
    if (keyword === "export" && clause === undefined) continue;
    const end = match.index + whole.lastIndexOf('"');
    const specifier = text.slice(end - blanks.length, end);
    found.push({
      specifier,
      target: specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : null,
      line: text.slice(0, match.index).split("\n").length,
      typeOnly: /^\s*type\b/.test(clause ?? ""),
      reExport: keyword === "export",
    });
  }
  return found;
}

function sourceFile(path: string): SourceFile {
  const text = readFileSync(ROOT + path, "utf8");
  return { path, text, code: blanked(text) };
}

// A slash begins a regex where an operand may stand: at the start, after an operator, or after a keyword.
const BEFORE_OPERAND =
  /(^|[(,=:[!&|?{};+\-*%~^<>]|\b(return|typeof|case|in|of|do|else|throw|await|yield))\s*$/;

/** The text with the insides of comments, strings and regexes made blank, line ends kept; quotes stay. */
export function blanked(text: string): string {
  let out = "";
  let at = 0;
  // Depths of braces at which a template goes on when they close.
  const templates: number[] = [];
  let braces = 0;
  const blank = (end: number) => {
    out += text.slice(at, end).replace(/[^\n]/g, " ");
    at = end;
  };
  const keep = () => {
    out += text[at++];
  };
  const template = () => {
    while (at < text.length) {
      if (text[at] === "\\") blank(at + 2);
      else if (text[at] === "`") return keep();
      else if (text.startsWith("${", at)) {
        keep();
        keep();
        templates.push(braces++);
        return;
      } else blank(at + 1);
    }
  };
  while (at < text.length) {
    const c = text[at]!;
    if (text.startsWith("//", at)) blank(endOf(text, "\n", at));
    else if (text.startsWith("/*", at)) blank(Math.min(endOf(text, "*/", at) + 2, text.length));
    else if (c === '"' || c === "'") {
      keep();
      let end = at;
      while (end < text.length && text[end] !== c && text[end] !== "\n") end += text[end] === "\\" ? 2 : 1;
      blank(end);
      if (at < text.length) keep();
    } else if (c === "`") {
      keep();
      template();
    } else if (c === "/" && BEFORE_OPERAND.test(out.slice(-40))) {
      const regex = /^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\//.exec(text.slice(at));
      if (regex === null) keep();
      else blank(at + regex[0].length);
    } else if (c === "}" && templates.at(-1) === braces - 1) {
      keep();
      braces = templates.pop()!;
      template();
    } else {
      if (c === "{") braces += 1;
      if (c === "}") braces -= 1;
      keep();
    }
  }
  return out;
}

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from + 2);
  return end < 0 ? text.length : end;
}
