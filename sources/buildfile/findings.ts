import type { Diagnostic, Severity } from "../../base/diagnostic.ts";
import { printable } from "../config/sourceFile.ts";
import { BUILD_CODES, type BuildCode } from "./codes.ts";
import { FINDINGS_PER_CODE_MAX } from "./limits.ts";
import type { TextPlace } from "./sourceText.ts";

/** Collects what there is to say of a buildfile: of one code only so many, the rest counted. */
export class BuildFindings {
  readonly #file: string;
  readonly #kept: Diagnostic[] = [];
  readonly #counts = new Map<BuildCode, number>();

  constructor(file: string) {
    this.#file = file;
  }

  /** Adds a finding at a place, or about the whole file. Message and hint may quote the input. */
  add(code: BuildCode, place: TextPlace | null, message: string, hint: string, severity?: Severity): void {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    if (count > FINDINGS_PER_CODE_MAX) return;
    this.#kept.push(buildProblem(code, place, this.#file, message, hint, severity));
  }

  /** All findings, in the order of the file. */
  list(): readonly Diagnostic[] {
    const sorted = [...this.#kept].sort(
      (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
    );
    const more = [...this.#counts].flatMap(([code, count]) => {
      if (count <= FINDINGS_PER_CODE_MAX) return [];
      const message = `${count - FINDINGS_PER_CODE_MAX} more of ${code} are not listed`;
      return [buildProblem("BLD016", null, this.#file, message, "mend those listed and run again")];
    });
    return [...sorted, ...more];
  }
}

function buildProblem(
  code: BuildCode,
  place: TextPlace | null,
  file: string,
  message: string,
  hint: string,
  severity: Severity = BUILD_CODES[code].severity,
): Diagnostic {
  const told = { code, severity, message: printable(message), hint: printable(hint) };
  if (place === null) return { ...told, file, line: null };
  const { excerpt, ...at } = place;
  return { ...told, ...at, ...(excerpt === null ? {} : { excerpt }) };
}
