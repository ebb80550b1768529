import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { BLOCK_EVENTS_MAX, BlockEncoder, EVENT_VERSION } from "../../events/codec/blockCodec.ts";
import type { RecordedEvent } from "../../events/recordedEvent.ts";

const FOLDER = new URL("../../fixtures/histories/", import.meta.url);

/** A stretch of a boot's log as some version wrote it, and what its events are in the words of today. */
export interface History {
  readonly name: string;
  /** The version that wrote it. */
  readonly version: number;
  readonly files: readonly string[];
  readonly blocks: readonly Uint8Array[];
  readonly events: readonly (readonly RecordedEvent[])[];
}

/** All histories in fixtures/histories. */
export function histories(): History[] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
  return names.sort().map((file) => {
    const name = file.slice(0, -".json".length);
    const told = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as Omit<
      History,
      "name" | "blocks"
    > & {
      readonly blockBytes: readonly number[];
    };
    const bytes = readFileSync(new URL(`${name}.bin`, FOLDER));
    let at = 0;
    const blocks = told.blockBytes.map((length) => {
      at += length;
      return new Uint8Array(bytes.subarray(at - length, at));
    });
    return { ...told, name, blocks };
  });
}

/** Encodes events as blocks, `blockLength` in each; numbers them from 0. */
export function encodeHistory(
  name: string,
  told: readonly RecordedEvent[],
  blockLength = BLOCK_EVENTS_MAX,
): History {
  const files = new Map<string, number>();
  const encoder = new BlockEncoder(files);
  const blocks: Uint8Array[] = [];
  const events: RecordedEvent[][] = [];
  for (let first = 0; first < told.length; first += blockLength) {
    const block = told.slice(first, first + blockLength).map((event, i) => ({ ...event, seq: first + i }));
    for (const event of block) encoder.add(event);
    blocks.push(encoder.finish());
    events.push(block);
  }
  return { name, version: EVENT_VERSION, files: [...files.keys()], blocks, events };
}

/** Writes a new history of today's version; one that is there is never written again. */
export function writeHistory({ name, version, files, blocks, events }: History): void {
  const blockBytes = blocks.map((block) => block.length);
  const lines = events.map((block) => `[\n${block.map((event) => JSON.stringify(event)).join(",\n")}\n]`);
  const head = JSON.stringify({ version, files, blockBytes }).slice(0, -1);
  writeFileSync(new URL(`${name}.bin`, FOLDER), Buffer.concat(blocks), { flag: "wx" });
  writeFileSync(new URL(`${name}.json`, FOLDER), `${head},"events":[\n${lines.join(",\n")}\n]}\n`, {
    flag: "wx",
  });
}
