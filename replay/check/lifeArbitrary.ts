import fc from "fast-check";
import { CLIENTS, type Happening, type Life, OBJECTS, PAGES, type StartupPlan } from "./life.ts";
import type { SmallBoard } from "./smallBoard.ts";

/** How many things happen after a start-up at most. */
export const HAPPENINGS_MAX = 20;

// A few boards that differ in what matters, so that their start-ups are gone through once and not in every life.
const board: fc.Arbitrary<SmallBoard> = fc.constantFrom(
  { devices: 1, units: 1, configured: 0, reserved: false },
  { devices: 1, units: 1, configured: 1, reserved: true },
  { devices: 2, units: 1, configured: 1, reserved: false },
  { devices: 2, units: 2, configured: 2, reserved: true },
  { devices: 3, units: 1, configured: 2, reserved: true },
  { devices: 3, units: 2, configured: 0, reserved: false },
);

const step = fc.integer({ min: 1, max: 14 });

const startup: fc.Arbitrary<StartupPlan> = fc.record({
  service: fc.constantFrom("smmuman" as const, "smmuman-safety" as const),
  guest: fc.constantFrom(false, false, false, true),
  safety: fc.constantFrom("none" as const, "warn" as const, "required" as const),
  configError: fc.constantFrom(false, false, false, false, false, false, false, true),
  bad: fc.option(fc.record({ step, how: fc.integer({ min: 0, max: 3 }) }), { freq: 2 }),
  early: fc.constantFrom(
    null,
    null,
    null,
    { step: 1, device: 0 },
    { step: 8, device: 0 },
    { step: 11, device: 1 },
  ),
});

const device = fc.integer({ min: 0, max: 2 });
const client = fc.integer({ min: 0, max: CLIENTS - 1 });
// Mostly one of its own; now and then another client's.
const object = fc.constantFrom(...[0, 0, 0, 1, 1, OBJECTS]);
const page = fc.integer({ min: 0, max: PAGES - 1 });
const pages = fc.constantFrom(1, 1, 2, 3);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ does: word("starts"), client, mayTarget: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ does: word("init"), client }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constantFrom("fini", "exits", "status", "notify", "safety"),
      client,
    }) as fc.Arbitrary<Happening>,
  },
  { weight: 4, arbitrary: fc.record({ does: word("creates"), client, object }) },
  { weight: 1, arbitrary: fc.record({ does: word("destroys"), client, object }) },
  {
    weight: 5,
    arbitrary: fc.record({ does: word("attaches"), client, object: fc.option(object, { freq: 5 }), device }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      does: word("maps"),
      client,
      object,
      rights: fc.constantFrom(0, 1, 2, 3, 3, 3),
      page,
      pages,
      target: fc.constantFrom(null, null, null, null, 0, 1),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      does: word("transfers"),
      device,
      access: fc.constantFrom("r" as const, "w" as const),
      page: fc.integer({ min: 0, max: PAGES + 2 }),
      pages,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: word("fails"),
      what: fc.constantFrom(
        "signal" as const,
        "unit" as const,
        "memory" as const,
        "interrupt" as const,
        "procnto" as const,
        "vdev" as const,
      ),
    }),
  },
);

// Chance alone rarely brings a client to where it can do something: some lives begin with one that has an object.
const beginnings: readonly (readonly Happening[])[] = [
  [],
  [
    { does: "starts", client: 0, mayTarget: true },
    { does: "init", client: 0 },
    { does: "creates", client: 0, object: 0 },
    { does: "attaches", client: 0, object: 0, device: 0 },
  ],
  [
    { does: "starts", client: 2, mayTarget: false },
    { does: "init", client: 2 },
    { does: "creates", client: 2, object: 1 },
    { does: "maps", client: 2, object: 1, rights: 3, page: 5, pages: 1, target: null },
    { does: "attaches", client: 2, object: 1, device: 0 },
  ],
  [
    { does: "starts", client: 0, mayTarget: false },
    { does: "starts", client: 1, mayTarget: false },
    { does: "init", client: 0 },
    { does: "init", client: 1 },
    { does: "creates", client: 0, object: 0 },
    { does: "creates", client: 1, object: 0 },
  ],
];

/** Whole lives. Each shrinks to fewer happenings, an earlier cut, a smaller board and a start-up in which all is well. */
export const lives: fc.Arbitrary<Life> = fc
  .record({
    board,
    startup,
    beginning: fc.integer({ min: 0, max: beginnings.length - 1 }),
    drawn: fc.array(happening, { maxLength: HAPPENINGS_MAX }),
    // A storm of refused transfers fills the records of a client (FLT-3).
    storm: fc.constantFrom(...Array.from({ length: 40 }, () => false), true),
    // A snapshot and its replay take longer than the life: one in sixteen is enough.
    cut: fc.constantFrom(...Array.from({ length: 15 }, () => null), 4, 12),
  })
  .map(({ beginning, drawn, storm, ...life }) => {
    const first = beginnings[beginning]!;
    const refused: Happening = { does: "transfers", device: 0, access: "w", page: 5, pages: 1 };
    return {
      ...life,
      happenings: [
        ...first,
        ...(storm ? Array.from({ length: 66 }, () => refused) : []),
        ...drawn.slice(0, HAPPENINGS_MAX - first.length),
      ],
    };
  });

function word<W extends string>(does: W): fc.Arbitrary<W> {
  return fc.constant(does);
}
