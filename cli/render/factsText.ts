import type { Json } from "../../base/canonicalJson.ts";
import type { Terminal } from "../terminal.ts";

/** How deep facts nest at most: they come from our own readers. */
const DEPTH_MAX = 12;

/** Facts of a table as an indented outline: plain members on one line, each structure on its own. */
export function renderFacts(terminal: Terminal, facts: Json): string {
  return `${outline(terminal, facts, 0).join("\n")}\n`;
}

function outline(terminal: Terminal, value: Json, depth: number): string[] {
  const pad = "  ".repeat(depth);
  if (Array.isArray(value)) {
    return value.flatMap((item: Json) => {
      const [first = "", ...rest] = outline(terminal, item, depth + 1);
      return [`${pad}- ${first.trimStart()}`, ...rest];
    });
  }
  if (!isObject(value) || depth >= DEPTH_MAX) return [`${pad}${text(value)}`];
  const members = Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  const plain = members.filter(([, member]) => isPlain(member));
  const nested = members.filter(([, member]) => !isPlain(member));
  const { color } = terminal;
  const line = plain.map(([name, member]) => `${color.dim(`${name}=`)}${text(member)}`).join(" ");
  return [
    ...(line === "" ? [] : [`${pad}${line}`]),
    ...nested.flatMap(([name, member]) => [
      `${pad}${color.bold(name)}`,
      ...outline(terminal, member, depth + 1),
    ]),
  ];
}

function isObject(value: Json): value is { readonly [name: string]: Json | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// A short list of numbers or pairs, such as a path, reads best on one line.
function isPlain(value: Json): boolean {
  if (isObject(value)) return false;
  if (!Array.isArray(value)) return true;
  return value.every((item: Json) => isPlain(item)) && JSON.stringify(value).length <= 80;
}

function text(value: Json): string {
  if (typeof value !== "string") return JSON.stringify(value);
  // Firmware may hold anything: only what prints as one word stands bare.
  return /^[\x21-\x7e]+$/.test(value) ? value : JSON.stringify(value);
}
