import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { importBoot } from "../cli/importing/importBoot.ts";
import { replayBoot, stateAt } from "../replay/replayBoot.ts";
import type { BootInfo } from "../store/eventStore.ts";
import { openSqliteStore } from "../store/sqlite/sqliteEventStore.ts";
import { measureCheck } from "./check.ts";
import { measureExplore } from "./explore.ts";
import { emmettInserts, immerPerEvent, rowInserts } from "./peers.ts";
import { largeDmesg, millionEvents } from "./traces.ts";
import { measureViewer, type Row } from "./viewer.ts";

const folder = mkdtempSync(join(tmpdir(), "smmu-bench-"));
const rows: Row[] = [];

try {
  await measure();
  const table = new Table({ head: ["measured", "figure", "aim or peer"], style: { head: [], border: [] } });
  table.push(...rows.map((cells) => [...cells]));
  console.log(table.toString());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const sample = await millionEvents();
  const trace = await importing(sample.file, "trace.db");
  row(`import of ${sample.name}`, `${rate(trace.info.events, trace.ms)} events/s`, "aim 300 k/s");
  row(
    "  size of the database",
    `${(statSync(join(folder, "trace.db")).size / 1e6).toFixed(0)} MB`,
    `${trace.info.events} events`,
  );

  const store = openSqliteStore(join(folder, "trace.db"), { mode: "read" });
  const reader = store.read(trace.info.name);
  const replayed = best(3, () => replayBoot(reader));
  row(
    "replay, every verdict decided anew",
    `${rate(replayed.value.events, replayed.ms)} events/s`,
    "aim 1 M/s",
  );
  const seeks = [0.07, 0.31, 0.5, 0.77, 0.999].map(
    (part) => best(1, () => stateAt(reader, Math.floor(part * (trace.info.events - 1)))).ms,
  );
  row("state --at, worst of five places", `${Math.max(...seeks).toFixed(0)} ms`, "aim 50 ms");
  row("memory after all of it", `${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`, "aim 400 MB");
  rows.push(...(await measureViewer(store, trace.info.name)));
  store.close();

  const log = await largeDmesg();
  const dmesg = await importing(log.file, "dmesg.db");
  row(
    `import of ${log.name}`,
    `${(statSync(log.file).size / 1e3 / dmesg.ms).toFixed(0)} MB/s`,
    "aim 60 MB/s",
  );

  rows.push(...measureCheck());
  rows.push(...(await measureExplore()));

  row(
    "peer: better-sqlite3, one JSON row an event",
    `${rateText(rowInserts(folder))} events/s`,
    "insert alone",
  );
  row("peer: immer, one produce an event", `${rateText(immerPerEvent())} events/s`, "map and unmap alone");
  row("peer: @event-driven-io/emmett-sqlite", await emmettInserts(folder), "append alone");
}

async function importing(file: string, db: string): Promise<{ info: BootInfo; ms: number }> {
  const store = openSqliteStore(join(folder, db), { mode: "write" });
  const started = performance.now();
  const { info } = await importBoot(store, { files: [file], format: "auto", boot: null, replace: false });
  const ms = performance.now() - started;
  store.close();
  return { info, ms };
}

function best<T>(runs: number, task: () => T): { value: T; ms: number } {
  let value: T | undefined;
  let ms = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    value = task();
    ms = Math.min(ms, performance.now() - started);
  }
  return { value: value as T, ms };
}

function rate(events: number, ms: number): string {
  return rateText((events / ms) * 1000);
}

function rateText(perSecond: number): string {
  return perSecond >= 1e6 ? `${(perSecond / 1e6).toFixed(2)} M` : `${(perSecond / 1e3).toFixed(0)} k`;
}

function row(what: string, figure: string, aim: string): void {
  rows.push([what, figure, aim]);
}
