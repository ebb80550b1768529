import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ajvDraft04 from "ajv-draft-04";
import addFormats from "ajv-formats";
import { beforeAll, describe, expect, test } from "vitest";
import { openDuckdb } from "../../cli/export/parquet.ts";
import { fixture, scratch, smmu, smmuJson } from "../support/cli.ts";

const folder = scratch();
const duckdb = await openDuckdb().catch((error: Error) => error);
if (duckdb instanceof Error) console.warn(`Parquet is not tried: ${duckdb.message}`);

beforeAll(() => {
  for (const name of ["x86-faults", "x86-strict-stale"])
    expect(smmu(folder, ["import", fixture(`traces/${name}.jsonl.gz`)]).code).toBe(0);
});

const exported = (as: string, to: string, ...rest: string[]) =>
  smmu(folder, ["export", "x86-faults", "--as", as, "--to", to, ...rest]);

describe("export", () => {
  test("smmu-trace: an import of it has the same log, compressed or not", () => {
    expect(
      smmuJson(folder, ["export", "x86-faults", "--as", "smmu-trace", "--to", "a.jsonl.gz"]),
    ).toMatchObject({
      file: "a.jsonl.gz",
      events: 4992,
    });
    const digest = (db: string) =>
      smmuJson<{ boot: string; logDigest: string }[]>(folder, ["boots", "--db", db]).find(
        ({ boot }) => boot === "x86-faults",
      )?.logDigest;
    expect(smmu(folder, ["import", "a.jsonl.gz", "--db", "again.db"]).code).toBe(0);
    expect(digest("again.db")).toBe(digest("smmu.db"));
  });

  test("an existing file stays as it is unless --force says otherwise, and nothing is left beside it", () => {
    writeFileSync(join(folder, "mine.csv"), "mine");
    expect(exported("csv", "mine.csv")).toMatchObject({ code: 2, out: "" });
    expect(readFileSync(join(folder, "mine.csv"), "utf8")).toBe("mine");
    expect(exported("csv", "mine.csv", "--force").code).toBe(0);
    expect(readdirSync(folder).filter((name) => name.includes(".tmp"))).toEqual([]);
  });

  test("- is standard output, and holds nothing else", () => {
    const { code, out } = exported("smmu-trace", "-");
    expect(code).toBe(0);
    expect(out.trimEnd().split("\n")).toHaveLength(4993);
  });

  test("sarif is valid by the schema, and counts every fault", () => {
    expect(exported("sarif", "f.sarif").code).toBe(0);
    const ajv = new ajvDraft04.default({ strict: false, unicodeRegExp: false });
    addFormats.default(ajv);
    const validate = ajv.compile(
      JSON.parse(readFileSync(fixture("sarif/sarif-2.1.0-rtm.5.json"), "utf8")) as object,
    );
    const log = JSON.parse(readFileSync(join(folder, "f.sarif"), "utf8")) as {
      runs: { results: { occurrenceCount: number }[] }[];
    };
    expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
    expect(log.runs[0]!.results.reduce((sum, { occurrenceCount }) => sum + occurrenceCount, 0)).toBe(1196);
  });

  test.each([
    [["--as", "itf", "--to", "x.itf"], "name a stretch with --from and --until"],
    [["--as", "csv", "--to", "no/such/x.csv"], "its folder does not exist"],
    [["--as", "csv", "--to", "."], "is a folder"],
    [["--as", "parquet", "--to", "-"], "cannot be written to standard output"],
    [["--as", "csv", "--to", "-", "--json"], "name a file"],
    [["--as", "csv", "--to", "x.csv", "--from", "9", "--until", "8"], "lies after"],
  ])("%j is refused with a sentence", (args, expected) => {
    const { code, err } = smmu(folder, ["export", "x86-faults", ...args]);
    expect(code).toBe(2);
    expect(err).toContain(expected);
    expect(existsSync(join(folder, "x.csv"))).toBe(false);
  });
});

describe.skipIf(duckdb instanceof Error)("Parquet for fleets", () => {
  const page = readFileSync(new URL("../../docs/fleet.md", import.meta.url), "utf8");
  const queries = [...page.matchAll(/^## (.*)\n+```sql\n([\s\S]*?)```/gm)].map(
    ([, title, sql]) => [title!, sql!] as const,
  );

  beforeAll(() => {
    for (const table of ["events", "faults", "mappings", "verdicts"]) {
      mkdirSync(join(folder, "fleet", table), { recursive: true });
      for (const boot of ["x86-faults", "x86-strict-stale"]) {
        const to = join("fleet", table, `${boot}.parquet`);
        const ran = smmu(folder, ["export", boot, "--as", "parquet", "--table", table, "--to", to]);
        expect(ran.code, ran.err).toBe(0);
      }
    }
  });

  test("every documented query is here", () => {
    expect(queries).toHaveLength(8);
  });

  test.each(queries)("%s", async (_title, sql) => {
    if (duckdb instanceof Error) throw duckdb;
    const here = sql.replaceAll("'fleet/", `'${folder}/fleet/`);
    const rows = (await duckdb.runAndReadAll(here)).getRowObjectsJson();
    expect(rows.length).toBeGreaterThanOrEqual(/conformance IN|why <> |HAVING/.test(sql) ? 0 : 1);
  });

  test("faults in the files are as many as in the database, and addresses are numbers", async () => {
    if (duckdb instanceof Error) throw duckdb;
    const sql = `SELECT count(*) AS n, typeof(any_value(address)) AS type FROM read_parquet('${folder}/fleet/faults/x86-faults.parquet')`;
    expect((await duckdb.runAndReadAll(sql)).getRowObjectsJson()).toEqual([{ n: "1196", type: "UBIGINT" }]);
  });
});
