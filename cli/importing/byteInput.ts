import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { InputError } from "../inputError.ts";

/** How standard input is named inside; on the command line it is `-`, which yargs would drop. */
export const STDIN = "<stdin>";

const CHUNK_BYTES = 1 << 18;

/** The bytes of a file or, for STDIN, of standard input; what is gzipped is read as what it holds. */
export async function* byteInput(file: string): AsyncGenerator<Buffer> {
  try {
    if (file !== STDIN) await assertReadable(file);
    const raw = file === STDIN ? process.stdin : createReadStream(file, { highWaterMark: CHUNK_BYTES });
    const [first, rest] = await peek(raw);
    if (first === null) return;
    if (first[0] === 0x1f && first[1] === 0x8b) {
      const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
      rest.on("error", (error) => gunzip.destroy(error));
      yield* rest.pipe(gunzip) as AsyncIterable<Buffer>;
    } else {
      yield* rest as AsyncIterable<Buffer>;
    }
  } catch (error) {
    throw readError(file, error);
  }
}

async function assertReadable(file: string): Promise<void> {
  const stats = await stat(file);
  if (stats.isDirectory()) throw new InputError(`${file} is a directory; name the files in it`);
}

/** The first chunk, and a stream that begins with it. */
async function peek(stream: Readable): Promise<[Buffer | null, Readable]> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const head = await chunks.next();
  if (head.done) return [null, stream];
  async function* all(): AsyncGenerator<Buffer> {
    yield head.value;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  return [head.value, Readable.from(all(), { objectMode: false, highWaterMark: CHUNK_BYTES })];
}

function readError(file: string, error: unknown): InputError {
  if (error instanceof InputError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return new InputError(`${file} does not exist; check the path`);
    case "EACCES":
    case "EPERM":
      return new InputError(`${file} may not be read; check its permissions`);
    case "EISDIR":
      return new InputError(`${file} is a directory; name the files in it`);
    case "Z_BUF_ERROR":
      return new InputError(
        `${file} ends in the middle of its gzip data; copy it again, or import the whole lines that are left: gzip -dc ${file} | head -n -1 | smmu import -`,
      );
    case "Z_DATA_ERROR":
      return new InputError(`${file} is damaged gzip data (${message}); copy it again`);
    default:
      return new InputError(`${file} cannot be read: ${message}`);
  }
}
