import type { Image, ImageFile } from "./image.ts";
import { readSlm, type SlmComponent, startOrder, type XmlPart } from "./slm.ts";
import type { PlacedText, TextPlace } from "./sourceText.ts";

/** A component with the text that its parts stand in. */
export interface PlacedComponent extends SlmComponent {
  readonly source: PlacedText;
}

/** Everything that an slm configuration starts, in an order in which it may; and the included files that are not to be had. */
export interface SlmStarts {
  readonly components: readonly PlacedComponent[];
  readonly unread: readonly { readonly path: string; readonly place: TextPlace }[];
}

/** Files that include each other. */
const FILES_MAX = 32;

/** Reads a configuration of slm and the files of the image that it includes. */
export function slmStarts(image: Image, file: ImageFile, text: PlacedText): SlmStarts {
  const components: PlacedComponent[] = [];
  const unread: { path: string; place: TextPlace }[] = [];
  const seen = new Set([file.path]);
  const left = [{ path: file.path, text }];
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    const { components: own, includes } = readSlm(next.text);
    const source = next.text;
    components.push(...own.map((component) => ({ ...component, source })));
    for (const include of includes) {
      const path = pathOf(include, next.path);
      if (seen.has(path) || seen.size >= FILES_MAX) continue;
      seen.add(path);
      const other = image.find(path);
      const content = other === null ? null : image.textOf(other);
      if (content === null) unread.push({ path, place: source.place(include.from, include.to) });
      else left.push({ path, text: content });
    }
  }
  return { components: startOrder(components), unread };
}

// A relative name counts from the folder of the file that names it.
function pathOf({ text }: XmlPart, from: string): string {
  return text.startsWith("/") ? text : `${from.slice(0, from.lastIndexOf("/"))}/${text}`;
}

/** The words of a text with their places. */
export function wordsOf(source: PlacedText, part: XmlPart | null): { text: string; place: TextPlace }[] {
  if (part === null) return [];
  return [...part.text.matchAll(/\S+/g)].slice(0, WORDS_MAX).map((match) => {
    const from = part.from + match.index;
    return { text: plain(match[0]), place: source.place(from, from + match[0].length) };
  });
}

const WORDS_MAX = 1024;

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
};

function plain(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|apos);/g, (entity) => ENTITIES[entity]!);
}
