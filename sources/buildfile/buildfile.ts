import type { Attributes } from "./attributes.ts";
import type { PlacedText, TextPlace } from "./sourceText.ts";

/** What an entry puts into the image. `host`: a file of the build machine, by the path that was written. */
export type EntryContent =
  | { readonly kind: "inline"; readonly text: PlacedText }
  | { readonly kind: "host"; readonly path: string }
  | { readonly kind: "link"; readonly to: string };

/** One entry of a buildfile that names a file. */
export interface BuildEntry {
  /** The whole path on the target, `/proc/boot/name` where no other was given. */
  readonly target: string;
  readonly content: EntryContent;
  readonly attributes: Attributes;
  /** Where its name stands. */
  readonly place: TextPlace;
  /** What it is to the start: the bootstrap file, a start-up script, or a file. */
  readonly role: "bootstrap" | "script" | "file" | "directory";
  /** A `${NAME}` in its paths is not known: the target, or the host file, cannot be told. */
  readonly unknownVariable: string | null;
}

/** A buildfile as read. */
export interface Buildfile {
  readonly name: string;
  readonly entries: readonly BuildEntry[];
  /** The processor of the bootstrap file's `virtual` or `physical` attribute, such as `x86_64` or `aarch64le`. */
  readonly processor: string | null;
  /** A line `...`, or a macro, stands for what was left out: nothing can be said to be missing. */
  readonly isExcerpt: boolean;
  /** Macros of m4 or of a template stand in it, which were told. */
  readonly hasMacros: boolean;
  /** Host folders of `search` attributes, as written. */
  readonly search: readonly string[];
}

/** Variables of the build machine, for `${NAME}`; a null value is one that is not known. */
export type HostVariables = ReadonlyMap<string, string>;
