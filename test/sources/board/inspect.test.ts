import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inspectTable } from "../../../sources/board/inspect.ts";
import { acpidumpText } from "./acpiBuilder.ts";
import { fixture } from "./check.ts";

const ACPI = readdirSync(new URL("../../../fixtures/acpi/", import.meta.url))
  .filter((name) => name.endsWith(".bin"))
  .map((name) => name.slice(0, -4));

function expectedFacts(path: string): unknown {
  const { provenance, facts, ...rest } = JSON.parse(Buffer.from(fixture(path)).toString("utf8"));
  expect(provenance).toBeDefined();
  return facts ?? rest;
}

// Through JSON, as the outside sees it: an undefined member is no member.
function factsOf(bytes: Uint8Array): unknown {
  return JSON.parse(JSON.stringify(inspectTable(bytes, "sample").facts));
}

describe("the facts of a sample are exactly those expected", () => {
  test("there are samples of every kind", () => {
    expect(new Set(ACPI.map((name) => name.slice(0, 4)))).toEqual(new Set(["dmar", "iort", "ivrs"]));
  });

  test.each(ACPI)("%s, as binary and as acpidump text", (name) => {
    const bytes = fixture(`acpi/${name}.bin`);
    const facts = expectedFacts(`acpi/${name}.expected.json`);
    expect(factsOf(bytes)).toEqual(facts);
    expect(factsOf(Buffer.from(acpidumpText(bytes, name.slice(0, 4).toUpperCase())))).toEqual(facts);
  });

  test("board-a, a device tree", () => {
    expect(factsOf(fixture("fdt/board-a.dtb"))).toEqual(expectedFacts("fdt/board-a.expected.json"));
  });
});

describe("samples of real firmware have no finding but their known errors", () => {
  const KNOWN: Readonly<Record<string, readonly string[]>> = {
    "dmar-188eb681251a": ["DMAR014"],
    "iort-hisi-d03": ["IORT023"],
    "iort-hisi-d05": ["IORT023"],
    "ivrs-73edb0ddff0e": ["IVRS026"],
  };
  test.each(ACPI)("%s", (name) => {
    const { kind, diagnostics } = inspectTable(fixture(`acpi/${name}.bin`), name);
    expect(kind).toBe(name.slice(0, 4).toUpperCase());
    expect(diagnostics.map(({ code }) => code)).toEqual(KNOWN[name] ?? []);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("board-a", () => {
    expect(inspectTable(fixture("fdt/board-a.dtb"), "board-a")).toMatchObject({
      kind: "FDT",
      diagnostics: [],
    });
  });
});
