import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../events/outcome.ts";
import { addressToBigint } from "../../events/vocabulary/address.ts";
import { FAMILIES } from "../../events/vocabulary/family.ts";
import { type History, historiesOf } from "../support/histories.ts";
import { run, stimuliOf } from "../support/machine.ts";
import { NaiveJudge, type NaiveVerdict } from "../support/naiveJudge.ts";

describe("the machine judges every transfer as a page-by-page reading of contract 2 does", () => {
  for (const family of FAMILIES) {
    test(`family ${family}`, () => {
      fc.assert(
        fc.property(historiesOf(family), (history) => {
          const [shipped, naive] = bothVerdicts(history);
          expect(shipped).toEqual(naive);
        }),
        { numRuns: 500 },
      );
    });
  }
});

test("the made-up histories reach every kind of verdict, so that agreement means something", () => {
  const reached = new Set<string>();
  for (const family of FAMILIES) {
    for (const history of fc.sample(historiesOf(family), { numRuns: 150, seed: 20 })) {
      for (const verdict of bothVerdicts(history)[1]) {
        if (verdict === null) continue;
        const how =
          verdict.verdict === "denied"
            ? `denied ${verdict.reason}`
            : verdict.verdict === "permitted" && verdict.unrestricted
              ? "unrestricted"
              : verdict.verdict;
        reached.add(how);
        if (verdict.conformance !== null) reached.add(`${how}, ${verdict.conformance}`);
      }
    }
  }
  expect([...reached]).toEqual(
    expect.arrayContaining([
      "permitted, agreed",
      "permitted, diverged",
      "unrestricted, agreed",
      "interrupt",
      "denied unmapped, agreed",
      "denied unmapped, stale",
      "denied unmapped, diverged",
      "denied permission, stale",
      "denied no-object, agreed",
      "denied address-size, diverged",
      "denied interrupt-range, diverged",
    ]),
  );
});

function bothVerdicts({ family, records }: History): [(NaiveVerdict | null)[], (NaiveVerdict | null)[]] {
  const { steps } = run(family, stimuliOf(records));
  const shipped = steps.map(({ outcomes }) => shippedVerdict(outcomes.at(-1)!));
  const judge = new NaiveJudge(family, records);
  return [shipped, records.map((record) => judge.take(record))];
}

function shippedVerdict(outcome: Outcome): NaiveVerdict | null {
  switch (outcome.kind) {
    case "TransferPermitted": {
      const target = addressToBigint(outcome.target);
      const unrestricted = outcome.via !== "grant";
      return { verdict: "permitted", target, unrestricted, conformance: outcome.conformance };
    }
    case "TransferDenied": {
      const { reason, code, conformance } = outcome;
      return { verdict: "denied", reason, code, at: addressToBigint(outcome.at), conformance };
    }
    case "InterruptRaised":
      return { verdict: "interrupt", conformance: outcome.conformance };
    default:
      return null;
  }
}
