import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { guestStep } from "../../core/properties/guests.ts";
import { LIFE_SENTENCES } from "../../core/properties/lives.ts";
import type { MachineStep } from "../../core/properties/property.ts";
import { PROPERTIES } from "../../core/properties.ts";
import { Dice } from "../../replay/check/dice.ts";
import { drawLife } from "../../replay/check/lifeArbitrary.ts";
import { LifeRunner } from "../../replay/check/liveLife.ts";
import { SHIPPED } from "../../replay/check/rules.ts";
import { SUITES } from "../../replay/check/suites.ts";
import { smallWorlds } from "../../replay/check/worlds.ts";

const ALL = [...PROPERTIES, ...LIFE_SENTENCES];

test("each sentence has a name of its own and the requirements that it rests on", () => {
  expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
  for (const { name, requirements } of ALL) {
    expect(name).toMatch(/^[a-z`].*[^.]$/);
    expect(requirements.length).toBeGreaterThan(0);
    for (const id of requirements) expect(id).toMatch(/^([A-Z]+[0-9]?-\d+[a-z]?(\.\d+)?|contract \d.*)$/);
  }
});

test("each sentence is in the suite of its subject and in all", () => {
  const { all, ...subjects } = SUITES;
  const named = Object.values(subjects).flatMap((suite) => suite.map(({ name }) => name));
  expect(named.sort()).toEqual(all!.map(({ name }) => name).sort());
});

describe("docs/properties.md", () => {
  const text = readFileSync("docs/properties.md", "utf8");

  test("lists every sentence with its kind and requirements, and no other", () => {
    const rows = [...text.matchAll(/^\| (always|step|eventually|sometimes) \| (.+?) \| (.*?) \|$/gm)];
    const told = rows.map(([, kind, name, requirements]) => `${kind}: ${name} (${requirements})`);
    const known = ALL.map(({ kind, name, requirements }) => `${kind}: ${name} (${requirements.join(", ")})`);
    expect(told.sort()).toEqual(known.sort());
  });
});

test("a sentence holds of every step that it is not asked of", () => {
  const worlds = smallWorlds();
  const runner = new LifeRunner(SHIPPED, worlds);
  const steps: MachineStep[] = [];
  for (let seed = 0; seed < 300; seed++) {
    const life = drawLife(new Dice(seed), worlds);
    for (const step of runner.steps(life)) {
      const inner = step.before.vms.size > 0 ? guestStep(step) : null;
      steps.push(step, ...(inner === null ? [] : [inner]));
    }
  }
  for (const property of PROPERTIES) {
    if (property.kind === "step") {
      const { stimuli, outcomes } = property;
      for (const step of steps) {
        const isAsked =
          stimuli?.includes(step.stimulus.kind) !== false &&
          (outcomes === undefined || step.outcomes.some(({ kind }) => outcomes.includes(kind)));
        if (!isAsked && property.hostAlone !== true && !property.holds(step))
          expect.fail(`${property.name}: not asked of ${step.stimulus.kind}, and broken by it`);
      }
    } else if (property.kind === "always" && property.reads !== undefined) {
      const { reads } = property;
      for (const { before, after } of steps)
        if (
          reads.every((part) => before[part] === after[part]) &&
          property.holds(before) !== property.holds(after)
        )
          expect.fail(`${property.name}: depends on more than ${reads.join(", ")}`);
    } else if (property.kind === "eventually" && property.stimuli !== undefined) {
      const { stimuli, begins } = property;
      for (const step of steps)
        if (!stimuli.includes(step.stimulus.kind) && begins(step))
          expect.fail(`${property.name}: begins with ${step.stimulus.kind}`);
    }
  }
});
