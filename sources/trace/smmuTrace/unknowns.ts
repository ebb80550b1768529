import type { Json } from "../../../base/canonicalJson.ts";
import { type Diagnostic, quote } from "../../../base/diagnostic.ts";
import { kept } from "./kept.ts";

/** How many different unknown kinds and fields are told one by one; further ones share one message. */
export const UNKNOWN_TOLD_MAX = 100;

/** Tells each unknown kind and field once (contract 2): kept, not dropped, and never silently. */
export class Unknowns {
  readonly #told = new Set<string>();
  readonly #file: string;
  readonly #tell: (diagnostic: Diagnostic) => void;

  constructor(file: string, tell: (diagnostic: Diagnostic) => void) {
    this.#file = file;
    this.#tell = tell;
  }

  /** A record of a kind that is not known. */
  kind(kind: string, line: number): void {
    this.#once(`kind ${kind}`, line, {
      code: "TRC111",
      severity: "warning",
      message: `records of kind ${quote(kind)} are not known; they are kept and have no effect`,
      hint: "check the spelling, or use a newer smmu-replay; this is told once for each kind",
    });
  }

  /** A field that its kind does not have; `field` names both. */
  field(field: string, line: number): void {
    this.#once(`field ${field}`, line, {
      code: "TRC112",
      severity: "note",
      message: `the field ${quote(field)} is not known; it is kept and has no effect`,
      hint: "check the spelling; this is told once for each field",
    });
  }

  #once(name: string, line: number, told: Omit<Diagnostic, "file" | "line">): void {
    const what = name.slice(0, NAME_LENGTH_KEPT);
    if (this.#told.has(what) || this.#told.size > UNKNOWN_TOLD_MAX) return;
    this.#told.add(what);
    const last = this.#told.size > UNKNOWN_TOLD_MAX;
    this.#tell({ file: this.#file, line, ...(last ? TOO_MANY : told) });
  }
}

/** Members of a record that we keep; null: none, as in most records. */
export type Gathered = [string, Json][] | null;

/** The members with one more; refuses what cannot be kept. */
export function gather(members: Gathered, name: string, value: unknown): Gathered {
  const member: [string, Json] = [name, kept(name, value)];
  if (members === null) return [member];
  members.push(member);
  return members;
}

/** The members as an object. From entries: a member named __proto__ is one like any other. */
export function gathered(members: Gathered): { readonly [name: string]: Json } | null {
  return members === null ? null : Object.fromEntries(members);
}

// A hostile name may be as long as its record.
const NAME_LENGTH_KEPT = 400;

const TOO_MANY: Omit<Diagnostic, "file" | "line"> = {
  code: "TRC114",
  severity: "warning",
  message: `more than ${UNKNOWN_TOLD_MAX} different kinds and fields are not known; from here on they are kept untold`,
  hint: "check whether this file is the trace you meant",
};
