import { describe, expect, test } from "vitest";
import { RECORD_LENGTH_MAX } from "../../../../sources/trace/smmuTrace/traceReader.ts";
import { readLines } from "../../../support/machine.ts";

const read = (...records: unknown[]) =>
  readLines(records.map((record) => (typeof record === "string" ? record : JSON.stringify(record))));
const codes = (...records: unknown[]) => read(...records).diagnostics.map(({ code }) => code);
const DEVICE = "pci:0000:00:02.0";
const MAP = { kind: "map", object: "o1", address: "0x1000", length: 4096, access: "rw" };
const DMA = { kind: "dma", device: DEVICE, address: "0x1234", length: 4, access: "r" };

describe("each kind of contract 2 is read", () => {
  test.each<[object, object]>([
    [
      { kind: "unit", unit: "u0" },
      { base: null, addressWidth: null },
    ],
    [
      { kind: "unit", unit: "u0", base: "0xfed90000", addressWidth: 39 },
      { base: { page: 0xfed90, offset: 0 }, addressWidth: 39 },
    ],
    [
      { kind: "translation", enabled: false },
      { unit: null, enabled: false },
    ],
    [{ kind: "translation", enabled: true, unit: "u0" }, { unit: "u0" }],
    [
      { kind: "device", device: DEVICE },
      { device: DEVICE, unit: null },
    ],
    [{ kind: "device", device: "PCI", unit: "u0" }, {}],
    [
      { kind: "device", device: "stream:0X8", unit: "u0" },
      { device: "stream:0x8", unit: "u0" },
    ],
    [
      { kind: "object.create", object: "o1", client: "c" },
      { object: "o1", client: "c" },
    ],
    [
      { kind: "object.destroy", object: "o1" },
      { object: "o1", client: null },
    ],
    [
      { kind: "attach", device: DEVICE, object: "o1" },
      { device: DEVICE, object: "o1" },
    ],
    [
      { kind: "detach", device: DEVICE, object: "o1" },
      { device: DEVICE, object: "o1" },
    ],
    [
      MAP,
      { bytes: { firstPage: 1, firstOffset: 0, lastPage: 1, lastOffset: 4095 }, targetPage: 1, access: 3 },
    ],
    [
      { ...MAP, target: "0x9000", requested: "w" },
      { targetPage: 9, requested: 2 },
    ],
    [
      { ...MAP, target: null, requested: null },
      { targetPage: 1, requested: null },
    ],
    [{ kind: "unmap", object: "o1", address: "0x1fff", length: 2 }, { bytes: { firstPage: 1, lastPage: 2 } }],
    [{ kind: "passthrough", device: DEVICE, enabled: true }, { enabled: true }],
    [DMA, { bytes: { firstPage: 1, firstOffset: 0x234, lastOffset: 0x237 }, access: "r", observed: null }],
    [
      { ...DMA, observed: { verdict: "denied" } },
      { observed: { verdict: "denied", target: null, code: null } },
    ],
    [
      { ...DMA, observed: { verdict: "permitted", target: "0x5234" } },
      { observed: { target: { page: 5, offset: 0x234 } } },
    ],
    [{ kind: "invalidate" }, { object: null, device: null, bytes: null }],
    [{ kind: "invalidate", object: "o1", address: "0x0", length: "0x10000000000000000" }, { object: "o1" }],
    [
      { kind: "invalidate", device: DEVICE, address: null, length: null },
      { device: DEVICE, bytes: null },
    ],
    [{ kind: "mark", text: "" }, { text: "" }],
    [
      { kind: "loss", what: "suppressed", function: "dmar_fault", count: 7 },
      { count: 7, unit: null },
    ],
    [
      { kind: "status", fsts: "0x2", primaryPending: true, overflow: false, recordIndex: 6 },
      { fsts: "0x2", recordIndex: 6 },
    ],
  ])("%j", (record, expected) => {
    const { stimuli, diagnostics } = read(record);
    if (Object.keys(expected).length === 0) {
      expect(diagnostics.map(({ code }) => code)).toEqual(["TRC104"]);
      return;
    }
    expect(diagnostics).toEqual([]);
    expect(stimuli[0]!.stimulus).toMatchObject({ kind: (record as { kind: string }).kind, ...expected });
  });

  test("a fault in the words of a recorder: requester ids from its device, access unknown unless told (logs 11.2)", () => {
    const record = {
      kind: "fault",
      device: "pci:0000:01:02.3",
      address: "0x00A000",
      access: "w",
      code: "0x05",
    };
    const [first, second] = read(record, { kind: "fault", device: "stream:0x20600", unit: "smmu0" }).stimuli;
    expect(first!.stimulus).toEqual({
      kind: "fault",
      device: "pci:0000:01:02.3",
      report: {
        format: "smmu-trace",
        kind: "dma-fault",
        unit: null,
        segment: "0000",
        bdf: "01:02.3",
        sourceId: "0x0113",
        streamId: null,
        pasid: null,
        address: "0xa000",
        addressGranule: 1,
        access: "write",
        code: "0x05",
        reason: null,
        raw: {},
      },
    });
    expect(second!.stimulus).toMatchObject({
      report: { streamId: "0x20600", sourceId: null, unit: "smmu0", access: "unknown", addressGranule: null },
    });
  });

  test("a fault that was exported with its whole report comes back whole", () => {
    const report = {
      format: "linux-arm-smmu-v3",
      kind: "config-fault",
      segment: null,
      bdf: null,
      sourceId: null,
      streamId: "0x20600",
      pasid: "0x5",
      addressGranule: 4096,
      reason: "bad-ste",
      raw: { event: "0x10", ["__proto__"]: 1 },
    };
    const { stimuli, diagnostics } = read({ kind: "fault", address: "0x1000", access: "read", report });
    expect(diagnostics).toEqual([]);
    expect((stimuli[0]!.stimulus as { report: object }).report).toMatchObject(report);
  });

  test.each([
    { format: "constructor" },
    { format: null },
    { kind: "dma" },
    { kind: null },
    { bdf: 5 },
    { reason: "x".repeat(101) },
    { addressGranule: 2 },
    { raw: [] },
  ])("but not with a member of another shape: %j", (report) => {
    expect(codes({ kind: "fault", report })).toEqual(["TRC104"]);
  });
});

describe("a record that breaks the format is skipped and told with line, code and hint", () => {
  test.each<[string, unknown]>([
    // not a record
    ["TRC101", '{"kind":"map"'],
    ["TRC101", "hello"],
    ["TRC101", "   "],
    ["TRC101", "[1]"],
    ["TRC101", "null"],
    ["TRC101", '"map"'],
    ["TRC101", "\u0000\u0001"],
    ["TRC101", `${JSON.stringify(MAP)},`],
    ["TRC101", "[".repeat(100_000)],
    ["TRC101", "[".repeat(100_000) + "]".repeat(100_000)],
    // no kind
    ["TRC102", "{}"],
    ["TRC102", { kind: null }],
    ["TRC102", { kind: ["map"] }],
    ["TRC102", { kind: "" }],
    ["TRC102", { kind: "k".repeat(101) }],
    ["TRC102", { format: "smmu-trace", version: 1, family: "vtd" }],
    // a field is missing
    ["TRC103", { kind: "map" }],
    ["TRC103", { ...MAP, access: undefined }],
    ["TRC103", { ...DMA, length: undefined }],
    ["TRC103", { kind: "invalidate", address: "0x0" }],
    ["TRC103", { kind: "mark" }],
    ["TRC103", { kind: "translation" }],
    // a field of a wrong form
    ["TRC104", { ...MAP, address: "-0x1000" }],
    ["TRC104", { ...MAP, address: "0x10000000000000000" }],
    ["TRC104", { ...MAP, address: 4096 }],
    ["TRC104", { ...MAP, address: "" }],
    ["TRC104", { ...MAP, length: 0.5 }],
    ["TRC104", { ...MAP, length: 2 ** 53 }],
    ["TRC104", { ...MAP, length: "0x10000000000000001" }],
    ["TRC104", { ...MAP, length: "99999999999999999999" }],
    ["TRC104", { ...MAP, length: "-1" }],
    ["TRC104", { ...MAP, access: "" }],
    ["TRC104", { ...MAP, access: "rr" }],
    ["TRC104", { ...MAP, access: "RW" }],
    ["TRC104", { ...MAP, object: "" }],
    ["TRC104", { ...MAP, object: "o".repeat(257) }],
    ["TRC104", { ...MAP, target: 5 }],
    ["TRC104", { ...DMA, access: "rw" }],
    ["TRC104", { ...DMA, device: "pci:0:0.0" }],
    ["TRC104", { ...DMA, device: [DEVICE] }],
    ["TRC104", { ...DMA, t: -1 }],
    ["TRC104", { ...DMA, t: 0.5 }],
    ["TRC104", { ...DMA, t: 2 ** 53 }],
    ["TRC104", { ...DMA, t: "5" }],
    ["TRC104", { ...DMA, observed: "denied" }],
    ["TRC104", { ...DMA, observed: [] }],
    ["TRC104", { ...DMA, observed: {} }],
    ["TRC104", { ...DMA, observed: { verdict: "maybe" } }],
    ["TRC104", { ...DMA, observed: { verdict: "permitted", target: "5" } }],
    ["TRC104", { ...DMA, observed: { verdict: "denied", code: 5 } }],
    ["TRC104", { ...DMA, observed: { verdict: "denied", reason: "x".repeat(101) } }],
    ["TRC104", { kind: "unit", unit: "u0", addressWidth: 65 }],
    ["TRC104", { kind: "unit", unit: "u0", addressWidth: "39" }],
    ["TRC104", { kind: "translation", enabled: "true" }],
    ["TRC104", { kind: "fault", access: "constructor" }],
    ["TRC104", { kind: "fault", report: [] }],
    ["TRC104", { kind: "loss", what: "toString" }],
    ["TRC104", { kind: "mark", text: "x".repeat(100_001) }],
    ["TRC104", `{"kind":"attach","object":"o1","device":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
    // lengths and ends
    ["TRC105", { ...MAP, length: 0 }],
    ["TRC105", { ...MAP, length: "0x0" }],
    ["TRC105", { ...MAP, length: -4096 }],
    ["TRC106", { ...MAP, address: "0xffffffffffffffff", length: 2 }],
    ["TRC106", { ...MAP, address: "0x1", length: "0x10000000000000000" }],
    ["TRC106", { ...MAP, address: "0x0", length: 8192, target: "0xfffffffffffff000" }],
    ["TRC107", { ...MAP, target: "0x9001" }],
    ["TRC108", { kind: "invalidate", object: "o1", device: DEVICE }],
    ["TRC109", JSON.stringify({ kind: "mark", text: "x".repeat(10_000_000) })],
  ])("%s for %.80j", (code, record) => {
    const good = { kind: "mark", text: "reading goes on" };
    const { stimuli, diagnostics } = read(record, good);
    expect(stimuli.map(({ told }) => told.line)).toEqual([3]);
    expect(diagnostics).toHaveLength(1);
    const [diagnostic] = diagnostics;
    expect(diagnostic).toMatchObject({ code, file: "a.jsonl", line: 2, severity: "error" });
    expect(diagnostic!.hint).toBeTruthy();
    expect(diagnostic!.message.length).toBeLessThan(500);
    expect(diagnostic!.excerpt!.length).toBeLessThanOrEqual(400);
    if (diagnostic!.column !== undefined) expect(diagnostic!.column).toBeGreaterThan(0);
  });

  test("the column is that of the field, not of a text that quotes it", () => {
    const text =
      '{"kind":"map","note":"\\"length\\"","object":"length", "length" : 0,"address":"0x0","access":"r"}';
    const [diagnostic] = read(text).diagnostics;
    expect(text.slice(diagnostic!.column! - 1, diagnostic!.endColumn! - 1)).toBe('"length"');
    expect(diagnostic!.column).toBe(text.indexOf('"length" :') + 1);
  });

  test("a record cut in the middle is told as cut; one that is no JSON, as that", () => {
    const [cut, text, open, junk] = read('{"kind":"map",', '{"kind":"ma', '{"kind":[', "hello").diagnostics;
    for (const diagnostic of [cut, text, open]) {
      expect(diagnostic!.message).toBe("the record ends before it is complete");
    }
    expect(junk!.message).toBe('the line is "hello", which is not JSON');
    expect(read('{"kind" "map"}').diagnostics[0]).toMatchObject({
      column: 9,
      message: "the record is not JSON at column 9",
    });
  });
});

describe("odd but good input", () => {
  test("empty lines are no records; a carriage return before the line end does no harm", () => {
    const { stimuli, diagnostics } = read("", "\r", `${JSON.stringify(DMA)}\r`);
    expect(diagnostics).toEqual([]);
    expect(stimuli.map(({ told }) => told.line)).toEqual([4]);
  });
  test("of a member told twice the last one counts, as in every JSON reader", () => {
    const { stimuli } = read('{"kind":"map","kind":"mark","text":"a","text":"b"}');
    expect(stimuli[0]!.stimulus).toEqual({ kind: "mark", text: "b" });
  });
  test("lengths as numbers, hex and decimal texts, up to the whole space", () => {
    const lengths = [4096, "4096", "0x1000", "0X1000", 4.096e3].map((length) => ({ ...MAP, length }));
    const { stimuli, diagnostics } = read(...lengths);
    expect(diagnostics).toEqual([]);
    for (const { stimulus } of stimuli) expect(stimulus).toEqual(stimuli[0]!.stimulus);
    expect(codes({ ...MAP, address: "0x0", length: "18446744073709551616" })).toEqual([]);
    expect(codes({ ...MAP, address: "0x0", length: "0x10000000000000000" })).toEqual([]);
  });
  test("the last byte of the space", () => {
    expect(codes({ ...MAP, address: "0xffffffffffffffff", length: 1, target: "0xffffffffffffffff" })).toEqual(
      [],
    );
  });
  test("a record of nearly the greatest length", () => {
    expect(codes({ kind: "mark", text: "", note: "x".repeat(RECORD_LENGTH_MAX - 50) })).toEqual([]);
  });
  test("time that goes back is told once, and the order of lines kept", () => {
    const { stimuli, diagnostics } = read(
      { ...DMA, t: 9 },
      { ...DMA, t: 5 },
      { ...DMA, t: 4 },
      { ...DMA, t: 9 },
    );
    expect(diagnostics.map(({ code, line, severity }) => [code, line, severity])).toEqual([
      ["TRC110", 3, "warning"],
    ]);
    expect(stimuli.map(({ told }) => told.t)).toEqual([9, 5, 4, 9]);
  });
  test("equal and missing times are in order", () => {
    expect(
      codes({ ...DMA, t: 0 }, { ...DMA, t: 0 }, { ...DMA, t: null }, DMA, { ...DMA, t: 2 ** 53 - 1 }),
    ).toEqual([]);
  });
});
