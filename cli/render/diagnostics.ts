import type { Diagnostic, Severity } from "../../base/diagnostic.ts";
import type { Terminal } from "../terminal.ts";

const EXCERPT_WIDTH_MAX = 110;

/** A diagnostic as text: what, where, the line with a mark under the place, and what to do. */
export function renderDiagnostic(terminal: Terminal, diagnostic: Diagnostic): string {
  const { color } = terminal;
  const paint: { readonly [severity in Severity]: (text: string) => string } = {
    error: color.red,
    warning: color.yellow,
    note: color.cyan,
  };
  const lines = [
    `${paint[diagnostic.severity](`${diagnostic.severity}[${diagnostic.code}]`)}: ${diagnostic.message}`,
  ];
  if (diagnostic.file !== null) lines.push(`${color.dim("  -->")} ${placeText(diagnostic)}`);
  if (diagnostic.excerpt !== undefined && diagnostic.line !== null)
    lines.push(...excerptLines(terminal, diagnostic));
  if (diagnostic.hint !== undefined) lines.push(`${color.dim("hint:")} ${diagnostic.hint}`);
  return `${lines.join("\n")}\n`;
}

/** `file:line:column`, as far as known. */
export function placeText({ file, line, column }: Diagnostic): string {
  return [file ?? "-", line, line === null ? null : column]
    .filter((part) => part !== null && part !== undefined)
    .join(":");
}

function excerptLines(terminal: Terminal, { excerpt, line, column, endColumn }: Diagnostic): string[] {
  const { color } = terminal;
  const gutter = String(line);
  // A long line is shown around the place that matters.
  const start = column === undefined || column < EXCERPT_WIDTH_MAX - 20 ? 0 : column - 40;
  const clean = printable(excerpt!.slice(start, start + EXCERPT_WIDTH_MAX));
  const lead = start > 0 ? "…" : "";
  const lines = [`${color.dim(`${gutter} |`)} ${lead}${clean}`];
  if (column !== undefined && column - 1 - start <= clean.length) {
    const width = Math.max(
      1,
      Math.min((endColumn ?? column + 1) - column, clean.length - (column - 1 - start)),
    );
    lines.push(
      `${color.dim(`${" ".repeat(gutter.length)} |`)} ${" ".repeat(lead.length + column - 1 - start)}${color.red("^".repeat(width))}`,
    );
  }
  return lines;
}

// Tabs and control characters would break the alignment, or the terminal.
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}
