import { describe, expect, test } from "vitest";
import { rulesOf } from "../../../core/units/families.ts";
import { FAMILIES } from "../../../events/vocabulary/family.ts";
import { REASON_CLASSES } from "../../../events/vocabulary/reason.ts";
import { check } from "../../support/notation.ts";

// A page granted r at 0x1000, w at 0x2000; 39 bits wide; 00:02.0 attached, 00:03.0 not.
const STORY = `
  unit u0 width=39
  attach 00:02.0 o1
  map o1 0x1000+0x1000 r
  map o1 0x2000+0x1000 w
`;

// One line for each transfer: what it is, and what each family answers (hardware 1.4, 2.2, 3.2, 4, 5).
const TRANSFERS = {
  "write to the unmapped": "dma 00:02.0 0x5000+4 w",
  "read of the unmapped": "dma 00:02.0 0x5000+4 r",
  "write to read-only": "dma 00:02.0 0x1000+4 w",
  "read of write-only": "dma 00:02.0 0x2000+4 r",
  "too wide": "dma 00:02.0 0x8000000000+4 r",
  "without an object": "dma 00:03.0 0x1000+4 w",
} as const;

type Answers = { readonly [transfer in keyof typeof TRANSFERS]: string };

const IDEAL: Answers = {
  "write to the unmapped": "denied unmapped no-code",
  "read of the unmapped": "denied unmapped no-code",
  "write to read-only": "denied permission no-code",
  "read of write-only": "denied permission no-code",
  "too wide": "denied address-size no-code",
  "without an object": "denied no-object no-code",
};

const ANSWERS: { readonly [family in (typeof FAMILIES)[number]]: Answers } = {
  ideal: IDEAL,
  vtd: {
    // 5 and 6 follow the access and do not tell unmapped from permission (hardware 1.4).
    "write to the unmapped": "denied unmapped 0x05",
    "read of the unmapped": "denied unmapped 0x06",
    "write to read-only": "denied permission 0x05",
    "read of write-only": "denied permission 0x06",
    "too wide": "denied address-size 0x04",
    "without an object": "denied no-object 0x02",
  },
  smmuv2: {
    "write to the unmapped": "denied unmapped 0x402",
    "read of the unmapped": "denied unmapped 0x402",
    "write to read-only": "denied permission 0x408",
    "read of write-only": "permitted 0x2000", // stage 1 has no write-only (hardware 2.2)
    "too wide": "denied address-size 0x402",
    "without an object": "denied no-object no-code",
  },
  smmuv3: {
    "write to the unmapped": "denied unmapped F_TRANSLATION",
    "read of the unmapped": "denied unmapped F_TRANSLATION",
    "write to read-only": "denied permission F_PERMISSION",
    "read of write-only": "permitted 0x2000", // stage 1 has no write-only (hardware 3.4)
    "too wide": "denied address-size F_TRANSLATION",
    "without an object": "denied no-object no-code", // aborts without an event (hardware 3.1)
  },
  ipmmu: {
    "write to the unmapped": "denied unmapped 0x1",
    "read of the unmapped": "denied unmapped 0x1",
    "write to read-only": "denied permission 0x2",
    "read of write-only": "permitted 0x2000", // write implies read (hardware 4)
    "too wide": "denied address-size 0x1",
    "without an object": "denied no-object no-code",
  },
  amdvi: {
    "write to the unmapped": "denied unmapped IO_PAGE_FAULT",
    "read of the unmapped": "denied unmapped IO_PAGE_FAULT",
    "write to read-only": "denied permission IO_PAGE_FAULT",
    "read of write-only": "denied permission IO_PAGE_FAULT", // write without read exists (hardware 5: IR/IW)
    "too wide": "denied address-size IO_PAGE_FAULT",
    "without an object": "denied no-object ILLEGAL_DEV_TABLE_ENTRY",
  },
};

for (const family of FAMILIES) {
  describe(`family ${family} answers with its own codes`, () => {
    test.each(Object.entries(TRANSFERS))("%s", (what, transfer) => {
      check(`
        family ${family}
        ${STORY}
        ${transfer}  => ${ANSWERS[family][what as keyof Answers]}
      `);
    });
  });
}

describe("VT-d's interrupt range 0xFEE00000-0xFEEFFFFF (hardware 1.4 rule 2)", () => {
  test("a doubleword write is an interrupt: neither DMA nor fault, even where a grant covers it", () => {
    check(`
      family vtd
      attach 00:02.0 o1
      map o1 0xfee00000+0x100000 -> 0x80000000 rw
      dma 00:02.0 0xfee00000+4 w                       => interrupt uncompared
      dma 00:02.0 0xfeeffffc+4 w saw permitted         => interrupt agreed
      dma 00:02.0 0xfee00ff8+4 w saw permitted 0x80000ff8 => interrupt agreed
      dma 00:02.0 0xfee00000+4 w saw denied            => interrupt diverged
    `);
  });
  test("of a device without an object, and of one in pass-through, too: the range is looked at first", () => {
    check(`
      family vtd
      unit u0
      passthrough 00:03.0 on
      dma 00:02.0 0xfee01004+4 w                       => interrupt
      dma 00:03.0 0xfee01004+4 w                       => interrupt
      dma 00:02.0 0xfee01004+4 r                       => denied interrupt-range no-code at 0xfee01004
      dma 00:03.0 0xfee01004+4 r                       => denied interrupt-range no-code at 0xfee01004
    `);
  });
  test("reads and writes of other sizes are no valid interrupts and no valid DMA either", () => {
    check(`
      family vtd
      attach 00:02.0 o1
      map o1 0xfedff000+0x102000 rw
      dma 00:02.0 0xfee00000+4 r saw denied            => denied interrupt-range agreed
      dma 00:02.0 0xfee00000+8 w                       => denied interrupt-range at 0xfee00000
      dma 00:02.0 0xfee00000+1 w                       => denied interrupt-range
      dma 00:02.0 0xfee00002+4 w                       => denied interrupt-range at 0xfee00002
      dma 00:02.0 0xfeefffff+2 w                       => denied interrupt-range at 0xfeefffff
      dma 00:02.0 0xfedffffc+8 w                       => denied interrupt-range at 0xfee00000
      dma 00:02.0 0xfedffffc+4 w                       => permitted
      dma 00:02.0 0xfef00000+4 r                       => permitted
    `);
  });
  test("a page before the range that is not granted is refused first", () => {
    check(`
      family vtd
      attach 00:02.0 o1
      dma 00:02.0 0xfedffffc+8 w                       => denied unmapped 0x05 at 0xfedffffc
      dma 00:03.0 0xfedffffc+8 w                       => denied no-object 0x02 at 0xfedffffc
    `);
  });
  test("while translation is off nothing is looked at (rule 1)", () => {
    check(`
      family vtd
      translation off
      dma 00:02.0 0xfee00000+8 r                       => permitted 0xfee00000
    `);
  });
  test("an output address in the range is refused with 0x0E, at the page that leads there (rule 8)", () => {
    check(`
      family vtd
      attach 00:02.0 o1
      map o1 0x1000+0x3000 -> 0xfedff000 rw
      map o1 0x8000+0x1000 -> 0xfeeff000 r
      dma 00:02.0 0x1ffc+4 w                           => permitted 0xfedffffc
      dma 00:02.0 0x2004+4 w                           => denied interrupt-range 0x0e at 0x2004
      dma 00:02.0 0x1ffc+8 r saw denied code=0x0e      => denied interrupt-range 0x0e at 0x2000 agreed
      dma 00:02.0 0x8000+4 r                           => denied interrupt-range 0x0e
      dma 00:02.0 0x8000+4 w                           => denied permission 0x05
    `);
  });
});

describe("AMD-Vi's interrupt range 0xFDF8000000-0xFDF8FFFFFF (hardware 5)", () => {
  test("a write inside is an interrupt; a read, or what reaches out of the range, is refused", () => {
    check(`
      family amdvi
      attach 00:02.0 o1
      map o1 0xfdf7fff000+0x1002000 rw
      dma 00:02.0 0xfdf8000000+4 w                     => interrupt
      dma 00:02.0 0xfdf8fffffc+4 w                     => interrupt
      dma 00:02.0 0xfdf8000000+4 r                     => denied interrupt-range
      dma 00:02.0 0xfdf7fffffc+8 w                     => denied interrupt-range at 0xfdf8000000
      dma 00:02.0 0xfdf9000000+4 r                     => permitted
      dma 00:02.0 0xfee00000+4 w                       => denied unmapped
    `);
  });
});

test.each(["ideal", "smmuv2", "smmuv3", "ipmmu"])("family %s has no interrupt range", (family) => {
  check(`
    family ${family}
    attach 00:02.0 o1
    map o1 0xfee00000+0x1000 rw
    map o1 0x1000+0x1000 -> 0xfee00000 rw
    dma 00:02.0 0xfee00000+4 w                         => permitted 0xfee00000
    dma 00:02.0 0x1000+8 w                             => permitted 0xfee00000
    dma 00:02.0 0xfdf8000000+4 w                       => denied unmapped
  `);
});

describe("codes are compared by what they say", () => {
  test("VT-d: as numbers; names and numbers are never the same", () => {
    const { sameCode } = rulesOf("vtd");
    expect([sameCode("0x05", "5"), sameCode("0x0e", "0xE"), sameCode("0x05", "0x06")]).toEqual([
      true,
      true,
      false,
    ]);
    expect([sameCode("0x05", "F_TRANSLATION"), sameCode("", "0x0"), sameCode("0x", "0x0")]).toEqual([
      false,
      false,
      false,
    ]);
  });
  test("SMMUv2: FORMAT, SS and MULTI of an FSR do not tell the cause (hardware 2.2)", () => {
    const { sameCode } = rulesOf("smmuv2");
    expect(sameCode("0x402", "0x40000402")).toBe(true); // stalled
    expect(sameCode("0x80000402", "0x2")).toBe(true); // multi; short format
    expect(sameCode("0x402", "0x408")).toBe(false);
    expect(sameCode("0x402", "0x40a")).toBe(false); // TF and PF together is not TF
    expect(sameCode("USF", "usf")).toBe(true);
  });
  test("IPMMU: level and error code beside the cause bits do not count (hardware 4)", () => {
    const { sameCode } = rulesOf("ipmmu");
    expect(sameCode("0x00001502", "0x2")).toBe(true);
    expect(sameCode("0x1", "0x2")).toBe(false);
  });
  test("SMMUv3 and AMD-Vi: names without regard to case", () => {
    expect(rulesOf("smmuv3").sameCode("f_permission", "F_PERMISSION")).toBe(true);
    expect(rulesOf("amdvi").sameCode("IO_PAGE_FAULT", "F_TRANSLATION")).toBe(false);
  });
});

describe("each family's table of reasons", () => {
  test.each(FAMILIES)(
    "%s: codes are unique and classes known; what it records stands in its table",
    (family) => {
      const rules = rulesOf(family);
      expect(rules.family).toBe(family);
      const codes = rules.reasons.map(({ code }) => code.toLowerCase());
      expect(new Set(codes).size).toBe(codes.length);
      for (const { reason, text } of rules.reasons) {
        expect(REASON_CLASSES).toContain(reason);
        expect(text).not.toBe("");
      }
      for (const reason of REASON_CLASSES) {
        for (const access of ["r", "w"] as const) {
          const code = rules.codeFor(reason, access);
          if (code !== null) expect(codes).toContain(code.toLowerCase());
        }
      }
      if (rules.targetCode !== null) expect(codes).toContain(rules.targetCode);
    },
  );
  test("VT-d numbers 1 to 14 as hardware 1.5 lists them", () => {
    const classes = Object.fromEntries(
      rulesOf("vtd").reasons.map(({ code, reason }) => [Number(code), reason]),
    );
    expect(classes).toEqual({
      1: "no-object",
      2: "no-object",
      3: "config",
      4: "address-size",
      5: "not-granted",
      6: "not-granted",
      7: "table",
      8: "config",
      9: "config",
      10: "config",
      11: "config",
      12: "table",
      13: "blocked-translation",
      14: "interrupt-range",
    });
  });
});
