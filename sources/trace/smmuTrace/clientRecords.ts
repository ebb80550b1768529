import type { CallStimulus, ClientProcessStimulus, ExitStimulus } from "../../../events/clientEvents.ts";
import { clientName, NAME_LENGTH_MAX, vmName } from "../../../events/vocabulary/names.ts";
import { expectedNumberOrText, readCall } from "./callArguments.ts";
import { nameField, optionalName, type RawRecord, wrong } from "./fields.ts";

const ABILITIES_MAX = 64;

/** Reads a `client` record (contract 5). */
export function clientOfRecord(record: RawRecord): ClientProcessStimulus {
  const client = clientName(nameField(record, "client"));
  const vm = optionalName(record, "vm");
  const abilities: unknown = record["abilities"];
  const isGood =
    Array.isArray(abilities) &&
    abilities.length <= ABILITIES_MAX &&
    abilities.every((name) => typeof name === "string" && name.length > 0 && name.length <= NAME_LENGTH_MAX);
  if (!isGood) throw wrong(record, "abilities", 'a list of ability names such as ["smmu/attach"]');
  const view = record["view"];
  if (view !== undefined && view !== "own")
    throw wrong(record, "view", '"own": its recorder saw this process alone; leave it out otherwise');
  return {
    kind: "client",
    client,
    abilities: [...new Set(abilities as string[])],
    vm: vm === null ? null : vmName(vm),
    ...(view === undefined ? {} : { view }),
  };
}

/** Reads a `call` record. `returns` and `errno` are what the recorded service answered. */
export function callOfRecord(record: RawRecord): CallStimulus {
  const client = clientName(nameField(record, "client"));
  const call = readCall(record);
  const as = optionalName(record, "as");
  if (as !== null && call.function !== "smmu_obj_create")
    throw wrong(record, "as", "no name: only smmu_obj_create returns an object");
  const returns = record["returns"] === undefined ? {} : { returns: expectedNumberOrText(record, "returns") };
  const errno = record["errno"] === undefined ? {} : { errno: optionalName(record, "errno") };
  const expected = { ...returns, ...errno };
  return { kind: "call", client, call, as, expected: Object.keys(expected).length === 0 ? null : expected };
}

/** Reads an `exit` record. */
export function exitOfRecord(record: RawRecord): ExitStimulus {
  return { kind: "exit", client: clientName(nameField(record, "client")) };
}
