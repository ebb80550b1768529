import type { BuildFindings } from "./findings.ts";
import { PlacedText, type SourceText } from "./sourceText.ts";

/** An inline file: its text, without the escapes of the buildfile, and where reading goes on. */
export interface InlineFile {
  readonly text: PlacedText;
  readonly end: number;
}

/**
 * Reads the inline file whose opening brace stands at `open`. Braces inside count, a backslash takes the meaning from the
 * character after it; at the end of a line it joins the next one.
 */
export function readInline(source: SourceText, open: number, findings: BuildFindings): InlineFile {
  const { text } = source;
  const removed: number[] = [];
  let depth = 1;
  let at = open + 1;
  for (; at < text.length; at += 1) {
    const unit = text[at];
    if (unit === "\\" && at + 1 < text.length) {
      const gone = text.startsWith("\\\r\n", at) ? 3 : text[at + 1] === "\n" ? 2 : 1;
      for (let gap = at; gap < at + gone; gap += 1) removed.push(gap);
      at += Math.max(gone - 1, 1);
    } else if (unit === "{") depth += 1;
    else if (unit === "}") {
      depth -= 1;
      if (depth === 0) break;
    }
  }
  if (depth > 0) return unclosed(source, open, findings);
  checkBraceLines(source, open, at, findings);
  return { text: content(source, open, at, removed), end: at + 1 };
}

// The text begins on the line after the opening brace.
function content(source: SourceText, open: number, close: number, removed: readonly number[]): PlacedText {
  const lineEnd = source.text.indexOf("\n", open);
  const from = lineEnd < 0 || lineEnd >= close ? open + 1 : lineEnd + 1;
  return PlacedText.cut(
    source,
    from,
    close,
    removed.filter((gap) => gap >= from),
  );
}

// It is told once, and what looks like the end of the file is taken for it, so that the rest is read as well.
function unclosed(source: SourceText, open: number, findings: BuildFindings): InlineFile {
  const line = /^[ \t]*\}[ \t\r]*$/m;
  const rest = source.text.slice(open + 1);
  const guess = line.exec(rest);
  const close = guess === null ? source.text.length : open + 1 + guess.index + guess[0].indexOf("}");
  const hint =
    guess === null
      ? "close it with } on a line of its own"
      : "braces inside must come in pairs: escape a single one with a backslash, \\{ or \\}";
  findings.add("BLD003", source.place(open, open + 1), "this inline file is not closed", hint);
  return { text: content(source, open, close, []), end: Math.min(close + 1, source.text.length) };
}

function checkBraceLines(source: SourceText, open: number, close: number, findings: BuildFindings): void {
  const { text } = source;
  const lineEnd = text.indexOf("\n", open);
  if (lineEnd < 0 || lineEnd >= close) {
    if (text.slice(open + 1, close).trim() === "") return; // an empty file
    const message = "the content stands on the line of its braces";
    findings.add("BLD005", source.place(open, close + 1), message, "begin it on the next line");
    return;
  }
  const after = text
    .slice(open + 1, lineEnd)
    .replace(/#.*/, "")
    .trim();
  if (after !== "") {
    const message = "text after the opening brace; it is not taken into the file";
    findings.add("BLD005", source.place(open + 1, lineEnd), message, "begin the content on the next line");
  }
  const before = text.slice(text.lastIndexOf("\n", close - 1) + 1, close);
  if (before.trim() !== "") {
    const message = "this brace ends the inline file in the middle of a line";
    const hint = "put the closing brace on a line of its own; escape one that belongs to the text: \\}";
    findings.add("BLD005", source.place(close, close + 1), message, hint);
  }
}
