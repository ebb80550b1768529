import { assert } from "../base/assert.ts";
import { quote } from "../base/diagnostic.ts";
import { chainNext, chainStart, headerText } from "./chain.ts";
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
} from "./eventStore.ts";
import { MemoryBoot } from "./memoryBoot.ts";
import { compareTexts } from "./order.ts";
import { assertBlock, assertDerived, assertFiles } from "./told.ts";

/** A store that keeps nothing beyond its life: for tests, and for runs that need no database. */
export function memoryEventStore(): EventStore {
  return new MemoryEventStore();
}

class MemoryEventStore implements EventStore {
  readonly #boots = new Map<string, MemoryBoot>();
  #writer: MemoryWriter | null = null;

  boots(): readonly BootInfo[] {
    return this.#byName().map((boot) => boot.info);
  }

  boot(name: string): BootInfo | null {
    return this.#boots.get(name)?.info ?? null;
  }

  create(start: BootStart): BootWriter {
    if (this.#writer !== null) throw busyWith(this.#writer.name);
    const { name, source, sourceDigest, header } = start;
    if (this.#boots.get(name)?.info.complete === true)
      throw new StoreError(
        "exists",
        `boot ${quote(name)} is already there; remove it first, or choose another name`,
      );
    const boot = new MemoryBoot({ name, source, sourceDigest, header });
    this.#boots.set(name, boot);
    this.#writer = new MemoryWriter(boot, (keep) => {
      this.#writer = null;
      if (!keep) this.#boots.delete(name);
    });
    return this.#writer;
  }

  read(name: string): BootReader {
    return this.#existing(name).reader();
  }

  remove(name: string): boolean {
    if (this.#writer?.name === name) throw busyWith(name);
    return this.#boots.delete(name);
  }

  rebuild(name: string, derived: Derived, summary: BootSummary): void {
    if (this.#writer?.name === name) throw busyWith(name);
    const boot = this.#existing(name);
    if (!boot.info.complete)
      throw new StoreError("missing", `boot ${quote(name)} is incomplete: import it again instead`);
    assertDerived(derived, boot.info.events);
    boot.forgetDerived();
    boot.derive(derived);
    boot.info = { ...boot.info, summary };
  }

  verifyChains(): readonly ChainCheck[] {
    return this.#byName().map(checkChain);
  }

  storageFaults(): readonly string[] {
    return [];
  }

  close(): void {
    this.#writer?.stop();
  }

  #byName(): MemoryBoot[] {
    return [...this.#boots.values()].sort((a, b) => compareTexts(a.info.name, b.info.name));
  }

  #existing(name: string): MemoryBoot {
    const boot = this.#boots.get(name);
    if (boot === undefined) throw new StoreError("missing", `there is no boot ${quote(name)}`);
    return boot;
  }
}

class MemoryWriter implements BootWriter {
  readonly name: string;
  readonly #boot: MemoryBoot;
  readonly #onEnd: (keep: boolean) => void;
  #open = true;

  constructor(boot: MemoryBoot, onEnd: (keep: boolean) => void) {
    this.name = boot.info.name;
    this.#boot = boot;
    this.#onEnd = onEnd;
  }

  append(block: { readonly count: number; readonly bytes: Uint8Array }, derived: Derived): void {
    this.#assertOpen();
    const { info } = this.#boot;
    assertBlock(block.count, block.bytes);
    assertDerived(derived, info.events + block.count);
    this.#boot.append(block.count, block.bytes);
    this.#boot.derive(derived);
  }

  files(names: readonly string[]): void {
    this.#assertOpen();
    assertFiles(this.#boot.info.files, names);
    this.#boot.info = { ...this.#boot.info, files: [...names] };
  }

  finish(summary: BootSummary): BootInfo {
    this.#assertOpen();
    this.#boot.info = { ...this.#boot.info, complete: true, summary };
    this.stop();
    return this.#boot.info;
  }

  abandon(): void {
    this.#assertOpen();
    this.#end(false);
  }

  stop(): void {
    this.#end(true);
  }

  #end(keep: boolean): void {
    this.#open = false;
    this.#onEnd(keep);
  }

  #assertOpen(): void {
    assert(this.#open, `the writer of boot ${this.name} is used after its end`);
  }
}

function checkChain(boot: MemoryBoot): ChainCheck {
  const { name, header, logDigest } = boot.info;
  let digest = chainStart(headerText(header));
  for (const block of boot.blocks) {
    digest = chainNext(digest, block.firstSeq, block.count, block.bytes);
    if (digest !== block.digest) return { boot: name, ok: false, firstBad: block.firstSeq };
  }
  const ok = digest === logDigest;
  return { boot: name, ok, firstBad: ok ? null : 0 };
}

function busyWith(name: string): StoreError {
  return new StoreError("locked", `boot ${quote(name)} is being written; finish it first`);
}
