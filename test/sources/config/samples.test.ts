import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { toConfigJson } from "../../../sources/config/configJson.ts";
import { printConfig } from "../../../sources/config/printConfig.ts";
import { read, transcript } from "./reading.ts";

const FOLDER = new URL("../../../fixtures/config/", import.meta.url);
const ASINFO = [
  { name: "smbs0", start: 0x7f000000n, length: 0x100000n },
  { name: "xhci", start: 0x7f100000n, length: 0x10000n },
];

function readFixture(name: string) {
  const text = readFileSync(new URL(`${name}.smmu`, FOLDER), "utf8");
  return read(`@${name}.smmu`, { asinfo: ASINFO, files: { [`${name}.smmu`]: text } });
}

function golden(name: string): string {
  return new URL(name, FOLDER).pathname;
}

describe("sample configurations", () => {
  test.each(["seed-x86", "imx8", "rcar-h3"])(
    "%s is accepted, and comes to what is written beside it",
    async (name) => {
      const reading = readFixture(name);
      expect(reading.errors).toEqual([]);
      const config = `${JSON.stringify(toConfigJson(reading.effective), null, 2)}\n`;
      await expect(config).toMatchFileSnapshot(golden(`${name}.config.json`));
      await expect(printConfig(reading.effective)).toMatchFileSnapshot(golden(`${name}.printed.smmu`));
    },
  );

  test.each(["mistakes", "doubtful"])("%s is told as written beside it", async (name) => {
    await expect(transcript(readFixture(name).all)).toMatchFileSnapshot(golden(`${name}.transcript.txt`));
  });
});
