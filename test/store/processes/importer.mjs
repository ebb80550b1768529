// A program that imports, on the built package: node importer.mjs STORE_MODULE FILE BOOTS APPENDS [WAIT_MS]
// BOOTS are names with commas between, imported one after the other. It prints a line when a boot has begun, one for each
// append, one at its end, and whatever StoreError ends it. With APPENDS "forever" it appends until it is killed; with
// "none" it finishes a boot when its input ends. A file FILE.alone shows that no other is writing meanwhile.
import { closeSync, openSync, unlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const [storeModule, file, boots, appends, waitMs = "10000"] = process.argv.slice(2);
const { openSqliteStore } = await import(storeModule);
const digest = "0".repeat(64);
const header = { family: "vtd", recorder: null, note: null, outcomes: "derived", extra: null };
const say = (line) => process.stdout.write(`${line}\n`);

function rows(seq) {
  const mapping = { object: "o1", targetPage: 1, access: "rw", grantedSeq: seq, revokedSeq: null };
  return {
    snapshots: [{ seq: seq + 16, bytes: Buffer.from(`state ${seq}`), stateDigest: digest }],
    faults: [
      {
        seq,
        t: seq,
        device: null,
        kind: "dma",
        reason: null,
        code: null,
        access: "r",
        page: seq,
        json: "{}",
      },
    ],
    mappings: Array.from({ length: 60 }, (_, i) => ({ ...mapping, firstPage: seq + i, lastPage: seq + i })),
    losses: [{ seq, t: null, what: "overflow", function: null, count: 1 }],
    findings: [{ seq, conformance: "stale", expected: "{}", actual: "{}" }],
    verdicts: [{ device: "d", outcome: "denied", why: "unmapped", conformance: null, count: 1 }],
  };
}

async function importBoot(boot) {
  const store = openSqliteStore(file, { mode: "write", busyTimeoutMs: Number(waitMs) });
  const writer = store.create({ name: boot, source: "importer", sourceDigest: null, header });
  say("begun");
  if (appends === "none") for await (const _ of process.stdin);
  if (appends !== "forever") closeSync(openSync(`${file}.alone`, "wx"));
  const count = appends === "forever" ? Number.POSITIVE_INFINITY : appends === "none" ? 0 : Number(appends);
  for (let i = 0; i < count; i++) {
    writer.append({ count: 16, bytes: Buffer.alloc(20_000, i) }, rows(i * 16));
    say(`appended ${i}`);
    await sleep(0);
  }
  if (appends !== "forever") unlinkSync(`${file}.alone`);
  writer.finish({ faults: 0, skipped: 0, stateDigest: digest, dss: null });
  store.close();
  say("finished");
}

try {
  for (const boot of boots.split(",")) await importBoot(boot);
} catch (error) {
  say(`${error.name} ${error.reason}: ${error.message}`);
}
