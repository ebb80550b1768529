import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { fixture, scratch, smmu, smmuJson } from "../support/cli.ts";

const folder = scratch();
const FILES = [
  ...["x86-sound.smmu", "x86-holes.smmu", "rcar-mistakes.smmu", "guest.smmu", "myx86.smmu"].map(
    (name) => `lint/${name}`,
  ),
  ...["host-x86.build", "broken-x86.build", "seed-x86.build"].map((name) => `buildfiles/${name}`),
  "acpi/dmar-188eb681251a.bin",
];

beforeAll(() => {
  for (const file of FILES) copyFileSync(fixture(file), join(folder, file.slice(file.indexOf("/") + 1)));
});

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return name;
}

interface Finding {
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly hint: string | null;
}

interface Report {
  readonly ok: boolean;
  readonly diagnostics: readonly Finding[];
  readonly config: { readonly smmu: { readonly type: string }; readonly allow: readonly object[] } | null;
  readonly skipped: readonly object[];
}

const report = (...args: string[]) => smmuJson<Report>(folder, ["lint", ...args]);
const codes = (...args: string[]) => report(...args).diagnostics.map(({ code }) => code);

describe("what a terminal shows", () => {
  test.each([
    ["x86-sound", ["x86-sound.smmu", "--board", "example:x86-vtd"]],
    ["x86-holes", ["x86-holes.smmu", "--board", "example:x86-vtd"]],
    ["x86-firmware", ["x86-holes.smmu", "--board", "dmar-188eb681251a.bin"]],
    ["rcar-mistakes", ["rcar-mistakes.smmu", "--board", "example:rcar-h3"]],
    ["guest", ["guest.smmu", "--board", "example:guest", "--service", "smmuman-safety"]],
    ["host-x86", ["host-x86.build"]],
    ["broken-x86", ["broken-x86.build"]],
    ["seed-x86", ["seed-x86.build", "myx86.smmu", "--board", "example:x86-vtd"]],
  ])("%s is told as written in fixtures", async (name, args) => {
    const { code, out, err } = smmu(folder, ["lint", ...args]);
    const transcript = `$ smmu lint ${args.join(" ")}\n${out}${err}exit ${code}\n`;
    await expect(transcript).toMatchFileSnapshot(fixture(`lint/${name}.transcript.txt`));
  });
});

describe("exit codes (contract 1)", () => {
  test.each([
    ["no finding but notes", ["x86-sound.smmu", "--board", "example:x86-vtd"], 0],
    ["warnings alone", ["guest.smmu", "--guest", "--board", "example:guest"], 0],
    ["an error", ["x86-holes.smmu", "--board", "example:x86-vtd"], 1],
    ["a file that is not there", ["nope.smmu"], 2],
    ["a folder", ["."], 2],
    ["a board that is not there", ["x86-sound.smmu", "--board", "nope.json"], 2],
    ["a board that is none", ["x86-sound.smmu", "--board", "x86-sound.smmu"], 2],
    ["an example that there is not", ["x86-sound.smmu", "--board", "example:pdp11"], 2],
    ["an unknown option", ["x86-sound.smmu", "--bord", "example:x86-vtd"], 2],
    ["an unknown format", ["x86-sound.smmu", "--format", "xml"], 2],
  ])("%s", (_, args, code) => {
    const ran = smmu(folder, ["lint", ...args]);
    expect(ran.code).toBe(code);
    if (code === 2) expect(ran.err).toMatch(/^(error|smmu: ).+/);
  });
});

describe("JSON", () => {
  test("has the members of the contract, null where something is not known", () => {
    const { ok, diagnostics, config } = report("x86-holes.smmu", "--board", "example:x86-vtd");
    expect(ok).toBe(false);
    expect(config).toMatchObject({ service: "smmuman", placement: "hardware", smmu: { type: "vtd" } });
    for (const finding of diagnostics) {
      expect(finding).toMatchObject({
        code: expect.any(String),
        message: expect.any(String),
        hint: expect.any(String),
      });
      expect(["error", "warning", "note"]).toContain(finding.severity);
      for (const member of ["file", "line", "column"]) expect(finding).toHaveProperty(member);
    }
    expect(diagnostics.find(({ code }) => code === "LNT101")).toMatchObject({
      file: "x86-holes.smmu",
      line: 5,
      column: 1,
    });
  });

  test("is all that is on standard output, by --format as by --json", () => {
    const { out, err } = smmu(folder, ["lint", "guest.smmu", "--format", "json"]);
    expect(JSON.parse(out)).toEqual(report("guest.smmu"));
    expect(err).toBe("");
  });

  test("says which checks were skipped for want of a board", () => {
    const { diagnostics, skipped, ok } = report("guest.smmu");
    expect(ok).toBe(true);
    expect(skipped.length).toBeGreaterThan(5);
    expect(diagnostics.find(({ code }) => code === "LNT001")).toMatchObject({ severity: "note" });
  });

  test("in a guest, options that are ignored leave no trace but a diagnostic", () => {
    const { config, diagnostics } = report("guest.smmu", "--guest");
    expect(config!.smmu).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toContain("CFG501");
  });
});

describe("what is read", () => {
  test("several configurations are one, read in their order, as by smmu boot", () => {
    write("one.smmu", "smmu vtd\nallow a 0x1000,0x1000\n");
    write("two.smmu", "device pci:0:2.0 a\n");
    expect(report("one.smmu", "two.smmu").ok).toBe(true);
    expect(codes("two.smmu")).toContain("CFG404");
  });

  test("standard input is a configuration", () => {
    const { out, code } = smmu(folder, ["lint", "-", "--json"], "smmu vdt\n");
    expect(code).toBe(1);
    expect((JSON.parse(out) as Report).diagnostics.map((each) => each.code)).toContain("CFG617");
  });

  test("words of the command line come first", () => {
    expect(report("two.smmu", "--args", "smmu vtd allow a 0x1000,0x1000").ok).toBe(true);
  });

  test("an @ that leads nowhere is an error of the configuration, not of the command", () => {
    write("nested.smmu", "smmu vtd\n@nope.smmu\n@.\n@/dev/null\n");
    const { code } = smmu(folder, ["lint", "nested.smmu"]);
    expect(code).toBe(1);
    expect(codes("nested.smmu").filter((each) => each === "CFG001")).toHaveLength(3);
  });

  test("with a scenario the start-up is tried with its failures", () => {
    write("fails.jsonl", '{"kind":"fail","what":"library","name":"smmu-vtd.so"}\n');
    const args = ["x86-sound.smmu", "--board", "example:x86-vtd"];
    expect(codes(...args)).not.toContain("LNT901");
    expect(codes(...args, "--scenario", "fails.jsonl")).toContain("LNT901");
  });
});

describe("buildfiles", () => {
  test("a configuration given beside one stands for the file it names, and is told under its own name", () => {
    const { diagnostics, config } = report("seed-x86.build", "myx86.smmu");
    const found = diagnostics.find(({ code }) => code === "CFG404");
    expect(found).toMatchObject({ file: "myx86.smmu", line: 4 });
    expect(config!.allow).toMatchObject([{ origin: { file: "myx86.smmu", line: 2 } }]);
    expect(diagnostics.map(({ code }) => code)).not.toContain("BLD210");
  });

  test("one that the image does not name is read as a configuration of its own", () => {
    const { diagnostics } = report("host-x86.build", "myx86.smmu");
    expect(diagnostics.find(({ code }) => code === "CFG404")).toMatchObject({ file: "myx86.smmu" });
  });

  test("files of the build machine are found below --root", () => {
    mkdirSync(join(folder, "target/etc"), { recursive: true });
    writeFileSync(join(folder, "target/etc/other.smmu"), "smmu vtd\nallow\n");
    const text =
      "[virtual=x86_64] b = {\nLD_LIBRARY_PATH=/lib procnto\n}\n[+script] s = {\n/bin/smmuman @/etc/other.smmu\n}\n";
    const name = write(
      "root.build",
      `${text}/etc/other.smmu = etc/other.smmu\n/bin/smmuman = smmuman\n/lib/smmu-vtd.so = x\n`,
    );
    expect(codes(name)).toContain("BLD210");
    expect(report(name, "--root", "target").diagnostics.find(({ code }) => code === "CFG202")).toMatchObject({
      file: "target/etc/other.smmu",
      line: 2,
    });
  });

  test("the configuration in the image is held against the board, at its lines in the buildfile", () => {
    const { diagnostics } = report("host-x86.build", "--board", "example:x86-vtd");
    expect(diagnostics.filter(({ code }) => code.startsWith("LNT")).length).toBeGreaterThan(0);
    for (const { file } of diagnostics) expect(file).toBe("host-x86.build");
  });

  test("the environment of the service comes from the buildfile", () => {
    const text =
      "[virtual=x86_64] b = {\nLD_LIBRARY_PATH=/lib procnto\n}\n[+script] s = {\nBASE=0x70400000\n/bin/smmuman smmu vtd allow a $env{BASE},1M device pci:0:0d18.0 a\n}\n/bin/smmuman = smmuman\n/lib/smmu-vtd.so = x\n";
    const { ok, config } = report(write("env.build", text), "--board", "example:x86-vtd");
    expect(ok).toBe(true);
    expect(config!.allow).toMatchObject([{ start: "0x70400000" }]);
  });

  test("drivers can be added and taken out", () => {
    const text =
      "[+script] s = {\nmydrv\ndevb-ahci a\n/bin/smmuman smmu vtd\n}\n/bin/smmuman = smmuman\n/lib/smmu-vtd.so = x\n";
    const name = write("drivers.build", text);
    const found = (...more: string[]) => codes(name, ...more).filter((code) => code === "BLD103").length;
    expect(found()).toBe(1);
    expect(found("--ignore-driver", "devb-ahci")).toBe(0);
    expect(found("--dma-driver", "my*")).toBe(2);
  });
});

describe("hostile input", () => {
  test("10 MB in one line, and 10 MB of options, are told in bounded time", { timeout: 60_000 }, () => {
    write("line.smmu", `allow ${"a".repeat(10_000_000)}`);
    write("many.smmu", "allow a 0x1000,0x1000\n".repeat(450_000));
    for (const name of ["line.smmu", "many.smmu"]) {
      const { code, out } = smmu(folder, ["lint", name, "--board", "example:x86-vtd", "--json"]);
      expect(code).toBe(1);
      expect((JSON.parse(out) as Report).diagnostics.length).toBeLessThan(2000);
    }
  });

  test("bytes that are no text are told, as a configuration and as a buildfile", () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, at) => (at * 7919) % 256);
    for (const name of ["bytes.smmu", "bytes.build"])
      expect(smmu(folder, ["lint", write(name, bytes)]).code).toBe(1);
  });
});
