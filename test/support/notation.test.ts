import { expect, test } from "vitest";
import { check } from "./notation.ts";

test("a story that the machine tells otherwise fails, and the whole answer is shown", () => {
  const story = `
    attach 00:02.0 o1
    dma 00:02.0 0x1000+4 r => permitted 0x1000
  `;
  const shown = (() => {
    try {
      check(story);
      return "it passed";
    } catch (error) {
      return (error as { actual: string }).actual;
    }
  })();
  expect(shown).toContain("dma 00:02.0 0x1000+4 r => denied unmapped no-code at 0x1000 uncompared");
});

test.each([
  ["dma 00:02.0 0x1000+4 r => permitted 0x2000"],
  ["dma 00:02.0 0x1000+4 r saw denied => agreed"],
  ["attach 00:02.0 o1 => ignored"],
  ["map o1 0x1000+0 r"],
  ['{"kind":"map"} => TRC104'],
  ["mappings o1 => none"],
])("a wrong line fails: %s", (line) => {
  expect(() => check(line)).toThrow();
});

test("mappings are compared whole", () => {
  expect(() =>
    check(`
      map o1 0x1000+1 r
      map o1 0x2000+1 r
      mappings o1 => 0x1000+0x1000->0x1000:r@0
    `),
  ).toThrow();
});
