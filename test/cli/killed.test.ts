import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { scratch, smmu, smmuJson, startSmmu } from "../support/cli.ts";

const folder = scratch();
const EVENTS = 150_000;

/** True once the log of the database holds a block. */
function begun(): boolean {
  const log = join(folder, "smmu.db-wal");
  return existsSync(log) && statSync(log).size > 100_000;
}

/** A trace long enough to be killed in the middle of. */
function longTrace(): string {
  const lines = ['{"format":"smmu-trace","version":1,"boot":"long","family":"ideal"}'];
  for (let i = 0; i < EVENTS / 2; i++) {
    const address = `0x${((i % 5000) * 0x2000).toString(16)}`;
    lines.push(`{"t":${i},"kind":"map","object":"o","address":"${address}","length":"0x1000","access":"rw"}`);
    lines.push(`{"t":${i},"kind":"unmap","object":"o","address":"${address}","length":"0x1000"}`);
  }
  writeFileSync(join(folder, "long.jsonl"), `${lines.join("\n")}\n`);
  return "long.jsonl";
}

describe("an import that is killed", () => {
  test("leaves a valid, shorter boot marked incomplete, and importing again replaces it", {
    timeout: 120_000,
  }, async () => {
    const trace = longTrace();
    let shorter = 0;
    for (const delay of [20, 60, 120, 200, 300]) {
      const child = startSmmu(folder, ["import", trace]);
      // From the first block on: how long a process takes to start is not what is looked at.
      while (child.exitCode === null && !begun()) await sleep(5);
      await sleep(delay);
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      const listed = smmu(folder, ["boots", "--json"]);
      if (listed.code !== 0) continue;
      expect(smmuJson<{ ok: boolean }>(folder, ["verify"]).ok).toBe(true);
      const [boot] = JSON.parse(listed.out) as { complete: boolean; events: number }[];
      if (boot && !boot.complete) {
        shorter += 1;
        expect(boot.events).toBeLessThan(EVENTS);
      }
    }
    expect(shorter).toBeGreaterThan(0);
    expect(smmuJson(folder, ["import", trace])).toMatchObject({ boot: "long", events: EVENTS });
    expect(smmuJson<unknown[]>(folder, ["boots"])).toHaveLength(1);
    expect(smmuJson<{ ok: boolean }>(folder, ["verify"]).ok).toBe(true);
  });
});
