import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionError } from "../../../base/assert.ts";
import {
  covers,
  formatAccess,
  intersectAccess,
  neededAccess,
  parseAccess,
  READ,
  READ_WRITE,
  unionAccess,
  WRITE,
} from "../../../events/vocabulary/access.ts";
import {
  addressFromBigint,
  addressToBigint,
  compareAddresses,
  formatAddress,
  PAGE_LIMIT,
  pageNumber,
  parseAddress,
} from "../../../events/vocabulary/address.ts";
import {
  byteRange,
  formatRange,
  pageRange,
  rangeLength,
  rangeOf,
  WHOLE_SPACE,
} from "../../../events/vocabulary/byteRange.ts";
import {
  parseDeviceName,
  pciDevice,
  pciParts,
  sourceIdOf,
  streamDevice,
} from "../../../events/vocabulary/device.ts";
import { parseFamily } from "../../../events/vocabulary/family.ts";
import { parseReasonClass } from "../../../events/vocabulary/reason.ts";

const TOP = 2n ** 64n - 1n;
const bigints = fc.oneof(
  fc.bigInt({ min: 0n, max: TOP }),
  fc.constantFrom(0n, 1n, 4095n, 4096n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, TOP - 4096n, TOP),
);
const hex = (value: bigint) => `0x${value.toString(16)}`;

describe("addresses are 64 bits, exact (hardware 6)", () => {
  test("text, pages and bigints say the same", () => {
    fc.assert(
      fc.property(bigints, (value) => {
        const address = addressFromBigint(value)!;
        expect(addressToBigint(address)).toBe(value);
        expect(formatAddress(address.page, address.offset)).toBe(hex(value));
        expect(parseAddress(hex(value))).toEqual(address);
        expect(parseAddress(`0X${value.toString(16).toUpperCase().padStart(16, "0")}`)).toEqual(address);
      }),
    );
  });
  test.each([
    "",
    "0x",
    "0x1g",
    "1000",
    "-0x1",
    "0x-1",
    " 0x1",
    "0x1 ",
    "0x10000000000000000",
    "0x1\n",
    "0b1",
    "١",
  ])("%j is no address", (text) => {
    expect(parseAddress(text)).toBeNull();
  });
  test("what does not fit in 64 bits is no address", () => {
    expect([addressFromBigint(-1n), addressFromBigint(2n ** 64n)]).toEqual([null, null]);
  });
  test("they are ordered as numbers are", () => {
    fc.assert(
      fc.property(bigints, bigints, (a, b) => {
        const order = compareAddresses(addressFromBigint(a)!, addressFromBigint(b)!);
        expect(Math.sign(order)).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
  test.each([-1, 0.5, PAGE_LIMIT, Number.NaN])("%d is no page number: our own mistake", (raw) => {
    expect(() => pageNumber(raw)).toThrow(AssertionError);
  });
});

describe("ranges are non-empty and end at or below 2^64 (contract 2)", () => {
  test("for every start and length, as bigint or as number", () => {
    fc.assert(
      fc.property(bigints, fc.oneof(bigints, fc.bigInt({ min: -5n, max: 70000n })), (start, length) => {
        const expected =
          length <= 0n
            ? length === 0n
              ? "zero-length"
              : "negative-length"
            : start + length - 1n > TOP
              ? "wraps"
              : start + length - 1n;
        const forms = length <= 2n ** 53n - 1n ? [length, Number(length)] : [length];
        for (const form of forms) {
          const range = byteRange(addressFromBigint(start)!, form);
          if (!range.ok) expect(range.error).toBe(expected);
          else {
            const { firstPage, firstOffset, lastPage, lastOffset } = range.value;
            expect((BigInt(firstPage) << 12n) + BigInt(firstOffset)).toBe(start);
            expect((BigInt(lastPage) << 12n) + BigInt(lastOffset)).toBe(expected);
            expect(rangeLength(range.value)).toBe(length);
            expect(formatRange(range.value)).toBe(`${hex(start)}-${hex(start + length - 1n)}`);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
  test("the whole space has 2^64 bytes", () => {
    expect(rangeLength(WHOLE_SPACE)).toBe(2n ** 64n);
    expect(byteRange(addressFromBigint(0n)!, 2n ** 64n)).toEqual({ ok: true, value: WHOLE_SPACE });
    expect(byteRange(addressFromBigint(1n)!, 2n ** 64n)).toEqual({ ok: false, error: "wraps" });
    expect(byteRange(addressFromBigint(0n)!, Number.NaN)).toEqual({ ok: false, error: "negative-length" });
  });
  test("a range backwards is our own mistake", () => {
    expect(() => pageRange(2, 1)).toThrow(AssertionError);
    expect(() => pageRange(0, PAGE_LIMIT)).toThrow(AssertionError);
    expect(() => rangeOf(addressFromBigint(5n)!, addressFromBigint(4n)!)).toThrow(AssertionError);
    expect(() => byteRange(addressFromBigint(0n)!, 1.5)).toThrow(AssertionError);
  });
});

describe("access", () => {
  test("is any of r, w, x joined, each at most once; told in the order rwx", () => {
    const told = ["r", "w", "x", "rw", "wr", "xwr", "rx", "wx"].map((text) =>
      formatAccess(parseAccess(text)!),
    );
    expect(told).toEqual(["r", "w", "x", "rw", "rw", "rwx", "rx", "wx"]);
    expect(["", "rr", "rwr", "R", "a", "r w", "constructor"].map(parseAccess)).toEqual(Array(7).fill(null));
  });
  test("joins and meets as sets", () => {
    expect(unionAccess(READ, WRITE)).toBe(READ_WRITE);
    expect(intersectAccess(READ_WRITE, WRITE)).toBe(WRITE);
    expect([covers(READ, WRITE), covers(READ_WRITE, WRITE), covers(WRITE, READ_WRITE)]).toEqual([
      false,
      true,
      false,
    ]);
    expect([neededAccess("r"), neededAccess("w")]).toEqual([READ, WRITE]);
  });
});

describe("device names", () => {
  test.each([
    ["pci:0000:00:1f.7", "pci:0000:00:1f.7"],
    ["pci:ABCD:FF:1F.0", "pci:abcd:ff:1f.0"],
    ["mmio:0xE6EF0000", "mmio:0xe6ef0000"],
    ["stream:0X0020600", "stream:0x20600"],
    ["stream:0x0", "stream:0x0"],
  ])("%s is %s", (text, name) => {
    expect(parseDeviceName(text)).toBe(name);
  });
  test.each([
    "pci:0000:00:20.0",
    "pci:0000:00:1f.8",
    "pci:000:00:1f.7",
    "pci:0000:00:1f",
    "0000:00:1f.7",
    "mmio:123",
    "mmio:0x",
    "mmio:0x10000000000000000",
    "stream:",
    "pci:0000:00:1f.7\n",
    "",
  ])("%j names no device", (text) => {
    expect(parseDeviceName(text)).toBeNull();
  });
  test("parts, source-ids and constructors agree (hardware 1.1)", () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(255), fc.nat(31), fc.nat(7), (segment, bus, device, fn) => {
        const name = pciDevice(segment, bus, device, fn);
        expect(parseDeviceName(name)).toBe(name);
        expect(pciParts(name)).toEqual({ segment, bus, device, fn });
        expect(sourceIdOf(name)).toBe(bus * 256 + device * 8 + fn);
      }),
    );
    expect(sourceIdOf(streamDevice(8))).toBeNull();
    expect(parseDeviceName(streamDevice(0x20600))).toBe("stream:0x20600");
  });
});

test("families and reason classes are told by their words alone", () => {
  expect([parseFamily("vtd"), parseFamily("VTD"), parseFamily("toString"), parseFamily(null)]).toEqual([
    "vtd",
    null,
    null,
    null,
  ]);
  expect([parseReasonClass("unmapped"), parseReasonClass("constructor"), parseReasonClass(5)]).toEqual([
    "unmapped",
    null,
    null,
  ]);
});
