import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import { openSqliteStore } from "../../store/sqlite/sqliteEventStore.ts";
import { temporaryFolder } from "./folder.ts";
import { bootStart, bytes, derived, fault, finding, loss, mapping, SUMMARY, verdict } from "./stored.ts";

// docs/database.md is a promise to those who query the database by hand: its columns and its queries are tried here.
const DOC = readFileSync(new URL("../../docs/database.md", import.meta.url), "utf8");
const file = `${temporaryFolder().path("demo.db")}`;
let db: Database.Database;

beforeAll(() => {
  const store = openSqliteStore(file, { mode: "write" });
  const writer = store.create(bootStart("demo"));
  const page = 0xfffffffffffff;
  writer.append(
    { count: 10, bytes: bytes("events") },
    derived({
      faults: [
        fault(3),
        { ...fault(5), page: 0, address: "0x0" },
        { ...fault(6), page: null, address: null },
      ],
      mappings: [
        { ...mapping(page, page), grantedSeq: 1, revokedSeq: 2 },
        { ...mapping(page - 4, page), targetPage: page - 4, grantedSeq: 2, revokedSeq: 4 },
        { ...mapping(page, page), object: "o2", grantedSeq: 4 },
        { ...mapping(0, 0), targetPage: 0, grantedSeq: 0 },
        { ...mapping(1, page), object: "o3", targetPage: 1, grantedSeq: 7 },
      ],
      losses: [loss(1)],
      findings: [finding(3)],
      verdicts: [verdict({})],
    }),
  );
  writer.finish(SUMMARY);
  store.close();
  db = new Database(file, { readonly: true });
});

describe("docs/database.md", () => {
  test("names every table and view with all its columns, in order, and their types", () => {
    const relations = db
      .prepare(
        "SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'",
      )
      .all() as { name: string; type: string }[];
    const actual = Object.fromEntries(relations.map(({ name, type }) => [name, columnsOf(name, type)]));
    expect(documented()).toEqual(actual);
  });

  test("gives the version of the schema and the application id", () => {
    expect(DOC).toContain(`the version of this schema: ${db.pragma("user_version", { simple: true })}.`);
    expect(DOC).toContain(`0x${(db.pragma("application_id", { simple: true }) as number).toString(16)}`);
  });

  test.each(queries())("answers: %s", (_question, sql) => {
    expect(db.prepare(sql).all().length).toBeGreaterThan(0);
  });
});

describe("the views", () => {
  test("write addresses of 64 bits in hex, as the contract does", () => {
    expect(
      db
        .prepare(
          "SELECT object, address, last_address, pages, target FROM mappings_view ORDER BY granted_seq",
        )
        .all(),
    ).toEqual([
      { object: "o1", address: "0x0", last_address: "0xfff", pages: 1, target: "0x0" },
      row("o1", "0xfffffffffffff000", "0xffffffffffffffff", 1, "0x1234000"),
      row("o1", "0xffffffffffffb000", "0xffffffffffffffff", 5, "0xffffffffffffb000"),
      row("o2", "0xfffffffffffff000", "0xffffffffffffffff", 1, "0x1234000"),
      row("o3", "0x1000", "0xffffffffffffffff", 2 ** 52 - 1, "0x1000"),
    ]);
    expect(db.prepare("SELECT address FROM faults_view ORDER BY seq").pluck().all()).toEqual([
      "0xfffffffffffff123",
      "0x0",
      null,
    ]);
  });

  test("join each fault with every grant of its page, whatever its size", () => {
    const sql = "SELECT seq, object, granted_seq, held FROM fault_mappings_view ORDER BY seq, granted_seq";
    expect(db.prepare(sql).raw().all()).toEqual([
      [3, "o1", 1, "before"],
      [3, "o1", 2, "then"],
      [3, "o2", 4, "later"],
      [3, "o3", 7, "later"],
      [5, "o1", 0, "then"],
    ]);
  });

  test("find the grants of a page by the index, not by a look at every one", () => {
    const plan = db.prepare("EXPLAIN QUERY PLAN SELECT * FROM fault_mappings_view WHERE boot = 'demo'").all();
    const steps = (plan as { detail: string }[]).map((step) => step.detail);
    expect(steps.filter((step) => /^SCAN (b|f|m|p)\b/.test(step))).toEqual([]);
    expect(steps.join("\n")).toContain("(boot_id=? AND size_class=? AND first_page>? AND first_page<?)");
  });
});

function row(object: string, address: string, lastAddress: string, pages: number, target: string): unknown {
  return { object, address, last_address: lastAddress, pages, target };
}

function columnsOf(name: string, type: string): string[] {
  const columns = db.pragma(`table_xinfo(${name})`) as { name: string; type: string }[];
  return columns.map((column) => (type === "view" ? column.name : `${column.name} ${column.type}`));
}

/** Each `### name` with its table of columns: names in the first cell, the type of tables in the second. */
function documented(): Record<string, string[]> {
  const sections = DOC.split(/^### `/m).slice(1);
  return Object.fromEntries(
    sections.map((section) => {
      const name = section.slice(0, section.indexOf("`"));
      const rows = section.split("\n").filter((line) => line.startsWith("| `"));
      return [name, rows.flatMap((line) => columnsIn(line))];
    }),
  );
}

function columnsIn(line: string): string[] {
  const [, names = "", second = ""] = line.split("|").map((cell) => cell.trim());
  const type = /^[A-Z]+$/.test(second) ? ` ${second}` : "";
  return [...names.matchAll(/`(\w+)`/g)].map((match) => `${match[1]}${type}`);
}

/** The SQL of the page, each with the question before it. */
function queries(): [question: string, sql: string][] {
  return [...DOC.matchAll(/^([^\n]+)\n\n```sql\n([^`]+)```/gm)].map((match) => [match[1]!, match[2]!]);
}
