import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { replayBoot } from "../../replay/replayBoot.ts";
import { bootFrom } from "../support/boots.ts";
import { compile, HAVE_CC, runForLines, scratchFolder } from "./cc.ts";
import { readTrace } from "./readTrace.ts";

type TraceRecord = { readonly [name: string]: unknown };

const scratch = scratchFolder();
afterAll(() => scratch.remove());

const parse = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as TraceRecord);

/** The records of a recording after its header and its `client` record. */
const body = (lines: readonly string[]) => parse(lines).slice(2);

const marks = (records: readonly TraceRecord[]) =>
  records.filter((record) => record["kind"] === "mark").map((record) => record["text"]);

describe.skipIf(!HAVE_CC)("a recorded driver", () => {
  let lines: string[];
  let records: TraceRecord[];

  beforeAll(() => {
    const program = compile(scratch.path, "example", [
      "test/example_driver.c",
      "test/fake/smmu.c",
      "smmu_record.c",
    ]);
    const file = join(scratch.path, "driver.jsonl");
    runForLines(program, [file]);
    lines = readFileSync(file, "utf8").slice(0, -1).split("\n");
    records = parse(lines);
  });

  const calls = (name: string) =>
    records.filter((record) => record["kind"] === "call" && record["function"] === name);

  test("begins with a header and its client, ends with its exit (contract 2 and 5)", () => {
    expect(records[0]).toEqual({
      format: "smmu-trace",
      version: 1,
      boot: "sdmmc",
      family: "smmuv2",
      recorder: "smmu_record 1",
    });
    expect(records[1]).toMatchObject({
      kind: "client",
      client: "devb-sdmmc",
      abilities: ["smmu/attach"],
      view: "own",
    });
    expect(records.at(-1)).toMatchObject({ kind: "exit", client: "devb-sdmmc" });
  });

  test("is imported record by record, in order of time, with nothing to complain of", () => {
    const trace = readTrace(lines);
    expect(trace.diagnostics).toEqual([]);
    expect(trace.boot).toBe("sdmmc");
    expect(trace.stimuli.map((stimulus) => stimulus.kind)).toEqual(
      records.slice(1).map((record) => record["kind"]),
    );
    const times = records.slice(1).map((record) => record["t"] as number);
    expect(times.every(Number.isSafeInteger)).toBe(true);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test("is replayed without a difference; what rests on the board or on other clients is not compared", () => {
    const { conformance } = replayBoot(bootFrom(records.slice(1), "smmuv2"));
    expect(conformance).toMatchObject({ diverged: 0, stale: 0, divergences: [] });
    expect(conformance.agreed).toBeGreaterThan(10);
    expect(conformance.notComparable).toBeGreaterThan(3);
  });

  test("tells every function of the client API it called by its documented name (API-1 to API-12)", () => {
    const names = records
      .filter((record) => record["kind"] === "call")
      .map((record) => record["function"] as string);
    expect([...new Set(names)].sort()).toEqual([
      "smmu_device_add_generic",
      "smmu_device_add_mmio",
      "smmu_device_add_pci",
      "smmu_device_report_reserved",
      "smmu_fini",
      "smmu_init",
      "smmu_mapping_add",
      "smmu_obj_create",
      "smmu_obj_destroy",
      "smmu_safety",
      "smmu_xfer_notify",
      "smmu_xfer_status",
    ]);
    expect(
      records.filter((record) => record["kind"] === "call" && record["client"] !== "devb-sdmmc"),
    ).toEqual([]);
  });

  test("tells a mapping with its documented parameters, flags by name, 64-bit addresses as hex (contract 5)", () => {
    expect(calls("smmu_mapping_add")[0]).toMatchObject({
      args: {
        sop: "devb-sdmmc.o1",
        flags: ["SMF_READ", "SMF_WRITE"],
        pid: 0,
        num_entries: 2,
        entries: [
          { phys: "0x7f000000", len: "0x1000" },
          { phys: "0x8870ad5000", len: "0x2000" },
        ],
        target: "0x0",
      },
      returns: 0,
    });
  });

  test("tells that mappings must be reissued, and that they were (CM-9)", () => {
    const moved = records.findIndex((record) => record["function"] === "smmu_device_add_generic");
    expect(records[moved]).toMatchObject({
      returns: 1,
      args: { sop: "devb-sdmmc.o2", devid: { type: ["SDT_PCI"], bus: 0, dev: 18, func: 0 } },
    });
    expect(records[moved + 1]).toMatchObject({
      function: "smmu_mapping_add",
      args: { sop: "devb-sdmmc.o2" },
    });
  });

  test("tells a refusal with its errno, and a success without one (API-5)", () => {
    expect(calls("smmu_device_add_pci").slice(1)).toMatchObject([
      { args: { pbus: 0, pdev: 31, pfunc: 3 }, returns: -1, errno: "EBUSY" },
      { args: { pbus: 9, pdev: "SMMU_PCI_FIELD_ANY", pfunc: 0 }, returns: -1, errno: "ENOENT" },
    ]);
    for (const record of records) {
      const failed = record["returns"] === -1 || record["returns"] === null;
      expect("errno" in record, JSON.stringify(record)).toBe(failed);
    }
  });

  test("names the object it was given, and gives no name to one it was refused (API-3)", () => {
    expect(calls("smmu_obj_create")).toMatchObject([
      { args: { flags: ["SOCF_NONE"] }, as: "devb-sdmmc.o1", returns: "devb-sdmmc.o1" },
      { as: "devb-sdmmc.o2" },
      { args: { flags: ["SOCF_RESERVED_MANUAL"] }, returns: null, errno: "EPERM" },
    ]);
    expect(calls("smmu_obj_create")[2]).not.toHaveProperty("as");
  });

  test("detaches with a sop that is null (CM-8)", () => {
    expect(calls("smmu_device_add_mmio")[1]).toMatchObject({
      args: { sop: null, phys: "0xe6ef0000", len: "0x1000" },
      returns: 0,
    });
  });

  test("tells the reserved regions that were written, not those that remain (API-9)", () => {
    expect(
      calls("smmu_device_report_reserved").map((record) => [record["returns"], record["args"]]),
    ).toMatchObject([
      [3, { offset: 0, nresv: 2, resv: [{ phys: "0x7b800000", len: "0x100000" }, { phys: "0x7b900000" }] }],
      [1, { offset: 2, nresv: 2, resv: [{ phys: "0x7ba00000" }] }],
      [0, { offset: 3, nresv: 2, resv: [] }],
    ]);
  });

  test("tells a fetched fault before the call that fetched it, its access unknown, and that others were dropped (FLT-3, FLT-4)", () => {
    const at = records.findIndex((record) => record["kind"] === "fault");
    expect(records[at]).toMatchObject({ device: "pci:0000:00:12.0", address: "0xffffffff70ad5000" });
    expect(records[at]).not.toHaveProperty("access");
    expect(records[at]).not.toHaveProperty("code");
    expect(records[at + 1]).toMatchObject({
      function: "smmu_xfer_status",
      args: { ssp: { hw_specific: "0x5", fault_addr: "0xffffffff70ad5000", flags: ["SSF_DROPPED_FAULTS"] } },
      returns: 0,
    });
    expect(records[at + 2]).toMatchObject({
      kind: "mark",
      text: expect.stringContaining("SSF_DROPPED_FAULTS"),
    });
    expect(calls("smmu_xfer_status")[1]).toMatchObject({ args: { ssp: {} }, returns: -1, errno: "EAGAIN" });
    expect(readTrace(lines).stimuli).toContainEqual(
      expect.objectContaining({ kind: "fault", report: expect.objectContaining({ access: "unknown" }) }),
    );
  });

  test("tells a transfer that the reader reads as one", () => {
    const dma = readTrace(lines).stimuli.filter((stimulus) => stimulus.kind === "dma");
    expect(dma).toMatchObject([{ device: "pci:0000:00:12.0", access: "r", observed: null }]);
  });

  test("does not say what smmu_fini and smmu_obj_destroy returned: their types are not documented (G-28)", () => {
    for (const record of [...calls("smmu_fini"), ...calls("smmu_obj_destroy")])
      expect(record).not.toHaveProperty("returns");
  });
});

describe.skipIf(!HAVE_CC)("the recorder", () => {
  let program: string;
  beforeAll(() => {
    program = compile(scratch.path, "edges", ["test/edges.c", "smmu_record.c"]);
  });

  /** Runs one case of edges.c; every line must be an importable record. */
  const edges = (name: string) => {
    const lines = runForLines(program, [name]);
    expect(readTrace(lines).diagnostics).toEqual([]);
    return lines;
  };

  test("escapes what JSON and UTF-8 do not allow, byte by byte", () => {
    const [header, client, mark] = parse(edges("escaping"));
    expect(header!["note"]).toBe('a "quote", a \\, a\ttab, \u0001, \u007f, é, 😀');
    expect(client!["vm"]).toBe('q"vm');
    // Over-long forms, surrogates, numbers past U+10FFFF and cut characters are not UTF-8 either.
    const bad = (count: number) => "\ufffd".repeat(count);
    expect(mark!["text"]).toBe(`line\nbreak ${bad(1)} ${bad(1)} ${bad(3)} ${bad(2)} ${bad(4)} ${bad(2)}`);
  });

  test("writes flags by name, none as the name of none, and bits without a name as hex (API 9.2)", () => {
    const flags = body(edges("flags")).map((record) => (record["args"] as TraceRecord)["flags"]);
    expect(flags).toEqual([
      [],
      ["0x80000001"],
      ["SOCF_NONE"],
      ["SOCF_RESERVED_MANUAL"],
      ["SMF_NONE"],
      ["SMF_READ", "SMF_WRITE", "SMF_EXEC", "SMF_VIRT", "SMF_TARGET"],
      ["SMF_READ", "SMF_WRITE", "0x20"],
    ]);
  });

  test("keeps an errno that has no name by its number", () => {
    expect(body(edges("flags")).map((record) => record["errno"])).toContain("9999");
  });

  test("replaces a record that does not fit by a mark that says so, and goes on", () => {
    const records = body(edges("overlong"));
    expect(marks(records)).toEqual([
      "smmu_record: a record is lost: smmu_mapping_add needs a buffer of 57182 bytes and there are 1024",
      "still recording",
    ]);
  });

  test("holds a call of n entries in 1280 + 64 n bytes whatever the names are", () => {
    const records = body(edges("longest-call"));
    expect(records.map((record) => record["function"])).toEqual(["smmu_obj_create", "smmu_mapping_add"]);
    expect((records[1]!["args"] as TraceRecord)["entries"]).toHaveLength(100);
  });

  test("numbers objects, never reuses a number, and tells a name it cannot use", () => {
    const records = body(edges("names"));
    expect(records.filter((record) => "as" in record).map((record) => record["as"])).toEqual([
      "edge.o1",
      "rings",
      "edge.o3",
      "edge.o4",
      "edge.o5",
      "edge.o6",
    ]);
    expect(marks(records)).toHaveLength(2);
  });

  test("keeps an object's name where its destruction was refused", () => {
    const add = body(edges("names")).find((record) => record["function"] === "smmu_device_add_pci");
    expect((add!["args"] as TraceRecord)["sop"]).toBe("edge.o1");
  });

  test("names one object more than its table holds by the handle, and tells it", () => {
    const records = body(edges("many-objects"));
    expect(marks(records)).toEqual([
      "smmu_record: more than 64 objects are alive; the next one is named by its handle",
    ]);
    const byHandle = records.find((record) => /^edge\.0x[0-9a-f]+$/.test(String(record["as"])));
    const add = records.find((record) => record["function"] === "smmu_device_add_pci");
    expect((add!["args"] as TraceRecord)["sop"]).toBe(byHandle!["as"]);
    expect(records.at(-1)!["as"]).toBe("edge.o65");
  });

  test("never goes back in time nor past what a trace can tell, and says so once each", () => {
    const records = parse(edges("clock-trouble")).slice(1);
    expect(records.map((record) => record["t"])).toEqual([0, 500, 500, 500, 500, 1000, 1000, 1000, 1000]);
    expect(marks(records).filter((text) => String(text).startsWith("smmu_record:"))).toHaveLength(2);
  });

  test("tells transfers with what was observed, and in words those that a trace has no room for", () => {
    const records = body(edges("transfers"));
    expect(records.slice(0, 3)).toEqual([
      {
        kind: "dma",
        device: "pci:0000:0a:12.1",
        address: "0x1000",
        length: 4,
        access: "r",
        observed: { verdict: "permitted" },
      },
      {
        kind: "dma",
        device: "mmio:0xe6ef0000",
        address: "0xffffffffffffffff",
        length: 1,
        access: "w",
        observed: { verdict: "denied" },
      },
      { kind: "dma", device: "mmio:0xe6ef0000", address: "0x0", length: "0xffffffffffffffff", access: "w" },
    ]);
    expect(marks(records)).toEqual([
      "smmu_record: a record is lost: a dma at 0x1000 of 0x0 bytes moves nothing",
      "smmu_record: a record is lost: a dma at 0xffffffffffffffff of 0x2 bytes goes past 2^64",
      "smmu_record: a record is lost: a dma at 0x1000 of 0x4 bytes neither reads nor writes",
      "smmu_record: a record is lost: a dma at 0x1000 of 0x4 bytes by a device that has no name in a trace",
    ]);
  });

  test("tells of a fault what is known and nothing else (FLT-4)", () => {
    const faults = body(edges("faults")).filter((record) => record["kind"] === "fault");
    expect(faults[0]).toEqual({ kind: "fault" });
    expect(faults[1]).toEqual({
      kind: "fault",
      device: "pci:0000:00:12.0",
      unit: "dmar0",
      address: "0x70ad5000",
      access: "w",
      code: "0x05",
      reason: "not-granted",
      note: "from slog2",
    });
    expect(faults[2]).not.toHaveProperty("code");
    expect(faults.at(-1)).not.toHaveProperty("device");
  });

  test("tells wildcards, unknown kinds of device and null pointers as they were given", () => {
    const devids = body(edges("devices"))
      .map((record) => (record["args"] as TraceRecord | undefined)?.["devid"])
      .slice(0, 4);
    expect(devids).toEqual([
      { type: ["SDT_PCI"], bus: "SMMU_PCI_FIELD_ANY", dev: 18, func: "SMMU_PCI_FIELD_ANY" },
      null,
      { type: ["0x7"] },
      { type: ["0x7"] },
    ]);
  });

  test("refuses a configuration it cannot record with, and then writes nothing", () => {
    expect(runForLines(program, ["refused"])).toEqual([]);
  });

  test("keeps lines and their order where four threads call at once through the hooks", () => {
    const threads = compile(scratch.path, "threads", ["test/threads.c", "test/fake/smmu.c", "smmu_record.c"]);
    const lines = runForLines(threads, []);
    expect(readTrace(lines).diagnostics).toEqual([]);
    const records = parse(lines).slice(1);
    expect(records.map((record) => record["t"])).toEqual(records.map((_, index) => index));
    expect(records.filter((record) => record["function"] === "smmu_mapping_add")).toHaveLength(1000);
  });
});
