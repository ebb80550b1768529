import type { BuildEntry, Buildfile } from "./buildfile.ts";
import { baseName, tidyTarget } from "./entry.ts";
import { LINKS_MAX } from "./limits.ts";
import { PlacedText, SourceText } from "./sourceText.ts";

/** What the build machine has at a path: a file, or the paths below a folder; `name` is where it was found. */
export type HostFile =
  | { readonly kind: "file"; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: "directory"; readonly name: string; readonly paths: readonly string[] };

/** Looks for a path of a buildfile on the build machine; null where there is nothing, or nobody looked. */
export type HostFiles = (path: string) => HostFile | null;

/** A file of the image. `hostName` is the last part of the path it comes from, null for an inline file. */
export interface ImageFile {
  readonly path: string;
  readonly entry: BuildEntry;
  readonly hostName: string | null;
}

/** Everything an image holds, by path. */
export class Image {
  readonly buildfile: Buildfile;
  readonly #byPath = new Map<string, ImageFile>();
  readonly #byName = new Map<string, ImageFile[]>();
  readonly #links = new Map<string, string>();
  readonly #repeats: ImageFile[] = [];
  readonly #host: HostFiles;

  /** `others` are buildfiles of further file systems of the same target: their files count as present. */
  constructor(buildfile: Buildfile, others: readonly Buildfile[], host: HostFiles) {
    this.buildfile = buildfile;
    this.#host = host;
    for (const each of [buildfile, ...others]) for (const entry of each.entries) this.#add(entry);
  }

  /** The file at a path of the target, links followed; null where there is none. */
  find(path: string): ImageFile | null {
    return this.#byPath.get(this.resolve(path)) ?? null;
  }

  /** The path with the links in it followed. */
  resolve(path: string): string {
    let resolved = tidyTarget(path);
    for (let turn = 0; turn < LINKS_MAX; turn += 1) {
      const next = this.#followOne(resolved);
      if (next === resolved) break;
      resolved = next;
    }
    return resolved;
  }

  /** All files of that last name, anywhere. */
  named(name: string): readonly ImageFile[] {
    return this.#byName.get(name) ?? [];
  }

  /** Adds a link that a script makes (`procmgr_symlink`, `ln -s`); a relative one counts from the link's own folder. */
  link(path: string, to: string): void {
    const from = tidyTarget(path);
    const absolute = to.startsWith("/") ? to : `${from.slice(0, from.lastIndexOf("/"))}/${to}`;
    const target = tidyTarget(absolute);
    if (target !== from) this.#links.set(from, target);
  }

  /** Paths that two lines give to different files; mkifs keeps one of them. */
  get repeats(): readonly ImageFile[] {
    return this.#repeats;
  }

  /**
   * The line that takes a folder of the build machine in whole and may so bring the path; null where there is none.
   * What is in such a folder is known only where it was found.
   */
  folderOver(path: string): BuildEntry | null {
    const resolved = this.resolve(path);
    for (let end = resolved.lastIndexOf("/"); end > 0; end = resolved.lastIndexOf("/", end - 1)) {
      const above = this.#byPath.get(resolved.slice(0, end));
      if (above !== undefined && above.entry.content.kind === "host") return above.entry;
    }
    return null;
  }

  /** A file's text; null where it comes from the build machine and is not to be had here. */
  textOf(file: ImageFile): PlacedText | null {
    const { content } = file.entry;
    if (content.kind === "inline") return content.text;
    if (content.kind === "link") return null;
    const host = this.#host(content.path);
    if (host?.kind !== "file") return null;
    return PlacedText.whole(
      new SourceText(host.name, new TextDecoder("utf-8", { ignoreBOM: true }).decode(host.bytes)),
    );
  }

  /** A file's bytes as they come into the image; null as for its text. */
  bytesOf(file: ImageFile): Uint8Array | null {
    const { content } = file.entry;
    if (content.kind === "inline") return new TextEncoder().encode(content.text.text);
    const host = content.kind === "host" ? this.#host(content.path) : null;
    return host?.kind === "file" ? host.bytes : null;
  }

  #add(entry: BuildEntry): void {
    if (entry.role === "bootstrap" || entry.role === "directory") return;
    if (entry.content.kind === "link") {
      const at = entry.target;
      this.link(at, entry.content.to);
    }
    const hostName = entry.content.kind === "host" ? baseName(entry.content.path) : null;
    const host =
      entry.content.kind === "host" && !hostName!.includes(".") ? this.#host(entry.content.path) : null;
    if (host?.kind === "directory") {
      for (const below of host.paths)
        this.#put({ path: tidyTarget(`${entry.target}/${below}`), entry, hostName: baseName(below) });
      return;
    }
    this.#put({ path: entry.target, entry, hostName });
  }

  #put(file: ImageFile): void {
    const before = this.#byPath.get(file.path);
    if (before !== undefined && describe(before) !== describe(file)) this.#repeats.push(file);
    this.#byPath.set(file.path, file);
    const name = baseName(file.path);
    const same = this.#byName.get(name);
    if (same === undefined) this.#byName.set(name, [file]);
    else same.push(file);
  }

  #followOne(path: string): string {
    let end = path.length;
    while (end > 0) {
      const to = this.#links.get(path.slice(0, end));
      if (to !== undefined) return tidyTarget(`${to}${path.slice(end)}`);
      end = path.lastIndexOf("/", end - 1);
    }
    return path;
  }
}

function describe({ entry: { content } }: ImageFile): string {
  switch (content.kind) {
    case "inline":
      return `inline ${content.text.text}`;
    case "host":
      return `host ${content.path}`;
    case "link":
      return `link ${content.to}`;
  }
}
