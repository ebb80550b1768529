import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ACPI_TABLE_LENGTH_MAX, TABLE_COUNT_MAX } from "../../../sources/board/acpi/acpiFile.ts";
import { BOARD_CODES } from "../../../sources/board/codes.ts";
import { FINDINGS_MAX } from "../../../sources/board/findings.ts";
import { FILE_LENGTH_MAX, readFirmware } from "../../../sources/board/firmware.ts";
import { inspectTable } from "../../../sources/board/inspect.ts";
import {
  acpidumpText,
  acpiTable,
  dmar,
  drhd,
  itsGroup,
  ivhd,
  ivrs,
  le,
  node,
  structure,
  withChecksum,
} from "./acpiBuilder.ts";
import { check, fixture, patched } from "./check.ts";

const GOOD = dmar([drhd(0xfed91000, { flags: 1 })]);
const OTHER = acpiTable("FACP", le(0, 8));

function text(...parts: readonly string[]): Uint8Array {
  return Buffer.from(parts.join(""), "latin1");
}

describe("the header is checked in the order of tables 1", () => {
  test("a table without fault has no finding", () => check(GOOD));
  test("fewer bytes than a header", () => {
    check(new Uint8Array(0), "ACPI001");
    check(GOOD.subarray(0, 35), "ACPI001");
  });
  test("unknown signature, whatever its length says", () => {
    check(patched(GOOD, 0, 0x58), "ACPI002");
    check(patched(GOOD, 0, 0x58, 0x58, 0x58, 0x58, 0xff, 0xff), "ACPI002");
    check(patched(GOOD, 0, 0, 0, 0, 0), "ACPI002");
    check(OTHER, "ACPI002");
  });
  test("length less than the fixed part", () => {
    for (const length of [0, 4, 35, 36, 47]) check(patched(GOOD, 4, ...le(length, 4)), "ACPI003");
  });
  test("length more than the bytes that are here", () => {
    check(patched(GOOD, 4, ...le(GOOD.length + 1, 4)), "ACPI004");
    check(patched(GOOD, 4, ...le(0xffffffff, 4)), "ACPI004");
    check(GOOD.subarray(0, GOOD.length - 1), "ACPI004");
  });
  test("bytes after the table are ignored", () => {
    const { facts, diagnostics } = inspectTable(Uint8Array.from([...GOOD, 0, 1, 2]), "test");
    expect(diagnostics.map(({ code }) => code)).toEqual(["ACPI005"]);
    expect(facts).toEqual(inspectTable(GOOD, "test").facts);
  });
  test("wrong checksum, with the right one in the message", () => {
    const { diagnostics } = inspectTable(patched(GOOD, 9, (GOOD[9]! + 1) & 0xff), "test");
    expect(diagnostics).toMatchObject([{ code: "ACPI006", severity: "error" }]);
    expect(diagnostics[0]!.message).toContain(`0x${GOOD[9]!.toString(16).padStart(2, "0")} would`);
  });
  test("unknown revision, and withdrawn ones of the IORT", () => {
    check(acpiTable("DMAR", [38, 0, ...le(0, 10), ...drhd(0x1000)], { revision: 9 }), "ACPI008");
    const its = node(0, itsGroup([0]));
    for (const revision of [1, 2, 4]) {
      check(acpiTable("IORT", [...le(1, 4), ...le(48, 4), ...le(0, 4), ...its], { revision }), "ACPI008");
    }
  });
  test("a file and a table larger than any credible one", () => {
    expect(readFirmware(new Uint8Array(FILE_LENGTH_MAX + 1), "test").diagnostics).toMatchObject([
      { code: "ACPI013" },
    ]);
    const long = new Uint8Array(ACPI_TABLE_LENGTH_MAX + 4);
    long.set(GOOD);
    long.set(le(long.length, 4), 4);
    check(withChecksum(long), "ACPI014");
  });
  test("name fields end at a NUL and show unprintable bytes as spaces", () => {
    const table = patched(GOOD, 10, 0x41, 0x01, 0xff, 0, 0x42, 0x42);
    expect(inspectTable(table, "test").facts).toMatchObject({ oemId: "A  " });
  });
});

describe("a file may hold several tables", () => {
  const second = ivrs([ivhd(0x10, [])]);
  test("one after another: all are read, others are named", () => {
    const { kind, facts, diagnostics } = inspectTable(
      Uint8Array.from([...GOOD, ...OTHER, ...second]),
      "test",
    );
    expect(kind).toBe("ACPI");
    expect(facts).toMatchObject({ tables: [{ signature: "DMAR" }, { signature: "IVRS" }] });
    expect(diagnostics).toMatchObject([{ code: "ACPI007", message: expect.stringContaining("FACP") }]);
  });
  test("two of one kind", () => check(Uint8Array.from([...GOOD, ...GOOD]), "ACPI015"));
  test("more than any machine has", () => {
    const { facts, diagnostics } = inspectTable(
      Uint8Array.from(Array.from({ length: TABLE_COUNT_MAX + 2 }, () => [...GOOD]).flat()),
      "test",
    );
    expect((facts as unknown as { tables: unknown[] }).tables).toHaveLength(TABLE_COUNT_MAX);
    expect(diagnostics.at(-1)).toMatchObject({ code: "ACPI019", severity: "error" });
  });
  test("several, none of them about IOMMUs", () => {
    const facs = acpiTable("SSDT", le(0, 8));
    check(Uint8Array.from([...OTHER, ...facs]), "ACPI009");
  });
});

describe("an acpidump text", () => {
  const dump = acpidumpText(GOOD, "DMAR");
  test("may hold other tables, titles of old versions, carriage returns and a byte order mark", () => {
    const crlf = (acpidumpText(OTHER, "FACP") + dump.replace("0x0000000000000000", "(nil)")).replaceAll(
      "\n",
      "\r\n",
    );
    const { facts, diagnostics } = inspectTable(text("\u00ef\u00bb\u00bf", crlf), "test");
    expect(facts).toEqual(inspectTable(GOOD, "test").facts);
    expect(diagnostics.map(({ code }) => code)).toEqual(["ACPI007"]);
  });
  test("may be bare hex lines without a title", () => {
    expect(inspectTable(text(dump.slice(dump.indexOf("\n") + 1)), "test")).toMatchObject({
      kind: "DMAR",
      diagnostics: [],
    });
  });
  test("characters that look like bytes are not read as bytes", () => {
    const table = patched(GOOD, GOOD.length - 4, 0x34, 0x34, 0x20, 0x34);
    const repaired = withChecksum(table);
    expect(inspectTable(text(acpidumpText(repaired, "DMAR")), "t").facts).toEqual(
      inspectTable(repaired, "t").facts,
    );
  });
  test("a damaged line, with its place", () => {
    const broken = dump.replace("    0010: 54 45", "    0010: 54 4x");
    const { diagnostics } = inspectTable(text(broken), "dump.txt");
    expect(diagnostics[0]).toMatchObject({ code: "ACPI010", file: "dump.txt", line: 3, column: 13 });
    expect(diagnostics[1]).toMatchObject({ code: "ACPI001" });
  });
  test("a missing and a doubled line", () => {
    const lines = dump.split("\n");
    check(text(lines.toSpliced(2, 1).join("\n")), "ACPI011", "ACPI001");
    check(text(lines.toSpliced(2, 0, lines[2]!).join("\n")), "ACPI011", "ACPI001");
  });
  test("a title without bytes, and a text without a table of ours", () => {
    check(text("DMAR @ 0x0\n\n"), "ACPI012", "ACPI009");
    check(text(acpidumpText(OTHER, "FACP")), "ACPI009");
  });
  test("a title that is not the table's", () => check(text(acpidumpText(GOOD, "SSDT")), "ACPI016"));
  test("other text is reported once a run of lines", () => {
    const { diagnostics } = inspectTable(text("# made by hand\n# on a bench\n", dump, "the end\n"), "test");
    expect(diagnostics).toMatchObject([
      { code: "ACPI017", line: 1, message: expect.stringContaining("lines 1 to 2") },
      { code: "ACPI017", line: 9 },
    ]);
  });
  test("two titles of one kind: the second is told with its line", () => {
    expect(inspectTable(text(dump, dump), "test").diagnostics).toMatchObject([{ code: "ACPI015", line: 7 }]);
  });
  test("a finding inside a table names line and column of its bytes", () => {
    const broken = dmar([drhd(0xfed91000), structure(9, le(0, 4))]);
    const { diagnostics } = inspectTable(text(acpidumpText(broken, "DMAR")), "test");
    // Offset 0x40 is the first byte of the fifth row, which stands below the title.
    expect(diagnostics).toMatchObject([{ code: "DMAR006", line: 6, column: 11, endColumn: 13 }]);
  });
});

describe("findings are bounded and errors never lost among warnings", () => {
  test("a table of unknown structures without a unit", () => {
    const many = dmar(Array.from({ length: FINDINGS_MAX + 20 }, () => structure(9, [])));
    const { diagnostics } = inspectTable(many, "test");
    expect(diagnostics.filter(({ code }) => code === "DMAR006")).toHaveLength(FINDINGS_MAX);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toMatchObject([{ code: "DMAR019" }]);
    expect(diagnostics.at(-1)).toMatchObject({
      code: "ACPI018",
      message: expect.stringContaining("20 more"),
    });
  });
});

describe("every code is explained", () => {
  const rows = Buffer.from(fixture("../docs/diagnostics-board.md"))
    .toString("utf8")
    .split("\n")
    .map((line) => /^\| `([A-Z]+\d{3})` \| (error|warning|note) \| (.*?) \| .+ \| .+ \|$/.exec(line))
    .filter((row) => row !== null);
  test("docs/diagnostics-board.md has one row a code, with its severity and meaning", () => {
    const documented = rows.map(([, code, severity, meaning]) => ({ code, severity, meaning }));
    const known = Object.entries(BOARD_CODES).map(([code, { severity, meaning }]) => ({
      code,
      severity,
      meaning,
    }));
    expect(documented).toEqual(known);
  });
  test("and a test that provokes it", () => {
    const own = new URL("./", import.meta.url);
    const tests = readdirSync(own, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".test.ts"),
    );
    const text = tests.map((name) => readFileSync(new URL(name, own), "utf8")).join("\n");
    expect(Object.keys(BOARD_CODES).filter((code) => !text.includes(`"${code}"`))).toEqual([]);
  });
});
