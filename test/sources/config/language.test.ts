import { describe, expect, test } from "vitest";
import { toConfigJson } from "../../../sources/config/configJson.ts";
import { tidyPath } from "../../../sources/config/preprocess.ts";
import { pointedAt, read } from "./reading.ts";

const words = (text: string, given = {}) =>
  read(text, given).options.map(({ word, arguments: list }) =>
    [word, ...list.map(({ value }) => value)].join(" "),
  );

describe("the stream of words", () => {
  test("LANG-2, LANG-5: comments run to the end of the line; lines and white space carry no meaning", () => {
    expect(words("# all\n\n  allow foo # here\n\t0x1000,4096 debug\n1 foreground#x\n")).toEqual([
      "allow foo 0x1000,4096",
      "debug 1",
      "foreground",
    ]);
  });

  test("LANG-4: after @moo.smmu the file that holds it goes on", () => {
    const files = { "foo.smmu": "debug 1 @moo.smmu foreground", "moo.smmu": "safety none\nuser 1" };
    expect(words("@foo.smmu safety warn", { files })).toEqual([
      "debug 1",
      "safety none",
      "user 1",
      "foreground",
      "safety warn",
    ]);
  });

  test("LANG-1: the command line has the same language, and its words come before and after files as given", () => {
    const reading = read("debug 2", { words: ["smmu", "vtd", "@a.smmu", "foreground"] });
    expect(reading.options.map(({ word }) => word)).toEqual(["smmu", "debug", "foreground"]);
    expect(reading.options.map(({ origin }) => `${origin.file}:${origin.line}:${origin.column}`)).toEqual([
      "command line:1:1",
      "a.smmu:1:1",
      "command line:1:18",
    ]);
  });

  test("a comment on the command line does not hide the words after it", () => {
    const reading = read("", { words: ["smmu", "vtd#x", "foreground"] });
    expect(reading.options.map(({ word }) => word)).toEqual(["smmu", "foreground"]);
    expect(reading.errors).toEqual(["CFG018"]);
  });

  test("every token knows its file, line, column and end", () => {
    const [option] = read("\n  allow foo 0x1000,4096,st").options;
    const places = option!.arguments.map(({ origin }) => [origin.line, origin.column, origin.endColumn]);
    expect(places).toEqual([
      [2, 9, 12],
      [2, 13, 27],
    ]);
    expect(option!.origin.excerpt).toBe("  allow foo 0x1000,4096,st");
  });

  test("columns count UTF-16 units, and a tab is one", () => {
    expect(pointedAt(read("\tallow \u{1f600}x 0x1000,0"), "CFG304")).toEqual(["0"]);
  });
});

describe("files", () => {
  test("LANG-6: an option's arguments are in its own file", () => {
    const files = { "range.smmu": "0x1000,4096" };
    expect(read("allow foo @range.smmu", { files }).errors).toEqual(["CFG204", "CFG204"]);
    expect(read("device pci:0:1.0 @name.smmu", { files: { "name.smmu": "foo" } }).errors).toEqual(["CFG204"]);
  });

  test("LANG-6: what stands on both sides of an @ does not join, even where its file cannot be read", () => {
    expect(read("allow foo @missing.smmu 0x1000,4096").errors).toEqual(["CFG204", "CFG001", "CFG204"]);
  });

  test("G-39: a cycle is told with its chain, and reading goes on", () => {
    const files = { "b.smmu": "@./a.smmu debug 1" };
    const reading = read("@b.smmu foreground", { files });
    expect(reading.errors).toEqual(["CFG010"]);
    expect(reading.all[0]!.message).toBe('"a.smmu" reads "b.smmu" reads "a.smmu": the file reads itself');
    expect(reading.options.map(({ word }) => word)).toEqual(["debug", "foreground"]);
  });

  test("a file may be read twice one after the other", () => {
    expect(words("@b.smmu @b.smmu", { files: { "b.smmu": "debug 1" } })).toEqual(["debug 1", "debug 1"]);
  });

  test("G-39: sixteen files inside one another are read, seventeen are not", () => {
    const chain = (depth: number) =>
      Object.fromEntries(
        Array.from({ length: depth }, (_, at) => [
          `f${at}.smmu`,
          at + 1 < depth ? `@f${at + 1}.smmu` : "debug 1",
        ]),
      );
    expect(words("", { words: ["@f0.smmu"], files: chain(16) })).toEqual(["debug 1"]);
    expect(read("", { words: ["@f0.smmu"], files: chain(17) }).errors).toEqual(["CFG011"]);
  });

  test("files that double at each level are bounded by their count", () => {
    const files = Object.fromEntries(
      Array.from({ length: 14 }, (_, at) => [`f${at}.smmu`, `@f${at + 1}.smmu @f${at + 1}.smmu`]),
    );
    expect(read("@f0.smmu", { files: { ...files, "f14.smmu": "" } }).errors).toEqual(["CFG012"]);
  });

  test("a directory, a device: the reader's own words are passed on, at the @", () => {
    const reading = read("debug 1\n@/dev", {
      readFile: (path) =>
        path === "a.smmu"
          ? { ok: true, value: new TextEncoder().encode("debug 1\n@/dev") }
          : { ok: false, error: "is a directory" },
    });
    expect(reading.errors).toEqual(["CFG001"]);
    expect(reading.all.find(({ code }) => code === "CFG001")).toMatchObject({
      file: "a.smmu",
      line: 2,
      column: 1,
      message: '"/dev" cannot be read: is a directory',
    });
  });

  test("a file named from outside that cannot be read has a diagnostic without a line", () => {
    const reading = read("", { readFile: () => ({ ok: false, error: "no such file" }) });
    expect(reading.all[0]).toMatchObject({ code: "CFG001", file: "a.smmu", line: null });
  });

  test.each([
    ["a/./b", "a/b"],
    ["./a", "a"],
    ["a//b", "a/b"],
    ["/a", "/a"],
    ["../a", "../a"],
    [".", "."],
  ])("a path is known again without its dots: %s", (path, tidy) => {
    expect(tidyPath(path)).toBe(tidy);
  });
});

describe("bytes", () => {
  const bytes = (...parts: (string | number)[]) =>
    Uint8Array.from(
      parts.flatMap((part) => (typeof part === "number" ? [part] : [...new TextEncoder().encode(part)])),
    );

  test("a byte-order mark is told, and the first word is read without it", () => {
    const reading = read(bytes(0xef, 0xbb, 0xbf, "debug 1"));
    expect(reading.errors).toEqual(["CFG003"]);
    expect(reading.effective.debug).toBe(1);
  });

  test("bytes that are not UTF-8 are an error in a word and a warning in a comment, with line and column", () => {
    const reading = read(bytes("debug 1\nallow caf", 0xe9, " 0x1000,0x1000\n# M", 0xfc, "ller"));
    expect(reading.all.filter(({ code }) => code === "CFG002")).toMatchObject([
      { severity: "error", line: 2, column: 10 },
      { severity: "warning", line: 3, column: 4 },
    ]);
    expect(reading.options.map(({ kind }) => kind)).toEqual(["debug", "unread"]);
  });

  test("a UTF-16 file is recognised", () => {
    const reading = read(bytes(0xff, 0xfe, "d", 0, "e", 0));
    expect(reading.all.find(({ code }) => code === "CFG002")?.message).toBe(
      "the file is UTF-16, expected UTF-8",
    );
  });

  test("a NUL byte is told and hides nothing", () => {
    const reading = read(bytes("debug 1", 0, "foreground # x", 0));
    expect(reading.errors).toEqual(["CFG004"]);
    expect(reading.effective).toMatchObject({ debug: 1, foreground: true });
  });

  test("CR LF is told once a file and read as white space", () => {
    const reading = read("smmu vtd\r\nsafety none\r\n");
    expect(reading.codes).toEqual(["CFG005"]);
    expect(reading.all[0]!.message).toContain("(2 in the file)");
    expect(reading.effective.smmu?.parameters).toEqual({ type: "vtd", acpi: "optional" });
  });

  test("a lone carriage return does not end a comment", () => {
    const reading = read("# note\rforeground\nsmmu vtd");
    expect(reading.errors).toEqual(["CFG006"]);
    expect(reading.effective.foreground).toBe(false);
  });

  test("characters that do not show are told where they are, and the excerpt shows them", () => {
    const reading = read("allow a\u200bb 0x1000,4096");
    expect(reading.all.find(({ code }) => code === "CFG007")).toMatchObject({ column: 8, endColumn: 9 });
    expect(reading.all[0]!.excerpt).toBe("allow a\ufffdb 0x1000,4096");
  });

  test("G-40: a quote is an error, and the rest of the line is still read", () => {
    const reading = read(`allow 'foo' 0x1000,0`);
    expect(reading.errors).toEqual(["CFG008", "CFG304"]);
  });

  test("an empty file configures nothing", () => {
    const reading = read("");
    expect(reading.codes).toEqual(["CFG620"]);
    expect(toConfigJson(reading.effective)).toEqual({
      service: "smmuman",
      placement: "hardware",
      debug: 0,
      foreground: false,
      safety: "none",
      user: null,
      smmu: null,
      units: [],
      allow: [],
      devices: [],
    });
  });
});

describe("what cannot be read is not missed", () => {
  test.each([
    ["a file that is not there", "@missing.smmu", "CFG001"],
    ["an option that is misspelt", "smuu vtd", "CFG201"],
    ["a word that is too long", "a".repeat(5000), "CFG015"],
  ])("%s: nobody is told to add smmu", (_, text, code) => {
    expect(read(text).codes).toEqual([code]);
  });
});

describe("structure", () => {
  test("one mistake does not hide the next", () => {
    const reading = read("alow x\nallow\ndebug 7\nforeground extra\ndevice\nsmmu vtd maybe\nsafety");
    expect(reading.errors).toEqual(["CFG201", "CFG202", "CFG309", "CFG203", "CFG202", "CFG314", "CFG202"]);
  });

  test("a misspelt option is named with the likely one, and its line is one mistake", () => {
    const reading = read("smmu vtd\ndeivce pci:0:2.0 a b c");
    expect(reading.errors).toEqual(["CFG201"]);
    expect(reading.all.find(({ code }) => code === "CFG201")?.hint).toBe(
      "did you mean device pci:0:2.0 a b c?",
    );
  });

  test("SUB-4: the dots of the guide's example are no option, and hide nothing of it", () => {
    const reading = read("debug 2\nsmmu vtd require\n...\ndevice pci:0:18.0");
    expect(reading.errors).toEqual(["CFG201"]);
    expect(reading.all.find(({ code }) => code === "CFG201")?.hint).toContain("lines that were left out");
    expect(reading.effective).toMatchObject({ debug: 2, devices: [{ device: "pci:0000:00:12.0" }] });
  });

  test("LANG-5: a set whose name is like an option's may still stand on the next line", () => {
    const reading = read("smmu vtd\nallow users 0x1000,0x1000\ndevice pci:0:2.0\nusers");
    expect(reading.errors).toEqual([]);
    expect(reading.effective.devices[0]!.allow).toMatchObject([{ name: "users" }]);
  });

  test("a mistake in the parameters of smmu does not hide those of its units", () => {
    expect(read("smmu vtd requires unit dmar0 0xfed90000,1").errors).toEqual(["CFG314", "CFG207"]);
  });

  test.each([
    ["allow a 0x1000 4096", "allow a 0x1000,4096"],
    ["allow a 0x1000, 4096, st", "allow a 0x1000,4096,st"],
    ["allow a 0x1000 ,4096", "allow a 0x1000,4096"],
    ["unit u 0x51400000, 64, 66, 0", "unit u 0x51400000,64,66,0"],
    ["smmu rcar3 0xe67b0000, 228, 18", "smmu rcar3 0xe67b0000,228,18"],
    ["device pci:0:1.0 reserved 0x1000 0x1000", "reserved 0x1000,0x1000"],
  ])("a list cut by white space is one mistake with its cure: %s", (text, cure) => {
    const reading = read(text);
    const split = reading.all.filter(({ code }) => code === "CFG203");
    expect(split).toHaveLength(1);
    expect(split[0]!.hint).toBe(`join it by commas without white space: ${cure}`);
    expect(reading.errors).toEqual(["CFG203"]);
  });

  test("an option word is no name, wherever it stands on its option's line", () => {
    expect(read("allow use 0x1000,4096\ndevice pci:0:1.0").errors).toEqual(["CFG205"]);
    expect(read("smmu vtd unit smmu 0xfed90000").errors).toEqual(["CFG205"]);
  });

  test("an option word on the next line is the next option", () => {
    expect(words("allow\ndebug 1")).toEqual(["allow", "debug 1"]);
  });

  test("limits stop the reading and say so", () => {
    const reading = read("debug 1 debug 2 debug 1", { limits: { wordCountMax: 4 } });
    expect(reading.errors).toEqual(["CFG014"]);
    expect(reading.options).toHaveLength(2);
  });

  test("of one code a hundred findings are listed and the rest are counted", () => {
    const reading = read("allow a 0x1000,0\n".repeat(150));
    expect(reading.errors.filter((code) => code === "CFG304")).toHaveLength(100);
    expect(reading.all.find(({ code }) => code === "CFG016")?.message).toBe(
      "50 more of CFG304 are not listed",
    );
  });
});
