import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as api from "../../client/api.ts";
import { Machine } from "../../client/machine.ts";
import { API_FUNCTIONS } from "../../events/vocabulary/clientApi.ts";
import { replayBoot } from "../../replay/replayBoot.ts";
import { bootFrom } from "../support/boots.ts";

const TEXT = readFileSync(new URL("../../docs/client-api.md", import.meta.url), "utf8");

interface Block {
  readonly language: string;
  readonly section: string;
  readonly body: string;
}

function blocks(): Block[] {
  let section = "";
  return [...TEXT.matchAll(/^## (.*)$|^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, title, language, body]) => {
    if (title !== undefined) section = title;
    return language === undefined ? [] : [{ language, section, body: body! }];
  });
}

/** A line `EXPRESSION; // => VALUE ERRNO` becomes a check of both; other lines stay as they are. */
function checked(line: string, number: number): string {
  const match = /^(?:const (\w+) = )?(.+?);\s*\/\/ => (.+)$/.exec(line);
  if (match === null) return line;
  const [, name, expression, told] = match;
  const [, value, errno] = /^(".*?"|\S+)(?: (E[A-Z]+))?$/.exec(told!)!;
  const caller = /^\w+/.exec(expression!)![0];
  const checks = `check(${number}, result, ${value}); ${errno === undefined ? "" : `check(${number}, ${caller}.errno, "${errno}");`}`;
  return name === undefined
    ? `{ const result = ${expression}; ${checks} }`
    : `const ${name} = ${expression}; { const result = ${name}; ${checks} }`;
}

const all = blocks();

describe("docs/client-api.md", () => {
  test("has a section for every function of the API, in the documented order", () => {
    const titles = TEXT.split("\n").filter((line) => line.startsWith("## smmu_"));
    const named = titles.flatMap((line) => [...line.matchAll(/smmu_\w+/g)].map(([name]) => name));
    expect(named).toEqual([...API_FUNCTIONS]);
  });

  test.each(all.filter(({ language }) => language === "ts").map(({ section, body }) => [section, body]))(
    "what the example of %s says it returns, it returns",
    (_, body) => {
      let checks = 0;
      const check = (line: number, actual: unknown, expected: unknown): void => {
        checks += 1;
        expect([line, actual]).toEqual([line, expected]);
      };
      const names = { ...api, Machine, check };
      const code = body!.split("\n").map(checked).join("\n");
      new Function(...Object.keys(names), `"use strict";\n${code}`)(...Object.values(names));
      expect(checks).toBe(
        body!.match(/\/\/ => /g)!.length + (body!.match(/\/\/ => .* E[A-Z]+$/gm)?.length ?? 0),
      );
    },
  );

  test.each(all.filter(({ language }) => language === "jsonl").map(({ section, body }) => [section, body]))(
    "what the records of %s expect comes true",
    (_, body) => {
      const records = body!
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as object);
      const { conformance } = replayBoot(bootFrom(records));
      expect(conformance.divergences).toEqual([]);
      expect(conformance.compared).toBe(
        records.filter((each) => "returns" in each || "observed" in each).length,
      );
    },
  );

  test("every errno that is named in a table of a function is one that a call can return", () => {
    const named = new Set([...TEXT.matchAll(/^\| \S+ \| `(E[A-Z]+)`/gm)].map(([, errno]) => errno));
    expect([...named].sort()).toEqual(["EAGAIN", "EBADF", "EBUSY", "EFAULT", "EINVAL", "ENOENT", "EPERM"]);
  });
});
