import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the recorder's sources. */
export const RECORDER = fileURLToPath(new URL("../../recorder", import.meta.url));

/** True where a C compiler is installed: the C tests can run nowhere else. */
export const HAVE_CC = spawnSync("cc", ["--version"]).status === 0;

const STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-std=c99"];
const SANITIZED = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/** A folder of its own for a test file, and how to be rid of it. */
export function scratchFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "smmu-recorder-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Compiles sources of the recorder's folder, strictly and with sanitizers; the program's path. Throws what cc says. */
export function compile(folder: string, name: string, sources: readonly string[]): string {
  const program = join(folder, name);
  const include = ["-I", RECORDER, "-I", join(RECORDER, "test/fake")];
  const files = sources.map((source) => join(RECORDER, source));
  execFileSync("cc", [...STRICT, ...SANITIZED, ...include, "-o", program, ...files, "-pthread"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  return program;
}

/** Runs a program; its output as lines, the last newline required. Throws where it fails, sanitizers' findings included. */
export function runForLines(program: string, args: readonly string[]): string[] {
  const output = execFileSync(program, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  if (output === "") return [];
  if (!output.endsWith("\n")) throw new Error("the last line has no newline");
  return output.slice(0, -1).split("\n");
}
