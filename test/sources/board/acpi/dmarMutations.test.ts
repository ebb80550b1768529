import { readdirSync } from "node:fs";
import { describe, test } from "vitest";
import { fixture } from "../check.ts";
import { everyByte, everyLength, randomEdits } from "../mutations.ts";

const SAMPLES = readdirSync(new URL("../../../../fixtures/acpi/", import.meta.url)).filter(
  (name) => name.startsWith("dmar") && name.endsWith(".bin"),
);

describe.each(SAMPLES)("%s parses or is refused, however it is damaged:", (name) => {
  const sample = fixture(`acpi/${name}`);
  test("any one byte changed, checksum wrong or right", () => everyByte(sample, true));
  test("any length", () => everyLength(sample));
  test("several bytes changed", () => randomEdits(sample, true, 300));
});
