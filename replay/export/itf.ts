import type { Json } from "../../base/canonicalJson.ts";
import type { AddressSpace } from "../../core/parts/addressSpace.ts";
import type { IommuState } from "../../core/state.ts";
import { isOutcome, type RecordedEvent } from "../../events/recordedEvent.ts";
import { type Access, formatAccess } from "../../events/vocabulary/access.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { events } from "../bootEvents.ts";
import { phaseOf, stateBefore } from "../replayBoot.ts";
import { Stepper } from "../stepper.ts";
import { PieceMaker, type Pieces, type Stretch } from "./pieces.ts";
import { recordOf } from "./smmuTrace.ts";

/** How many states are exported where nobody named a stretch: each holds the whole machine. */
export const ITF_STATES_MAX = 2_000;

const VARS = ["seq", "event", "phase", "translation", "units", "devices", "objects", "pendingFaults"];

/**
 * A boot in the Informal Trace Format (Apalache ADR 015): the state before the first event, then the state after each.
 * Every integer is a `#bigint`, so that a variable has one type throughout; what is unknown is `""` or -1.
 */
export function* itfPieces(reader: BootReader, { from, to }: Stretch): Pieces {
  const { header, name, logDigest } = reader.info;
  const stepper = new Stepper(stateBefore(reader, from), header.outcomes);
  const pieces = new PieceMaker();
  const meta = {
    format: "ITF",
    "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
    source: name,
    boot: name,
    family: header.family,
    description: `events ${from} to ${to} of boot ${name}, family ${header.family}, log ${logDigest}`,
    varTypes: VAR_TYPES,
  };
  pieces.add(`{"#meta":${JSON.stringify(meta)},\n"params":[],\n"vars":${JSON.stringify(VARS)},\n"states":[`);
  pieces.add(`\n${stateText(0, from - 1, { kind: "start", record: "" }, stepper.folding.checkpoint())}`);
  let count = 0;
  for (const recorded of events(reader, from, to)) {
    stepper.step(recorded);
    count += 1;
    const text = stateText(count, recorded.seq, eventOf(recorded), stepper.folding.checkpoint());
    pieces.add(`,\n${text}`);
    if (pieces.full) yield pieces.rest();
  }
  pieces.add("\n]}\n");
  yield pieces.rest();
  return { events: count };
}

// In Apalache's notation (ADR 002).
const VAR_TYPES = {
  seq: "Int",
  event: "{ kind: Str, record: Str }",
  phase: "Str",
  translation: "Str",
  units: "Str -> { addressWidth: Int, translation: Str }",
  devices: "Str -> { unit: Str, object: Str, passthrough: Bool }",
  objects: "Str -> { client: Str, mappings: Set({ first: Int, last: Int, target: Int, access: Str }) }",
  pendingFaults: "Int",
};

/** The event as a record of the trace format, so that the trace can be read back from this one. */
function eventOf(recorded: RecordedEvent): Json {
  const { event } = recorded;
  const record = isOutcome(event) ? "" : JSON.stringify(recordOf(recorded, false));
  return { kind: event.kind === "unknown" ? event.name : event.kind, record };
}

function stateText(index: number, seq: number, event: Json, state: IommuState): string {
  const parts = [
    `"#meta":{"index":${index}}`,
    `"seq":${JSON.stringify(int(seq))}`,
    `"event":${JSON.stringify(event)}`,
    `"phase":${JSON.stringify(phaseOf(state))}`,
    `"translation":${JSON.stringify(onOff(state.translationOfAll))}`,
    `"units":${JSON.stringify(unitsOf(state))}`,
    `"devices":${JSON.stringify(devicesOf(state))}`,
    `"objects":{"#map":[${objectTexts(state).join(",")}]}`,
    `"pendingFaults":${JSON.stringify(int(state.pendingFaults.length))}`,
  ];
  return `{${parts.join(",")}}`;
}

function unitsOf(state: IommuState): Json {
  const entries = [...state.units].map(([name, { addressWidth, translation }]) => [
    name,
    { addressWidth: int(addressWidth ?? -1), translation: onOff(translation ?? state.translationOfAll) },
  ]);
  return { "#map": entries as Json };
}

function devicesOf(state: IommuState): Json {
  const entries = [...state.devices].map(([name, { unit, object, passthrough }]) => [
    name,
    { unit: unit ?? "", object: object ?? "", passthrough },
  ]);
  return { "#map": entries as Json };
}

function objectTexts(state: IommuState): string[] {
  return [...state.objects].map(([name, { client, space }]) => {
    const members = `"client":${JSON.stringify(client ?? "")},"mappings":${mappingsText(space)}`;
    return `[${JSON.stringify(name)},{${members}}]`;
  });
}

// Tables are immutable, most of them the same from one state to the next.
const texts = new WeakMap<AddressSpace, string>();

function mappingsText(space: AddressSpace): string {
  let text = texts.get(space);
  if (text === undefined) {
    const set = runsOf(space).map(({ first, last, delta, access }) => ({
      first: int(first),
      last: int(last),
      target: int(first + delta),
      access: formatAccess(access),
    }));
    text = JSON.stringify({ "#set": set });
    texts.set(space, text);
  }
  return text;
}

/** A table is a function of pages (contract 2): the slices in which it was granted do not show. */
function runsOf(space: AddressSpace) {
  const runs: { readonly first: number; last: number; readonly delta: number; readonly access: Access }[] =
    [];
  for (const { first, last, value } of space.mappings()) {
    const before = runs.at(-1);
    const goesOn =
      before?.last === first - 1 && before.delta === value.delta && before.access === value.access;
    if (goesOn) before.last = last;
    else runs.push({ first, last, delta: value.delta, access: value.access });
  }
  return runs;
}

function int(value: number): Json {
  return { "#bigint": String(value) };
}

function onOff(value: boolean | null): string {
  return value === null ? "" : value ? "on" : "off";
}
