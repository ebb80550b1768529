import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { type Diagnostic, quote, type Severity } from "../../base/diagnostic.ts";
import { BOARD_SCHEMA, type BoardJson, STRICT_BOARD_SCHEMA } from "./boardJson.ts";

/** The longest board file, in UTF-16 units. */
export const BOARD_TEXT_LENGTH_MAX = 8 * 1024 * 1024;

/** How many findings of one file are told. */
const FINDINGS_MAX = 200;

/** The codes of board files; docs/boards.md explains each. */
export const BOARD_FILE_CODES = {
  BRD001: { severity: "error", title: "not JSON" },
  BRD002: { severity: "error", title: "not a board file of version 1" },
  BRD003: { severity: "error", title: "member of a wrong form" },
  BRD004: { severity: "warning", title: "unknown member" },
  BRD005: { severity: "error", title: "file too long" },
  BRD006: { severity: "error", title: "two of one name" },
  BRD007: { severity: "error", title: "file is no board and no firmware table" },
  BRD008: { severity: "error", title: "no such example" },
} as const satisfies { readonly [code: string]: { readonly severity: Severity; readonly title: string } };

/** One of {@link BOARD_FILE_CODES}. */
export type BoardFileCode = keyof typeof BOARD_FILE_CODES;

/** A board file as read; `board` null where an error says why. */
export interface BoardRead {
  readonly board: BoardJson | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a board file (contract 4). Members that are not known are told and left out; anything else wrong refuses the file. */
export function readBoardJson(text: string, file: string): BoardRead {
  const tell = new Teller(text, file);
  if (text.length > BOARD_TEXT_LENGTH_MAX) {
    const message = `the file is ${text.length} characters long, at most ${BOARD_TEXT_LENGTH_MAX} are read`;
    return refused(tell.say("BRD005", [], message, "split it: several --board are read as one"));
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    const hint = 'a board file is one JSON object: {"format":"smmu-board","version":1, ...}';
    return refused(tell.say("BRD001", [], `the file is not JSON: ${why.slice(0, 200)}`, hint));
  }
  const { format, version } = (typeof data === "object" && data !== null ? data : {}) as {
    format?: unknown;
    version?: unknown;
  };
  if (format !== "smmu-board" || version !== 1) {
    const seen = format === "smmu-board" ? `version ${shown(version)}` : `format ${shown(format)}`;
    const hint = 'begin it with {"format":"smmu-board","version":1';
    return refused(tell.say("BRD002", [], `the file is of ${seen}, expected smmu-board version 1`, hint));
  }
  const read = BOARD_SCHEMA.safeParse(data);
  const problems = read.success
    ? []
    : read.error.issues.slice(0, FINDINGS_MAX).map((issue) => wrong(tell, issue));
  const unknown = unknownMembers(tell, data);
  const doubled = read.success ? doubles(tell, read.data) : [];
  const diagnostics = [...problems, ...doubled, ...unknown];
  return { board: read.success && doubled.length === 0 ? read.data : null, diagnostics };
}

type Path = readonly PropertyKey[];

function refused(diagnostic: Diagnostic): BoardRead {
  return { board: null, diagnostics: [diagnostic] };
}

function wrong(tell: Teller, issue: z.core.$ZodIssue): Diagnostic {
  const where = issue.path.length === 0 ? "the board" : quote(pathText(issue.path));
  const hint = "docs/boards.md has the form of every member";
  return tell.say("BRD003", issue.path, `${where}: ${issue.message.slice(0, 200)}`, hint);
}

function unknownMembers(tell: Teller, data: unknown): Diagnostic[] {
  const strict = STRICT_BOARD_SCHEMA.safeParse(data);
  if (strict.success) return [];
  const found: Diagnostic[] = [];
  for (const issue of strict.error.issues) {
    if (issue.code !== "unrecognized_keys") continue;
    for (const key of issue.keys) {
      if (found.length >= FINDINGS_MAX) return found;
      const path = [...issue.path, key];
      const hint = "it has no effect; check the spelling against docs/boards.md";
      found.push(tell.say("BRD004", path, `the member ${quote(pathText(path))} is not known`, hint));
    }
  }
  return found;
}

// What is looked up by name must be found once: units, and the files of a loader path.
function doubles(tell: Teller, board: BoardJson): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const member of ["units", "files"] as const) {
    const seen = new Set<string>();
    for (const [index, { name }] of board[member].entries()) {
      if (seen.has(name)) {
        const message = `${quote(name)} is there twice in "${member}"`;
        found.push(tell.say("BRD006", [member, index, "name"], message, "keep one of the two"));
      }
      seen.add(name);
    }
  }
  return found;
}

function shown(value: unknown): string {
  if (typeof value === "string") return quote(value);
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function pathText(path: Path): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
}

/** Says things with their place; the text is searched for places only once something is wrong. */
class Teller {
  readonly #text: string;
  readonly #file: string;
  #places: { find(path: Path): { line: number; column: number } | null } | null = null;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  say(code: BoardFileCode, path: Path, message: string, hint: string): Diagnostic {
    const { severity } = BOARD_FILE_CODES[code];
    const place = path.length === 0 ? null : this.#find(path);
    return {
      code,
      severity,
      file: this.#file,
      ...(place === null ? { line: null } : { ...place, excerpt: this.#excerpt(place.line) }),
      message,
      hint,
    };
  }

  #find(path: Path): { line: number; column: number } | null {
    this.#places ??= placesOf(this.#text);
    // A member that is missing has no place of its own: that of what lacks it.
    for (let length = path.length; length > 0; length--) {
      const place = this.#places.find(path.slice(0, length));
      if (place !== null) return place;
    }
    return null;
  }

  #excerpt(line: number): string {
    return (this.#text.split("\n", line)[line - 1] ?? "").slice(0, 400);
  }
}

// JSON is YAML, and the reader of YAML knows where each value stands.
function placesOf(text: string): { find(path: Path): { line: number; column: number } | null } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, maxAliasCount: 0, uniqueKeys: false } as object);
  return {
    find(path) {
      const node: unknown = document.getIn(path as unknown[], true);
      const range = typeof node === "object" && node !== null && "range" in node ? node.range : null;
      if (!Array.isArray(range)) return null;
      const { line, col } = lines.linePos(range[0] as number);
      return { line, column: col };
    },
  };
}
