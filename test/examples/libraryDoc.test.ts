import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const body = (text: string) => text.slice(text.indexOf('test("this recorded boot'));

test("the documented example is the one that runs", () => {
  const told = /```ts\n([\s\S]*?)```/.exec(read("docs/library.md"))![1]!;
  expect(body(told)).toBe(body(read("test/examples/recordedBoot.test.ts")));
});
