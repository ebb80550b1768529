import type { Boundary } from "../config/preprocess.ts";
import type { ConfigWord } from "../config/words.ts";

/** The options that concern DMA, and are read. */
export const READ_OPTIONS = ["system", "ram", "pass", "vdev", "safety"] as const;
/** One of them. */
export type ReadOption = (typeof READ_OPTIONS)[number];

/** Options that do not concern DMA: their arguments are passed over, and the reader says so. */
export const OTHER_OPTIONS: ReadonlySet<string> = new Set(
  "cmdline cpu debug dryrun dump generate initrd load logger reserve rom set suppress unsupported user".split(
    " ",
  ),
);

/** An option and the words up to the next one, all of one file (LANG-6). */
export interface Sentence {
  /** Null: words before any option. */
  readonly keyword: ConfigWord | null;
  readonly words: readonly ConfigWord[];
}

/** Cuts the stream at options. Line breaks carry no meaning (LANG-5); the end of a file ends an option. */
export function sentencesOf(items: readonly (ConfigWord | Boundary)[]): readonly Sentence[] {
  const sentences: { keyword: ConfigWord | null; words: ConfigWord[] }[] = [];
  let open: { keyword: ConfigWord | null; words: ConfigWord[] } | null = null;
  for (const item of items) {
    if (item.kind === "boundary") {
      open = null;
      continue;
    }
    // A name may be the word of an option: `system ram`, `vdev pass`.
    const takesName: boolean =
      open !== null && open.words.length === 0 && NAMED.has(open.keyword?.text ?? "");
    const isOption: boolean = isOptionWord(item) && !(takesName && !item.startsLine);
    if (isOption || open === null) {
      open = { keyword: isOption ? item : null, words: isOption ? [] : [item] };
      sentences.push(open);
    } else open.words.push(item);
  }
  return sentences;
}

const NAMED: ReadonlySet<string> = new Set(["system", "vdev", "load", "initrd", "cmdline"]);

/** True for a word that begins an option. A substituted word never does (G-11). */
export function isOptionWord({ text, pieces, state }: ConfigWord): boolean {
  if (pieces.length > 0 || state === "broken") return false;
  return (READ_OPTIONS as readonly string[]).includes(text) || OTHER_OPTIONS.has(text);
}
