import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("docs/why.md explains each kind of cause, and no other", () => {
  const rows = [...read("docs/why.md").matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, kind]) => kind!);
  const kinds = [...read("replay/why/causeKinds.ts").matchAll(/^ {2}\| "([a-z-]+)"/gm)].map(
    ([, kind]) => kind!,
  );
  expect(kinds.length).toBeGreaterThan(20);
  expect(rows.sort()).toEqual(kinds.sort());
});
