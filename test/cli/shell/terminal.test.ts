import { spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SMMU, scratch } from "../../support/cli.ts";

const folder = scratch();
const HAVE_PTY = spawnSync("python3", ["-c", "import pty"]).status === 0;
const ON_A_TERMINAL = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";

/** Runs the command on a terminal of its own: types each time that what was seen has a new match; what was seen, and the exit code. */
function typeTo(args: readonly string[], steps: readonly (readonly [waitFor: RegExp, keys: string])[]) {
  const child = spawn("python3", ["-c", ON_A_TERMINAL, process.execPath, SMMU, ...args], {
    cwd: folder,
    env: { ...process.env, SMMU_DB: "", NO_COLOR: "1", TERM: "xterm", XDG_STATE_HOME: join(folder, "state") },
  });
  return new Promise<{ seen: string; code: number | null }>((resolve) => {
    let seen = "";
    const left = [...steps];
    child.stdout.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (left[0]?.[0].test(seen)) child.stdin.write(left.shift()![1]);
    });
    child.on("close", (code) => resolve({ seen, code }));
  });
}

describe.skipIf(!HAVE_PTY)("on a terminal", () => {
  test("the shell greets, completes, keeps its history, and Ctrl-D leaves with 0", async () => {
    writeFileSync(join(folder, "a.smmu"), "smmu vtd\n");
    const { seen, code } = await typeTo(
      ["shell", "a.smmu", "--board", "example:x86-vtd"],
      [
        [/a:\d+> /, "smmu_ini"],
        [/smmu_ini/, "\t"],
        [/smmu_init\(/, "0)\r"],
        [/shell@a:\d+> /, "bogus\r"],
        [/no: there is no command/, "\u0004"],
      ],
    );
    expect(code).toBe(0);
    expect(seen).toContain("help lists the commands, Tab completes, Ctrl-D leaves");
    expect(seen).toContain("shell is connected");
    expect(readFileSync(join(folder, "state", "smmu-replay", "shell-history"), "utf8")).toBe(
      "smmu_init(0)\nbogus\n",
    );
  });
});
