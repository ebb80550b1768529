/** How bad it is: `error` stops the purpose of the command, `warning` is a likely mistake or a loss, `note` is worth knowing. */
export type Severity = "error" | "warning" | "note";

/** Where in an input: `line` and `column` count from 1; `column` and `endColumn` count UTF-16 units, end exclusive. */
export interface Place {
  readonly file: string | null;
  readonly line: number | null;
  readonly column?: number;
  readonly endColumn?: number;
}

/**
 * What we have to say about an input. `code` is stable and listed in docs/diagnostics.md; `message` says what was seen
 * and what was expected, `hint` what to do next. `excerpt` is the offending source line, for carets.
 */
export interface Diagnostic extends Place {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint?: string;
  readonly excerpt?: string;
}

/** The longest excerpt of an input that a message may quote, in UTF-16 units. */
export const QUOTE_LENGTH_MAX = 80;

/** Quotes a piece of hostile input for a message: bounded, control characters escaped. */
export function quote(text: string): string {
  const cut = text.length > QUOTE_LENGTH_MAX ? `${text.slice(0, QUOTE_LENGTH_MAX)}…` : text;
  return JSON.stringify(cut).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** True when any diagnostic is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === "error");
}
