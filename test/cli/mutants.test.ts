import { describe, expect, test } from "vitest";
import { scratch, smmu, smmuJson } from "../support/cli.ts";

interface Report {
  readonly mutants: readonly { readonly name: string; readonly killedBy: string | null }[];
  readonly killed: number;
  readonly total: number;
  readonly shippedHolds: boolean;
}

// A few that fall at once, one from each part of the rules; all of them are hunted every night.
const CHEAP = [
  "rights-unjudged",
  "owner-unchecked",
  "plus-one-forgotten",
  "death-keeps-objects",
  "uncertified-accepted",
  "signals-borne",
];

const folder = scratch();

describe("smmu mutants", () => {
  test("kills a bent rule of each part, and finds nothing where none is bent", () => {
    const report = smmuJson<Report>(folder, ["mutants", ...CHEAP.flatMap((id) => ["--only", id])]);
    expect(report.mutants.filter(({ killedBy }) => killedBy === null)).toEqual([]);
    expect(report).toMatchObject({ killed: CHEAP.length, total: CHEAP.length, shippedHolds: true });
    expect(report.mutants.map(({ name }) => name)).toEqual(CHEAP);
    // The machine as it ships is hunted to the end.
  }, 600_000);

  test("takes a mutant that is not noticed in time for a survivor, says so and exits with 1", () => {
    const ran = smmu(folder, ["mutants", "--only", "sixty-five-records", "--budget", "0.01"]);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain("sixty-five-records survived: a client has 65 records");
    expect(ran.out).toContain("the budget was over");
  });

  test("names all of them without running any", () => {
    const ran = smmu(folder, ["mutants", "--list"]);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("dropped-flag-forgotten");
    expect(ran.err).toBe("");
  });

  test("does not know a mutant that nobody wrote", () => {
    const ran = smmu(folder, ["mutants", "--only", "no-such"]);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain("there is no mutant no-such; smmu mutants --list names them");
  });
});
