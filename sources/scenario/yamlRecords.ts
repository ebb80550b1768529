import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Scalar } from "yaml";
import type { Json } from "../../base/canonicalJson.ts";
import { type Diagnostic, quote } from "../../base/diagnostic.ts";

/** A record told in YAML, as the trace format has it. */
export interface YamlRecord {
  readonly record: { readonly [name: string]: Json };
  readonly line: number;
}

/** The records of a YAML scenario by its parts. */
export interface YamlRecords {
  readonly before: readonly YamlRecord[];
  /** The members of `start`: when the service is launched. */
  readonly start: YamlRecord | null;
  readonly fail: readonly YamlRecord[];
  readonly after: readonly YamlRecord[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The longest YAML scenario, in UTF-16 units; longer runs are better told as lines. */
export const YAML_LENGTH_MAX = 4 * 1024 * 1024;
const DEPTH_MAX = 16;
const ERRORS_MAX = 5;
// How the parser tells that it gave up.
const TOO_DEEP = /call stack/;
const PARTS = ["before", "fail", "after"] as const;

/**
 * Reads a YAML scenario: a list of records, or a map of lists `before`, `fail` and `after`, and of
 * `start: {t: ..., step: ...}`. A record is written as in a trace,
 * or short: `- dma: {device: ..., ...}`, and in `fail` `- unit: dmar0`. Hexadecimal numbers may stand without quotes.
 */
export function yamlRecords(text: string, file: string): YamlRecords {
  const lines = new LineCounter();
  const reader = new YamlReader(file, lines);
  if (text.length > YAML_LENGTH_MAX) {
    reader.tell(null, `the scenario is ${text.length} characters long, at most ${YAML_LENGTH_MAX} are read`);
    return reader.result();
  }
  const document = parseDocument(text, { lineCounter: lines, intAsBigInt: true, prettyErrors: false });
  // What is wrong with the form of the text tends to be wrong of all that follows.
  for (const { message, pos } of document.errors.slice(0, ERRORS_MAX))
    reader.tell(pos[0], TOO_DEEP.test(message) ? "lists or maps are nested too deep" : message.slice(0, 200));
  if (document.errors.length > 0) return reader.result();
  reader.document(document.contents);
  return reader.result();
}

class YamlReader {
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #parts: { readonly [part in (typeof PARTS)[number]]: YamlRecord[] } = {
    before: [],
    fail: [],
    after: [],
  };
  readonly #diagnostics: Diagnostic[] = [];
  #start: YamlRecord | null = null;

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  result(): YamlRecords {
    return { ...this.#parts, start: this.#start, diagnostics: this.#diagnostics };
  }

  document(contents: unknown): void {
    if (contents === null) return;
    if (isSeq(contents)) return this.#list(contents.items, "after");
    if (!isMap(contents)) return this.tell(startOf(contents), "the scenario is neither a list nor a map");
    for (const { key, value } of contents.items) {
      const name = isScalar(key) ? String(key.value) : "";
      const part = PARTS.find((known) => known === name);
      if (name === "start") this.#launch(key, value);
      else if (part === undefined)
        this.tell(startOf(key), `${quote(name)} is not one of before, start, fail, after`);
      else if (isSeq(value)) this.#list(value.items, part);
      else this.tell(startOf(key), `${quote(name)} is not a list of records`);
    }
  }

  tell(offset: number | null, message: string): void {
    const place = offset === null ? null : this.#lines.linePos(offset);
    this.#diagnostics.push({
      code: "SCN002",
      severity: "error",
      file: this.#file,
      line: place?.line ?? null,
      ...(place === null ? {} : { column: place.col }),
      message,
      hint: "docs/scenarios.md has the form of a scenario, with examples",
    });
  }

  #launch(key: unknown, value: unknown): void {
    const members = this.#plain(value, DEPTH_MAX);
    const offset = startOf(key);
    if (isObject(members))
      this.#start = { record: members, line: offset === null ? 1 : this.#lines.linePos(offset).line };
    else this.tell(offset, '"start" is not a map of t and step');
  }

  #list(items: readonly unknown[], part: (typeof PARTS)[number]): void {
    for (const item of items) {
      const record = this.#record(item, part);
      const offset = startOf(item);
      if (record === null) this.tell(offset, "this is no record; write - kind: dma and its fields");
      else this.#parts[part].push({ record, line: offset === null ? 1 : this.#lines.linePos(offset).line });
    }
  }

  #record(item: unknown, part: string): { readonly [name: string]: Json } | null {
    const plain = this.#plain(item, DEPTH_MAX);
    if (typeof plain === "string") return { kind: plain };
    if (!isObject(plain)) return null;
    const record = plain;
    if ("kind" in record) return record;
    const names = Object.keys(record);
    const [name] = names;
    if (name === undefined) return null;
    const body = record[name]!;
    if (part === "fail") {
      const { [name]: _, ...rest } = record;
      const fail = { kind: "fail", what: name, ...rest };
      if (body === null) return fail;
      if (isObject(body)) return { ...fail, ...body };
      if (typeof body === "number" && name === "step") return { ...fail, at: body };
      return typeof body === "string" || typeof body === "number" ? { ...fail, name: body } : null;
    }
    if (names.length > 1) return null;
    if (name === "mark" && typeof body === "string") return { kind: name, text: body };
    return isObject(body) ? { kind: name, ...body } : null;
  }

  /** Plain data of a node; what has no plain form is told and becomes null. Aliases are refused: they can multiply. */
  #plain(node: unknown, depthLeft: number): Json {
    if (node === null || node === undefined) return null;
    if (depthLeft === 0) {
      this.tell(startOf(node), `values are nested more than ${DEPTH_MAX} deep`);
      return null;
    }
    if (isScalar(node)) return this.#scalar(node);
    if (isSeq(node)) return node.items.map((item) => this.#plain(item, depthLeft - 1));
    if (isMap(node)) {
      const entries = node.items.map(({ key, value }): [string, Json] => {
        return [isScalar(key) ? String(key.value) : "", this.#plain(value, depthLeft - 1)];
      });
      return Object.fromEntries(entries);
    }
    this.tell(startOf(node), "anchors and aliases are not read; write the value again");
    return null;
  }

  #scalar(node: Scalar): Json {
    const { value } = node;
    if (typeof value === "bigint") {
      if (node.format === "HEX") return `0x${value.toString(16)}`;
      return Number.isSafeInteger(Number(value)) ? Number(value) : `0x${value.toString(16)}`;
    }
    if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    this.tell(startOf(node), "the value is neither a text nor a number");
    return null;
  }
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function startOf(node: unknown): number | null {
  const range = typeof node === "object" && node !== null && "range" in node ? node.range : null;
  return Array.isArray(range) ? (range[0] as number) : null;
}
