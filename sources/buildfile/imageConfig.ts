import type { Diagnostic } from "../../base/diagnostic.ts";
import { err, ok } from "../../base/result.ts";
import type { Placement } from "../config/effective.ts";
import { type ParsedConfig, parseConfig } from "../config/parseConfig.ts";
import type { ConfigSource, FileReader } from "../config/preprocess.ts";
import { COMMAND_LINE } from "../config/sourceFile.ts";
import type { AsinfoEntry } from "../config/substitutionTables.ts";
import type { Image, ImageFile } from "./image.ts";
import type { ServiceStart } from "./service.ts";
import { type PlacedText, SourceText, type TextPlace } from "./sourceText.ts";

/** What substitutions are looked up in, and where the service runs. */
export interface ConfigSurroundings {
  readonly asinfo: readonly AsinfoEntry[] | null;
  /** Variables that the board says the service's environment has; those of the buildfile come on top. */
  readonly env: Readonly<Record<string, string>> | null;
  readonly placement: Placement;
}

/** The configuration of a start as the service would read it from the image. */
export interface ImageConfig {
  readonly parsed: ParsedConfig;
  /** What was read, so that it can be read again. */
  readonly sources: readonly ConfigSource[];
  readonly readFile: FileReader;
  readonly env: Readonly<Record<string, string>> | null;
  /** Files named by `@` that are not in the image, each once, in the order read. */
  readonly missing: readonly string[];
  /** Files of the image whose content is not to be had here: nothing is known of them. */
  readonly unseen: readonly ImageFile[];
  /** The files of the image that the start reads. */
  readonly files: readonly ImageFile[];
  /** A finding about the configuration, with the places of the buildfile or of the host's file. */
  readonly placed: (diagnostic: Diagnostic) => Diagnostic;
}

/** Reads the configuration of a start: its own words, and the files of the image that they name. */
export function readImageConfig(image: Image, start: ServiceStart, around: ConfigSurroundings): ImageConfig {
  const texts = new Map<string, PlacedText>();
  const missing = new Set<string>();
  const unseen = new Map<string, ImageFile>();
  const files = new Map<string, ImageFile>();
  const readFile: FileReader = (path) => {
    const file = image.find(path);
    if (file === null) {
      missing.add(path);
      return ok(new Uint8Array()); // told by the rules, with what is in the image instead
    }
    files.set(file.path, file);
    const text = image.textOf(file);
    const bytes = image.bytesOf(file);
    if (text === null || bytes === null) {
      if (file.entry.content.kind === "link") return err("it is a link that leads nowhere");
      unseen.set(file.path, file);
      return ok(new Uint8Array());
    }
    texts.set(path, text);
    return ok(bytes);
  };
  const words = start.command.options.map(({ text }) => text);
  const sources: ConfigSource[] = words.length === 0 ? [] : [{ kind: "words", words }];
  const env = environmentOf(start, around);
  const { asinfo, placement } = around;
  const parsed = parseConfig({ sources, readFile, asinfo, env, service: start.service, placement });
  const places = new Places(start, texts);
  return {
    parsed,
    sources,
    readFile,
    env,
    missing: [...missing],
    unseen: [...unseen.values()],
    files: [...files.values()],
    placed: (diagnostic) => places.placed(diagnostic),
  };
}

// What a boot script sets is all there is; a shell script may have got more from a profile that nobody followed.
function environmentOf(
  { command }: ServiceStart,
  { env }: ConfigSurroundings,
): Readonly<Record<string, string>> | null {
  const set = command.environment.all();
  const isOpen = [...set.keys()].some((name) => command.environment.isOpen(name));
  if (env === null && (isOpen || command.language === "shell")) return null;
  return { ...env, ...Object.fromEntries(set) };
}

/** Turns places of the configuration into places of the buildfile. */
class Places {
  readonly #start: ServiceStart;
  readonly #texts: ReadonlyMap<string, PlacedText>;
  readonly #lines = new Map<string, SourceText>();

  constructor(start: ServiceStart, texts: ReadonlyMap<string, PlacedText>) {
    this.#start = start;
    this.#texts = texts;
  }

  placed(diagnostic: Diagnostic): Diagnostic {
    const message = this.#renamed(diagnostic.message);
    const told = {
      ...diagnostic,
      message,
      ...(diagnostic.hint === undefined ? {} : { hint: this.#renamed(diagnostic.hint) }),
    };
    const { file, line, column, endColumn } = diagnostic;
    if (file === null || line === null || column === undefined) return this.#wholeFile(told);
    const place = this.#place(file, line, column, endColumn ?? column + 1);
    if (place === null) return told;
    const { excerpt, ...at } = place;
    const { excerpt: _, ...rest } = told;
    return { ...rest, ...at, ...(excerpt === null ? {} : { excerpt }) };
  }

  // What has no place of its own is told where the service is started.
  #wholeFile(diagnostic: Diagnostic): Diagnostic {
    const text = diagnostic.file === null ? undefined : this.#texts.get(diagnostic.file);
    if (text !== undefined && text.source.text === text.text)
      return { ...diagnostic, file: text.source.name };
    const { excerpt, ...at } = text === undefined ? this.#start.command.place : text.place(0, 1);
    return { ...diagnostic, ...at, ...(excerpt === null ? {} : { excerpt }) };
  }

  #place(file: string, line: number, column: number, endColumn: number): TextPlace | null {
    if (file === COMMAND_LINE) return this.#wordPlace(column);
    const text = this.#texts.get(file);
    if (text === undefined) return null;
    const from = this.#linesOf(file, text).offsetOf(line, column);
    return text.place(from, from + Math.max(1, endColumn - column));
  }

  // The words of the command line were joined by single blanks.
  #wordPlace(column: number): TextPlace {
    let at = 1;
    for (const word of this.#start.command.options) {
      if (column < at + word.text.length + 1) return word.place;
      at += word.text.length + 1;
    }
    return this.#start.command.place;
  }

  #linesOf(file: string, text: PlacedText): SourceText {
    const known = this.#lines.get(file) ?? new SourceText(file, text.text);
    this.#lines.set(file, known);
    return known;
  }

  // Other places that a text refers to, as `file:line`.
  #renamed(text: string): string {
    let renamed = text;
    for (const file of [COMMAND_LINE, ...this.#texts.keys()]) {
      if (!renamed.includes(`${file}:`)) continue;
      const [head, ...parts] = renamed.split(`${file}:`);
      renamed = head + parts.map((part) => this.#referred(file, part)).join("");
    }
    return renamed;
  }

  #referred(file: string, rest: string): string {
    const line = /^\d{1,7}/.exec(rest)?.[0];
    const place = line === undefined ? null : this.#place(file, Number(line), 1, 2);
    return place === null ? `${file}:${rest}` : `${place.file}:${place.line}${rest.slice(line!.length)}`;
  }
}
