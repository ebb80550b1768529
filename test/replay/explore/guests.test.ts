import { expect, test } from "vitest";
import { SHIPPED } from "../../../replay/check/rules.ts";
import { explore } from "../../../replay/explore/explore.ts";
import { guests } from "../../../replay/explore/models/guests.ts";

test("a VM, its guest's service and its process come to an end, and every sentence holds on the way (HV-3, HV-4, HV-6)", {
  timeout: 120_000,
}, () => {
  const report = explore(guests({ guests: 1, devices: 1, pages: 1, failures: 1 }, SHIPPED), {
    keepGoing: true,
  });
  expect(report.complete).toBe(true);
  expect(report.states).toBeGreaterThan(100);
  expect(report.properties.filter(({ held }) => held !== true).map(({ name }) => name)).toEqual([]);
});

test("more guests, devices and failures are more states, each once", { timeout: 120_000 }, () => {
  const states = (sizes: Parameters<typeof guests>[0]) =>
    explore(guests(sizes, SHIPPED), { depthMax: 5 }).states;
  const one = { guests: 1, devices: 1, pages: 1, failures: 0 };
  expect(states({ ...one, guests: 2 })).toBeGreaterThan(states(one));
  expect(states({ ...one, devices: 2 })).toBeGreaterThan(states(one));
  expect(states({ ...one, failures: 3 })).toBeGreaterThan(states(one));
});
