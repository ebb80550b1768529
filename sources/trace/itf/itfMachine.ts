import {
  entries,
  ItfProblem,
  type ItfValue,
  integer,
  member,
  members,
  optionalMember,
  shown,
  text,
  truth,
} from "./itfValue.ts";

/** What the variables of a state say of the machine; they are those that an export writes. */
export interface ItfMachine {
  /** "on", "off", or "" where it was never switched. */
  readonly translation: string;
  readonly units: ReadonlyMap<string, { readonly addressWidth: bigint; readonly translation: string }>;
  readonly devices: ReadonlyMap<
    string,
    { readonly unit: string; readonly object: string; readonly passthrough: boolean }
  >;
  readonly objects: ReadonlyMap<
    string,
    { readonly client: string; readonly mappings: readonly ItfMapping[] }
  >;
}

/** Pages `first..last` of a table, with the page to which the first leads. */
export interface ItfMapping {
  readonly first: bigint;
  readonly last: bigint;
  readonly target: bigint;
  readonly access: string;
}

/** The variables that a machine is read from. */
export const MACHINE_VARS = ["translation", "units", "devices", "objects"] as const;

/** The machine before any event. */
export const NO_MACHINE: ItfMachine = {
  translation: "",
  units: new Map(),
  devices: new Map(),
  objects: new Map(),
};

const PAGE_LIMIT = 1n << 52n;

/** Reads the machine of a state; a variable that the trace does not have says nothing. Throws {@link ItfProblem}. */
export function machineOf(state: ItfValue): ItfMachine {
  const of = <T>(name: string, absent: T, read: (value: ItfValue) => T): T => {
    const value = optionalMember(state, name);
    return value === undefined ? absent : read(value);
  };
  return {
    translation: of("translation", "", (value) => onOff(value, "translation")),
    units: of("units", NO_MACHINE.units, (value) => mapped(value, "units", unitOf)),
    devices: of("devices", NO_MACHINE.devices, (value) => mapped(value, "devices", deviceOf)),
    objects: of("objects", NO_MACHINE.objects, (value) => mapped(value, "objects", objectOf)),
  };
}

function mapped<T>(
  value: ItfValue,
  path: string,
  read: (value: ItfValue, path: string) => T,
): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const [name, item] of entries(value, path)) found.set(name, read(item, `${path}[${shown(name)}]`));
  return found;
}

function unitOf(value: ItfValue, path: string) {
  return {
    addressWidth: integer(member(value, "addressWidth", path), `${path}.addressWidth`),
    translation: onOff(member(value, "translation", path), `${path}.translation`),
  };
}

function deviceOf(value: ItfValue, path: string) {
  return {
    unit: text(member(value, "unit", path), `${path}.unit`),
    object: text(member(value, "object", path), `${path}.object`),
    passthrough: truth(member(value, "passthrough", path), `${path}.passthrough`),
  };
}

function objectOf(value: ItfValue, path: string) {
  const list = members(member(value, "mappings", path), `${path}.mappings`);
  const mappings = list
    .map((item) => mappingOf(item, `${path}.mappings`))
    .sort((x, y) => (x.first < y.first ? -1 : x.first > y.first ? 1 : 0));
  mappings.forEach((mapping, i) => {
    if (i > 0 && mappings[i - 1]!.last >= mapping.first)
      throw new ItfProblem(`${path}.mappings grants page ${mapping.first} twice`);
  });
  return { client: text(member(value, "client", path), `${path}.client`), mappings };
}

function mappingOf(value: ItfValue, path: string): ItfMapping {
  const page = (name: string) => integer(member(value, name, path), `${path}.${name}`);
  const [first, last, target] = [page("first"), page("last"), page("target")];
  if (first < 0n || last < first || last >= PAGE_LIMIT || target < 0n || target + last - first >= PAGE_LIMIT)
    throw new ItfProblem(`${path} holds pages ${first} to ${last} at ${target}, expected some below 2^52`);
  return { first, last, target, access: text(member(value, "access", path), `${path}.access`) };
}

function onOff(value: ItfValue, path: string): string {
  if (value === "on" || value === "off" || value === "") return value;
  throw new ItfProblem(`${path} is ${shown(value)}, expected "on", "off" or ""`);
}
