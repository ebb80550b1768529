import type { Diagnostic, Severity } from "../../base/diagnostic.ts";
import { BOARD_CODES, type BoardCode } from "./codes.ts";
import { hex } from "./hex.ts";

/** A place in a text: line and columns from 1, `endColumn` exclusive. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
}

/** Findings kept per severity: hostile input can make millions. Counted apart, so that no error hides behind warnings. */
export const FINDINGS_MAX = 500;

interface Sink {
  readonly kept: Diagnostic[];
  /** Of those, the errors of what is relied on. */
  readonly damage: Diagnostic[];
  readonly counts: Record<Severity, number>;
}

/**
 * Collects what a firmware reader has to say about one file. The severity of a code stands in the table of codes; `at` is
 * an offset in the table or blob, named in the message and, for a text dump, given as line and column as well.
 */
export class Findings {
  readonly #file: string;
  readonly #locate: ((offset: number) => TextPlace | null) | null;
  readonly #sink: Sink;
  readonly #isAside: boolean;

  constructor(
    file: string,
    locate: ((offset: number) => TextPlace | null) | null = null,
    sink?: Sink,
    isAside = false,
  ) {
    this.#file = file;
    this.#locate = locate;
    this.#sink = sink ?? { kept: [], damage: [], counts: { error: 0, warning: 0, note: 0 } };
    this.#isAside = isAside;
  }

  /** The same collection, for a table whose bytes stand at the places of a text that `locate` knows. */
  located(locate: (offset: number) => TextPlace | null): Findings {
    return new Findings(this.#file, locate, this.#sink, this.#isAside);
  }

  /** The same collection, for a table on which nothing is decided: its errors are told and are no damage. */
  aside(): Findings {
    return new Findings(this.#file, this.#locate, this.#sink, true);
  }

  /** Adds a finding about the byte at `at`, or about the whole table where `at` is null. */
  add(code: BoardCode, at: number | null, message: string, hint?: string): void {
    const where = at === null ? "" : ` (at offset ${hex(at)})`;
    this.addAtText(code, this.#locate?.(at ?? 0) ?? null, `${message}${where}`, hint);
  }

  /** Adds a finding about a place in a text, or about the whole file. */
  addAtText(code: BoardCode, place: TextPlace | null, message: string, hint?: string): void {
    const severity = BOARD_CODES[code].severity;
    this.#sink.counts[severity] += 1;
    if (this.#sink.counts[severity] > FINDINGS_MAX) return;
    const finding: Diagnostic = {
      code,
      severity,
      file: this.#file,
      line: null,
      ...(place ?? {}),
      message,
      ...(hint === undefined ? {} : { hint }),
    };
    this.#sink.kept.push(finding);
    if (severity === "error" && !this.#isAside) this.#sink.damage.push(finding);
  }

  /** The errors that make firmware not to be relied on (DSS-1). */
  damage(): readonly Diagnostic[] {
    return this.#sink.damage;
  }

  /** What was found, in order; a last note tells how much was left out. */
  list(): readonly Diagnostic[] {
    const left = Object.values(this.#sink.counts).reduce((sum, n) => sum + Math.max(0, n - FINDINGS_MAX), 0);
    if (left === 0) return this.#sink.kept;
    const message = `${left} more findings of this file are left out`;
    const rest: Diagnostic = { code: "ACPI018", severity: "note", file: this.#file, line: null, message };
    return [...this.#sink.kept, rest];
  }
}
