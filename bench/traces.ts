import { createWriteStream, existsSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { gunzipSync } from "node:zlib";
import { packageFile } from "../cli/packageFile.ts";

/** What a measurement is made on: a file, and what it is called in the table. */
export interface Sample {
  readonly file: string;
  readonly name: string;
}

const ROUNDS = 226;

/**
 * The million-event boot: the one that `SMMU_BENCH_TRACE` names, else the recorded x86-faults boot told again and
 * again with times that go on, 1.13 million events.
 */
export async function millionEvents(): Promise<Sample> {
  const given = process.env["SMMU_BENCH_TRACE"];
  if (given) return { file: given, name: given.split("/").at(-1)! };
  const file = join(tmpdir(), "smmu-bench-million.jsonl");
  if (!existsSync(file) || statSync(file).size < 1e8) {
    const [header, ...records] = gunzipSync(readFileSync(packageFile("fixtures/traces/x86-faults.jsonl.gz")))
      .toString("utf8")
      .trim()
      .split("\n");
    const out = createWriteStream(file);
    out.write(`${header}\n`);
    for (let round = 0; round < ROUNDS; round++) {
      const shift = (record: string) =>
        record.replace(/^\{"t":(\d+)/, (_, t: string) => `{"t":${Number(t) + round * 60_000_000_000}`);
      out.write(`${records.map(shift).join("\n")}\n`);
    }
    out.end();
    await finished(out);
  }
  return { file, name: "x86-faults, 226 times" };
}

/** 200 MB of kernel log: mostly noise, and faults of every family in it. */
export async function largeDmesg(): Promise<Sample> {
  const file = join(tmpdir(), "smmu-bench-dmesg.txt");
  const bytes = 200e6;
  if (!existsSync(file) || statSync(file).size < bytes) {
    const noise = Array.from(
      { length: 400 },
      (_, i) =>
        `[${(i / 100).toFixed(6).padStart(12)}] usb 1-1.${i % 7}: new high-speed USB device number ${i} using xhci_hcd, bcdDevice=${i * 3}`,
    );
    const fault =
      "[   12.345678] DMAR: [DMA Write NO_PASID] Request device [00:0a.0] fault addr 0xb2000 [fault reason 0x05] PTE Write access is not set";
    const text = `${noise.join("\n")}\n${fault}\n`;
    const out = createWriteStream(file);
    for (let written = 0; written < bytes; written += text.length) out.write(text);
    out.end();
    await finished(out);
  }
  return { file, name: "kernel log, 200 MB" };
}
