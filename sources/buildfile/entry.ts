import { type Attributes, isOn, textOf } from "./attributes.ts";
import type { BuildEntry, EntryContent, HostVariables } from "./buildfile.ts";
import type { TextPlace } from "./sourceText.ts";

/** What a line of a buildfile says; `name` is null where the path of a host file stands alone. */
export interface EntryLine {
  readonly name: string | null;
  readonly content: EntryContent;
  readonly attributes: Attributes;
  /** The line, or one before it that no bootstrap file followed, has a `virtual` or `physical` attribute. */
  readonly isBoot: boolean;
  readonly place: TextPlace;
  readonly variables: HostVariables;
}

/** Without a target a file goes by its own name into the folder of the boot image. */
const DEFAULT_PREFIX = "/proc/boot";

/** The entry that a line comes to: its whole path on the target, and what it is to the start. */
export function entryOf(line: EntryLine): BuildEntry {
  const { name, content, attributes, place, variables } = line;
  const host = content.kind === "host" ? expand(content.path, variables) : null;
  const target = expand(name ?? baseName(host?.text ?? ""), variables);
  const prefix = expand(textOf(attributes, "prefix") ?? DEFAULT_PREFIX, variables).text;
  return {
    target: tidyTarget(target.text.startsWith("/") ? target.text : `/${prefix}/${target.text}`),
    content: contentOf(content, host?.text ?? "", attributes),
    attributes,
    place,
    role: roleOf(line),
    unknownVariable: target.unknown ?? host?.unknown ?? null,
  };
}

function contentOf(content: EntryContent, host: string, attributes: Attributes): EntryContent {
  if (content.kind !== "host") return content;
  return textOf(attributes, "type") === "link" ? { kind: "link", to: host } : { kind: "host", path: host };
}

function roleOf({ attributes, content, isBoot }: EntryLine): BuildEntry["role"] {
  if (textOf(attributes, "type") === "dir") return "directory";
  if (isOn(attributes, "script")) return "script";
  return isBoot && content.kind === "inline" ? "bootstrap" : "file";
}

/** The text with its `${NAME}` replaced, and the first name that is not known. */
export function expand(text: string, variables: HostVariables): { text: string; unknown: string | null } {
  let unknown: string | null = null;
  const replaced = text.replace(/\$\{([^}]*)\}/g, (written, name: string) => {
    const value = variables.get(name);
    if (value === undefined) unknown ??= name;
    return value ?? written;
  });
  return { text: replaced, unknown };
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A target path with a slash in front, and without empty and `.` parts. */
export function tidyTarget(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
