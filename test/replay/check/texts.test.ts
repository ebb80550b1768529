import { describe, expect, test } from "vitest";
import { readConfiguration } from "../../../cli/checking/readConfiguration.ts";
import { ANY_ORDER, IGNORED_IN_GUEST } from "../../../core/properties/lives.ts";
import { check } from "../../../replay/check/check.ts";
import { type ConfigurationReader, textWorld } from "../../../replay/check/texts.ts";

const broken = (read: ConfigurationReader) =>
  check({ properties: [], runs: 60, seed: 1, worlds: [textWorld()], read }).properties.filter(
    ({ held }) => held === false,
  );

describe("two texts of one configuration", () => {
  test("start the same machine by the shipped reader", () => {
    expect(broken(readConfiguration)).toEqual([]);
  });

  test("do not, by one that leaves out what it includes: a smallest text shows it", () => {
    const deaf: ConfigurationReader = (files, ...where) =>
      readConfiguration(new Map([...files, ["part.smmu", ""]]), ...where);
    const [its, ...more] = broken(deaf);
    expect(more).toEqual([]);
    expect(its!.name).toBe(ANY_ORDER.name);
    expect(its!.failure!.life.happenings.length).toBeLessThanOrEqual(3);
  });

  test("do not, by one that takes a guest for a host", () => {
    const names = broken((files, service) => readConfiguration(files, service, "hardware")).map(
      ({ name }) => name,
    );
    expect(names).toContain(IGNORED_IN_GUEST.name);
  });
});
