import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

/** How many lines of history are kept. */
export const HISTORY_LINES_MAX = 1000;
const LINE_KEPT_MAX = 4096;
const FILE_BYTES_MAX = 8 * 1024 * 1024;

/** Where the lines typed are kept: in the user's state folder (XDG_STATE_HOME); null: there is no such place. */
export function historyFile(environment: NodeJS.ProcessEnv): string | null {
  const state = environment["XDG_STATE_HOME"];
  if (state !== undefined && isAbsolute(state)) return join(state, "smmu-replay", "shell-history");
  const home = homeOf(environment);
  return home === null ? null : join(home, ".local", "state", "smmu-replay", "shell-history");
}

/** The lines kept, oldest first; none where there is no file, or none that can be read. */
export function readHistory(file: string | null): string[] {
  if (file === null) return [];
  try {
    const stats = statSync(file);
    if (!stats.isFile() || stats.size > FILE_BYTES_MAX) return [];
    return readFileSync(file, "utf8").split("\n").filter(isKept).slice(-HISTORY_LINES_MAX);
  } catch {
    return [];
  }
}

/** Adds lines, oldest first; answers with a sentence where they cannot be kept. Another shell's lines stay, too. */
export function addHistory(file: string | null, lines: readonly string[]): string | null {
  if (file === null || lines.length === 0) return null;
  const kept = [...readHistory(file), ...lines.filter(isKept)].slice(-HISTORY_LINES_MAX);
  const beside = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(beside, `${kept.join("\n")}\n`, { mode: 0o600, flag: "wx" });
    renameSync(beside, file);
    return null;
  } catch (error) {
    dropFile(beside);
    return `the history cannot be kept in ${file} (${(error as NodeJS.ErrnoException).code ?? "unknown"})`;
  }
}

function dropFile(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It could not be made in the first place.
  }
}

function isKept(line: string): boolean {
  return line.trim() !== "" && line.length <= LINE_KEPT_MAX && !/[\r\n]/.test(line);
}

function homeOf(environment: NodeJS.ProcessEnv): string | null {
  const named = environment["HOME"];
  if (named !== undefined && isAbsolute(named)) return named;
  try {
    const home = homedir();
    return isAbsolute(home) ? home : null;
  } catch {
    return null;
  }
}
