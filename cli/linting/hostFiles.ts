import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import type { HostFile, HostFiles } from "../../sources/buildfile/image.ts";

/** The longest file of the build machine that is looked into. */
const BYTES_MAX = 8 * 1024 * 1024;
/** How many files below a folder are listed. */
const LISTED_MAX = 20_000;
const FOLDER_DEPTH_MAX = 12;

/** Where files of the build machine are looked for. */
export interface HostPlaces {
  readonly buildfile: string;
  /** Folders given with --root. */
  readonly roots: readonly string[];
  /** Files given on the command line, which stand for those of the same name. */
  readonly given: readonly string[];
  /** Is told of each given file that was used. */
  readonly onUse: (file: string) => void;
}

/** Looks for the files that a buildfile names as mkifs would, and beside the buildfile; remembers what it found. */
export function hostFiles({ buildfile, roots, given, onUse }: HostPlaces): HostFiles {
  const known = new Map<string, HostFile | null>();
  const folders = ["", dirname(buildfile), ...roots];
  return (path) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const found = lookUp(path);
    known.set(path, found);
    return found;
  };

  function lookUp(path: string): HostFile | null {
    const own = given.find((file) => basename(file) === basename(path));
    if (own !== undefined) {
      onUse(own);
      return read(own);
    }
    for (const candidate of candidates(path)) {
      const found = read(candidate);
      if (found !== null) return found;
    }
    return null;
  }

  // A variable that is not set mostly names the folder of a target: what follows it is looked for below the roots.
  function candidates(path: string): string[] {
    const below = path.replace(/^.*\$\{[^}]*\}\/?/, "");
    if (below.includes("${") || below === "") return [];
    const beside = path.endsWith(".smmu") ? [join(dirname(buildfile), basename(path))] : [];
    if (isAbsolute(below)) return [below, ...roots.map((root) => join(root, below)), ...beside];
    return [...folders.map((folder) => join(folder, below)), ...beside];
  }
}

function read(path: string): HostFile | null {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return { kind: "directory", name: path, paths: listed(path) };
    if (!stats.isFile() || stats.size > BYTES_MAX) return null;
    return { kind: "file", name: path, bytes: readFileSync(path) };
  } catch {
    return null; // what cannot be read is not there, and is told so
  }
}

function listed(folder: string): string[] {
  const found: string[] = [];
  const visit = (at: string, depth: number): void => {
    if (depth > FOLDER_DEPTH_MAX) return;
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      if (found.length >= LISTED_MAX) return;
      const path = join(at, entry.name);
      if (entry.isDirectory()) visit(path, depth + 1);
      else found.push(relative(folder, path));
    }
  };
  visit(folder, 0);
  return found.sort();
}
