import { expect } from "vitest";
import type { IommuState } from "../../core/state.ts";
import type { Outcome } from "../../events/outcome.ts";
import { formatAccess } from "../../events/vocabulary/access.ts";
import { formatAddress, parseAddress } from "../../events/vocabulary/address.ts";
import { parseFamily } from "../../events/vocabulary/family.ts";
import { objectName } from "../../events/vocabulary/names.ts";
import { readLines, run } from "./machine.ts";

/**
 * Tells a story in short records and checks what the machine made of each line that says `=> ...`:
 *
 *     family vtd                                       (first line; `ideal` where it is missing)
 *     unit u0 width=39
 *     translation off u0
 *     device 00:02.0 u0                                (a device: 00:02.0, pci:..., mmio:..., stream:...)
 *     attach 00:02.0 o1
 *     map o1 0x1000+0x2000 -> 0x81000 rw               (start+length; unity without `->`)
 *     invalidate o1 0x1000+0x1000
 *     dma 00:02.0 0x1000+4 r saw permitted 0x81000     => permitted 0x81000 agreed
 *     dma 00:02.0 0x3000+4 w saw denied code=0x05      => denied unmapped 0x05 at 0x3000
 *     unmap o9 0x1000+1                                => ignored object-unknown
 *     {"kind":"map"}                                   => TRC103
 *     mappings o1                                      => 0x1000+0x2000->0x81000:rw@4
 *
 * What stands after `=>` are words that must all be in the machine's answer; of `mappings` the whole answer is told,
 * with the seq of each grant. Lines are numbered from 0 as events are; `mappings` lines are not events.
 */
export function check(story: string): void {
  const lines = story
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const family = lines[0]?.startsWith("family ")
    ? parseFamily(lines.shift()!.slice("family ".length))
    : "ideal";
  if (family === null) throw new Error("no such family");
  const told: string[] = [];
  const records: string[] = [];
  for (const line of lines) {
    const [record, expected] = line.split(/\s*=>\s*/) as [string, string | undefined];
    const answer = answerTo(record, records, family);
    if (expected === undefined) {
      // A line without an expectation must at least be a good record.
      told.push(
        answer.find((word) => word.startsWith("TRC")) === undefined
          ? line
          : `${record} => ${answer.join(" ")}`,
      );
      continue;
    }
    const words = expected.split(/\s+/);
    const met = record.startsWith("mappings")
      ? expected === answer.join(" ")
      : words.every((word) => answer.includes(word));
    told.push(met ? line : `${record} => ${answer.join(" ")}`);
  }
  expect(told.join("\n")).toBe(lines.join("\n"));
}

type Words = readonly string[];

function answerTo(
  record: string,
  records: string[],
  family: NonNullable<ReturnType<typeof parseFamily>>,
): Words {
  if (record.startsWith("mappings ")) {
    const { stimuli } = readLines(records);
    return mappingsOf(
      run(
        family,
        stimuli.map(({ stimulus }) => stimulus),
      ).state,
      record.slice("mappings ".length),
    );
  }
  records.push(record.startsWith("{") ? record : JSON.stringify(recordOf(record)));
  // The story is told again from the start for each line: stories are short, and each line is judged by the real reader.
  const { stimuli, diagnostics } = readLines(records);
  const bad = diagnostics.filter(({ line }) => line === records.length + 1).map(({ code }) => code);
  if (bad.length > 0) return bad;
  const { steps } = run(
    family,
    stimuli.map(({ stimulus }) => stimulus),
  );
  return steps.at(-1)!.outcomes.flatMap(outcomeWords);
}

/** The record that a short line stands for. */
export function recordOf(line: string): { kind: string; [field: string]: unknown } {
  const words = line.split(/\s+/);
  const kind = words.shift()!;
  const next = (what: string): string => {
    const word = words.shift();
    if (word === undefined) throw new Error(`${what} is missing in: ${line}`);
    return word;
  };
  const onOff = () => next("on or off") === "on";
  const record = { kind, ...fieldsOf(kind, next, onOff, words) };
  if (words.length > 0) throw new Error(`too much in: ${line}`);
  return record;
}

type Next = (what: string) => string;

function fieldsOf(kind: string, next: Next, onOff: () => boolean, rest: string[]): Record<string, unknown> {
  switch (kind) {
    case "unit": {
      const unit = next("a unit");
      const width = rest.shift();
      return width === undefined ? { unit } : { unit, addressWidth: Number(width.replace("width=", "")) };
    }
    case "translation": {
      const enabled = onOff();
      const unit = rest.shift();
      return unit === undefined ? { enabled } : { enabled, unit };
    }
    case "device": {
      const device = deviceOf(next("a device"));
      const unit = rest.shift();
      return unit === undefined ? { device } : { device, unit };
    }
    case "object.create":
    case "object.destroy":
      return { object: next("an object") };
    case "attach":
    case "detach":
      return { device: deviceOf(next("a device")), object: next("an object") };
    case "map":
      return {
        object: next("an object"),
        ...rangeOf(next("a range")),
        ...targetOf(rest),
        access: next("access"),
      };
    case "unmap":
      return { object: next("an object"), ...rangeOf(next("a range")) };
    case "passthrough":
      return { device: deviceOf(next("a device")), enabled: onOff() };
    case "invalidate":
      return invalidated(rest);
    case "mark":
      return { text: rest.splice(0).join(" ") };
    case "dma": {
      const device = deviceOf(next("a device"));
      return { device, ...rangeOf(next("a range")), access: next("r or w"), ...observedOf(rest) };
    }
    default:
      throw new Error(`no short form for ${kind}`);
  }
}

function invalidated(rest: string[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const word of rest.splice(0)) {
    if (word.includes("+")) Object.assign(fields, rangeOf(word));
    else if (word.includes(":")) fields["device"] = deviceOf(word);
    else fields["object"] = word;
  }
  return fields;
}

function observedOf(rest: string[]): Record<string, unknown> {
  if (rest[0] !== "saw") return {};
  rest.shift();
  const observed: Record<string, string> = { verdict: rest.shift() ?? "" };
  for (const word of rest.splice(0)) {
    const [name, value] = word.split("=") as [string, string | undefined];
    if (value === undefined) observed["target"] = name;
    else observed[name] = value;
  }
  return { observed };
}

function targetOf(rest: string[]): Record<string, unknown> {
  if (rest[0] !== "->") return {};
  rest.shift();
  return { target: rest.shift() };
}

function rangeOf(word: string): { address: string; length: string } {
  const [address, length] = word.split("+") as [string, string | undefined];
  if (length === undefined) throw new Error(`no length in ${word}`);
  return { address, length };
}

/** The full name of a device, which may be written as bus:dev.fn alone. */
export function deviceOf(word: string): string {
  return /^[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(word) ? `pci:0000:${word}` : word;
}

function outcomeWords(outcome: Outcome): Words {
  switch (outcome.kind) {
    case "TransferPermitted": {
      const target = formatAddress(outcome.target.page, outcome.target.offset);
      return [
        "permitted",
        target,
        outcome.via,
        `@${outcome.grantedAt}`,
        ...conformanceWord(outcome.conformance),
      ];
    }
    case "TransferDenied": {
      const at = formatAddress(outcome.at.page, outcome.at.offset);
      return [
        "denied",
        outcome.reason,
        outcome.code ?? "no-code",
        "at",
        at,
        ...conformanceWord(outcome.conformance),
      ];
    }
    case "InterruptRaised":
      return ["interrupt", ...conformanceWord(outcome.conformance)];
    case "Ignored":
      return ["ignored", outcome.why];
    default:
      return [outcome.kind];
  }
}

function conformanceWord(conformance: string | null): Words {
  return conformance === null ? ["uncompared"] : [conformance];
}

function mappingsOf(state: IommuState, object: string): Words {
  const space = state.objects.get(objectName(object))?.space;
  if (space === undefined) return ["no-object"];
  const mappings = space.mappings().map(({ first, last, value }) => {
    const length = (BigInt(last - first) + 1n) << 12n;
    const target = formatAddress(first + value.delta);
    return `${formatAddress(first)}+0x${length.toString(16)}->${target}:${formatAccess(value.access)}@${value.since}`;
  });
  return mappings.length === 0 ? ["none"] : mappings;
}

/** An address of a test, which must be good. */
export function at(text: string): { page: number; offset: number } {
  const address = parseAddress(text);
  if (address === null) throw new Error(`bad address ${text}`);
  return address;
}
