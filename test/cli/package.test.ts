import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fixture, scratch } from "../support/cli.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const folder = scratch();

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

test("the package installs from its own tarball in an empty folder, runs, and is a typed library", {
  timeout: 600_000,
}, () => {
  // dist/ is built before the tests; building it again would pull it from under the other tests.
  const tarball = run(
    "npm",
    ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder],
    ROOT,
  ).trim();
  writeFileSync(join(folder, "package.json"), '{"name":"empty","private":true,"type":"module"}');
  run("npm", ["install", "--no-audit", "--no-fund", "--silent", join(folder, tarball)], folder);

  const smmu = join(folder, "node_modules/.bin/smmu");
  expect(run(smmu, ["--version"], folder).trim()).toMatch(/^\d+\.\d+\.\d+$/);
  expect(run(smmu, ["demo", "--no-color"], folder)).toContain("1,196 faults");
  expect(run(smmu, ["import", fixture("traces/x86-faults.jsonl.gz")], folder)).toContain("already");

  writeFileSync(
    join(folder, "library.ts"),
    `import { openSqliteStore, replayBoot, type ReplayReport } from "smmu-replay";
const store = openSqliteStore("smmu.db", { mode: "read" });
const report: ReplayReport = replayBoot(store.read("x86-faults"));
const agreed: number = report.conformance.agreed;
// @ts-expect-error: a count is no text
const wrong: string = report.conformance.agreed;
console.log(agreed);
void wrong;
`,
  );
  const compiler = join(ROOT, "node_modules/.bin/tsc");
  run(
    compiler,
    [
      "--target",
      "es2023",
      "--module",
      "nodenext",
      "--strict",
      "--skipLibCheck",
      "false",
      "--types",
      "",
      "library.ts",
    ],
    folder,
  );
  expect(run(process.execPath, ["library.js"], folder).trim()).toBe("2814");
});
