import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { filesUnder, ROOT } from "../support/sourceFiles.ts";

const FOLDER = "test/house/nocompile";

test("what must not compile does not: every @ts-expect-error is needed, and nothing else is wrong", () => {
  const directives = filesUnder(FOLDER).flatMap(({ text }) => text.match(/@ts-expect-error/g) ?? []);
  expect(directives.length).toBeGreaterThanOrEqual(16);
  const tsc = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", FOLDER], {
    cwd: ROOT,
    encoding: "utf8",
  });
  // A directive above a line that does compile is an error of its own (TS2578).
  expect(tsc.stdout).toBe("");
  expect(tsc.status).toBe(0);
});
