import type { LogContext } from "./logContext.ts";
import type { LogLine } from "./logLine.ts";
import type { HeldPlace } from "./orderedOutput.ts";

/** A head line that waits for its second half. */
export interface OpenHead<T> {
  readonly place: HeldPlace;
  readonly lastLine: number;
  readonly head: T;
}

/** The head lines of two-line reports that wait for their second halves. */
export class OpenHeads<T> {
  readonly #context: LogContext;
  readonly #alone: (open: OpenHead<T>) => void;
  #open: OpenHead<T>[] = [];

  /** `alone` settles or drops a head whose second half did not come in time. */
  constructor(context: LogContext, alone: (open: OpenHead<T>) => void) {
    this.#context = context;
    this.#alone = alone;
  }

  /** Opens a head. */
  add(line: LogLine, head: T): void {
    const place = this.#context.out.hold(line, () => {
      this.#open = this.#open.filter((other) => other !== open);
      this.#alone(open);
    });
    const open: OpenHead<T> = { place, lastLine: line.lastLine, head };
    this.#open.push(open);
  }

  /**
   * The head that a second half belongs to: the nearest one before it that fits best, so that a head whose own second
   * half was lost does not swallow that of a later one. Null: there is none.
   */
  take(fits: (head: T) => boolean, fitsBest: (head: T) => boolean = fits): OpenHead<T> | null {
    const open =
      this.#open.findLast((one) => fitsBest(one.head)) ?? this.#open.findLast((one) => fits(one.head));
    if (open === undefined) return null;
    this.#open = this.#open.filter((other) => other !== open);
    return open;
  }
}
