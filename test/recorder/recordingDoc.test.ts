import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import { type LineFormat, readerFor } from "../../sources/trace/readers.ts";
import { RECORDER } from "./cc.ts";
import { readTrace } from "./readTrace.ts";

const DOC = readFileSync(fileURLToPath(new URL("../../docs/recording.md", import.meta.url)), "utf8");

/** The page's code blocks of one language, as lines. */
function blocks(language: string): string[][] {
  const found = [...DOC.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)];
  return found.filter(([, info]) => info === language).map(([, , text]) => text!.split("\n").slice(0, -1));
}

function read(format: LineFormat, lines: readonly string[]): { kinds: string[]; complaints: Diagnostic[] } {
  const stimuli: Stimulus[] = [];
  const complaints: Diagnostic[] = [];
  const reader = readerFor(format)("excerpt", {
    stimulus: (stimulus) => stimuli.push(stimulus),
    diagnostic: (diagnostic) => complaints.push(diagnostic),
  });
  lines.forEach((line, index) => {
    reader.line(line, index + 1);
  });
  reader.end();
  return {
    kinds: stimuli.map((stimulus) => stimulus.kind),
    complaints: complaints.filter((diagnostic) => diagnostic.severity === "error"),
  };
}

describe("docs/recording.md", () => {
  test("shows a driver's trace that imports without complaint", () => {
    const [trace] = blocks("smmu-trace");
    const { stimuli, diagnostics } = readTrace(trace!);
    expect(diagnostics).toEqual([]);
    expect(stimuli.map((stimulus) => stimulus.kind)).toEqual([
      "client",
      "call",
      "call",
      "call",
      "call",
      "dma",
      "fault",
      "call",
    ]);
  });

  test("shows kernel events from which come the attachment, the grant, the revocation and the invalidations it names", () => {
    const { kinds, complaints } = read("linux-ftrace", blocks("ftrace")[0]!);
    expect(complaints).toEqual([]);
    for (const kind of ["object.create", "attach", "map", "unmap", "invalidate"])
      expect(kinds).toContain(kind);
  });

  test("shows a device that is found again with its group and its domain", () => {
    const { kinds, complaints } = read("linux-ftrace", blocks("ftrace")[1]!);
    expect(complaints).toEqual([]);
    for (const kind of ["device", "object.create", "attach"]) expect(kinds).toContain(kind);
  });

  test("shows kernel log lines from which come a fault and its losses, and a fault of an SMMUv3", () => {
    const [vtd, smmuv3] = blocks("dmesg").map((lines) => read("linux-dmesg", lines));
    expect(vtd).toEqual({ kinds: ["status", "loss", "fault", "loss"], complaints: [] });
    expect(smmuv3).toEqual({ kinds: ["fault"], complaints: [] });
  });

  test("shows QEMU lines from which come faults", () => {
    expect(read("qemu-log", blocks("qemu")[0]!)).toEqual({ kinds: ["fault", "fault"], complaints: [] });
  });

  test("gives the kernel the very probes that the script gives it", () => {
    const line = blocks("cmdline")[0]![0]!;
    const probes = /kprobe_event=(\S+)/.exec(line)![1]!.split(";");
    const script = readFileSync(join(RECORDER, "linux-record.sh"), "utf8");
    const defined = [...script.matchAll(/define_probe (\w+) "\$(\w+)" "(.*)"/g)].map(([, name, , args]) => {
      const values = args!.replaceAll(/\$arg(\d)/g, "$$arg$1").replaceAll("$name_at", "0");
      return `${name} ${values}`;
    });
    expect(probes.map((probe) => probe.replace(/^p:(\w+),(\w+),/, "$1 ").replaceAll(",", " "))).toEqual(
      defined,
    );
    for (const probe of probes) expect(script).toContain(probe.split(",")[1]);
  });

  test("opens a recording as the example driver does", () => {
    const driver = readFileSync(join(RECORDER, "test/example_driver.c"), "utf8");
    expect(driver).toContain(blocks("c example_driver.c")[0]!.join("\n"));
  });
});
