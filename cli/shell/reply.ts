import type { Json } from "../../base/canonicalJson.ts";

/** What a command answers: as text for people, as members of its JSON object. */
export interface Reply {
  readonly text: string;
  readonly json: { readonly [name: string]: Json };
  /** Something was not as it was expected to be. */
  readonly finding?: boolean;
  /** The shell is to be left. */
  readonly leave?: boolean;
}
