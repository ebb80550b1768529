import type { TypedAt } from "./readRecord.ts";
import type { Reply } from "./reply.ts";
import type { ShellState } from "./shellState.ts";

/** What a command is given. */
export interface Given {
  readonly shell: ShellState;
  readonly words: readonly string[];
  /** The line after its first word. */
  readonly rest: string;
  /** What stands after `=>`; null: nothing. */
  readonly expected: string | null;
  readonly at: TypedAt;
}

/** A command of the shell. */
export interface Verb {
  /** How it is written: `goto SEQ`. */
  readonly form: string;
  readonly does: string;
  /** It may say what is expected, after `=>`. */
  readonly expects?: boolean;
  /** More about it, for `help VERB`. */
  readonly more?: string;
  readonly run: (given: Given) => Reply | Promise<Reply>;
}
