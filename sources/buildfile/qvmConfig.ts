import { baseName } from "./entry.ts";
import type { Image } from "./image.ts";
import type { TextPlace } from "./sourceText.ts";
import type { StartedCommand } from "./startedCommand.ts";

/** A virtual IOMMU that a VM's configuration asks for. */
export interface SmmuVdev {
  /** The library's file names, the one that is preferred first. */
  readonly files: readonly string[];
  readonly place: TextPlace;
}

const FILES_MAX = 64;
const NESTED_MAX = 8;

/** The virtual IOMMUs that a `qvm` is asked for, in its words and in the files of the image that they name (HV-7). */
export function smmuVdevs(image: Image, { program, options }: StartedCommand): readonly SmmuVdev[] {
  const found: SmmuVdev[] = [];
  const seen = new Set<string>();
  const read = (words: readonly { text: string; place: TextPlace }[], depth: number): void => {
    for (const [at, { text, place }] of words.entries()) {
      const before = words[at - 1]?.text;
      if (before === "vdev" && /^(?:vdev-)?smmu(?:-safety)?(?:\.so)?$/.test(text))
        found.push({ files: filesOf(text, program), place });
      // A word that begins with @ is a file; so is the first one that names a file of the image.
      const path = text.startsWith("@") ? text.slice(1) : text.includes("/") ? text : null;
      if (path === null || depth > NESTED_MAX || seen.has(path) || seen.size >= FILES_MAX) continue;
      const file = image.find(path);
      const content = file === null || before === "load" ? null : image.textOf(file);
      if (content === null || content.text.includes("\0")) continue;
      seen.add(path);
      const inner = [...content.text.matchAll(/#[^\n]*|\S+/g)]
        .filter(([word]) => !word.startsWith("#"))
        .slice(0, 65_536)
        .map((match) => ({
          text: match[0],
          place: content.place(match.index, match.index + match[0].length),
        }));
      read(inner, depth + 1);
    }
  };
  read(options, 0);
  return found;
}

// A file name is taken as it is; of a type the safety product takes its own variant first.
function filesOf(type: string, program: string): readonly string[] {
  const name = baseName(type).startsWith("vdev-") ? type : `vdev-${type}`;
  if (name.endsWith(".so")) return [name];
  const plain = [`${name}.so`];
  return name.endsWith("-safety") || program !== "qvm-safety"
    ? [...plain, `${name}-safety.so`]
    : [`${name}-safety.so`, ...plain];
}
