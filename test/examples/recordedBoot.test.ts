import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { diff, importBoot, memoryEventStore, replayBoot } from "../../index.ts";

const RECORDED = fileURLToPath(new URL("../../fixtures/traces/x86-plain.jsonl.gz", import.meta.url));

test("this recorded boot must still be permitted", async () => {
  const store = memoryEventStore();
  const { info } = await importBoot(store, { files: [RECORDED], format: "auto", boot: null, replace: false });
  const { transactions, conformance } = replayBoot(store.read(info.name));
  expect(transactions).toMatchObject({ denied: 0, unrestricted: 0 });
  expect(conformance).toMatchObject({ stale: 0, diverged: 0 });
  expect(diff(store.read(info.name), store.read(info.name)).equal).toBe(true);
});
