import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { fixture, SMMU, scratch, smmu } from "../support/cli.ts";

const folder = scratch();
smmu(folder, ["import", fixture("traces/first-steps.jsonl")]);

test("view serves on loopback until it is told to stop, and ends with 0", async () => {
  const child = spawn(process.execPath, [SMMU, "view", "first-steps", "--port", "0", "--json"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, SMMU_DB: "" },
  });
  let text = "";
  for await (const part of child.stdout) {
    text += String(part);
    if (text.trimEnd().endsWith("}")) break;
  }
  const { url, host } = JSON.parse(text) as { url: string; host: string };
  expect(host).toBe("127.0.0.1");
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?boot=first-steps$/);
  const boots = await fetch(new URL("/api/boots", url));
  expect(await boots.json()).toMatchObject([{ boot: "first-steps", events: 25 }]);
  // Long answers come from a thread of their own: comparisons, causes, and refusals of either.
  const diff = await fetch(new URL("/api/boots/first-steps/diff/first-steps", url));
  expect(await diff.json()).toMatchObject({ equal: true, lines: [] });
  const why = await fetch(new URL("/api/boots/first-steps/why/0", url));
  expect([why.status, await why.json()]).toEqual([
    422,
    { error: expect.stringContaining("why explains transfers") },
  ]);
  child.kill("SIGINT");
  expect((await once(child, "exit"))[0]).toBe(0);
});

test.each([
  [["view", "--port", "99999"], "is no port"],
  [["view", "none"], "there is no boot none"],
  [["view", "--host", "192.0.2.1", "--port", "0"], "no address of this machine"],
])("%j is a usage error with a sentence", (args, sentence) => {
  const { code, err } = smmu(folder, args);
  expect([code, err]).toEqual([2, expect.stringContaining(sentence)]);
});
