import { assert } from "../../base/assert.ts";
import { chainNext, chainStart, headerText } from "../chain.ts";
import type { BootInfo, BootStart, BootSummary, BootWriter, Derived } from "../eventStore.ts";
import { assertBlock, assertDerived, assertFiles } from "../told.ts";
import type { ChainHead } from "./boots.ts";
import type { Connection } from "./connection.ts";
import { guarded } from "./errors.ts";
import { addDerived, removeBoot, type Tables } from "./tables.ts";

/** Writes one boot; `onEnd` is called when it is finished or abandoned. */
export class SqliteWriter implements BootWriter {
  readonly name: string;
  readonly #file: string;
  readonly #db: Connection;
  readonly #tables: Tables;
  readonly #onEnd: () => void;
  readonly #id: number;
  #head: ChainHead;
  #files: readonly string[] = [];
  #open = true;

  /** Begins the boot; call inside a transaction. */
  constructor(file: string, db: Connection, tables: Tables, start: BootStart, onEnd: () => void) {
    this.name = start.name;
    this.#file = file;
    this.#db = db;
    this.#tables = tables;
    this.#onEnd = onEnd;
    this.#head = { events: 0, digest: chainStart(headerText(start.header)) };
    this.#id = tables.boots.insert(start, this.#head.digest);
  }

  append(block: { readonly count: number; readonly bytes: Uint8Array }, derived: Derived): void {
    const { count, bytes } = block;
    const firstSeq = this.#head.events;
    assertBlock(count, bytes);
    assertDerived(derived, firstSeq + count);
    const digest = chainNext(this.#head.digest, firstSeq, count, bytes);
    const head = { events: firstSeq + count, digest };
    this.#inTransaction(() => {
      this.#tables.blocks.insert(this.#id, { firstSeq, count, bytes, digest });
      addDerived(this.#tables, this.#id, derived);
      this.#tables.boots.advance(this.#id, this.#head, head);
    });
    this.#head = head;
  }

  files(names: readonly string[]): void {
    assertFiles(this.#files, names);
    const known = this.#files.length;
    if (names.length === known) return;
    this.#inTransaction(() => this.#tables.boots.addFiles(this.#id, known, names.slice(known)));
    this.#files = [...names];
  }

  finish(summary: BootSummary): BootInfo {
    const boot = this.#inTransaction(() => {
      this.#tables.boots.advance(this.#id, this.#head, this.#head);
      this.#tables.mappings.index(this.#id);
      this.#tables.boots.summarise(this.#id, summary);
      return this.#tables.boots.named(this.name);
    });
    this.stop();
    assert(boot !== null, `boot ${this.name} is gone although its head was there`);
    return boot.info;
  }

  abandon(): void {
    this.#inTransaction(() => removeBoot(this.#tables, this.#id));
    this.stop();
  }

  /** Ends writing and leaves the boot as it is. */
  stop(): void {
    this.#open = false;
    this.#onEnd();
  }

  #inTransaction<T>(work: () => T): T {
    assert(this.#open, `the writer of boot ${this.name} is used after its end`);
    return guarded(this.#file, () => this.#db.transaction(work).immediate());
  }
}
