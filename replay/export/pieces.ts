/** A text in pieces, each short enough to be held; whoever takes them may stop at any time. */
export type Pieces = Generator<string, ExportCount>;

/** How much an export holds: events, or rows where it is a table. */
export interface ExportCount {
  readonly events: number;
}

/** The events of a boot that are exported, both inclusive. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

// One write for each line would be slow, one for all would need the memory.
const PIECE_LENGTH = 1 << 16;

/** Joins short texts to pieces. */
export class PieceMaker {
  #piece = "";

  /** Adds a text. */
  add(text: string): void {
    this.#piece += text;
  }

  /** True when there is enough to be handed on. */
  get full(): boolean {
    return this.#piece.length >= PIECE_LENGTH;
  }

  /** What is left. */
  rest(): string {
    const piece = this.#piece;
    this.#piece = "";
    return piece;
  }
}
