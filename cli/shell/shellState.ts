import type { Json } from "../../base/canonicalJson.ts";
import { ABILITY_ATTACH } from "../../events/vocabulary/clientApi.ts";
import { clientName, objectName } from "../../events/vocabulary/names.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { memoryEventStore } from "../../store/memoryEventStore.ts";
import type { Terminal } from "../terminal.ts";
import { StoredLog } from "./eventLog.ts";
import { happenedReply } from "./happenedReply.ts";
import { readRecord, type TypedAt } from "./readRecord.ts";
import type { Reply } from "./reply.ts";
import type { Session } from "./session.ts";
import { writeBranch } from "./writeBranch.ts";

/** One shell: a session, the client that calls are made by, and what the commands need besides. */
export class ShellState {
  readonly session: Session;
  readonly terminal: Terminal;
  /** The database that branches are saved in. */
  readonly db: string;
  /** The process that calls are made by; null: none yet. */
  client: string | null = null;
  /** Somebody sits before it, who may be asked again. */
  interactive = false;
  /** Set while something long runs, to end it. */
  cancelled = false;
  /** The unsaved events that the user was told of before leaving; null: nobody asked to leave. */
  warnedOf: number | null = null;
  #reader: { readonly key: string; readonly reader: BootReader } | null = null;

  constructor(session: Session, terminal: Terminal, db: string) {
    this.session = session;
    this.terminal = terminal;
    this.db = db;
  }

  /** Who calls, which branch, and the seq of the last event there. */
  get prompt(): string {
    const { branch, place, atEnd } = this.session;
    const last = place === 0 ? "start" : String(place - 1);
    const later = atEnd ? "" : `/${branch.log.length - 1}`;
    return `${this.client === null ? "" : `${this.client}@`}${branch.name}:${last}${later}> `;
  }

  /** Lets a record of the trace format happen. */
  tell(record: string | { readonly [name: string]: Json }, at: TypedAt): Reply {
    const { told, notes } = readRecord(record, at);
    return happenedReply(this.terminal, this.session.tell(told), notes);
  }

  /** The boot up to this place, for questions. */
  reader(): BootReader {
    const { session } = this;
    const { log, name } = session.branch;
    if (log instanceof StoredLog && session.atEnd) return log.reader;
    const key = `${name}:${session.place}`;
    if (this.#reader?.key !== key) {
      const store = memoryEventStore();
      writeBranch(store, name, session.branch, session.place);
      this.#reader = { key, reader: store.read(name) };
    }
    return this.#reader!.reader;
  }

  /** A process that calls must be there: where none was told of, one begins that holds what connecting takes (PRV-1). */
  beginClient(at: TypedAt): string | null {
    const { clients } = this.session.state;
    if (this.client !== null && clients.has(clientName(this.client))) return null;
    this.client ??= "shell";
    if (clients.has(clientName(this.client))) return null;
    return this.tell({ kind: "client", client: this.client, abilities: [ABILITY_ATTACH] }, at).text;
  }

  /** A name for an object that its caller gave none. */
  freeObject(): string {
    const { objects, clients } = this.session.state;
    const handles = clients.get(clientName(this.client!))?.handles;
    for (let n = 1; ; n++)
      if (!objects.has(objectName(`o${n}`)) && handles?.has(`o${n}`) !== true) return `o${n}`;
  }
}
