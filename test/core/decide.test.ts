import { describe, expect, test } from "vitest";
import { AssertionError } from "../../base/assert.ts";
import { decide, viewOf } from "../../core/decide.ts";
import { evolve, evolveAll, Folding } from "../../core/evolve.ts";
import { initialState, PENDING_FAULTS_MAX } from "../../core/state.ts";
import { translateAt } from "../../core/translate.ts";
import { pageRange } from "../../events/vocabulary/byteRange.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import { run, stimuliOf } from "../support/machine.ts";
import { check } from "../support/notation.ts";

const DEVICE = "pci:0000:00:02.0" as DeviceName;
const dma = (fields: object) => ({
  kind: "dma",
  device: DEVICE,
  address: "0x1000",
  length: 4,
  access: "r",
  ...fields,
});

test("notes and unknown records are facts without effect", () => {
  check(`
    mark a note                                  => ignored note
    {"kind":"loss","what":"overflow"}            => ignored note
    {"kind":"status","fsts":"0x2","primaryPending":true,"overflow":false}  => ignored note
    {"kind":"gremlin"}                           => TRC111
  `);
  const [unknown] = run("ideal", [{ kind: "unknown", name: "gremlin", fields: {} }]).steps;
  expect(unknown!.outcomes).toEqual([{ kind: "Ignored", why: "unknown-kind" }]);
});

test("attaching a device where it is attached already moves nothing", () => {
  const attach = { kind: "attach", device: DEVICE, object: "o1" };
  const [, again] = run("vtd", stimuliOf([attach, attach])).steps;
  expect(again!.outcomes).toEqual([{ kind: "DeviceAttached", device: DEVICE, object: "o1" }]);
});

test("a reported fault is told with its device and page, and moves nothing", () => {
  const records = [
    { kind: "fault", device: DEVICE, address: "0x12345", access: "w", code: "0x05" },
    { kind: "fault", unit: "dmar0" },
  ];
  const { steps, state } = run("vtd", stimuliOf(records));
  expect(steps.map(({ outcomes }) => outcomes)).toEqual([
    [{ kind: "FaultReported", device: DEVICE, page: 0x12 }],
    [{ kind: "FaultReported", device: null, page: null }],
  ]);
  expect(state).toEqual(initialState("vtd"));
});

test("decide changes nothing: asked twice it says the same", () => {
  const { state } = run("vtd", stimuliOf([{ kind: "attach", device: DEVICE, object: "o1" }]));
  const [stimulus] = stimuliOf([dma({ observed: { verdict: "denied" } })]);
  const first = decide(viewOf(state), stimulus!);
  expect(decide(viewOf(state), stimulus!)).toEqual(first);
  expect(first).toEqual([
    {
      kind: "TransferDenied",
      device: DEVICE,
      access: "r",
      reason: "unmapped",
      code: "0x06",
      at: { page: 1, offset: 0 },
      conformance: "agreed",
    },
  ]);
});

test("a question at a state has the answer that the fold gave", () => {
  const { state } = run(
    "smmuv3",
    stimuliOf([
      { kind: "attach", device: DEVICE, object: "o1" },
      { kind: "map", object: "o1", address: "0x1000", length: 1, target: "0x5000", access: "w" },
    ]),
  );
  expect(translateAt(state, DEVICE, pageRange(1, 1), "r")).toMatchObject({
    verdict: "permitted",
    grantedAt: 1,
  });
  expect(translateAt(state, DEVICE, pageRange(2, 2), "r")).toMatchObject({ verdict: "denied" });
});

test("counters tell what a device did; stale and diverged count beside the verdict", () => {
  const { state } = run(
    "vtd",
    stimuliOf([
      dma({}), // undescribed
      { kind: "attach", device: DEVICE, object: "o1" },
      { kind: "map", object: "o1", address: "0x1000", length: 1, access: "r" },
      dma({ observed: { verdict: "permitted" } }),
      dma({ access: "w", observed: { verdict: "permitted" } }), // diverged
      { kind: "unmap", object: "o1", address: "0x1000", length: 1 },
      dma({ observed: { verdict: "permitted" } }), // stale
      dma({ address: "0xfee00000", access: "w" }), // interrupt
    ]),
  );
  expect(state.devices.get(DEVICE)!.counters).toEqual({
    permitted: 2,
    unrestricted: 1,
    denied: 2,
    interrupts: 1,
    stale: 1,
    diverged: 1,
  });
});

test("the oldest 64 refused transfers are kept, later ones are counted (FLT-3)", () => {
  const records = [
    { kind: "attach", device: DEVICE, object: "o1" },
    ...Array.from({ length: PENDING_FAULTS_MAX + 6 }, (_, i) => dma({ address: `0x${i.toString(16)}000` })),
  ];
  const { state } = run("vtd", stimuliOf(records));
  expect(PENDING_FAULTS_MAX).toBe(64);
  expect(state.pendingFaults.map(({ seq }) => seq)).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
  expect(state.pendingFaults[2]).toEqual({
    seq: 3,
    device: DEVICE,
    at: { page: 2, offset: 0 },
    access: "r",
    reason: "unmapped",
  });
  expect(state.droppedFaults).toBe(6);
});

describe("a folding", () => {
  test("answers questions between events as the finished state would", () => {
    const folding = new Folding(initialState("vtd"));
    const records = [
      { kind: "attach", device: DEVICE, object: "o1" },
      { kind: "map", object: "o1", address: "0x1000", length: 1, access: "r" },
      { kind: "object.destroy", object: "o1" },
      { kind: "attach", device: DEVICE, object: "o1" },
    ];
    const routes: string[] = [];
    stimuliOf(records).forEach((stimulus, seq) => {
      for (const outcome of decide(folding, stimulus)) folding.apply(outcome, seq);
      const route = folding.route(DEVICE);
      routes.push(route.kind === "object" ? `${route.object} ${route.space.at(1) !== null}` : route.kind);
    });
    expect(routes).toEqual(["o1 false", "o1 true", "no-object", "o1 false"]);
  });

  test("turns translation on at the first map, though the object was touched before (contract 2 rule 1)", () => {
    const folding = new Folding(initialState("ideal"));
    const records = [
      { kind: "object.create", object: "o1" },
      { kind: "unmap", object: "o1", address: "0x1000", length: 1 },
      dma({}),
      { kind: "map", object: "o1", address: "0x1000", length: 1, access: "r" },
    ];
    const routes: string[] = [];
    stimuliOf(records).forEach((stimulus, seq) => {
      for (const outcome of decide(folding, stimulus)) folding.apply(outcome, seq);
      routes.push(folding.route(DEVICE).kind);
    });
    expect(routes).toEqual(["unrestricted", "unrestricted", "unrestricted", "no-object"]);
  });

  test("tells each part of a grant that ends, with the seq that ended it", () => {
    const told: unknown[] = [];
    const folding = new Folding(initialState("vtd"), (object, { first, last, value }, at) => {
      told.push([object, first, last, value.since, at]);
    });
    const records = [
      { kind: "map", object: "o1", address: "0x1000", length: "0x4000", access: "r" },
      { kind: "map", object: "o1", address: "0x2000", length: "0x1000", access: "rw" },
      { kind: "unmap", object: "o1", address: "0x0", length: "0x3000" },
      { kind: "unmap", object: "o1", address: "0x0", length: "0x3000" },
      { kind: "object.destroy", object: "o1" },
    ];
    stimuliOf(records).forEach((stimulus, seq) => {
      for (const outcome of decide(folding, stimulus)) folding.apply(outcome, seq);
    });
    expect(told).toEqual([
      ["o1", 2, 2, 0, 1],
      ["o1", 1, 1, 0, 2],
      ["o1", 2, 2, 1, 2],
      ["o1", 3, 4, 0, 4],
    ]);
  });

  test("that is finished takes no more: our own mistake", () => {
    const folding = new Folding(initialState("vtd"));
    folding.finish();
    expect(() => folding.apply({ kind: "mark", text: "" }, 1)).toThrow(AssertionError);
  });

  test("that nothing was applied to gives back the very state", () => {
    const state = initialState("vtd");
    expect(evolveAll(state, [])).toBe(state);
    expect(evolve(state, { kind: "Ignored", why: "note" }, 0)).toBe(state);
  });
});
