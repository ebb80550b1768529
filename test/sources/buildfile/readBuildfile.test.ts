import { describe, expect, test } from "vitest";
import type { BuildEntry } from "../../../sources/buildfile/buildfile.ts";
import { BuildFindings } from "../../../sources/buildfile/findings.ts";
import { readBuildfile } from "../../../sources/buildfile/readBuildfile.ts";

function read(text: string, variables: Readonly<Record<string, string>> = {}) {
  const findings = new BuildFindings("a.build");
  const file = readBuildfile(
    "a.build",
    new TextEncoder().encode(text),
    new Map(Object.entries(variables)),
    findings,
  );
  return { ...file, codes: findings.list().map(({ code, line }) => `${code}@${line}`) };
}

function told({ target, content, role }: BuildEntry): string {
  const from =
    content.kind === "inline"
      ? JSON.stringify(content.text.text)
      : content.kind === "link"
        ? `-> ${content.to}`
        : content.path;
  return `${role} ${target} ${from}`;
}

function entries(text: string, variables = {}): string[] {
  const { entries: all, codes } = read(text, variables);
  expect(codes).toEqual([]);
  return all.map(told);
}

describe("files", () => {
  test.each([
    ["a bare name goes to the boot image's folder", "ls", "file /proc/boot/ls ls"],
    ["of a path only the last part", "usr/lib/libc.so.5", "file /proc/boot/libc.so.5 usr/lib/libc.so.5"],
    ["also of an absolute one", "/etc/passwd", "file /proc/boot/passwd /etc/passwd"],
    ["a target with a slash stands as it is", "/etc/passwd = my/passwd", "file /etc/passwd my/passwd"],
    [
      "one without is below the boot image's folder",
      "etc/passwd=my/passwd",
      "file /proc/boot/etc/passwd my/passwd",
    ],
    ["a prefix takes its place", "[prefix=/usr] lib/a=b", "file /usr/lib/a b"],
    ["quotes hold a name together", '"/my files/a b" = "c d"', "file /my files/a b c d"],
    ["a backslash takes the meaning", "/a\\ b = c\\=d", "file /a b c=d"],
    ["a link", "[type=link] /bin/sh = ksh", "file /bin/sh -> ksh"],
    ["a comment ends the line", "/a = b # c", "file /a b"],
    ["dots are resolved", "/a/./b/../c = d", "file /a/c d"],
    ["a folder", "[type=dir] /etc", "directory /proc/boot/etc /etc"],
  ])("%s", (_, text, expected) => {
    expect(entries(text)).toEqual([expected]);
  });

  test("variables of the build machine are replaced, braces and all", () => {
    expect(entries("/etc/${NAME}.smmu = ${DIR}/x", { NAME: "b", DIR: "/d" })).toEqual([
      "file /etc/b.smmu /d/x",
    ]);
    expect(read("/etc/a = ${DIR}/x").entries[0]).toMatchObject({ unknownVariable: "DIR" });
  });
});

describe("attributes", () => {
  test("on a line of their own they hold for all that follows, on a file's line for it alone", () => {
    const { entries: all } = read("[uid=1 +optional]\na\n[-optional] b\nc\n");
    expect(all.map(({ attributes }) => attributes.get("optional")?.value)).toEqual([true, false, true]);
  });

  test("a list may run over lines, and a quotation hides its bracket", () => {
    expect(entries('[\n  uid=0\n  filter="cut ] here"\n] a')).toEqual(["file /proc/boot/a a"]);
  });

  test("the processor is that of the bootstrap file", () => {
    expect(read("[virtual=aarch64le,elf -compress] .boot = {\nprocnto\n}").processor).toBe("aarch64le");
    expect(
      read("[virtual=x86_64,bios]\nboot = {\nprocnto\n}\n[+script] s = {\n}").entries.map(({ role }) => role),
    ).toEqual(["bootstrap", "script"]);
  });
});

describe("inline files", () => {
  test.each([
    ["begin on the next line", "/a = {\nb\n}", 'file /a "b\\n"'],
    ["need no equals sign", "/a {\nb\n}", 'file /a "b\\n"'],
    ["may be empty", "/a = {}", 'file /a ""'],
    ["count braces inside", "/a = {\nf() {\n}\n}", 'file /a "f() {\\n}\\n"'],
    ["lose their escapes", "/a = {\n\\} \\\\ \\{\n}", 'file /a "} \\\\ {\\n"'],
    ["join lines at a backslash", "/a = {\nb \\\nc \\\r\nd\n}", 'file /a "b c d\\n"'],
    ["end after a joined line, as in the guide", "/a = {\nprocnto \\\n}", 'file /a "procnto "'],
    ["hold brackets and equals signs", "/a = {\n[b]\nc = d\n}", 'file /a "[b]\\nc = d\\n"'],
  ])("%s", (_, text, expected) => {
    expect(entries(text)).toEqual([expected]);
  });

  test("know their places, escapes or not", () => {
    const { content } = read("x\n/a = {\nb\\{ c\n}").entries[1]!;
    const text = content.kind === "inline" ? content.text : null;
    expect(text!.place(3, 4)).toMatchObject({ line: 3, column: 5, endColumn: 6, excerpt: "b\\{ c" });
  });

  test("that are not closed do not swallow the rest", () => {
    const { entries: all, codes } = read("/a = {\nawk {\n}\n/b = c\n");
    expect(codes).toEqual(["BLD003@1"]);
    expect(all.map(({ target }) => target)).toEqual(["/a", "/b"]);
  });
});

describe("what is wrong is told, and reading goes on", () => {
  test.each([
    ["[uid=0\nls", ["BLD002@1"], 1],
    ["}\nls", ["BLD004@1"], 1],
    ["= x\nls", ["BLD008@1"], 1],
    ["/a =\nls", ["BLD008@1"], 1],
    ["a b c\nls", ["BLD007@1"], 2],
    ['"a\nls', ["BLD009@1"], 2],
    ["[+sript] a\nls", ["BLD010@1"], 2],
    ["[uid=0][gid=0] a\nls", ["BLD006@1"], 2],
    ["/a = { b }\nls", ["BLD005@1"], 2],
    ["/a = {\nb }\nls", ["BLD005@2"], 2],
  ])("%j", (text, codes, count) => {
    const found = read(text);
    expect(found.codes).toEqual(codes);
    expect(found.entries).toHaveLength(count);
  });
});
