import { describe, test } from "vitest";
import { acpidumpText } from "./acpiBuilder.ts";
import { fixture } from "./check.ts";
import { everyByte, everyLength, randomEdits } from "./mutations.ts";

describe("an acpidump text parses or is refused, however it is damaged:", () => {
  const sample = new Uint8Array(
    Buffer.from(acpidumpText(fixture("acpi/dmar-188eb681251a.bin"), "DMAR"), "latin1"),
  );
  test("any one character changed", () => everyByte(sample, false));
  test("any length", () => everyLength(sample));
  test("several characters changed", () => randomEdits(sample, false, 500));
});
