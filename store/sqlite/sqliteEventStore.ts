import { assert } from "../../base/assert.ts";
import { quote } from "../../base/diagnostic.ts";
import {
  type BootInfo,
  type BootReader,
  type BootStart,
  type BootSummary,
  type BootWriter,
  type ChainCheck,
  type Derived,
  type EventStore,
  StoreError,
} from "../eventStore.ts";
import { assertDerived } from "../told.ts";
import type { StoredBoot } from "./boots.ts";
import { checkChain } from "./chainWalk.ts";
import { type Claim, claimWriting } from "./claim.ts";
import { type Connection, type DatabaseFile, locate } from "./connection.ts";
import { guarded } from "./errors.ts";
import { BUSY_TIMEOUT_MS, openDatabase } from "./open.ts";
import type { OpenOptions } from "./openOptions.ts";
import { sqliteReader } from "./reader.ts";
import { schemaFaults } from "./schema.ts";
import { addDerived, openTables, removeBoot, removeDerived, type Tables } from "./tables.ts";
import { SqliteWriter } from "./writer.ts";

/** Opens the event store in the SQLite database `name`; throws a {@link StoreError} that says why it cannot. */
export function openSqliteStore(name: string, options: OpenOptions): EventStore {
  const file = locate(name);
  return guarded(name, () => {
    const db = openDatabase(file, options);
    try {
      return new SqliteEventStore(file, db, openTables(db), options);
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

class SqliteEventStore implements EventStore {
  readonly #file: DatabaseFile;
  readonly #db: Connection;
  readonly #tables: Tables;
  readonly #options: OpenOptions;
  #writer: SqliteWriter | null = null;

  constructor(file: DatabaseFile, db: Connection, tables: Tables, options: OpenOptions) {
    this.#file = file;
    this.#db = db;
    this.#tables = tables;
    this.#options = options;
  }

  boots(): readonly BootInfo[] {
    return this.#look(() => this.#tables.boots.all().map((boot) => boot.info));
  }

  boot(name: string): BootInfo | null {
    return this.#look(() => this.#tables.boots.named(name)?.info ?? null);
  }

  read(name: string): BootReader {
    return sqliteReader(this.#file.name, this.#tables, this.#existing(name));
  }

  create(start: BootStart): BootWriter {
    if (this.#writer !== null) throw this.#busyWith(this.#writer.name);
    const claim = this.#claim();
    try {
      const writer = this.#change(() => {
        const old = this.#tables.boots.named(start.name);
        if (old?.info.complete === true)
          throw new StoreError(
            "exists",
            `boot ${quote(start.name)} is already in ${this.#file.name}; remove it first, or choose another name`,
          );
        if (old !== null) removeBoot(this.#tables, old.id);
        return new SqliteWriter(this.#file.name, this.#db, this.#tables, start, () => {
          this.#writer = null;
          claim.release();
        });
      });
      this.#writer = writer;
      return writer;
    } catch (error) {
      claim.release();
      throw error;
    }
  }

  remove(name: string): boolean {
    return this.#changeBoot(name, () => {
      const boot = this.#tables.boots.named(name);
      if (boot !== null) removeBoot(this.#tables, boot.id);
      return boot !== null;
    });
  }

  rebuild(name: string, derived: Derived, summary: BootSummary): void {
    this.#changeBoot(name, () => {
      const { id, info } = this.#existing(name);
      if (!info.complete)
        throw new StoreError(
          "missing",
          `boot ${quote(name)} in ${this.#file.name} is incomplete: import it again instead`,
        );
      assertDerived(derived, info.events);
      removeDerived(this.#tables, id);
      addDerived(this.#tables, id, derived);
      this.#tables.mappings.index(id);
      this.#tables.boots.summarise(id, summary);
    });
  }

  verifyChains(): readonly ChainCheck[] {
    return this.#look(() => this.#tables.boots.all().map((boot) => checkChain(this.#tables, boot)));
  }

  storageFaults(): readonly string[] {
    return guarded(this.#file.name, () => {
      const found = this.#db.pragma("integrity_check(20)") as readonly { readonly integrity_check: string }[];
      const damaged = found.map((row) => row.integrity_check).filter((sentence) => sentence !== "ok");
      return [...damaged, ...schemaFaults(this.#db)];
    });
  }

  close(): void {
    this.#writer?.stop();
    guarded(this.#file.name, () => this.#db.close());
  }

  #existing(name: string): StoredBoot {
    const boot = this.#look(() => this.#tables.boots.named(name));
    if (boot === null)
      throw new StoreError("missing", `there is no boot ${quote(name)} in ${this.#file.name}`);
    return boot;
  }

  // One transaction, so that several statements see one state of the database.
  #look<T>(work: () => T): T {
    return guarded(this.#file.name, () => this.#db.transaction(work)());
  }

  #change<T>(work: () => T): T {
    return guarded(this.#file.name, () => this.#db.transaction(work).immediate());
  }

  /** Changes a boot that is not being written, here or by another process. */
  #changeBoot<T>(name: string, work: () => T): T {
    if (this.#writer?.name === name) throw this.#busyWith(name);
    // Our own writer's claim covers us.
    const claim = this.#writer === null ? this.#claim() : null;
    try {
      return this.#change(work);
    } finally {
      claim?.release();
    }
  }

  #claim(): Claim {
    assert(this.#options.mode !== "read", "a store that was opened for reading was asked to change");
    return guarded(this.#file.name, () =>
      claimWriting(this.#file, this.#options.busyTimeoutMs ?? BUSY_TIMEOUT_MS, this.#options.onWait),
    );
  }

  #busyWith(name: string): StoreError {
    return new StoreError(
      "locked",
      `boot ${quote(name)} is being written to ${this.#file.name}; finish it first`,
    );
  }
}
