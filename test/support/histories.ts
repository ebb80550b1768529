import fc from "fast-check";
import { FAMILIES, type Family } from "../../events/vocabulary/family.ts";
import type { NaiveRecord } from "./naiveJudge.ts";

/** Records of one made-up boot, all well-formed, for a unit of `family`. */
export interface History {
  readonly family: Family;
  readonly records: readonly NaiveRecord[];
}

/** Histories of any family: few names and pages, so that records meet. */
export function histories(lengthMax = 40): fc.Arbitrary<History> {
  return fc.constantFrom(...FAMILIES).chain((family) => historiesOf(family, lengthMax));
}

/** Histories of one family. */
export function historiesOf(family: Family, lengthMax = 40): fc.Arbitrary<History> {
  return fc
    .tuple(prelude, fc.array(move, { maxLength: lengthMax, size: "max" }))
    .map(([first, moves]) => ({ family, records: resolve([...first, ...moves]) }));
}

/** Pages at which something may change: ends of the space, interrupt ranges, width limits; and a few to meet at. */
export const pages: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 30, arbitrary: fc.bigInt({ min: 0x80000n, max: 0x80005n }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[0n, 0xfee00n, 0xfeeffn, 0xfdf8000n, 0xfdf8fffn, 1n << 20n, 1n << 27n, 1n << 36n, (1n << 52n) - 1n]
        .flatMap((page) => [page - 1n, page, page + 1n])
        .filter((page) => page >= 0n && page < 1n << 52n),
    ),
  },
);

interface Range {
  readonly address: string;
  readonly length: string | number;
}

const offsets = fc.constantFrom(0n, 0n, 0n, 1n, 4n, 0x10n, 0xffcn, 0xfffn);
const lengths = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.constantFrom(1n, 2n, 4n, 4n, 0xffcn, 0x1000n, 0x1001n, 0x2000n, 0x3000n, 0x6000n),
  },
  { weight: 1, arbitrary: fc.constantFrom(1n << 32n, 1n << 40n, 1n << 63n, 1n << 64n) },
);

/** A range as a record tells it: never past 2^64; the length as a number or as hex text. */
export const ranges: fc.Arbitrary<Range> = fc
  .tuple(pages, offsets, lengths, fc.boolean())
  .map(([page, offset, length, asText]) => rangeOf(page * 4096n + offset, length, asText));

const objects = fc.oneof(
  { weight: 9, arbitrary: fc.constant("o1") },
  { weight: 1, arbitrary: fc.constantFrom("o2", "__proto__") },
);
const devices = fc.oneof(
  { weight: 6, arbitrary: fc.constant("pci:0000:00:01.0") },
  { weight: 3, arbitrary: fc.constant("stream:0x8") },
  { weight: 1, arbitrary: fc.constantFrom("pci:0000:00:1f.7", "mmio:0xe6ef0000") },
);
const units = fc.constantFrom("u0", "u0", "u1");
const grants = fc.constantFrom("rw", "rw", "rw", "r", "w", "x", "rx", "wr", "rwx");

// Where an earlier grant lies, or a page beside it.
const nearMap = fc.record({
  map: fc.nat(30),
  shift: fc.constantFrom(0n, 0n, 0n, 0n, -1n, 1n, 2n),
  offset: offsets,
});

// Moves are records in which `near` and `saw` still speak of earlier grants by number.
interface Move {
  readonly kind: string;
  readonly near?: { readonly map: number; readonly shift: bigint; readonly offset: bigint };
  readonly lengthNear?: bigint;
  readonly saw?: string;
  readonly sawMap?: number | null;
  readonly [field: string]: unknown;
}

const place = fc.oneof(
  { weight: 6, arbitrary: fc.record({ near: nearMap, lengthNear: lengths }) },
  { weight: 1, arbitrary: ranges },
);

const map: fc.Arbitrary<Move> = fc
  .tuple(ranges, fc.option(pages, { nil: null }), objects, grants)
  .map(([range, target, object, access]) => ({
    kind: "map",
    object,
    ...range,
    ...(target === null ? {} : { target: targetOf(range, target) }),
    access,
  }));

const unmap: fc.Arbitrary<Move> = fc
  .tuple(objects, place)
  .map(([object, where]) => ({ kind: "unmap", object, ...where }));

const dma: fc.Arbitrary<Move> = fc
  .tuple(
    fc.record({
      device: devices,
      access: fc.constantFrom("r", "w"),
      saw: fc.constantFrom(
        ...["nothing", "permitted", "target", "target", "target", "wrong", "denied", "code", "reason"],
      ),
      // The grant whose target is claimed; null: that at which the transfer aims.
      sawMap: fc.option(fc.nat(30), { nil: null, freq: 3 }),
    }),
    place,
  )
  .map(([fields, where]) => ({ kind: "dma", ...fields, ...where }));

const invalidate: fc.Arbitrary<Move> = fc
  .tuple(
    fc.oneof(fc.constant({}), fc.record({ object: objects }), fc.record({ device: devices })),
    fc.oneof(fc.constant({}), place),
  )
  .map(([whose, where]) => ({ kind: "invalidate", ...whose, ...where }));

const rare: fc.Arbitrary<Move> = fc.oneof(
  record("attach", { device: devices, object: objects }),
  record("attach", { device: devices, object: objects }),
  record("detach", { device: devices, object: objects }),
  record("object.create", { object: objects }),
  record("object.destroy", { object: objects }),
  record("passthrough", { device: devices, enabled: fc.boolean() }),
  record("translation", { enabled: fc.boolean() }, { unit: units }),
  record("device", { device: devices }, { unit: units }),
  record("unit", { unit: units }, { addressWidth: fc.constantFrom(12, 20, 32, 39, 48, 64) }),
  record("mark", { text: fc.string() }),
);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 10, arbitrary: map },
  { weight: 6, arbitrary: unmap },
  { weight: 20, arbitrary: dma },
  { weight: 4, arbitrary: invalidate },
  { weight: 2, arbitrary: rare },
);

const attached: readonly Move[] = [
  { kind: "attach", device: "pci:0000:00:01.0", object: "o1" },
  { kind: "attach", device: "stream:0x8", object: "o1" },
];

const prelude: fc.Arbitrary<readonly Move[]> = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  { weight: 2, arbitrary: fc.constant(attached) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom({ addressWidth: 39 }, { addressWidth: 48 }, {})
      .map((width) => [
        { kind: "unit", unit: "u0", ...width },
        { kind: "device", device: "pci:0000:00:01.0", unit: "u0" },
        ...attached,
      ]),
  },
);

function record(
  kind: string,
  needed: { readonly [field: string]: fc.Arbitrary<unknown> },
  optional: { readonly [field: string]: fc.Arbitrary<unknown> } = {},
): fc.Arbitrary<Move> {
  const model = { ...needed, ...optional };
  return fc
    .record<Record<string, unknown>, string>(model, { requiredKeys: Object.keys(needed) })
    .map((fields) => ({ kind, ...fields }));
}

/** Makes moves into records: each speaks of the grants before it. */
function resolve(moves: readonly Move[]): NaiveRecord[] {
  const maps: Move[] = [];
  return moves.map((next) => {
    if (next.kind === "map") maps.push(next);
    const { near, lengthNear, saw, sawMap, ...fields } = next;
    if (near !== undefined) Object.assign(fields, rangeNear(near, lengthNear!, maps));
    if (saw === undefined) return fields as NaiveRecord;
    const claimed = sawMap ?? near?.map ?? 0;
    const observed = observedOf(saw, fields, maps[claimed % Math.max(maps.length, 1)]);
    return observed === null ? (fields as NaiveRecord) : ({ ...fields, observed } as NaiveRecord);
  });
}

function rangeNear(near: NonNullable<Move["near"]>, length: bigint, maps: readonly Move[]): Range {
  const aim = maps[near.map % Math.max(maps.length, 1)];
  const page = aim === undefined ? 0x80000n : BigInt(aim["address"] as string) / 4096n;
  const shifted = page + near.shift;
  const inside = shifted >= 0n && shifted < 1n << 52n;
  return rangeOf((inside ? shifted : page) * 4096n + near.offset, length, false);
}

function observedOf(saw: string, dma_: { readonly [field: string]: unknown }, grant: Move | undefined) {
  const address = BigInt(dma_["address"] as string);
  switch (saw) {
    case "nothing":
      return null;
    case "permitted":
    case "denied":
      return { verdict: saw };
    case "target": {
      const start = BigInt((grant?.["address"] ?? "0x0") as string) / 4096n;
      const target = BigInt((grant?.["target"] ?? grant?.["address"] ?? "0x0") as string) / 4096n;
      const page = target + (address / 4096n - start);
      const exists = page >= 0n && page < 1n << 52n;
      return { verdict: "permitted", ...(exists ? { target: hex(page * 4096n + (address % 4096n)) } : {}) };
    }
    case "wrong":
      return { verdict: "permitted", target: hex((address + 4n) % (1n << 64n)) };
    case "code":
      return { verdict: "denied", code: dma_["access"] === "w" ? "0x05" : "F_TRANSLATION" };
    case "reason":
      return { verdict: "denied", reason: dma_["access"] === "w" ? "unmapped" : "permission" };
    default:
      throw new Error(`no ${saw}`);
  }
}

function rangeOf(start: bigint, length: bigint, asText: boolean): Range {
  const room = (1n << 64n) - start;
  const fitting = length < room ? length : room;
  return { address: hex(start), length: asText || fitting >= 2n ** 53n ? hex(fitting) : Number(fitting) };
}

function targetOf(range: Range, page: bigint): string {
  const start = BigInt(range.address);
  const pageCount = (start + BigInt(range.length) - 1n) / 4096n - start / 4096n + 1n;
  const fitting = page + pageCount > 1n << 52n ? (1n << 52n) - pageCount : page;
  return hex(fitting * 4096n + (start % 4096n));
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
