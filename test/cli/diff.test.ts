import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { fixture, scratch, smmu, smmuJson } from "../support/cli.ts";

const folder = scratch();

beforeAll(() => {
  const plain = gunzipSync(readFileSync(fixture("traces/x86-plain.jsonl.gz"))).toString("utf8");
  const lines = plain.split("\n");
  const map = lines.flatMap((line, i) => (line.includes('"kind":"map"') ? [i] : []))[1800]!;
  lines[0] = lines[0]!.replace("x86-plain", "one-grant-less");
  writeFileSync(join(folder, "less.jsonl"), lines.filter((_, i) => i !== map).join("\n"));
  for (const file of [
    fixture("traces/x86-plain.jsonl.gz"),
    fixture("traces/x86-no-e1000e.jsonl.gz"),
    "less.jsonl",
  ])
    expect(smmu(folder, ["import", file]).code).toBe(0);
});

describe("transcripts", () => {
  test.each([
    ["diff-device-fewer", ["diff", "x86-plain", "x86-no-e1000e"], 1],
    ["diff-one-grant-less", ["diff", "x86-plain", "one-grant-less"], 1],
    ["diff-same", ["diff", "x86-plain", "x86-plain"], 0],
    ["bisect-fault", ["bisect", "x86-plain", "one-grant-less", "--fault", "pci:0000:00:04.0,unmapped"], 1],
    ["bisect-same", ["bisect", "x86-plain", "x86-plain", "--property", "mappings"], 0],
  ] as const)("%s", async (name, args, code) => {
    const ran = smmu(folder, args);
    expect({ code: ran.code, err: ran.err }).toEqual({ code, err: "" });
    await expect(ran.out).toMatchFileSnapshot(fixture(`golden/${name}.txt`));
  });
});

test("diff tells its JSON by the contract", () => {
  const report = smmuJson<{ [name: string]: unknown }>(folder, ["diff", "x86-plain", "one-grant-less"]);
  expect(report).toMatchObject({ equal: false, firstDifference: { seqA: 8100, seqB: 8100 } });
  for (const name of ["config", "devices", "mappings", "verdicts"])
    for (const list of ["added", "removed", "changed"])
      expect(Array.isArray((report[name] as { [name: string]: unknown })[list])).toBe(true);
});

test.each([
  [["diff", "x86-plain", "nothing"], "there is no boot nothing"],
  [["diff", "x86-plain", "x86-plain", "--at-a", "99999999"], "has no event 99999999"],
  [["bisect", "x86-plain", "x86-plain"], "name either --property"],
  [["bisect", "x86-plain", "x86-plain", "--fault", "eth0"], "is no signature"],
  [["corpus", "nowhere"], "does not exist"],
])("%j is refused with a sentence", (args, expected) => {
  const { code, err } = smmu(folder, args);
  expect(code).toBe(2);
  expect(err).toContain(expected);
});

test("corpus: nothing expected, written, held, and failing where a verdict, a file or a name is other", () => {
  const corpus = join(folder, "corpus");
  mkdirSync(corpus);
  copyFileSync(fixture("traces/x86-strict-stale.jsonl.gz"), join(corpus, "stale.jsonl.gz"));
  expect(smmu(folder, ["corpus", "corpus"]).code).toBe(2);
  expect(smmu(folder, ["corpus", "corpus", "--update"]).code).toBe(0);
  expect(smmu(folder, ["corpus", "corpus"])).toMatchObject({
    code: 0,
    out: "ok    stale.jsonl.gz: 988 verdicts as expected\npassed: 1 boot judged as expected\n",
  });
  const file = join(corpus, "smmu-corpus.json");
  const text = readFileSync(file, "utf8");
  writeFileSync(
    file,
    text.replace("permitted grant", "denied unmapped 0x07").replace(/"chunks": "\w/, '"chunks": "z'),
  );
  const changed = smmu(folder, ["corpus", "corpus"]);
  expect(changed.code).toBe(1);
  expect(changed.out).toMatch(
    /^FAIL {2}stale\.jsonl\.gz:\d+: event \d+: expected denied unmapped 0x07, now permitted grant/,
  );
  writeFileSync(file, text);
  writeFileSync(
    join(corpus, "new.jsonl"),
    '{"format":"smmu-trace","version":1,"family":"vtd"}\n{"kind":"mark","text":"x"}\n',
  );
  expect(smmu(folder, ["corpus", "corpus"]).out).toContain("FAIL  new.jsonl: nothing is expected of it");
});
