import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { addHistory, HISTORY_LINES_MAX, historyFile, readHistory } from "../../../cli/shell/history.ts";
import { scratch } from "../../support/cli.ts";

const folder = scratch();

describe("the history of a shell", () => {
  test("lies in the user's state folder, or nowhere", () => {
    expect(historyFile({ XDG_STATE_HOME: "/s", HOME: "/h" })).toBe("/s/smmu-replay/shell-history");
    expect(historyFile({ HOME: "/h" })).toBe("/h/.local/state/smmu-replay/shell-history");
    // A state folder that is not absolute does not count.
    expect(historyFile({ XDG_STATE_HOME: "s", HOME: "/h" })).toBe(
      "/h/.local/state/smmu-replay/shell-history",
    );
    expect(addHistory(null, ["x"])).toBe(null);
    expect(readHistory(null)).toEqual([]);
  });

  test("is kept for its user alone, and other shells' lines with it, up to a bound", () => {
    const file = join(folder, "a", "b", "shell-history");
    expect(addHistory(file, ["one"])).toBe(null);
    expect(addHistory(file, ["two", "", "x".repeat(5000), "three"])).toBe(null);
    expect(readHistory(file)).toEqual(["one", "two", "three"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(
      addHistory(
        file,
        Array.from({ length: 3 * HISTORY_LINES_MAX }, (_, i) => `line ${i}`),
      ),
    ).toBe(null);
    expect(readHistory(file)).toHaveLength(HISTORY_LINES_MAX);
    expect(readFileSync(file, "utf8")).not.toContain("one");
  });

  test("that cannot be read or kept is told in a sentence, and costs nothing else", () => {
    const file = join(folder, "plain");
    writeFileSync(file, "a file\n");
    expect(addHistory(join(file, "shell-history"), ["x"])).toMatch(/cannot be kept in .*ENOTDIR|EEXIST/);
    const directory = join(folder, "directory");
    mkdirSync(directory);
    expect(readHistory(directory)).toEqual([]);
    expect(existsSync(`${file}.tmp`)).toBe(false);
  });
});
