import { COMPLETION_LINES_MAX } from "./completion.ts";

interface Pending<T> {
  readonly line: number;
  readonly task: string;
  readonly request: T;
  open: boolean;
}

// A task runs one request at a time, and interrupts nest a few more into it.
const NESTED_MAX = 8;

/** Requests of each task, told by kprobes, that wait for the event that says they were done. */
export class Requests<T> {
  readonly #undone: (line: number) => void;
  readonly #byTask = new Map<string, Pending<T>[]>();
  #inOrder: Pending<T>[] = [];
  #first = 0;

  /** `undone` is told the line of each request whose completion did not come in time. */
  constructor(undone: (line: number) => void) {
    this.#undone = undone;
  }

  add(at: { readonly line: number; readonly task: string }, request: T): void {
    const pending: Pending<T> = { line: at.line, task: at.task, request, open: true };
    this.#inOrder.push(pending);
    const list = this.#byTask.get(at.task);
    if (list === undefined) {
      this.#byTask.set(at.task, [pending]);
    } else {
      list.push(pending);
      if (list.length > NESTED_MAX) this.#giveUp(list[0]!);
    }
  }

  /** Takes out the latest request of the task that fits; null: there is none. */
  take(task: string, fits: (request: T) => boolean): T | null {
    const pending = this.#byTask.get(task)?.findLast((one) => fits(one.request));
    if (pending === undefined) return null;
    this.#close(pending);
    return pending.request;
  }

  /** The latest request of the task that fits, left in. */
  find(task: string, fits: (request: T) => boolean): T | null {
    return this.#byTask.get(task)?.findLast((one) => fits(one.request))?.request ?? null;
  }

  /** Reading has come to this line: gives up what waited too long. */
  advance(line: number): void {
    for (; this.#first < this.#inOrder.length; this.#first++) {
      const pending = this.#inOrder[this.#first]!;
      if (pending.open && line - pending.line <= COMPLETION_LINES_MAX) break;
      if (pending.open) this.#giveUp(pending);
    }
    if (this.#first === this.#inOrder.length) this.#inOrder = [];
    else if (this.#first > COMPLETION_LINES_MAX) this.#inOrder = this.#inOrder.slice(this.#first);
    else return;
    this.#first = 0;
  }

  #giveUp(pending: Pending<T>): void {
    this.#close(pending);
    this.#undone(pending.line);
  }

  #close(pending: Pending<T>): void {
    pending.open = false;
    const list = this.#byTask.get(pending.task)!;
    if (list.length === 1) this.#byTask.delete(pending.task);
    else list.splice(list.indexOf(pending), 1);
  }
}
