import { expect } from "vitest";
import type { Grant } from "../../core/parts/addressSpace.ts";
import type { Outcome } from "../../events/outcome.ts";
import { formatAccess } from "../../events/vocabulary/access.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import { parseFamily } from "../../events/vocabulary/family.ts";
import { objectName } from "../../events/vocabulary/names.ts";
import { run, stimuliOf } from "./machine.ts";
import { recordOf } from "./notation.ts";

/**
 * Tells a story of clients, and checks what each line that says `=> ...` comes to:
 *
 *     family vtd                                       (first line; `ideal` where it is missing)
 *     client c1 attach target                          (a process with those abilities)
 *     c1: smmu_init(0)                                 => 0
 *     c1: o1 = smmu_obj_create()                       => o1
 *     c1: smmu_device_add_pci(o1, 0, 18, 0)            => 0            (ANY is a wildcard)
 *     c1: smmu_device_add_mmio(NULL, 0xe6ef0000, 4096) => -1 ENOENT
 *     c1: smmu_mapping_add(o1, READ|WRITE, 0x1000+0x200 0x3000+1)   => 0 page-partly-covered
 *     c1: smmu_mapping_add(o1, READ|TARGET, 0x1000+0x1000, 0x9000)  => 0
 *     c1: smmu_xfer_status()                           => 0 00:12.0 0x1000 SSF_DROPPED_FAULTS
 *     exit c1
 *     dma 00:12.0 0x1000+4 r                           => permitted 0x1000
 *     {"kind":"call",...}                              => ...
 *     table o1                                         => 0x1000+0x1000:rw 0x3000+0x1000->0x9000:r
 *     objects                                          => o1 o2
 *
 * Other lines are those of `check`. What a call or a `table` comes to must be told in full, of a transfer in part.
 */
export function checkClients(story: string): void {
  const lines = story
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const family = lines[0]?.startsWith("family ") ? parseFamily(lines.shift()!.slice(7)) : "ideal";
  if (family === null) throw new Error("no such family");
  const records: object[] = [];
  const told = lines.map((line) => {
    const [text, expected] = line.split(/\s*=>\s*/) as [string, string | undefined];
    const isQuestion = /^(table |objects$)/.test(text);
    if (!isQuestion) records.push(clientRecordOf(text));
    const { state, steps } = run(family, stimuliOf(records));
    if (expected === undefined) return line;
    const answer = isQuestion ? questionWords(state, text) : steps.at(-1)!.outcomes.flatMap(outcomeWords);
    const wanted = expected.split(/\s+/);
    const met = text.startsWith("dma")
      ? wanted.every((word) => answer.includes(word))
      : wanted.join(" ") === answer.join(" ");
    return met ? line : `${text} => ${answer.join(" ")}`;
  });
  expect(told.join("\n")).toBe(lines.join("\n"));
}

/** The record that a line stands for. */
export function clientRecordOf(line: string): object {
  if (line.startsWith("{")) return JSON.parse(line) as object;
  const call = /^(\S+): (?:(\S+) = )?(\w+)\((.*)\)$/.exec(line);
  if (call !== null) return callRecord(call[1]!, call[2], call[3]!, call[4]!);
  const [word, client, ...rest] = line.split(/\s+/);
  if (word === "client")
    return { kind: "client", client, abilities: rest.map((ability) => `smmu/${ability}`) };
  if (word === "exit") return { kind: "exit", client };
  return recordOf(line);
}

function callRecord(client: string, as: string | undefined, name: string, text: string): object {
  const given = text === "" ? [] : text.split(/,\s*/);
  const args: { [name: string]: unknown } = {};
  const sop = () => {
    const word = given.shift();
    args["sop"] = word === "NULL" ? null : word;
  };
  const field = (word: string | undefined) => (word === "ANY" ? "SMMU_PCI_FIELD_ANY" : Number(word));
  switch (name) {
    case "smmu_init":
    case "smmu_obj_create":
      args["flags"] = flagsOf(given.shift() ?? "0", name === "smmu_init" ? "" : "SOCF_");
      break;
    case "smmu_obj_destroy":
      sop();
      break;
    case "smmu_device_add_pci":
      sop();
      Object.assign(args, { pbus: field(given[0]), pdev: field(given[1]), pfunc: field(given[2]) });
      break;
    case "smmu_device_add_mmio":
      sop();
      Object.assign(args, { phys: given[0], len: Number(given[1]) });
      break;
    case "smmu_mapping_add": {
      sop();
      args["flags"] = flagsOf(given[0]!, "SMF_");
      args["entries"] = given[1]!.split(" ").map((entry) => {
        const [phys, len] = entry.split("+");
        return { phys, len: len?.startsWith("0x") ? len : Number(len) };
      });
      if (given[2] !== undefined) args["target"] = given[2];
      break;
    }
    case "smmu_device_report_reserved":
      Object.assign(args, {
        devid: { type: ["SDT_PCI"], bus: field(given[0]), dev: field(given[1]), func: field(given[2]) },
        offset: Number(given[3]),
        nresv: Number(given[4]),
      });
      break;
    default:
      if (given.length > 0) throw new Error(`${name} takes no arguments here`);
  }
  return { kind: "call", client, function: name, args, ...(as === undefined ? {} : { as }) };
}

function flagsOf(text: string, prefix: string): unknown[] {
  if (text === "0" || text === "NONE") return [];
  return text.split("|").map((word) => (/^0x/.test(word) ? word : `${prefix}${word}`));
}

/** The answer to a question about a state. */
export function questionWords(state: ReturnType<typeof run>["state"], text: string): string[] {
  if (text === "objects") return [...state.objects.keys()].sort();
  const space = state.objects.get(objectName(text.slice("table ".length)))?.space;
  if (space === undefined) return ["no-object"];
  // What counts is the table as a function: neighbours that say the same are one run.
  const runs: { first: number; last: number; value: Grant }[] = [];
  for (const { first, last, value } of space.mappings()) {
    const before = runs.at(-1);
    const same = before?.value.delta === value.delta && before.value.access === value.access;
    if (before !== undefined && same && before.last + 1 === first) before.last = last;
    else runs.push({ first, last, value });
  }
  const words = runs.map(({ first, last, value }) => {
    const length = ((BigInt(last - first) + 1n) << 12n).toString(16);
    const target = value.delta === 0 ? "" : `->${formatAddress(first + value.delta)}`;
    return `${formatAddress(first)}+0x${length}${target}:${formatAccess(value.access)}`;
  });
  return words.length === 0 ? ["empty"] : words;
}

/** What an outcome comes to, in words; none: it is not asked about. */
export function outcomeWords(outcome: Outcome): string[] {
  switch (outcome.kind) {
    case "CallReturned": {
      const { returns, errno, notes, wrote, conformance } = outcome;
      return [
        returns === null ? "NULL" : String(returns),
        ...(errno === null ? [] : [errno]),
        ...notes,
        ...(errno === null ? wroteWords(wrote) : []),
        ...(conformance === null ? [] : [conformance]),
      ];
    }
    case "TransferPermitted":
      return ["permitted", formatAddress(outcome.target.page, outcome.target.offset), outcome.via];
    case "TransferDenied":
      return ["denied", outcome.reason, outcome.code ?? "no-code"];
    default:
      return [];
  }
}

function wroteWords(wrote: unknown): string[] {
  if (wrote === null) return [];
  if (Array.isArray(wrote)) return wrote.map(({ phys, len }) => `${phys}+${len}`);
  const { fault_addr, devid, flags } = wrote as {
    fault_addr: string;
    devid: { bus?: number; dev?: number; func?: number; phys?: string } | null;
    flags: string[];
  };
  const hex = (value: number | undefined) => (value ?? 0).toString(16).padStart(2, "0");
  const device =
    devid === null
      ? "no-device"
      : devid.phys !== undefined
        ? `mmio:${devid.phys}`
        : `${hex(devid.bus)}:${hex(devid.dev)}.${devid.func}`;
  return [device, fault_addr, ...flags];
}
