import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

/** The built command; `npm test` builds it first. */
export const SMMU = fileURLToPath(new URL("../../dist/cli/smmu.js", import.meta.url));

/** The path of a fixture. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
}

/** What a process did. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder of its own for the tests of a file, removed at the end. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "smmu-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the command to its end. */
export function smmu(cwd: string, args: readonly string[], input?: string | Buffer): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SMMU, ...args], {
    cwd,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, SMMU_DB: "", NO_COLOR: "1" },
    ...(input === undefined ? {} : { input }),
  });
  return { code: status, out: stdout, err: stderr };
}

/** Runs the command and reads its JSON document. */
export function smmuJson<T>(cwd: string, args: readonly string[]): T {
  const ran = smmu(cwd, [...args, "--json"]);
  return JSON.parse(ran.out) as T;
}

/** Starts the command without waiting. */
export function startSmmu(cwd: string, args: readonly string[], stdin: "ignore" | "pipe" = "ignore") {
  return spawn(process.execPath, [SMMU, ...args], {
    cwd,
    stdio: [stdin, "ignore", "ignore"],
    env: { ...process.env, SMMU_DB: "" },
  });
}
