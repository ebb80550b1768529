import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { err, ok, type Result } from "../../base/result.ts";
import type { FileReader } from "../../sources/config/preprocess.ts";
import { byteInput } from "../importing/byteInput.ts";
import { InputError } from "../inputError.ts";

/** The longest file that is read whole, in bytes. */
export const WHOLE_FILE_MAX = 64 * 1024 * 1024;

/** A file, or standard input, as a whole; gzipped ones unpacked. Throws InputError. */
export async function readWhole(file: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of byteInput(file)) {
    length += chunk.length;
    if (length > WHOLE_FILE_MAX) throw new InputError(`${file} has more than ${WHOLE_FILE_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads the files of a configuration; remembers what it read, under the names they were asked for. */
export class ConfigFiles {
  /** What was read, by name, to know the same input again. */
  readonly contents = new Map<string, Uint8Array>();

  /** What a name that is no file of the disk stands for: standard input. */
  give(name: string, bytes: Uint8Array): void {
    this.contents.set(name, bytes);
  }

  readonly read: FileReader = (path) => {
    const known = this.contents.get(path);
    if (known !== undefined) return ok(known);
    const bytes = readConfigFile(path);
    if (bytes.ok) this.contents.set(path, bytes.value);
    return bytes;
  };
}

function readConfigFile(path: string): Result<Uint8Array, string> {
  let file: number | null = null;
  try {
    // A device or a pipe may never end, nor a name in /proc that looks like a file: nothing here waits for anybody.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    if (stats.isDirectory()) return err("it is a directory");
    if (!stats.isFile()) return err("it is not a regular file");
    if (stats.size > WHOLE_FILE_MAX)
      return err(`it has ${stats.size} bytes, at most ${WHOLE_FILE_MAX} are read`);
    return ok(readFileSync(file));
  } catch (error) {
    return err(reasonOf(error as NodeJS.ErrnoException));
  } finally {
    if (file !== null) closeSync(file);
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ENOENT":
      return "it does not exist";
    case "EACCES":
    case "EPERM":
      return "its permissions forbid it";
    case "EAGAIN":
      return "it has nothing to read yet";
    case "ENXIO":
    case "EISDIR":
      return "it is not a regular file";
    case "ELOOP":
      return "its links lead in a circle";
    case "ENAMETOOLONG":
      return "its name is too long";
    case "ERR_INVALID_ARG_VALUE":
      return "its name holds a NUL character";
    default:
      return message;
  }
}
