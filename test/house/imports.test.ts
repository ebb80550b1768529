import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  filesUnder,
  type ImportOf,
  importsOf,
  ROOT,
  type Room,
  roomFiles,
  roomOf,
  type SourceFile,
} from "../support/sourceFiles.ts";

// The arrows of the house: what a room may import, beside itself. A file's path allows that file alone.
const ARROWS: { readonly [room in Room]: readonly string[] } = {
  base: [],
  events: ["base"],
  core: ["base", "events"],
  sources: ["base", "events"],
  store: ["base", "events"],
  replay: ["base", "events", "core", "store/eventStore.ts"],
  viewer: ["base", "events", "core", "replay", "store/eventStore.ts"],
  client: ["base", "events", "core"],
  cli: ["base", "events", "core", "sources", "store", "replay", "viewer", "client"],
};

// The page runs in a browser: it sees the data that is made for it, and nothing else.
const PAGE = "viewer/page/";
const PAGE_ARROWS = [PAGE, "viewer/viewModel.ts"];
// What is bundled into the page; it is not installed with the package.
const PAGE_PACKAGES = ["@preact/signals", "@tanstack/virtual-core", "d3-scale", "preact", "preact/hooks"];

// Packages and Node modules by room. The pure rooms have no file system, no clock and no network.
const PACKAGES: { readonly [room in Room]: readonly string[] } = {
  base: ["node:crypto"],
  events: [],
  core: ["immer", "sorted-btree"],
  sources: ["chevrotain", "yaml", "zod"],
  store: ["better-sqlite3", "node:fs", "node:path", "node:os", "node:timers/promises"],
  replay: ["fast-check"],
  viewer: ["@hono/node-server", "hono", "node:fs", "node:http", "node:net", "node:zlib"],
  client: [],
  cli: ["*"],
};

// A type that is made of itself may need two files that name each other; whole files do not.
const RECURSIVE_TYPES = [
  {
    files: "events/outcome.ts <-> events/vmEvents.ts",
    reason: "what happens in a guest is an outcome of the guest's own machine",
  },
  {
    files: "core/startup/serviceState.ts <-> core/state.ts <-> core/vms/vmState.ts",
    reason: "a guest is a machine with a service and virtual machines of its own",
  },
];

const FILES = roomFiles();
const IMPORTS = new Map(FILES.map((file) => [file.path, importsOf(file)]));
const OUTSIDE = [...filesUnder("bench"), ...filesUnder("scripts"), ...filesUnder("index.ts")];

describe("imports go leftwards", () => {
  test("along the arrows between rooms", () => {
    const wrong = FILES.flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => target !== null && !mayImport(file.path, target))
        .map(({ target, line }) => `${file.path}:${line} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("nothing imports test/; only entries beside the rooms import cli/", () => {
    const wrong = [...FILES, ...OUTSIDE].flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => {
          if (target === null) return false;
          const room = roomOf(file.path);
          return target.startsWith("test/") || (target.startsWith("cli/") && room !== null && room !== "cli");
        })
        .map(({ target }) => `${file.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("packages and Node modules only where their room has them", () => {
    const wrong = FILES.flatMap((file) => {
      const allowed = file.path.startsWith(PAGE) ? PAGE_PACKAGES : PACKAGES[roomOf(file.path)!];
      if (allowed.includes("*")) return [];
      return importsOf(file)
        .filter(({ target, specifier }) => target === null && !allowed.includes(specifier))
        .map(({ specifier, line }) => `${file.path}:${line} imports ${specifier}`);
    });
    expect(wrong).toEqual([]);
  });

  test("no file imports itself around a corner: no cycles", () => {
    expect(circles(FILES, ({ typeOnly }) => !typeOnly)).toEqual([]);
  });

  test("nor do types, but where one is made of itself", () => {
    expect(circles(FILES, () => true)).toEqual(RECURSIVE_TYPES.map(({ files }) => files));
  });
});

describe("a name is imported from the file that owns it", () => {
  test("no `export *` and no barrels; the package's own index.ts names each thing it hands on", () => {
    const wrong = [...FILES, ...OUTSIDE].flatMap((file) => {
      const stars = /\bexport\s*\*/.test(file.code) ? [`${file.path} exports *`] : [];
      const barrels = file.path === "index.ts" ? [] : importsOf(file).filter(({ reExport }) => reExport);
      return [
        ...stars,
        ...barrels.map(({ specifier, line }) => `${file.path}:${line} hands on ${specifier}`),
      ];
    });
    expect(wrong).toEqual([]);
  });

  test("files of ours are named with their ending, and exist", () => {
    const all = [...FILES, ...OUTSIDE, ...filesUnder("test")];
    const wrong = all.flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => target !== null && !(/\.tsx?$/.test(target) && existsSync(ROOT + target)))
        .map(({ specifier, line }) => `${file.path}:${line} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });
});

// Files that were made before the command that will use them. Once nothing of an entry waits any more, it goes.
const WAITING: readonly { readonly files: RegExp; readonly for: string }[] = [];

test("every source file is imported by another, is an entry, or says what it waits for: no orphans", () => {
  const ENTRIES = [/^cli\/smmu\.ts$/, /^viewer\/page\/app\.tsx$/, /Worker\.ts$/];
  const imported = new Set(
    [...FILES, ...OUTSIDE].flatMap((file) => importsOf(file).map(({ target }) => target)),
  );
  const alone = FILES.filter(({ path }) => !imported.has(path) && !ENTRIES.some((entry) => entry.test(path)));
  const orphans = alone.filter(({ path }) => !WAITING.some(({ files }) => files.test(path)));
  expect(orphans.map(({ path }) => path)).toEqual([]);
  const over = WAITING.filter(({ files }) => !alone.some(({ path }) => files.test(path)));
  expect(over.map((entry) => entry.for)).toEqual([]);
});

function mayImport(from: string, target: string): boolean {
  if (from.startsWith(PAGE)) return PAGE_ARROWS.some((allowed) => target.startsWith(allowed));
  const room = roomOf(from)!;
  const owner = roomOf(target);
  return owner === room || ARROWS[room].includes(target) || (owner !== null && ARROWS[room].includes(owner));
}

/** The groups of files that all import each other, directly or by way of others. */
function circles(files: readonly SourceFile[], counts: (found: ImportOf) => boolean): string[] {
  const reached = new Map(files.map((file) => [file.path, new Set<string>()]));
  for (const { path } of files) {
    const open = [path];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const target of targetsOf(next, counts)) {
        if (reached.get(path)!.has(target)) continue;
        reached.get(path)!.add(target);
        open.push(target);
      }
    }
  }
  const groups = files
    .filter(({ path }) => reached.get(path)!.has(path))
    .map(({ path }) => [...reached.get(path)!].filter((other) => reached.get(other)?.has(path)).sort());
  return [...new Set(groups.map((group) => group.join(" <-> ")))];
}

function targetsOf(path: string, counts: (found: ImportOf) => boolean): string[] {
  return (IMPORTS.get(path) ?? []).flatMap((found) =>
    found.target !== null && counts(found) ? [found.target] : [],
  );
}
