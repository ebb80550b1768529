import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { SafetyProperty } from "../../core/properties/property.ts";
import { SentenceError } from "../../replay/check/checker.ts";
import { InputError } from "../inputError.ts";

/**
 * The properties that a user's file exports as `properties` (docs/properties.md). JavaScript is loaded as it is;
 * TypeScript by Node where it can, else by esbuild where that is installed.
 */
export async function userProperties(file: string): Promise<readonly SafetyProperty[]> {
  if ((await stat(file).catch(() => null))?.isFile() !== true)
    throw new InputError(`--properties ${file}: there is no such file`);
  let loaded: { readonly [name: string]: unknown };
  try {
    loaded = await load(resolve(file));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`--properties ${file} cannot be loaded: ${firstLine(error)}`);
  }
  const list = loaded["properties"] ?? loaded["default"];
  if (!Array.isArray(list))
    throw new InputError(`--properties ${file} exports no list named properties; see docs/properties.md`);
  return list.map((each: unknown, i) => checked(file, i, each));
}

async function load(path: string): Promise<{ readonly [name: string]: unknown }> {
  if (!/\.[mc]?ts$/.test(path) || runsTypeScript) return import(pathToFileURL(path).href);
  const { build } = await esbuild(path);
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    write: false,
    logLevel: "silent",
  });
  const folder = await mkdtemp(join(tmpdir(), "smmu-properties-"));
  try {
    const module = join(folder, "properties.mjs");
    await writeFile(module, outputFiles[0]!.text);
    return await import(pathToFileURL(module).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const runsTypeScript =
  (process.features as { readonly typescript?: unknown }).typescript !== undefined &&
  (process.features as { readonly typescript?: unknown }).typescript !== false;

async function esbuild(path: string): Promise<typeof import("esbuild")> {
  try {
    return await import("esbuild");
  } catch {
    const node = `this Node (${process.version}) does not run TypeScript`;
    throw new InputError(
      `--properties ${path}: ${node}; use Node 22.18 or later, install esbuild beside smmu-replay, or write JavaScript (.mjs)`,
    );
  }
}

const FUNCTIONS: { readonly [kind in SafetyProperty["kind"]]: readonly string[] } = {
  always: ["holds"],
  step: ["holds"],
  eventually: ["begins", "ends", "counts"],
  sometimes: ["shows"],
};

/** One of them, every function of which says which sentence it belongs to if it throws. */
function checked(file: string, i: number, value: unknown): SafetyProperty {
  const refuse = (why: string): never => {
    throw new InputError(`--properties ${file}: property ${i + 1} ${why}`);
  };
  if (typeof value !== "object" || value === null) return refuse("is no object");
  const given = value as { readonly [name: string]: unknown };
  const { kind, name, requirements = [] } = given;
  if (typeof name !== "string" || name.trim() === "") return refuse("has no name; a name is a sentence");
  const told = `("${name}")`;
  const functions = FUNCTIONS[kind as SafetyProperty["kind"]];
  if (functions === undefined)
    return refuse(
      `${told} is of kind ${JSON.stringify(kind)}; kinds are ${Object.keys(FUNCTIONS).join(", ")}`,
    );
  if (!Array.isArray(requirements) || requirements.some((id) => typeof id !== "string"))
    return refuse(`${told} has requirements that are no list of ids`);
  if (kind === "eventually" && !(Number.isInteger(given["within"]) && (given["within"] as number) >= 1))
    return refuse(`${told} needs "within", a whole number of steps of at least 1`);
  const guarded: { [name: string]: unknown } = {};
  for (const member of functions) {
    const own = given[member];
    if (typeof own !== "function") return refuse(`${told} has no function "${member}"`);
    guarded[member] = (about: unknown): unknown => {
      try {
        return own.call(given, about);
      } catch (error) {
        throw new SentenceError(`--properties ${file}: "${member}" of "${name}" threw: ${firstLine(error)}`);
      }
    };
  }
  return { ...given, requirements, ...guarded } as unknown as SafetyProperty;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0]!;
}
