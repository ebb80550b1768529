import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { chosenModel } from "../cli/exploring/chosenModel.ts";
import { runSearch } from "../cli/exploring/runSearch.ts";
import type { Row } from "./viewer.ts";

const MODELS = [
  { model: "cached-pages", sizes: ["pages=7"], aim: "aim: Spin's" },
  { model: "dss", sizes: ["pages=2", "devices=2", "clients=2", "units=1"], aim: "aim 200 k/s" },
] as const;

/** States a second of the search on one thread and on two, and of Spin on the same models where it is installed. */
export async function measureExplore(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { model, sizes, aim } of MODELS) {
    const one = await statesPerSecond(model, sizes, 1);
    const two = await statesPerSecond(model, sizes, 2);
    const name = `explore ${model} ${sizes.join(" ")}`;
    rows.push([name, `${thousands(one)} states/s`, `Spin ${spin(model, sizes)}, ${aim}`]);
    rows.push(["  on two threads", `${thousands(two)} states/s`, `${(two / one).toFixed(2)} x, aim 1.6 x`]);
  }
  return rows;
}

async function statesPerSecond(name: string, sizes: readonly string[], workers: number): Promise<number> {
  const { preset, model } = chosenModel({ model: name, size: undefined, set: sizes });
  const { report, elapsedMs } = await runSearch(model, {
    preset,
    workers,
    timeMaxMs: null,
    folder: null,
    checkpointMs: Number.POSITIVE_INFINITY,
    disk: false,
    kept: null,
    onProgress: () => {},
  });
  return (report.distinct / elapsedMs) * 1000;
}

function spin(model: string, sizes: readonly string[]): string {
  const script = join("scripts", "spin.mjs");
  const { stdout, status } = spawnSync(process.execPath, [script, "--json", `${model}:${sizes.join(",")}`], {
    encoding: "utf8",
  });
  if (status !== 0) return "is not installed";
  const { rows } = JSON.parse(stdout) as { rows: { spin: { statesPerSecond: number | null } }[] };
  return `${thousands(rows[0]!.spin.statesPerSecond ?? 0)} states/s`;
}

function thousands(perSecond: number): string {
  return perSecond >= 1e6 ? `${(perSecond / 1e6).toFixed(2)} M` : `${(perSecond / 1e3).toFixed(0)} k`;
}
