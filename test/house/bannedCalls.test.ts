import { describe, expect, test } from "vitest";
import { blanked, filesUnder, type SourceFile } from "../support/sourceFiles.ts";

// These rooms give the same answer on every machine, on every day (style: the same log, the same states).
const PURE_ROOMS = ["base", "events", "core", "sources", "replay"];

interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  readonly instead: string;
}

const BANS: readonly Ban[] = [
  {
    what: "the clock",
    pattern: /\bDate\b|\bperformance\b|\bhrtime\b/,
    instead: "time is a field of a fact, or a parameter",
  },
  {
    what: "ambient chance",
    pattern: /\bMath\.random\b|\brandom(UUID|Bytes|Int)\b|\bgetRandomValues\b/,
    instead: "pass in a Prng of base/prng.ts",
  },
  {
    what: "the environment",
    pattern: /\bprocess\b|\bnavigator\b|\bglobalThis\b/,
    instead: "cli reads it and passes values",
  },
  {
    what: "files and network",
    pattern: /\brequire\s*\(|\bfetch\s*\(|\breadFileSync\b|\bwriteFileSync\b/,
    instead: "cli reads files and passes text or bytes",
  },
  {
    what: "waiting",
    pattern: /\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bawait\b|\basync\b|\bPromise\b/,
    instead: "nothing inside waits; cli and viewer do",
  },
  {
    what: "the locale",
    pattern: /\btoLocale\w*|\blocaleCompare\b|\bIntl\b/,
    instead: "order by UTF-16 units, print digits plainly",
  },
  { what: "printing", pattern: /\bconsole\b/, instead: "return a Diagnostic" },
  { what: "code from text", pattern: /\beval\s*\(|\bnew Function\b/, instead: "write the code" },
];

// What stands here has a reason; an exception that nothing uses any more fails, too.
const EXCEPTIONS: readonly { readonly path: string; readonly what: string; readonly reason: string }[] = [];

const FILES = PURE_ROOMS.flatMap((room) => filesUnder(room));

describe("the pure rooms do not reach for", () => {
  test.each(BANS)("$what: $instead", (ban) => {
    const found = FILES.flatMap((file) => uses(file, ban));
    const excepted = EXCEPTIONS.filter(({ what }) => what === ban.what).map(({ path }) => path);
    expect(found.filter(({ path }) => !excepted.includes(path)).map(({ place }) => place)).toEqual([]);
    expect(excepted.filter((path) => !found.some((use) => use.path === path))).toEqual([]);
  });

  test("and a use is found in code, but not in a comment or a text", () => {
    const text =
      'const now = Date.now(); // Date\nconst s = "Math.random";\nsort((a, b) => a.localeCompare(b));\n';
    const file = { path: "a.ts", text, code: blanked(text) };
    expect(BANS.flatMap((ban) => uses(file, ban).map(({ place }) => place))).toEqual([
      "a.ts:1 Date",
      "a.ts:3 localeCompare",
    ]);
  });
});

function uses(file: SourceFile, { pattern }: Ban): { path: string; place: string }[] {
  return file.code.split("\n").flatMap((line, i) => {
    const match = pattern.exec(line);
    return match === null ? [] : [{ path: file.path, place: `${file.path}:${i + 1} ${match[0]}` }];
  });
}
