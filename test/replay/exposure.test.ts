import { describe, expect, test } from "vitest";
import { exposureOf } from "../../replay/exposure/exposure.ts";
import { bootFrom } from "../support/boots.ts";

const A = "pci:0000:00:01.0";
const S = 1_000_000_000;

describe("exposure", () => {
  test("a device is unrestricted from the event that names it until translation is on (PUR-5)", () => {
    const report = exposureOf(
      bootFrom([
        { t: 0, kind: "unit", unit: "u0" },
        { t: 0, kind: "translation", enabled: false },
        { t: 1 * S, kind: "device", device: A, unit: "u0" },
        { t: 2 * S, kind: "dma", device: A, address: "0x1000", length: 8, access: "w" },
        { t: 4 * S, kind: "translation", enabled: true },
        { t: 9 * S, kind: "mark", text: "end" },
      ]),
    );
    expect(report.windows).toMatchObject([
      { kind: "unrestricted", device: A, fromSeq: 2, toSeq: 4, durationNs: 3 * S, bytes: null, transfers: 1 },
    ]);
    expect(report.totals).toMatchObject({ unrestrictedSeconds: 3, unrestrictedTransfers: 1 });
  });

  test("a revoked grant is exposed until an invalidation covers it", () => {
    const report = exposureOf(
      bootFrom([
        { t: 0, kind: "attach", device: A, object: "o" },
        { t: 0, kind: "map", object: "o", address: "0x1000", length: 8192, access: "rw" },
        { t: 1 * S, kind: "unmap", object: "o", address: "0x1000", length: 8192 },
        { t: 2 * S, kind: "invalidate", object: "o", address: "0x1000", length: 4096 },
        { t: 5 * S, kind: "invalidate" },
      ]),
    );
    expect(report.totals).toMatchObject({
      staleWindows: 2,
      staleByteSeconds: 4096 + 4 * 4096,
      staleLongestNs: 4 * S,
    });
  });

  test("bytes of a page beyond what was asked are exposed while the grant lives (CM-12)", () => {
    const report = exposureOf(
      bootFrom([
        { t: 0, kind: "map", object: "o", address: "0x1000", length: 4000, access: "rw" },
        { t: 2 * S, kind: "unmap", object: "o", address: "0x1000", length: 4096 },
      ]),
    );
    expect(report.totals).toMatchObject({ roundingGrants: 1, roundingByteSeconds: 2 * 96 });
  });

  test("a pass-through device is exposed, and a window that never ends says so", () => {
    const report = exposureOf(
      bootFrom([
        { t: 0, kind: "attach", device: A, object: "o" },
        { t: 1 * S, kind: "passthrough", device: A, enabled: true },
        { t: 3 * S, kind: "mark", text: "end" },
      ]),
    );
    expect(report.windows).toMatchObject([
      { kind: "unrestricted", device: A, fromSeq: 1, toSeq: null, durationNs: 2 * S },
    ]);
  });
});
