import { quote } from "../../../base/diagnostic.ts";
import { latin1 } from "../byteReader.ts";
import type { Findings, TextPlace } from "../findings.ts";
import { hex } from "../hex.ts";

/** A table that a text dump holds: its bytes, and where each of them stands in the text. */
export interface DumpedTable {
  /** The name in the line `NAME @ 0x...`, or null where hex lines stand without one. */
  readonly name: string | null;
  /** The place of that line, or of the first hex line. */
  readonly place: TextPlace;
  readonly bytes: Uint8Array;
  readonly locate: (offset: number) => TextPlace | null;
}

// NAME @ 0xADDRESS; the name has 4 characters, or 7 for "RSD PTR". Old versions print a missing address as (nil).
const TITLE = /^(\S{1,8}|RSD PTR) @ (?:0x[0-9A-Fa-f]{1,16}|\(nil\))\s*$/;
// Offset, colon, up to 16 bytes with one space before each; two spaces before the characters (acpidump, acpixtract).
const ROW = /^(\s*)([0-9A-Fa-f]{4,8}):((?: [0-9A-Fa-f]{2}){1,16})(?=$|\s\s|\s$)/;
const ROW_START = /^\s*[0-9A-Fa-f]{4,8}:/;
// The three bytes of a UTF-8 byte order mark, as Latin-1.
const BYTE_ORDER_MARK = /^\u00ef\u00bb\u00bf/;
const SNIFF_LENGTH = 1 << 16;

interface Draft {
  readonly name: string | null;
  readonly place: TextPlace;
  readonly bytes: number[];
  /** Per row, ascending: the offset of its first byte, its line, and the column of that byte. */
  readonly rows: { readonly offset: number; readonly line: number; readonly column: number }[];
  broken: boolean;
}

/** True for a file that is a text and holds a line as `acpidump` writes them. */
export function looksLikeAcpidump(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, SNIFF_LENGTH);
  if (start.includes(0)) return false;
  return latin1(start)
    .split("\n")
    .some((line) => TITLE.test(line.trimEnd()) || ROW.test(line.trimEnd()));
}

/** The tables of an `acpidump` text, each up to its first damaged line. Lines that are neither title nor bytes are reported. */
export function readAcpidump(bytes: Uint8Array, findings: Findings): readonly DumpedTable[] {
  const drafts: Draft[] = [];
  const strangers = new StrangeLines(findings);
  let current: Draft | null = null;
  let lineNumber = 0;
  for (const raw of linesOf(latin1(bytes).replace(BYTE_ORDER_MARK, ""))) {
    lineNumber += 1;
    const line = raw.trimEnd();
    const title = TITLE.exec(line);
    const isRow = title === null && ROW_START.test(line);
    if (line !== "" && title === null && !isRow) strangers.add(lineNumber, line);
    else strangers.end();
    if (title !== null) {
      current = newDraft(title[1]!, lineNumber, line);
      drafts.push(current);
    } else if (isRow) {
      if (current === null) {
        current = newDraft(null, lineNumber, line);
        drafts.push(current);
      }
      if (!current.broken) readRow(current, line, lineNumber, findings);
    }
  }
  strangers.end();
  return drafts.filter((draft) => hasBytes(draft, findings)).map(finish);
}

function newDraft(name: string | null, line: number, text: string): Draft {
  return { name, place: { line, column: 1, endColumn: text.length + 1 }, bytes: [], rows: [], broken: false };
}

function readRow(table: Draft, line: string, lineNumber: number, findings: Findings): void {
  const row = ROW.exec(line);
  if (row === null) {
    const good = /^\s*[0-9A-Fa-f]{4,8}:(?: [0-9A-Fa-f]{2}(?=\s|$)){0,16}/.exec(line)![0];
    const place = { line: lineNumber, column: good.length + 1, endColumn: line.length + 1 };
    const message = `expected bytes as two hex digits each, one space before each, got ${quote(line.slice(good.length))}`;
    findings.addAtText(
      "ACPI010",
      place,
      message,
      "the rest of this table is not read; dump it again with acpidump",
    );
    table.broken = true;
    return;
  }
  const [, indent, offsetText, bytesText] = row as unknown as [string, string, string, string];
  const column = indent.length + 1;
  const offset = Number.parseInt(offsetText, 16);
  if (offset !== table.bytes.length) {
    const place = { line: lineNumber, column, endColumn: column + offsetText.length };
    const message = `line says offset ${hex(offset)}, but ${hex(table.bytes.length)} bytes stand before it`;
    findings.addAtText(
      "ACPI011",
      place,
      message,
      "lines are missing or doubled; the rest of this table is not read",
    );
    table.broken = true;
    return;
  }
  table.rows.push({ offset, line: lineNumber, column: column + offsetText.length + 2 });
  for (let at = 1; at < bytesText.length; at += 3) {
    table.bytes.push(Number.parseInt(bytesText.slice(at, at + 2), 16));
  }
}

function hasBytes(draft: Draft, findings: Findings): boolean {
  if (draft.bytes.length > 0) return true;
  findings.addAtText("ACPI012", draft.place, `table ${quote(draft.name ?? "")} has no bytes`);
  return false;
}

function finish(draft: Draft): DumpedTable {
  const { rows } = draft;
  const locate = (offset: number): TextPlace | null => {
    let low = 0;
    let high = rows.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (rows[middle]!.offset <= offset) low = middle;
      else high = middle;
    }
    const row = rows[low];
    if (row === undefined || offset >= draft.bytes.length) return null;
    const column = row.column + 3 * (offset - row.offset);
    return { line: row.line, column, endColumn: column + 2 };
  };
  return { name: draft.name, place: draft.place, bytes: Uint8Array.from(draft.bytes), locate };
}

/** Gathers lines that say nothing about a table into one finding a run, so that a preface is not a hundred of them. */
class StrangeLines {
  readonly #findings: Findings;
  #first = 0;
  #last = 0;
  #text = "";

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  add(line: number, text: string): void {
    if (this.#first === 0) {
      this.#first = line;
      this.#text = text;
    }
    this.#last = line;
  }

  end(): void {
    if (this.#first === 0) return;
    const lines =
      this.#first === this.#last ? `line ${this.#first}` : `lines ${this.#first} to ${this.#last}`;
    const place = { line: this.#first, column: 1, endColumn: this.#text.length + 1 };
    this.#findings.addAtText("ACPI017", place, `${lines}: no table data, ignored: ${quote(this.#text)}`);
    this.#first = 0;
  }
}

function* linesOf(text: string): Generator<string> {
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf("\n", at);
    yield text.slice(at, end < 0 ? text.length : end);
    if (end < 0) return;
    at = end + 1;
  }
}
