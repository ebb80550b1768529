import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import { eventJson } from "../../events/codec/eventJson.ts";
import type { RecordedEvent } from "../../events/recordedEvent.ts";
import type { Terminal } from "../terminal.ts";
import { originText } from "./originText.ts";

const HIDDEN = new Set(["seq", "t", "kind", "origin", "line", "lastLine", "cause"]);

/** An event on one line: seq, time, kind, its members, and where it was told. */
export function renderEvent(terminal: Terminal, recorded: RecordedEvent): string {
  const { color } = terminal;
  const { json, vm } = flattened(eventJson(recorded));
  const members = Object.entries(json)
    .filter(([name, value]) => !HIDDEN.has(name) && value !== null && value !== undefined)
    .map(([name, value]) => `${color.dim(`${name}=`)}${valueText(value)}`);
  const time = recorded.t === null ? "-" : (recorded.t / 1e9).toFixed(6);
  const cause = recorded.cause === null ? "" : color.dim(` <- ${recorded.cause}`);
  const place = recorded.origin === null ? "" : color.dim(`  ${originText(recorded.origin)}`);
  return `${String(recorded.seq).padStart(7)} ${time.padStart(13)} ${vm === null ? "" : color.cyan(`in ${vm}: `)}${color.bold(String(json["kind"]).padEnd(15))} ${members.join(" ")}${cause}${place}\n`;
}

/** What happened in a guest reads as what happens anywhere, with the VM before it. */
function flattened(json: { readonly [name: string]: Json }): {
  readonly json: { readonly [name: string]: Json };
  readonly vm: string | null;
} {
  const { outcome, vm, ...rest } = json;
  if (rest["kind"] !== "InGuest" || typeof vm !== "string") return { json, vm: null };
  return { json: { ...rest, ...(outcome as { readonly [name: string]: Json }) }, vm };
}

function valueText(value: Json): string {
  if (typeof value === "string") return /^[\x21-\x7e]+$/.test(value) ? value : JSON.stringify(value);
  return canonicalJson(value);
}
