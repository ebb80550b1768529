import { expect, test } from "vitest";
import { exposureOf } from "../../replay/exposure/exposure.ts";
import { stateAt } from "../../replay/replayBoot.ts";
import { stateJson, usersOf } from "../../replay/stateJson.ts";
import { bootFrom } from "../support/boots.ts";

const named = (n: number) => ({ device: `stream:0x${n.toString(16)}`, object: `o${n >> 1}` });

test("the users of an object are the devices attached to it, told in order of their names", () => {
  const attach = [3, 1, 0, 2].map((n) => ({ kind: "attach", ...named(n) }));
  const state = stateAt(bootFrom([...attach, { kind: "detach", ...named(2) }]));
  expect([...usersOf(state)]).toEqual([
    ["o1", ["stream:0x3"]],
    ["o0", ["stream:0x1", "stream:0x0"]],
  ]);
  const objects = stateJson(state)["objects"] as unknown as { id: string; devices: string[] }[];
  expect(objects.map(({ id, devices }) => [id, devices])).toEqual([
    ["o0", ["stream:0x0", "stream:0x1"]],
    ["o1", ["stream:0x3"]],
  ]);
});

test("a device's own records open and close its window alone; what concerns all is looked at for all", () => {
  const at = (t: number, record: object) => ({ t, ...record });
  const [a, b] = [named(0), named(2)];
  const { windows } = exposureOf(
    bootFrom([
      at(0, { kind: "device", device: a.device }),
      at(10, { kind: "device", device: b.device }),
      at(20, { kind: "attach", ...a }),
      at(30, { kind: "passthrough", device: b.device, enabled: true }),
      at(50, { kind: "passthrough", device: b.device, enabled: false }),
    ]),
  );
  const told = windows.map(({ device, fromT, toT }) => [device, fromT, toT]);
  expect(told.sort()).toEqual([
    [a.device, 0, 20],
    [b.device, 10, 20],
    [b.device, 30, 50],
  ]);
});
