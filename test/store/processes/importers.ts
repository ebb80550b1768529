import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect } from "vitest";

/** Another process that imports. */
export interface Importer {
  /** The next line it prints; fails when it ends without one. */
  line(): Promise<string>;
  /** Ends its input: one that waits finishes its boot. */
  endInput(): void;
  /** Kills it as the out-of-memory killer does, and waits until it is gone. */
  kill(): Promise<void>;
  /** Waits for its end; the lines not yet read. */
  end(): Promise<readonly string[]>;
}

const STORE_MODULE = fileURLToPath(
  new URL("../../../dist/store/sqlite/sqliteEventStore.js", import.meta.url),
);
const IMPORTER = fileURLToPath(new URL("./importer.mjs", import.meta.url));

/** Starts an importer; see importer.mjs for its arguments. It runs what `npm run build` has made. */
export function importer(file: string, boots: string, appends: string | number, waitMs = 10_000): Importer {
  expect(existsSync(STORE_MODULE), `${STORE_MODULE} is not built: run "npm run build" first`).toBe(true);
  const args = [IMPORTER, pathToFileURL(STORE_MODULE).href, file, boots, String(appends), String(waitMs)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    line: async () => {
      const next = await lines.next();
      expect(next.done, "the importer ended without another line").not.toBe(true);
      return next.value as string;
    },
    endInput: () => void child.stdin.end(),
    kill: async () => {
      child.kill("SIGKILL");
      await closed(child);
    },
    end: async () => {
      const left: string[] = [];
      for await (const line of { [Symbol.asyncIterator]: () => lines }) left.push(line);
      await closed(child);
      return left;
    },
  };
}

function closed(child: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("close", () => resolve()));
}
