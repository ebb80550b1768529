import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { BootHeader } from "../../events/recordedEvent.ts";
import { BootRecorder } from "../../replay/bootRecorder.ts";
import type { FileFormat } from "../../sources/trace/readers.ts";
import type { BootInfo, EventStore } from "../../store/eventStore.ts";
import { placeFor } from "../bootPlace.ts";
import { InputError } from "../inputError.ts";
import { STDIN } from "./byteInput.ts";
import { type Fact, FileSource } from "./fileSource.ts";

/** How many diagnostics an import keeps word by word; further ones are counted by code. */
export const DIAGNOSTICS_KEPT_MAX = 10_000;

/** What to import and how. */
export interface ImportRequest {
  readonly files: readonly string[];
  readonly format: FileFormat | "auto";
  /** The boot's name; null: from the trace header or the first file's name. */
  readonly boot: string | null;
  /** Replace a boot of that name. */
  readonly replace: boolean;
  /** Told now and then how far it is. */
  readonly progress?: (events: number, bytes: number) => void;
}

/** What an import did. */
export interface ImportReport {
  readonly info: BootInfo;
  /** True when the very same input was there already and nothing was written. */
  readonly unchanged: boolean;
  readonly diagnostics: readonly Diagnostic[];
  /** Diagnostics beyond those kept, by code. */
  readonly diagnosticsOmitted: { readonly [code: string]: number };
}

/** Imports the files of one boot, merged by time, into the store. Throws InputError and StoreError. */
export async function importBoot(store: EventStore, request: ImportRequest): Promise<ImportReport> {
  const diagnostics = new DiagnosticList();
  const sources = request.files.map(
    (file) => new FileSource(file, request.format, (d) => diagnostics.add(d)),
  );
  for (const source of sources) await source.fill();
  const header = headerOf(sources);
  const wanted =
    request.boot ?? sources.find((source) => source.header?.boot)?.header?.boot ?? nameOf(request.files[0]!);
  const digest = await inputDigest(request.files);
  const place = placeFor(store, wanted, digest, request);
  if (place.existing !== null) return report(place.existing, true, diagnostics);
  const source = `import ${request.files.map((file) => basename(file)).join(" ")}`;
  const writer = store.create({ name: place.name, source, sourceDigest: digest, header });
  try {
    const recorder = new BootRecorder(writer, header);
    await merge(sources, (fact) => {
      const { told, file, stimulus } = fact;
      recorder.add({
        t: told.t,
        cause: null,
        origin: { file, line: told.line },
        lastLine: told.lastLine,
        event: stimulus,
        extra: told.extra,
      });
      if (request.progress && recorder.seq % 16_384 === 0)
        request.progress(
          recorder.seq,
          sources.reduce((sum, s) => sum + s.bytes, 0),
        );
    });
    return report(recorder.finish(diagnostics.errors), false, diagnostics);
  } catch (error) {
    writer.abandon();
    throw error;
  }
}

/** Hands on all facts: of one file in its order, of several the earliest first. */
async function merge(sources: readonly FileSource[], take: (fact: Fact) => void): Promise<void> {
  const heads = sources.map((source) => ({ source, next: 0 }));
  for (;;) {
    let best: (typeof heads)[number] | null = null;
    for (const head of heads) {
      if (head.next === head.source.facts.length && !head.source.done) {
        await head.source.fill();
        head.next = 0;
      }
      if (head.next === head.source.facts.length) continue;
      if (best === null || head.source.facts[head.next]!.order < best.source.facts[best.next]!.order)
        best = head;
    }
    if (best === null) return;
    // All that this file has before any other file's next fact needs no further comparing.
    const limit = Math.min(
      ...heads
        .filter((head) => head !== best && head.next < head.source.facts.length)
        .map((head) => head.source.facts[head.next]!.order),
    );
    const { facts } = best.source;
    do take(facts[best.next++]!);
    while (best.next < facts.length && facts[best.next]!.order < limit);
  }
}

function headerOf(sources: readonly FileSource[]): BootHeader {
  const headers = sources.flatMap((source) => (source.header === null ? [] : [source.header.header]));
  const families = new Set(sources.flatMap((source) => source.family ?? []));
  if (headers.length > 0 && families.size > 1) {
    throw new InputError(
      `the files are of different families (${[...families].join(", ")}); import them as separate boots`,
    );
  }
  const recorder = [...new Set(sources.map((source) => source.format))].join("+");
  return (
    headers[0] ?? {
      family: [...families][0] ?? "ideal",
      recorder,
      note: null,
      outcomes: "derived",
      extra: null,
    }
  );
}

function nameOf(file: string): string {
  if (file === STDIN) return "stdin";
  return (
    basename(file)
      .replace(/\.gz$/, "")
      .replace(/\.(jsonl|txt|log|itf\.json|itf|json)$/, "") || "boot"
  );
}

/** SHA-256 over the bytes as they are stored, to know a repeated import; null for standard input, which can be read but once. */
async function inputDigest(files: readonly string[]): Promise<string | null> {
  if (files.includes(STDIN)) return null;
  const hash = createHash("sha256");
  for (const file of files) for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function report(info: BootInfo, unchanged: boolean, diagnostics: DiagnosticList): ImportReport {
  return {
    info,
    unchanged,
    diagnostics: diagnostics.kept,
    diagnosticsOmitted: Object.fromEntries(diagnostics.omitted),
  };
}

class DiagnosticList {
  readonly kept: Diagnostic[] = [];
  readonly omitted = new Map<string, number>();
  errors = 0;

  add(diagnostic: Diagnostic): void {
    if (diagnostic.severity === "error") this.errors += 1;
    if (this.kept.length < DIAGNOSTICS_KEPT_MAX) this.kept.push(diagnostic);
    else this.omitted.set(diagnostic.code, (this.omitted.get(diagnostic.code) ?? 0) + 1);
  }
}
