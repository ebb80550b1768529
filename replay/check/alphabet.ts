import { assert } from "../../base/assert.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { Dice } from "./dice.ts";

/** One kind of thing that can happen, and the numbers that say which of that kind it is. */
export interface Word {
  readonly does: string;
  /** How often it is drawn, beside the others. */
  readonly weight: number;
  /** How many values each number has; 0 is the simplest of them. */
  readonly sizes: readonly number[];
  /** The first number names a client. */
  readonly byClient?: boolean;
  readonly tells: (numbers: readonly number[]) => Stimulus;
}

/**
 * Everything that can happen in a world, each thing a small number: a life is a row of them, which is quick to draw, to
 * shrink and to remember.
 */
export class Alphabet {
  readonly #words: readonly Word[];
  readonly #starts: readonly number[];
  // Words by chance: each as often as it weighs.
  readonly #urn: readonly number[];
  readonly #stimuli: Stimulus[] = [];
  readonly size: number;

  constructor(words: readonly Word[]) {
    this.#words = words;
    let size = 0;
    this.#starts = words.map((word) => {
      const start = size;
      size += countOf(word);
      return start;
    });
    this.size = size;
    this.#urn = words.flatMap(({ weight }, w) => Array.from({ length: weight }, () => w));
  }

  /** What a code stands for in the recorded language. */
  stimulus(code: number): Stimulus {
    const known = this.#stimuli[code];
    if (known !== undefined) return known;
    const { word, numbers } = this.#read(code);
    const stimulus = word.tells(numbers);
    this.#stimuli[code] = stimulus;
    return stimulus;
  }

  /** The code of a thing by its word and numbers. */
  code(does: string, ...numbers: readonly number[]): number {
    const w = this.#words.findIndex((word) => word.does === does);
    const word = this.#words[w];
    assert(word !== undefined && word.sizes.length === numbers.length, `no word ${does} ${numbers}`);
    return this.#starts[w]! + place(word.sizes, numbers);
  }

  /** Something by chance; what clients do is mostly done by client `focus`, lest nobody gets anywhere. */
  draw(dice: Dice, focus: number): number {
    const w = this.#urn[dice.below(this.#urn.length)]!;
    const word = this.#words[w]!;
    const drawn = dice.below(countOf(word));
    if (word.byClient !== true || dice.below(8) < 3) return this.#starts[w]! + drawn;
    const rest = countOf(word) / word.sizes[0]!;
    return this.#starts[w]! + focus * rest + (drawn % rest);
  }

  /** Codes of the same word with one number less, the simplest first. */
  simpler(code: number): readonly number[] {
    const { w, word, numbers } = this.#read(code);
    const codes = new Set<number>();
    for (const less of [() => 0, (n: number) => n - 1])
      for (const [i, n] of numbers.entries())
        if (n > 0) codes.add(this.#starts[w]! + place(word.sizes, numbers.with(i, less(n))));
    return [...codes];
  }

  #read(code: number): { readonly w: number; readonly word: Word; readonly numbers: number[] } {
    assert(code >= 0 && code < this.size, `no code ${code}`);
    const w = this.#starts.findLastIndex((start) => start <= code);
    const word = this.#words[w]!;
    let rest = code - this.#starts[w]!;
    const numbers = word.sizes.map(() => 0);
    for (let i = word.sizes.length - 1; i >= 0; i--) {
      numbers[i] = rest % word.sizes[i]!;
      rest = Math.floor(rest / word.sizes[i]!);
    }
    return { w, word, numbers };
  }
}

function countOf({ sizes }: Word): number {
  return sizes.reduce((count, size) => count * size, 1);
}

function place(sizes: readonly number[], numbers: readonly number[]): number {
  return sizes.reduce((at, size, i) => {
    assert(numbers[i]! >= 0 && numbers[i]! < size, `number ${i} is ${numbers[i]} of ${size}`);
    return at * size + numbers[i]!;
  }, 0);
}
