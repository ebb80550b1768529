/** The three substitutions of the language (SUB-2). */
export type SubstitutionForm = "asinfo_start" | "asinfo_length" | "env";

/** One substitution that took part in a text. `value` is null where no table was given to look it up in. */
export interface Substituted {
  readonly form: SubstitutionForm;
  readonly name: string;
  readonly value: string | null;
  readonly column: number;
  readonly endColumn: number;
}

/**
 * Where a piece of a configuration was written: `line` and `column` count from 1, columns in UTF-16 units, end
 * exclusive. Positions are those of the source; a substituted piece has the place of its `$form{name}`.
 * `excerpt` is the source line made safe to print, of equal length; null where the line is too long to quote.
 */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
  readonly excerpt: string | null;
  readonly substituted: readonly Substituted[];
}

/** A whole file, for what has no line; a null file is the configuration as a whole. */
export interface FilePlace {
  readonly file: string | null;
  readonly line: null;
}

/** A value and where it was written. */
export interface Located<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** An origin as the outside sees it (contract 3). */
export interface OriginJson {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Only file, line and column. */
export function originJson(origin: Origin): OriginJson {
  return { file: origin.file, line: origin.line, column: origin.column };
}

/** `$env{NAME}`, as it is written in a configuration. */
export function formatSubstitution(part: { readonly form: SubstitutionForm; readonly name: string }): string {
  return `$${part.form}{${part.name}}`;
}

/** `file:line`, for a message that refers to another place. */
export function formatPlace(origin: Origin): string {
  return `${origin.file}:${origin.line}`;
}
