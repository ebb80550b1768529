import { describe, expect, test } from "vitest";
import { agrees } from "../../core/conformance.ts";
import type { Translation } from "../../core/translate.ts";
import { rulesOf } from "../../core/units/families.ts";
import { pageNumber } from "../../events/vocabulary/address.ts";
import type { Family } from "../../events/vocabulary/family.ts";

const noObject = (family: Family): Translation => ({
  verdict: "denied",
  reason: "no-object",
  code: rulesOf(family).codeFor("no-object", "w"),
  at: { page: pageNumber(1), offset: 0 },
});
const denied = (code: string) => ({ verdict: "denied", target: null, code, reason: null }) as const;

describe("a requester without an object: a unit may find it missing at more than one place (hardware 7)", () => {
  test.each<[Family, string, boolean]>([
    ["vtd", "0x01", true],
    ["vtd", "0x02", true],
    ["vtd", "0x05", false],
    ["smmuv3", "C_BAD_STE", true],
    ["smmuv3", "C_BAD_STREAMID", true],
    ["smmuv3", "F_TRANSLATION", false],
    ["amdvi", "ILLEGAL_DEV_TABLE_ENTRY", true],
    ["ideal", "whatever", false],
  ])("%s records %s: agreement %s", (family, code, agreed) => {
    expect(agrees(rulesOf(family), noObject(family), denied(code))).toBe(agreed);
  });
});
