import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptySession } from "../../../cli/shell/openSession.ts";
import type { Session } from "../../../cli/shell/session.ts";
import { writeBranch } from "../../../cli/shell/writeBranch.ts";
import { stateDigest } from "../../../core/stateDigest.ts";
import { replayBoot } from "../../../replay/replayBoot.ts";
import { memoryEventStore } from "../../../store/memoryEventStore.ts";
import { clientRecordOf } from "../../support/clientNotation.ts";
import { stimuliOf } from "../../support/machine.ts";

const LINES = [
  "unit u0",
  "device 00:12.0 u0",
  "client c1 attach",
  "c1: smmu_init(0)",
  "c1: o1 = smmu_obj_create()",
  "c1: smmu_device_add_pci(o1, 0, 18, 0)",
  "c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)",
  "c1: smmu_mapping_add(o1, NONE, 0x1000+0x1000)",
  "dma 00:12.0 0x1000+4 r",
  "exit c1",
];
const STIMULI = stimuliOf(LINES.map(clientRecordOf));

type Move =
  | { readonly do: "tell"; readonly what: number }
  | { readonly do: "goto"; readonly part: number }
  | { readonly do: "step" | "branch" }
  | { readonly do: "switch"; readonly part: number };

const moves: fc.Arbitrary<Move> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("tell" as const), what: fc.nat(LINES.length - 1) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("goto" as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("step" as const, "branch" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("switch" as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
);

function go(session: Session, move: Move, n: number): void {
  switch (move.do) {
    case "tell":
      session.tell({ stimulus: STIMULI[move.what]!, origin: null });
      return;
    case "goto":
      return session.goto(Math.floor(move.part * session.branch.log.length));
    case "step":
      session.step();
      return;
    case "branch":
      session.startBranch(`b${n}`);
      return;
    case "switch": {
      const { branches } = session;
      return session.switchTo(branches[Math.floor(move.part * (branches.length - 1))]!.name);
    }
  }
}

const kindsOf = (session: Session) =>
  session.branches.map(({ name, log }) => [name, [...log.events(0, log.length)].map(({ event }) => event)]);

describe("however one goes back, branches and goes on", () => {
  test("what happened stays as it is, and the state at a place is what a boot of its events comes to", () => {
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 30 }), (walk) => {
        const session = emptySession("main", "ideal");
        walk.forEach((move, n) => {
          const before = kindsOf(session);
          go(session, move, n);
          const after = new Map(kindsOf(session) as [string, unknown[]][]);
          for (const [name, events] of before as [string, unknown[]][])
            expect(after.get(name)!.slice(0, events.length)).toEqual(events);
        });
        const store = memoryEventStore();
        const { branch, place, state } = session;
        writeBranch(store, "b", branch, place);
        const report = replayBoot(store.read("b"));
        expect(report.stateDigest).toBe(stateDigest(state));
        expect(report.events).toBe(place);
      }),
      { numRuns: 60 },
    );
  });
});
