import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { InputError } from "./inputError.ts";

/** Takes pieces of a text; waits while the file is slower than the writer. */
export type WritePiece = (text: string) => Promise<void>;

/**
 * Writes a file as a whole or not at all: into a file beside it that takes its place at the end. A name that ends in
 * `.gz` is compressed. An existing file is replaced only when `force` says so.
 */
export async function writeAtomically(
  file: string,
  force: boolean,
  write: (piece: WritePiece) => Promise<void>,
): Promise<void> {
  await assertWritable(file, force);
  const beside = `${file}.${process.pid}.tmp`;
  try {
    const raw = createWriteStream(beside, { flags: "wx" });
    const out = file.endsWith(".gz") ? createGzip() : raw;
    const done = finished(raw);
    done.catch(() => {});
    if (out !== raw) out.pipe(raw);
    await write(async (text) => {
      if (raw.errored !== null) throw raw.errored;
      if (!out.write(text)) await Promise.race([once(out, "drain"), done]);
    });
    out.end();
    await done;
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw writeError(file, error);
  }
}

/** Refuses a folder, and a file that is there unless `force` says that it may be replaced. */
export async function assertWritable(file: string, force: boolean): Promise<void> {
  const stats = await stat(file).catch(() => null);
  if (stats?.isDirectory()) throw new InputError(`${file} is a folder; name a file in it`);
  if (stats !== null && !force) throw new InputError(`${file} is there already; --force replaces it`);
}

function writeError(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return new InputError(`${file} cannot be written: its folder does not exist`);
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new InputError(`${file} may not be written; check the permissions of its folder`);
    case "EISDIR":
      return new InputError(`${file} is a folder; name a file in it`);
    case "ENOSPC":
      return new InputError(`${file} cannot be written: no space is left`);
    default:
      return error;
  }
}
