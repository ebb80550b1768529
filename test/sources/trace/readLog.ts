import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Json } from "../../../base/canonicalJson.ts";
import type { Diagnostic } from "../../../base/diagnostic.ts";
import type { LossStimulus, StatusStimulus, Stimulus } from "../../../events/stimulus.ts";
import { consoleReader } from "../../../sources/trace/consoleReader.ts";
import type { LineReaderFactory, ToldAt } from "../../../sources/trace/lineReader.ts";
import { linuxFtrace } from "../../../sources/trace/linuxFtrace.ts";
import { qemuLog } from "../../../sources/trace/qemuLog.ts";

/** A stimulus and where it was told. */
export interface Told<S extends Stimulus = Stimulus> {
  readonly stimulus: S;
  readonly at: ToldAt;
}

/** All that a reader made of a text. */
export interface LogRead {
  readonly told: readonly Told[];
  readonly diagnostics: readonly Diagnostic[];
  /** Faults as flat objects: where, the report's fields, and its raw ones. */
  readonly faults: readonly { readonly [name: string]: Json }[];
  readonly losses: readonly Told<LossStimulus>[];
  readonly statuses: readonly Told<StatusStimulus>[];
}

/** The readers of logs by format. */
export const READERS = {
  "linux-dmesg": consoleReader,
  "xen-console": consoleReader,
  "qemu-log": qemuLog,
  "linux-ftrace": linuxFtrace,
} as const satisfies { readonly [format: string]: LineReaderFactory };

/** Reads a whole text; its last line counts as cut when no newline ends it. */
export function readLog(format: keyof typeof READERS, text: string): LogRead {
  const told: Told[] = [];
  const diagnostics: Diagnostic[] = [];
  const reader = READERS[format]("a.log", {
    stimulus: (stimulus, at) => told.push({ stimulus, at }),
    diagnostic: (diagnostic) => diagnostics.push(diagnostic),
  });
  const lines = text.split("\n");
  const last = lines.pop()!;
  lines.forEach((line, index) => {
    reader.line(line, index + 1);
  });
  if (last !== "") reader.line(last, lines.length + 1, false);
  reader.end();
  const ofKind = <K extends Stimulus["kind"]>(kind: K) =>
    told.filter(({ stimulus }) => stimulus.kind === kind) as unknown as Told<
      Extract<Stimulus, { kind: K }>
    >[];
  return {
    told,
    diagnostics,
    faults: ofKind("fault").map(({ stimulus, at }) => {
      const { raw, ...report } = stimulus.report;
      const lastLine = at.lastLine === null ? {} : { lastLine: at.lastLine };
      return { line: at.line, ...lastLine, ...report, ...raw, device: stimulus.device };
    }),
    losses: ofKind("loss"),
    statuses: ofKind("status"),
  };
}

/** Lines as one text, each ended. */
export function text(...lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** The one fault of a log that has no diagnostics. */
export function onlyFault(format: keyof typeof READERS, ...lines: readonly string[]) {
  const read = readLog(format, text(...lines));
  if (read.faults.length !== 1 || read.diagnostics.length > 0) {
    throw new Error(`not one clean fault: ${JSON.stringify([read.faults, read.diagnostics])}`);
  }
  return read.faults[0]!;
}

/** A fixture of fixtures/logs. */
export function fixture(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../fixtures/logs/${name}`, import.meta.url)), "utf8");
}
