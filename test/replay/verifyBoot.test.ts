import { expect, test } from "vitest";
import { verifyBoot } from "../../replay/verifyBoot.ts";
import type { BootReader, FaultRow } from "../../store/eventStore.ts";
import { bootFrom } from "../support/boots.ts";

const DEVICE = "pci:0000:00:02.0";
const dma = (n: number) => ({
  kind: "dma",
  device: DEVICE,
  address: `0x${n}000`,
  length: 4,
  access: "w",
});
const reader = bootFrom([{ kind: "attach", device: DEVICE, object: "o" }, ...[1, 2, 3, 4].map(dma)]);
const CHAIN = { boot: "b", ok: true, firstBad: null };

/** The boot with its stored faults changed. */
function withFaults(change: (rows: readonly FaultRow[]) => readonly FaultRow[]): BootReader {
  const changed = change([...reader.faults()]);
  return new Proxy(reader, {
    get(target, name) {
      if (name === "faults") return () => changed[Symbol.iterator]();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

test.each<[string, (rows: readonly FaultRow[]) => readonly FaultRow[], number | null]>([
  ["as they were", (rows) => rows, null],
  ["in another order", (rows) => rows.toReversed(), null],
  ["one changed", (rows) => rows.map((row) => (row.seq === 3 ? { ...row, code: "0x99" } : row)), 3],
  ["one missing", (rows) => rows.filter((row) => row.seq !== 2), 2],
  ["the last missing", (rows) => rows.slice(0, -1), 4],
  ["one too many", (rows) => [...rows, rows[1]!], 2],
])("stored rows %s: the first that only one side has is named", (_, change, firstBad) => {
  expect(verifyBoot(withFaults(change), CHAIN)).toMatchObject({ ok: firstBad === null, firstBad });
});
