#!/usr/bin/env node
/*
 * Holds `smmu explore` against Spin: the models of docs/models were written from the specification, and must have as many
 * reachable states as the shipped rules have, and the same verdict. Needs a build, Spin and a C compiler.
 *
 *   node scripts/spin.mjs                       every row
 *   node scripts/spin.mjs --quick               the rows that take less than a second
 *   node scripts/spin.mjs cached-pages:pages=7  one row
 *   --json                                      the rows as JSON
 *
 * Exit status: 0 they agree, 1 they do not, 2 usage, 3 Spin or the compiler is not installed.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const QUICK = [
  "cached-pages:pages=3",
  "ownership:devices=1,clients=1,objects=1,pages=1,rights=1",
  "ownership:devices=1,clients=2,objects=1,pages=1,rights=2",
  "ownership:devices=2,clients=1,objects=2,pages=1,rights=1",
  "dss:pages=1,devices=1,clients=1,units=1",
  "dss:pages=2,devices=2,clients=1,units=2",
];
const LONGER = [
  "ownership:devices=2,clients=2,objects=1,pages=1,rights=3",
  "cached-pages:pages=6",
  "cached-pages:pages=7",
  "ownership:devices=2,clients=2,objects=1,pages=2,rights=2",
  "ownership:devices=2,clients=2,objects=2,pages=1,rights=1",
  "dss:pages=3,devices=1,clients=1,units=1",
  "dss:pages=2,devices=2,clients=2,units=1",
];

const words = process.argv.slice(2);
const json = words.includes("--json");
const isQuick = words.includes("--quick");
const named = words.filter((word) => !word.startsWith("--"));
const unknown = words.find((word) => word.startsWith("--") && !["--json", "--quick"].includes(word));
if (unknown !== undefined) {
  console.error(`unknown option ${unknown}; there are --quick and --json`);
  process.exit(2);
}
for (const tool of ["spin", "gcc"]) {
  if (spawnSync(tool, [tool === "spin" ? "-V" : "--version"]).error === undefined) continue;
  console.error(`${tool} is not installed, so nothing was compared (Debian: apt-get install spin gcc)`);
  process.exit(3);
}

const wanted = named.length > 0 ? named : isQuick ? QUICK : [...QUICK, ...LONGER];
const rows = [];
for (const each of wanted) {
  const row = compare(each);
  rows.push(row);
  if (!json) print(row);
}
const agree = rows.every((row) => row.agree);
if (json) console.log(JSON.stringify({ agree, rows }, null, 2));
else console.log(agree ? "Spin and smmu explore agree." : "Spin and smmu explore DO NOT agree.");
process.exitCode = agree ? 0 : 1;

function compare(wanted) {
  const [, model, list] = /^([a-z-]+):([a-z]+=\d+(?:,[a-z]+=\d+)*)$/.exec(wanted) ?? [];
  if (model === undefined) {
    console.error(`${wanted} is no model with its sizes, as cached-pages:pages=7`);
    process.exit(2);
  }
  const sizes = list.split(",").map((pair) => pair.split("="));
  const spin = runSpin(model, sizes);
  const explore = runExplore(model, sizes);
  return {
    model,
    sizes: list,
    spin,
    explore,
    agree: spin.states === explore.states && spin.held === explore.held,
  };
}

/** Every reachable state, without partial-order reduction, which would leave some out. */
function runSpin(model, sizes) {
  const folder = mkdtempSync(join(tmpdir(), "smmu-spin-"));
  try {
    const run = (tool, ...rest) => execFileSync(tool, rest, { cwd: folder, encoding: "utf8", stdio: "pipe" });
    const defines = sizes.map(([what, size]) => `-D${what.toUpperCase()}=${size}`);
    run("spin", ...defines, "-a", join(root, "docs", "models", `${model}.pml`));
    run(
      "gcc",
      "-w",
      isQuick ? "-O1" : "-O3",
      "-DSAFETY",
      "-DNOREDUCE",
      "-DMEMLIM=4096",
      "-o",
      "pan",
      "pan.c",
    );
    const told = spawnSync("./pan", ["-E", "-m4000000"], { cwd: folder, encoding: "utf8" }).stdout;
    const errors = Number(/errors: (\d+)/.exec(told)?.[1] ?? Number.NaN);
    const states = Number(/(\d+) states, stored/.exec(told)?.[1] ?? Number.NaN);
    // Its own clock has hundredths; none at all is told for less than one.
    const seconds = Number(/elapsed time ([\d.]+)/.exec(told)?.[1] ?? 0);
    const complete = !/out of memory|max search depth too small/.test(told);
    return { states, held: errors === 0, complete, seconds, statesPerSecond: rate(states, seconds) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runExplore(model, sizes) {
  const set = sizes.flatMap(([what, size]) => ["--set", `${what}=${size}`]);
  const smmu = join(root, "dist", "cli", "smmu.js");
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      smmu,
      "explore",
      "--model",
      model,
      ...set,
      "--json",
      "--db",
      join(tmpdir(), `smmu-spin-${process.pid}.db`),
    ],
    { encoding: "utf8", maxBuffer: 1 << 26 },
  );
  if (stdout === "") throw new Error(`smmu explore failed: ${stderr}`);
  const { states, complete, properties, elapsedMs } = JSON.parse(stdout);
  const held = properties.every((property) => property.held === true);
  const seconds = elapsedMs / 1000;
  return { states, held, complete, seconds, statesPerSecond: rate(states, seconds) };
}

function rate(states, seconds) {
  return seconds === 0 ? null : Math.round(states / seconds);
}

function print({ model, sizes, spin, explore, agree }) {
  const side = ({ states, held, statesPerSecond }) =>
    `${states.toLocaleString("en")} states, ${held ? "all holds" : "BROKEN"}${statesPerSecond === null ? "" : `, ${Math.round(statesPerSecond / 1000)} k/s`}`;
  console.log(`${agree ? "agree " : "DIFFER"}  ${model} ${sizes}`);
  console.log(`          spin    ${side(spin)}`);
  console.log(`          explore ${side(explore)}`);
}
