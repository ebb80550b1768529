import { describe, expect, test } from "vitest";
import { readScript } from "../../../sources/buildfile/scriptCommands.ts";
import { image, lint } from "./linting.ts";

function shell(text: string): string[] {
  return readScript(text, "shell").commands.map(({ words, background, conditional }) => {
    const said = words.map((word) => word.text).join(" ");
    return `${conditional ? "? " : ""}${said}${background ? " &" : ""}`;
  });
}

describe("the order of a shell script's commands", () => {
  test.each([
    ["lines and semicolons", "a b; c\nd &", ["a b", "c", "d &"]],
    ["quotes", `a "b c" 'd;e' f\\ g`, ["a b c d;e f g"]],
    ["comments", "a # b\n#c\nd#e", ["a", "d#e"]],
    ["pipes and conditions", "a | b && c || d", ["a", "b", "? c", "? d"]],
    ["redirections", "a >/dev/null 2>&1 < b &", ["a &"]],
    ["redirections with blanks", "a > out b 2>> err", ["a b"]],
    ["continued lines", "a \\\n b", ["a b"]],
    ["an if", "if a; then b; else c; fi; d", ["a", "? b", "? c", "d"]],
    ["a loop", "while a; do b; done; for i in 1 2; do c $i; done", ["a", "? b", "? c $i"]],
    ["a case", "case $1 in\nstart) a ;;\n*) b ;;\nesac\nc", ["? start", "? a", "? *", "? b", "c"]],
    ["a here document", "cat <<EOF\nsmmuman\nEOF\na", ["cat", "a"]],
    ["a subshell", "(a; b) &", ["a", "b"]],
    ["a substitution", "a $(b; c) `d & e`", ["a $(b; c) `d & e`"]],
    ["an open quotation", 'a "b\nc', ["a b\nc"]],
  ] as const)("%s", (_, text, commands) => {
    expect(shell(text)).toEqual(commands);
  });

  test("a function is its own list, and what follows it is not", () => {
    const { commands, functions } = readScript("f() {\n a\n if b; then { c; }; fi\n}\nd\n", "shell");
    expect(commands.map(({ words }) => words[0]!.text)).toEqual(["d"]);
    expect(functions.get("f")!.map(({ words }) => words[0]!.text)).toEqual(["a", "b", "c"]);
  });
});

describe("boot scripts", () => {
  test("modifiers stand before a command, variables too", () => {
    const { commands } = readScript(
      "[pri=10r +session] A=1 B=2 ksh -l &\nC=3\n[+external] waitfor /x",
      "boot",
    );
    expect(
      commands.map(({ words, assignments }) => [
        words.map(({ text }) => text),
        assignments.map(({ name }) => name),
      ]),
    ).toEqual([
      [
        ["ksh", "-l"],
        ["A", "B"],
      ],
      [[], ["C"]],
      [["waitfor", "/x"], []],
    ]);
  });
});

describe("scripts that are called are followed", () => {
  const driver = (script: string, more: string) => lint(`${image({ script })}${more}\n`).codes;
  const START = "/bin/drivers.sh = {\n#!/bin/sh\ndevb-ahci ahci\n}";

  test.each([
    ["by path", "/bin/drivers.sh"],
    ["by name on PATH", "drivers.sh"],
    ["by a shell", "ksh -x /bin/drivers.sh"],
    ["by a dot", ". /bin/drivers.sh"],
    ["by on", "on -p 20 -u 1:1 -- /bin/drivers.sh"],
    ["by sh -c", 'sh -c "devb-ahci ahci"'],
    ["by exec and nohup", "exec nohup /bin/drivers.sh"],
    ["by env", "env -i A=b /bin/drivers.sh"],
  ])("%s", (_, command) => {
    expect(driver(`${command}\nsmmuman @/etc/x.smmu`, START)).toEqual(["BLD103"]);
    expect(driver(`smmuman @/etc/x.smmu\n${command}`, START)).toEqual([]);
  });

  test("through a link that a script makes", () => {
    const script = "procmgr_symlink /bin /scripts\n/scripts/drivers.sh\nsmmuman @/etc/x.smmu";
    expect(driver(script, START)).toEqual(["BLD103"]);
  });

  test("through a link of the image", () => {
    expect(driver("/go\nsmmuman @/etc/x.smmu", `${START}\n[type=link] /go = bin/drivers.sh`)).toEqual([
      "BLD103",
    ]);
  });

  test("a function does what it does where it is called", () => {
    const script =
      "/bin/all.sh = {\n#!/bin/sh\ndrivers() {\ndevb-ahci ahci\n}\nsmmuman @/etc/x.smmu\ndrivers\n}";
    expect(driver("/bin/all.sh", script)).toEqual([]);
    const wrong = script.replace("smmuman @/etc/x.smmu\ndrivers", "drivers\nsmmuman @/etc/x.smmu");
    expect(driver("/bin/all.sh", wrong)).toEqual(["BLD103"]);
  });

  test("a service in a script that runs in the background protects only what follows it there", () => {
    const own = "/bin/all.sh = {\n#!/bin/sh\nsmmuman @/etc/x.smmu\ndevb-ahci ahci\n}";
    expect(driver("/bin/all.sh &", own)).toEqual([]);
    expect(driver("/bin/all.sh &\nio-usb-otg -d xhci", own)).toEqual(["BLD104"]);
  });

  test("a script of the build machine is read where it is to be had, and told where not", () => {
    const text = `${image({ script: "/bin/net.sh\nsmmuman @/etc/x.smmu" })}/bin/net.sh = net.sh\n`;
    expect(lint(text).codes).toEqual(["BLD014"]);
    expect(lint(text, { host: { "net.sh": "io-sock -d em\n" } }).codes).toEqual(["BLD103"]);
  });

  test("variables of the script are known in what it runs", () => {
    const script = "CONF=/etc/x.smmu\nsmmuman @$CONF\ndevb-ahci ahci";
    expect(driver(script, "")).toEqual([]);
  });

  test("the environment of the service is what the buildfile sets", () => {
    const set = (script: string) => lint(image({ script })).config.map(({ code }) => code);
    expect(set("BASE=0x1000\nsmmuman smmu vtd allow a $env{BASE},4K device pci:0:2.0 a")).toEqual([]);
    expect(set("smmuman smmu vtd allow a $env{BASE},4K device pci:0:2.0 a")).toEqual(["CFG106"]);
  });
});

describe("the service is found", () => {
  const starts = (script: string, files = "") => lint(`${image({ script })}${files}\n`).starts.length;

  test.each([
    "smmuman x",
    "/bin/smmuman x",
    "on -p 20 smmuman x",
    "[pri=20] smmuman x",
    "A=b smmuman x",
    "nohup smmuman x",
  ])("in %s", (script) => expect(starts(script)).toBe(1));
  test("under another name, by the file that it is", () => {
    expect(starts("iommu x", "/bin/iommu = smmuman")).toBe(1);
  });
  test.each(["echo smmuman", "display_msg smmuman", "waitfor /bin/smmuman", "slay smmuman"])(
    "but not in %s",
    (script) => {
      expect(starts(script)).toBe(0);
    },
  );
});

describe("drivers of virtual devices start no DMA", () => {
  const codes = (script: string) => lint(image({ script: `${script}\nsmmuman @/etc/x.smmu` })).codes;
  test.each(["devb-virtio virtio smem=0x1c0d0000", "io-sock -m fdt -d vtnet_mmio", "io-pkt-v6-hc -dvirtio"])(
    "%s",
    (command) => expect(codes(command)).toEqual([]),
  );
  test.each(["io-sock -m fdt -d vtnet_mmio -d em", "io-pkt-v6-hc -d e1000", "devb-ahci"])(
    "but %s does",
    (command) => expect(codes(command)).toEqual(["BLD103"]),
  );
});
