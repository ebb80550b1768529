import { StringDecoder } from "node:string_decoder";
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { Family } from "../../events/vocabulary/family.ts";
import { detectFormat } from "../../sources/trace/detect.ts";
import { ItfReader } from "../../sources/trace/itf/itfReader.ts";
import type { LineReader, ReaderSink } from "../../sources/trace/lineReader.ts";
import { FILE_FORMATS, type FileFormat, familyHint, readerFor } from "../../sources/trace/readers.ts";
import { readHeader, type TraceHeader } from "../../sources/trace/smmuTrace/header.ts";
import { InputError } from "../inputError.ts";
import { LineSplitter, type TakeLine } from "./lineSplitter.ts";
import { HEAD_BYTES, textInput } from "./textInput.ts";

type Told = Parameters<ReaderSink["stimulus"]>[1];

/** What one file told, in its order. `order` never goes back within a file, so that files can be merged by it. */
export interface Fact {
  readonly stimulus: Stimulus;
  readonly told: Told;
  readonly file: string;
  readonly order: number;
}

/** One file being imported, read a chunk at a time. */
export class FileSource {
  readonly file: string;
  format: FileFormat | null = null;
  /** The trace header, where the file is a trace. */
  header: TraceHeader | null = null;
  family: Family | null = null;
  /** Facts that are read and not yet taken. */
  facts: Fact[] = [];
  done = false;
  bytes = 0;
  readonly #chunks: AsyncGenerator<Buffer>;
  readonly #splitter = new LineSplitter();
  readonly #diagnose: (diagnostic: Diagnostic) => void;
  #reader: LineReader | null = null;
  // A document is read whole, whatever its lines.
  #document: { readonly reader: ItfReader; readonly decoder: StringDecoder } | null = null;
  #order = 0;
  #told = false;
  #binary = false;

  constructor(file: string, format: FileFormat | "auto", diagnose: (diagnostic: Diagnostic) => void) {
    this.file = file;
    this.#diagnose = diagnose;
    this.#chunks = textInput(file);
    if (format !== "auto") this.#use(format);
  }

  /** Reads on until there are facts or the file ends. */
  async fill(): Promise<void> {
    this.facts = [];
    while (this.facts.length === 0 && !this.done) {
      const next = await this.#chunks.next();
      if (next.done) return this.#end();
      if (this.bytes === 0) this.#binary = looksBinary(next.value.subarray(0, HEAD_BYTES));
      this.bytes += next.value.length;
      if (this.format === null) this.#detect(next.value);
      if (this.#document !== null) {
        this.#document.reader.push(this.#document.decoder.write(next.value));
        continue;
      }
      if (this.format !== "smmu-trace") this.family ??= familyHint(next.value.toString("latin1"));
      this.#splitter.push(next.value, this.#line);
    }
  }

  readonly #line: TakeLine = (text, line, terminated) => {
    if (this.format === "smmu-trace" && this.header === null) {
      const header = readHeader(text, this.file);
      if (!header.ok) throw new TraceHeaderError(header.error);
      this.header = header.value;
      this.family = header.value.header.family;
      return;
    }
    this.#reader!.line(text, line, terminated);
  };

  #end(): void {
    if (this.bytes === 0) throw new InputError(`${this.file} is empty; there is nothing to import`);
    if (this.#document !== null) this.#endDocument(this.#document);
    this.#splitter.end(this.#line);
    this.#reader?.end();
    if (this.#binary && !this.#told)
      throw new InputError(`${this.file} is not text, and no line of it is of the format ${this.format}`);
    this.done = true;
  }

  #endDocument({ reader, decoder }: { readonly reader: ItfReader; readonly decoder: StringDecoder }): void {
    reader.push(decoder.end());
    const end = reader.end();
    if ("fatal" in end) throw new TraceHeaderError(end.fatal);
    this.header = end.header;
    this.family = end.header.header.family;
  }

  #detect(head: Buffer): void {
    const format = detectFormat(head.subarray(0, HEAD_BYTES).toString("utf8"));
    if (format === null) {
      throw new InputError(
        `${this.file} is in none of the known formats (${FILE_FORMATS.join(", ")}); name one with --format if it is`,
      );
    }
    this.#use(format);
  }

  #use(format: FileFormat): void {
    this.format = format;
    const sink: ReaderSink = {
      stimulus: (stimulus, told) => {
        this.#told = true;
        if (told.t !== null && told.t > this.#order) this.#order = told.t;
        this.facts.push({ stimulus, told, file: this.file, order: this.#order });
      },
      diagnostic: this.#diagnose,
    };
    if (format === "itf")
      this.#document = { reader: new ItfReader(this.file, sink), decoder: new StringDecoder("utf8") };
    else this.#reader = readerFor(format)(this.file, sink);
  }
}

/** Whether bytes are no text. A crashed machine leaves NULs in its log, so these alone do not count. */
function looksBinary(head: Buffer): boolean {
  let odd = 0;
  for (const character of head.toString("utf8")) {
    const code = character.charCodeAt(0);
    if ((code > 0 && code < 9) || (code > 13 && code < 27) || code === 0xfffd) odd++;
  }
  return odd * 10 > head.length;
}

/** A trace whose first line is not a header we can read, or a document that is none; nothing of it can be judged. */
export class TraceHeaderError extends InputError {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(`${diagnostic.file}: ${diagnostic.message}; ${diagnostic.hint ?? ""}`);
    this.diagnostic = diagnostic;
  }
}
