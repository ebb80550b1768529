import type { Diagnostic } from "../../base/diagnostic.ts";
import { problemInFile } from "./problem.ts";
import { SourceFile } from "./sourceFile.ts";

/** How many bad lines of one file are told one by one. */
const BAD_LINES_MAX = 20;

/** A file's text, and what its bytes alone have against them. A byte-order mark is taken off, bad bytes become U+FFFD. */
export interface DecodedText {
  readonly file: SourceFile;
  readonly diagnostics: readonly Diagnostic[];
}

/** Decodes a configuration file. Never throws; every byte sequence has a text. */
export function decodeText(name: string, bytes: Uint8Array): DecodedText {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const body = marked ? bytes.subarray(3) : bytes;
  const strict = decodeStrictly(body);
  const file = new SourceFile(name, strict ?? new TextDecoder("utf-8", { ignoreBOM: true }).decode(body));
  const diagnostics: Diagnostic[] = [];
  if (marked) {
    diagnostics.push(
      problemInFile(
        "CFG003",
        file,
        { offset: 0, length: 0 },
        "the file starts with a byte-order mark, which would become part of the first word",
        "save the file as UTF-8 without a byte-order mark",
      ),
    );
  }
  if (strict === null) diagnostics.push(...badBytes(file, bytes));
  diagnostics.push(...badLineEnds(file));
  return { file, diagnostics };
}

function decodeStrictly(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null; // the decoder's only way to say no
  }
}

function badBytes(file: SourceFile, bytes: Uint8Array): Diagnostic[] {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16) {
    return [
      problemInFile(
        "CFG002",
        file,
        { offset: 0, length: 1 },
        "the file is UTF-16, expected UTF-8",
        "save the file as UTF-8 (or plain ASCII) without a byte-order mark",
      ),
    ];
  }
  const found: Diagnostic[] = [];
  let lines = 0;
  let lineEnd = -1;
  for (let at = file.text.indexOf("\ufffd"); at >= 0; at = file.text.indexOf("\ufffd", at + 1)) {
    if (at < lineEnd) continue; // one finding a line
    lineEnd = endOfLine(file.text, at);
    lines += 1;
    if (lines > BAD_LINES_MAX) continue;
    const lineStart = file.text.lastIndexOf("\n", at) + 1;
    const inComment = file.text.slice(lineStart, at).includes("#");
    found.push(
      problemInFile(
        "CFG002",
        file,
        { offset: at, length: 1 },
        `bytes that are not UTF-8${inComment ? ", in a comment" : ""}`,
        "save the file as UTF-8; plain ASCII is safest",
        inComment ? "warning" : "error",
      ),
    );
  }
  if (lines > BAD_LINES_MAX) {
    found.push(
      problemInFile(
        "CFG002",
        file,
        null,
        `bytes that are not UTF-8 on ${lines - BAD_LINES_MAX} more lines`,
        "check that this is a configuration at all, and not a binary file",
      ),
    );
  }
  return found;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function badLineEnds(file: SourceFile): Diagnostic[] {
  const seen = { nul: firstOf(), crlf: firstOf(), cr: firstOf() };
  for (const match of file.text.matchAll(/\0|\r\n?/g)) {
    const kind = match[0] === "\0" ? seen.nul : match[0] === "\r" ? seen.cr : seen.crlf;
    if (kind.count === 0) kind.offset = match.index;
    kind.count += 1;
  }
  const found: Diagnostic[] = [];
  const at = (kind: { offset: number }) => ({ offset: kind.offset, length: 1 });
  const times = (kind: { count: number }) => (kind.count === 1 ? "" : ` (${kind.count} in the file)`);
  if (seen.nul.count > 0) {
    found.push(
      problemInFile(
        "CFG004",
        file,
        at(seen.nul),
        `a NUL byte${times(seen.nul)}; a reader may take it as the end of the file and skip what follows`,
        "remove it, and check that the file was not cut short or padded when it was copied",
      ),
    );
  }
  if (seen.cr.count > 0) {
    found.push(
      problemInFile(
        "CFG006",
        file,
        at(seen.cr),
        `a carriage return without a line feed${times(seen.cr)}; it does not end a line, so a comment runs on past it`,
        "save the file with line feed (LF) line ends",
      ),
    );
  }
  if (seen.crlf.count > 0) {
    found.push(
      problemInFile(
        "CFG005",
        file,
        at(seen.crlf),
        `lines end in CR LF${times(seen.crlf)}; the guide does not say that a carriage return is white space`,
        "save the file with line feed (LF) line ends",
      ),
    );
  }
  return found;
}

function firstOf(): { offset: number; count: number } {
  return { offset: -1, count: 0 };
}
