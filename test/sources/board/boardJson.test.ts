import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readBoard } from "../../../sources/board/board.ts";
import { EXAMPLE_BOARDS, exampleBoard } from "../../../sources/board/exampleBoards.ts";
import { BOARD_TEXT_LENGTH_MAX, readBoardJson } from "../../../sources/board/readBoardJson.ts";

const HEAD = { format: "smmu-board", version: 1 };

function read(members: object) {
  return readBoardJson(JSON.stringify({ ...HEAD, ...members }, null, 1), "b.json");
}

/** `CODE:line`, one a finding. */
function findings(members: object): string[] {
  return read(members).diagnostics.map(({ code, line }) => `${code}:${line}`);
}

describe("a board file (contract 4)", () => {
  test("every member but the first two may be left out: nothing of it exists", () => {
    expect(read({})).toEqual({
      board: {
        ...HEAD,
        asinfo: [],
        env: {},
        memory: [],
        pci: [],
        mmio: [],
        units: [],
        reserved: [],
        files: [],
        components: [],
        soc: null,
        vdev: null,
        services: [],
      },
      diagnostics: [],
    });
  });

  test("the contract's own example is read without a remark", () => {
    const { board, diagnostics } = read({
      asinfo: [{ name: "smbs0", path: "/memory/below4G/ram/smbs0", start: "0x7f000000", length: "0x100000" }],
      env: { NAME: "value" },
      memory: [{ name: "ram", start: "0x0", length: "0x80000000" }],
      pci: [{ device: "pci:0000:00:12.0", note: "sdhci" }],
      mmio: [{ device: "mmio:0xe6ef0000", length: "0x1000" }],
      units: [
        {
          name: "dmar0",
          family: "vtd",
          base: "0xfed90000",
          addressWidth: 39,
          includeAll: true,
          devices: ["pci:0000:00:02.0"],
        },
      ],
      reserved: [{ start: "0x7b800000", length: "0x4800000", devices: ["pci:0000:00:02.0"] }],
      files: [{ name: "smmu-vtd.so", certified: false, loadable: true }],
      components: [{ name: "procnto-smp-instr", certified: false }],
      soc: { id: "0x4f", revision: "0x20" },
      vdev: {
        hostService: true,
        attached: true,
        answers: true,
        components: [{ name: "smmuman-safety", certified: true }],
      },
    });
    expect(diagnostics).toEqual([]);
    expect(board?.units[0]).toMatchObject({ base: "0xfed90000", includeAll: true });
  });

  test("numbers become canonical hex text, whatever their case or leading zeros", () => {
    const { board } = read({ memory: [{ name: "ram", start: "0X00ABC000", length: 4096 }] });
    expect(board?.memory).toEqual([{ name: "ram", start: "0xabc000", length: "0x1000" }]);
  });

  test("a file is loadable and not certified unless it says otherwise", () => {
    expect(read({ files: [{ name: "smmu-vtd.so" }] }).board?.files).toEqual([
      { name: "smmu-vtd.so", certified: false, loadable: true },
    ]);
  });

  test("an unknown member is told with its place, and has no effect", () => {
    const { board, diagnostics } = read({ pci: [{ device: "pci:0000:00:12.0", noet: "sdhci" }], colour: 1 });
    expect(board?.pci).toEqual([{ device: "pci:0000:00:12.0", note: null, buses: null }]);
    expect(
      diagnostics.map(({ code, severity, line, message }) => `${code} ${severity} ${line} ${message}`),
    ).toEqual([
      'BRD004 warning 7 the member "pci[0].noet" is not known',
      'BRD004 warning 10 the member "colour" is not known',
    ]);
  });

  test.each([
    ["a device that is none", { pci: [{ device: "00:12.0" }] }],
    ["a number that is none", { memory: [{ name: "ram", start: "1000", length: "0x1000" }] }],
    ["a negative number", { memory: [{ name: "ram", start: -1, length: "0x1000" }] }],
    ["a number past 64 bits", { memory: [{ name: "ram", start: "0x10000000000000000", length: "0x1" }] }],
    ["an empty range", { reserved: [{ start: "0x1000", length: "0x0", devices: [] }] }],
    ["a range past 2^64", { reserved: [{ start: "0xfffffffffffff000", length: "0x1001", devices: [] }] }],
    ["a family that is none", { units: [{ name: "u", family: "vt-d" }] }],
    ["a width that is none", { units: [{ name: "u", family: "vtd", addressWidth: 65 }] }],
    ["a text for a truth value", { files: [{ name: "a.so", certified: "yes" }] }],
    ["an object for a list", { pci: {} }],
    ["a chip without a revision", { soc: { id: "0x4f" } }],
    ["a name without letters", { components: [{ name: "", certified: true }] }],
  ])("%s is refused, with its place", (_, members) => {
    const { board, diagnostics } = read(members);
    expect(board).toBeNull();
    expect(diagnostics[0]).toMatchObject({ code: "BRD003", severity: "error", file: "b.json" });
    expect(diagnostics[0]!.line).toBeGreaterThan(1);
  });

  test("two units, or two files, of one name are refused", () => {
    const unit = { name: "u", family: "vtd" };
    expect(findings({ units: [unit, unit] })).toEqual(["BRD006:10"]);
    expect(findings({ files: [{ name: "a.so" }, { name: "a.so" }] })).toEqual(["BRD006:9"]);
  });

  test.each([
    ["not JSON", "{", "BRD001"],
    ["an empty file", "", "BRD001"],
    ["another kind of file", '{"format":"smmu-trace","version":1}', "BRD002"],
    ["a later version", '{"format":"smmu-board","version":2}', "BRD002"],
    ["a list", "[]", "BRD002"],
    ["null", "null", "BRD002"],
  ])("%s is refused", (_, text, code) => {
    const { board, diagnostics } = readBoardJson(text, "b.json");
    expect(board).toBeNull();
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
  });

  test("a file past the limit is refused unread", () => {
    const { diagnostics } = readBoardJson(" ".repeat(BOARD_TEXT_LENGTH_MAX + 1), "b.json");
    expect(diagnostics.map(({ code }) => code)).toEqual(["BRD005"]);
  });

  test("deep nesting and millions of members neither throw nor take long", () => {
    const deep = `{"format":"smmu-board","version":1,"pci":${"[".repeat(3000)}${"]".repeat(3000)}}`;
    expect(readBoardJson(deep, "b.json").board).toBeNull();
    const many = `{"format":"smmu-board","version":1,"files":[${Array.from({ length: 100_000 }, (_, i) => `{"name":"${i}"}`).join()}]}`;
    expect(readBoardJson(many, "b.json").board).toBeNull();
  });

  test("any change of a character of a good board is read or refused, never thrown", () => {
    const good = exampleBoard("x86-vtd")!;
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.string({ maxLength: 3 }), (at, put) => {
        const { board, diagnostics } = readBoardJson(good.slice(0, at) + put + good.slice(at + 1), "b.json");
        expect(board !== null || diagnostics.some(({ severity }) => severity === "error")).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe("several --board", () => {
  const bytes = (members: object) => new TextEncoder().encode(JSON.stringify({ ...HEAD, ...members }));

  test("lists are read one after another; of a single member the last that is said counts", () => {
    const { board } = readBoard([
      { name: "a.json", bytes: bytes({ files: [{ name: "a.so" }], soc: { id: "0x1", revision: "0x1" } }) },
      { name: "b.json", bytes: bytes({ files: [{ name: "b.so" }], soc: { id: "0x2", revision: "0x2" } }) },
      { name: "c.json", bytes: bytes({}) },
    ]);
    expect(board?.json.files.map(({ name }) => name)).toEqual(["a.so", "b.so"]);
    expect(board?.json.soc).toEqual({ id: "0x2", revision: "0x2" });
  });

  test("one that is neither board nor firmware makes all of them no board", () => {
    const { board, diagnostics } = readBoard([
      { name: "a.json", bytes: bytes({}) },
      { name: "notes.txt", bytes: new TextEncoder().encode("smmu vtd") },
    ]);
    expect(board).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toContain("BRD007");
  });

  test("an example that there is not names those that there are", () => {
    const { board, diagnostics } = readBoard([{ name: "example:x87", bytes: new Uint8Array() }]);
    expect(board).toBeNull();
    expect(diagnostics[0]).toMatchObject({ code: "BRD008" });
    for (const name of EXAMPLE_BOARDS.keys()) expect(diagnostics[0]!.hint).toContain(`example:${name}`);
  });
});

test.each([...EXAMPLE_BOARDS.keys()])("example:%s is a board file without a fault", (name) => {
  const { board, diagnostics } = readBoardJson(exampleBoard(name)!, name);
  expect(diagnostics).toEqual([]);
  expect(board).not.toBeNull();
});
