import { join } from "node:path";
import { expect, test } from "vitest";
import { originText } from "../../../cli/render/originText.ts";

test("a file under the working folder is named from there, a relative one as it was given", () => {
  expect(originText({ file: join(process.cwd(), "boots/a.smmu"), line: 3 })).toBe("boots/a.smmu:3");
  expect(originText({ file: "../a.smmu", line: 3 })).toBe("../a.smmu:3");
});

test("a long path elsewhere does not push a story off the screen", () => {
  const far = `/${"folder/".repeat(30)}traces/x86.jsonl`;
  expect(originText({ file: far, line: 3327 })).toBe(".../traces/x86.jsonl:3327");
  expect(originText({ file: "/etc/a.smmu", line: null })).toBe("/etc/a.smmu:-");
});
