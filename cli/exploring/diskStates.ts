import { closeSync, fsyncSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { assert } from "../../base/assert.ts";
import type { StateFile } from "../../replay/explore/stateFile.ts";

/** States in two files of a folder: their words, and the states that they were found from. */
export class DiskStates implements StateFile {
  readonly #folder: string;
  /** Which layout of the search they are of: a wider one has files of its own. */
  readonly layout: number;
  readonly #words: number;
  readonly #files: readonly [number, number];
  #count: number;
  #older: DiskStates | null = null;

  /** `count`: how many states of an older search to keep; 0: none, the files are made anew. */
  constructor(folder: string, layout: number, words: number, count: number) {
    this.#folder = folder;
    this.layout = layout;
    this.#words = words;
    this.#count = count;
    const [first, second] = namesOf(layout);
    const flags = count === 0 ? "w+" : "r+";
    this.#files = [openSync(join(folder, first), flags), openSync(join(folder, second), flags)];
  }

  append(words: Uint32Array, parents: Int32Array): void {
    write(this.#files[0], words, this.#count * this.#words * 4);
    write(this.#files[1], parents, this.#count * 4);
    this.#count += parents.length;
  }

  read(first: number, into: Uint32Array): void {
    read(this.#files[0], into, first * this.#words * 4);
  }

  readParents(first: number, into: Int32Array): void {
    read(this.#files[1], into, first * 4);
  }

  anew(words: number): DiskStates {
    const wider = new DiskStates(this.#folder, this.layout + 1, words, 0);
    wider.#older = this;
    return wider;
  }

  /** All of it is on the disk when this returns. */
  sync(): void {
    for (const file of this.#files) fsyncSync(file);
  }

  /** Closes the files. */
  close(): void {
    this.#older?.close();
    this.#older = null;
    for (const file of this.#files) closeSync(file);
  }

  /** Removes the files of older layouts, which a search needs until it has noted that it has these. */
  removeOlder(): void {
    this.#older?.close();
    this.#older = null;
    for (let layout = this.layout - 1; layout >= 0; layout--)
      for (const name of namesOf(layout)) rmSync(join(this.#folder, name), { force: true });
  }
}

function namesOf(layout: number): readonly [string, string] {
  return [`states-${layout}.words`, `states-${layout}.parents`];
}

function write(file: number, numbers: Uint32Array | Int32Array, position: number): void {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  for (let done = 0; done < bytes.length; )
    done += writeSync(file, bytes, done, Math.min(bytes.length - done, CHUNK), position + done);
}

function read(file: number, into: Uint32Array | Int32Array, position: number): void {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  for (let done = 0; done < bytes.length; ) {
    const got = readSync(file, bytes, done, Math.min(bytes.length - done, CHUNK), position + done);
    assert(got > 0, "a state that was written can be read");
    done += got;
  }
}

const CHUNK = 1 << 26;
