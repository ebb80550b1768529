import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { fixture, scratch, smmu, smmuJson, startSmmu } from "../support/cli.ts";

const folder = scratch();
const GZ = readFileSync(fixture("traces/x86-faults.jsonl.gz"));
const TEXT = gunzipSync(GZ).toString("utf8");
const HEADER = '{"format":"smmu-trace","version":1,"boot":"t","family":"ideal"}\n';

let files = 0;

/** Writes a file of its own and returns its name. */
function file(content: string | Buffer, ending = "jsonl"): string {
  files += 1;
  const name = `input-${files}.${ending}`;
  writeFileSync(join(folder, name), content);
  return name;
}

interface Imported {
  readonly events: number;
  readonly skipped: number;
  readonly diagnostics: { code: string; line: number; severity: string; message: string; hint: string }[];
}

let databases = 0;

function importOne(content: string | Buffer, ending?: string): Imported {
  databases += 1;
  return smmuJson<Imported>(folder, ["import", file(content, ending), "--db", `d${databases}.db`]);
}

describe("input that is not what it claims to be is refused whole: exit 2, a sentence, no boot", () => {
  test.each<[string, () => string, string]>([
    [
      "a truncated gzip file",
      () => file(GZ.subarray(0, GZ.length >> 1), "gz"),
      "ends in the middle of its gzip data",
    ],
    [
      "a damaged gzip file",
      () => file(Buffer.concat([GZ.subarray(0, 100), Buffer.alloc(500, 7), GZ.subarray(600)]), "gz"),
      "damaged gzip data",
    ],
    [
      "binary junk",
      () => file(Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251))),
      "none of the known formats",
    ],
    ["an empty file", () => file(""), "is empty"],
    ["an empty gzip file", () => file(gzipSync("")), "is empty"],
    ["a missing file", () => "absent.jsonl", "does not exist"],
    ["a header of another version", () => file(HEADER.replace('"version":1', '"version":2')), "version 2"],
    ["a header of an unknown family", () => file(HEADER.replace("ideal", "mmu9000")), "mmu9000"],
    [
      "a header of another format",
      () => file('{"format":"other-trace","version":1}\n{"kind":"mark","text":"x"}\n'),
      "smmu-trace",
    ],
  ])("%s", (_, make, words) => {
    const ran = smmu(folder, ["import", make(), "--db", "refused.db"]);
    expect(ran.err).toContain(words);
    expect(ran.code).toBe(2);
    expect(ran.err).not.toMatch(/^\s+at /m);
    const boots = smmu(folder, ["boots", "--json", "--db", "refused.db"]);
    if (boots.code === 0) expect(JSON.parse(boots.out)).toEqual([]);
  });

  test("binary junk that is said to be a log", () => {
    const junk = file(Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)));
    const ran = smmu(folder, ["import", junk, "--format", "linux-dmesg", "--db", "refused.db"]);
    expect(ran.err).toContain("is not text");
    expect(ran.code).toBe(2);
  });

  test("a directory", () => {
    mkdirSync(join(folder, "some-folder"), { recursive: true });
    const ran = smmu(folder, ["import", "some-folder", "--db", "refused.db"]);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain("is a directory");
  });
});

describe("a bad line is told with its number and skipped; the others are kept", () => {
  const good = '{"kind":"object.create","object":"o"}\n';
  test.each([
    ["a negative address", '{"kind":"unmap","object":"o","address":"-0x1000","length":4096}', "TRC104"],
    [
      "an address of 65 bits",
      '{"kind":"unmap","object":"o","address":"0x10000000000000000","length":4096}',
      "TRC104",
    ],
    [
      "a range past 2^64",
      '{"kind":"unmap","object":"o","address":"0xfffffffffffff000","length":"0x1001"}',
      "TRC106",
    ],
    ["a zero length", '{"kind":"unmap","object":"o","address":"0x1000","length":0}', "TRC105"],
    ["a negative length", '{"kind":"unmap","object":"o","address":"0x1000","length":-1}', "TRC105"],
    ["a NUL byte", '{"kind":"mark"\u0000,"text":"x"}', "TRC101"],
    ["no JSON", "hello", "TRC101"],
    ["another header", HEADER.trim(), "TRC102"],
  ])("%s", (_, line, code) => {
    const imported = importOne(`${HEADER}${good}${line}\n${good}`);
    expect(imported).toMatchObject({ events: 2, skipped: 1 });
    expect(imported.diagnostics[0]).toMatchObject({ code, line: 3, severity: "error" });
    expect(imported.diagnostics[0]!.hint).toContain("skipped");
  });

  test("a record that the end of the file cut", () => {
    const imported = importOne(`${HEADER}${good}{"kind":"mark","te`);
    expect(imported).toMatchObject({ events: 1, skipped: 1 });
    expect(imported.diagnostics[0]).toMatchObject({
      code: "TRC101",
      line: 3,
      message: "the record ends before it is complete",
    });
  });

  test("a line of 10 MB, without keeping it", () => {
    const imported = importOne(`${HEADER}{"kind":"mark","text":"${"x".repeat(10_000_000)}"}\n${good}`);
    expect(imported).toMatchObject({ events: 1, skipped: 1 });
    expect(imported.diagnostics[0]).toMatchObject({ code: "TRC109", line: 2 });
  });

  test("an unknown kind is kept, and told once", () => {
    const imported = importOne(`${HEADER}${'{"kind":"teleport","to":"mars"}\n'.repeat(3)}`);
    expect(imported).toMatchObject({ events: 3, skipped: 0 });
    expect(imported.diagnostics.map(({ code }) => code)).toEqual(["TRC111"]);
  });

  test("times that go back are told once, and the order of the lines is kept", () => {
    const imported = importOne(
      `${HEADER}{"t":5,"kind":"mark","text":"a"}\n{"t":3,"kind":"mark","text":"b"}\n{"t":1,"kind":"mark","text":"c"}\n`,
    );
    expect(imported).toMatchObject({ events: 3, skipped: 0 });
    expect(imported.diagnostics.map(({ code }) => code)).toEqual(["TRC110"]);
  });

  test("CRLF, and a last line without a line end, are no mistakes", () => {
    const imported = importOne(`${HEADER}${good}{"kind":"mark","text":"last"}`.replaceAll("\n", "\r\n"));
    expect(imported).toMatchObject({ events: 2, skipped: 0, diagnostics: [] });
  });

  test("a byte-order mark is no part of the text, and UTF-16 is read as the text it means", () => {
    const trace = `${HEADER}${good}{"kind":"mark","text":"\u00fc"}\n`;
    const little = Buffer.from(`\ufeff${trace}`, "utf16le");
    const good2 = { events: 2, skipped: 0, diagnostics: [] };
    expect(importOne(`\ufeff${trace}`)).toMatchObject(good2);
    expect(importOne(little)).toMatchObject(good2);
    expect(importOne(Buffer.from(little).swap16())).toMatchObject(good2);
  });

  test("a lone CR ends what stands before it (logs 1)", () => {
    const report =
      "DMAR: [DMA Write] Request device [00:12.0] fault addr 0 [fault reason 05] PTE Write access is not set";
    const consoleLine = `[    1.000000] ${report}\r[    2.000000] ${report}\r\r\n`;
    expect(importOne(consoleLine, "log")).toMatchObject({ events: 2, skipped: 0 });
    expect(importOne(consoleLine.replaceAll("\n", ""), "log")).toMatchObject({ events: 2, skipped: 0 });
    const bad = importOne(`${HEADER}${good}hello\n`.replaceAll("\n", "\r"));
    expect(bad).toMatchObject({ events: 1, skipped: 1, diagnostics: [{ line: 3 }] });
  });

  test("a format is found however slowly standard input begins", async () => {
    const child = startSmmu(folder, ["import", "-", "--db", "slow.db"], "pipe");
    child.stdin!.write("# pasted by hand\n");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    child.stdin!.end("DMAR: DRHD: handling fault status reg 2\n");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
  });

  test("standard input is read like a file", () => {
    const ran = smmu(folder, ["import", "-", "--db", "stdin.db", "--json"], TEXT);
    expect(JSON.parse(ran.out)).toMatchObject({ boot: "x86-faults", events: 4992 });
  });
});
