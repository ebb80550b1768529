import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { diff, importBoot, memoryEventStore, replay, why } from "../../index.ts";

const RECORDED = fileURLToPath(new URL("../../fixtures/traces/x86-plain.jsonl.gz", import.meta.url));

test("this recorded boot must still be permitted", async () => {
  const store = memoryEventStore();
  const { info } = await importBoot(store, { files: [RECORDED], format: "auto", boot: null, replace: false });
  const boot = store.read(info.name);
  // What is refused is told with its cause, so that a failure needs no further looking.
  const refused = [...boot.faults()].slice(0, 5).map(({ seq }) => why(boot, seq));
  expect(refused.map((each) => ("problem" in each ? each.problem : each.text))).toEqual([]);
  const { transactions, conformance } = replay(boot);
  expect(transactions).toMatchObject({ denied: 0, unrestricted: 0 });
  expect(conformance).toMatchObject({ stale: 0, diverged: 0 });
  expect(diff(boot, boot).equal).toBe(true);
});
