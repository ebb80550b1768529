import { describe, expect, test } from "vitest";
import type { IortTable } from "../../../../sources/board/acpi/iort.ts";
import {
  type IortRequester,
  iortReservedRegions,
  iortSmmus,
  reservedRegionsForStream,
  resolveStreamId,
} from "../../../../sources/board/acpi/iortLookup.ts";
import { readFirmware } from "../../../../sources/board/firmware.ts";
import { iort, itsGroup, mapping, namedComponent, node, rmr, rootComplex, smmuV3 } from "../acpiBuilder.ts";
import { fixture } from "../check.ts";

function read(bytes: Uint8Array): IortTable {
  const table = readFirmware(bytes, "test").tables[0];
  if (table?.kind !== "IORT") throw new Error("no IORT");
  return table;
}

function pci(requesterId: number, segment = 0): IortRequester {
  return { kind: "pci", segment, requesterId };
}

/** What a requester becomes, as a line: `smmu@72 stream 0x10 its 0x10`. */
function resolve(table: IortTable, requester: IortRequester): string {
  const answer = resolveStreamId(table, requester);
  const its = (target: { deviceId: number } | null) =>
    target === null ? "" : ` its 0x${target.deviceId.toString(16)}`;
  if (answer.kind === "unmapped") return "unmapped";
  if (answer.kind === "its") return `its only${its(answer.interrupts)}`;
  return `smmu@${answer.smmu.offset} stream 0x${answer.streamId.toString(16)}${its(answer.interrupts)}`;
}

const ITS = node(0, itsGroup([0]));
const ITS_AT = 48;
const SMMU_AT = 72;

describe("a requester's ids are resolved as tables 3 says", () => {
  const smmu = node(4, smmuV3(0x2b400000, { gsiv: 74 }), [mapping(0, 0xffff, 0x100000, ITS_AT)]);
  const host = node(2, rootComplex(1), [
    mapping(0x100, 0xff, 0x8000, SMMU_AT),
    mapping(0x400, 0xff, 0, ITS_AT),
  ]);
  const component = node(1, namedComponent("\\_SB.DMA0"), [
    mapping(0, 0, 0x41, SMMU_AT, 1),
    mapping(0, 0, 0x45, SMMU_AT, 1),
  ]);
  const table = read(iort([ITS, smmu, host, component]));

  test("within the range: output base plus the distance; at the SMMU on to the ITS", () => {
    expect(resolve(table, pci(0x100, 1))).toBe("smmu@72 stream 0x8000 its 0x108000");
    expect(resolve(table, pci(0x1ff, 1))).toBe("smmu@72 stream 0x80ff its 0x1080ff");
  });
  test("outside every range: not behind an SMMU", () => {
    expect(resolve(table, pci(0xff, 1))).toBe("unmapped");
    expect(resolve(table, pci(0x200, 1))).toBe("unmapped");
    expect(resolve(table, pci(0x100, 0))).toBe("unmapped");
  });
  test("a host mapped straight to an ITS is not behind an SMMU", () => {
    expect(resolve(table, pci(0x410, 1))).toBe("its only its 0x10");
  });
  test("mapping i of a named component is its i-th id", () => {
    const dma = (index: number): IortRequester => ({ kind: "component", deviceName: "\\_SB.DMA0", index });
    expect(resolve(table, dma(0))).toBe("smmu@72 stream 0x41 its 0x100041");
    expect(resolve(table, dma(1))).toBe("smmu@72 stream 0x45 its 0x100045");
    expect(resolve(table, dma(2))).toBe("unmapped");
    expect(resolve(table, { kind: "component", deviceName: "\\_SB.DMA1", index: 0 })).toBe("unmapped");
  });
  test("the mapping of the SMMU's own interrupts is no stream's", () => {
    const own = node(4, smmuV3(0x1000, { index: 0, flags: 0x10 }), [mapping(0, 0xff, 0x7000, ITS_AT)], 5);
    const behind = read(iort([ITS, own, node(2, rootComplex(0), [mapping(0, 0xff, 0, SMMU_AT)])]));
    expect(resolve(behind, pci(1))).toBe("smmu@72 stream 0x1");
    const unwired = node(4, smmuV3(0x1000), [mapping(0, 0xff, 0x7000, ITS_AT)], 1);
    const old = read(iort([ITS, unwired, node(2, rootComplex(0), [mapping(0, 0xff, 0, SMMU_AT)])]));
    expect(resolve(old, pci(1))).toBe("smmu@72 stream 0x1");
    expect(resolve(read(fixture("acpi/iort-synthetic-a.bin")), pci(0x1234))).toBe(
      "smmu@76 stream 0x1234 its 0x1234",
    );
  });
  test("where inputs overlap the first mapping counts", () => {
    const twice = node(2, rootComplex(0), [
      mapping(0, 0xff, 0x1000, SMMU_AT),
      mapping(0, 0xff, 0x2000, SMMU_AT),
    ]);
    expect(resolve(read(iort([ITS, smmu, twice])), pci(1))).toMatch("stream 0x1001");
  });
  test("a reference that leads nowhere maps nothing", () => {
    expect(resolve(read(iort([ITS, node(2, rootComplex(0), [mapping(0, 9, 0, 50)])])), pci(1))).toBe(
      "unmapped",
    );
  });
  test("a HiSilicon range ends one id earlier than its count says", () => {
    const oem = { oemId: "HISI  ", oemTableId: "HIP07   ", oemRevision: 0 };
    const hosts = node(2, rootComplex(0), [mapping(0, 0x2000, 0, ITS_AT)]);
    expect(resolve(read(iort([ITS, hosts], oem)), pci(0x1fff))).toBe("its only its 0x1fff");
    expect(resolve(read(iort([ITS, hosts], oem)), pci(0x2000))).toBe("unmapped");
    expect(resolve(read(iort([ITS, hosts])), pci(0x2000))).toBe("its only its 0x2000");
    expect(resolve(read(fixture("acpi/iort-hisi-d03.bin")), pci(0x1fff))).toBe("its only its 0x1fff");
    expect(resolve(read(fixture("acpi/iort-hisi-d03.bin")), pci(0x2000))).toBe("unmapped");
  });
});

describe("reserved regions", () => {
  test("of a table, in whole pages, with the streams that keep them", () => {
    const table = read(fixture("acpi/iort-synthetic-a.bin"));
    expect(iortReservedRegions(table)).toMatchObject([
      { base: 0xe0000000n, limit: 0xe000ffffn, streams: [{ firstStreamId: 0x102, lastStreamId: 0x102 }] },
      { base: 0xe8000000n, limit: 0xe81fffffn, streams: [{ smmu: { offset: 76 } }] },
    ]);
    const [smmuV3At76, smmuV2At184] = iortSmmus(table);
    expect(reservedRegionsForStream(table, smmuV3At76!, 0x102)).toHaveLength(2);
    expect(reservedRegionsForStream(table, smmuV3At76!, 0x103)).toEqual([]);
    expect(reservedRegionsForStream(table, smmuV2At184!, 0x102)).toEqual([]);
  });
  test("a range of streams, and no empty region", () => {
    const kept = node(
      6,
      rmr([
        [0xe0000800, 0x1000],
        [0xf0000000, 0],
      ]),
      [mapping(0, 7, 0x20, SMMU_AT)],
    );
    const regions = iortReservedRegions(read(iort([ITS, node(4, smmuV3(0x1000)), kept])));
    const streams = [{ firstStreamId: 0x20, lastStreamId: 0x27 }];
    expect(regions).toMatchObject([{ base: 0xe0000000n, limit: 0xe0001fffn, streams }]);
  });
});
