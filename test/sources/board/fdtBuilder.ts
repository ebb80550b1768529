import { ascii } from "./acpiBuilder.ts";

/** A property value: bytes as they stand, cells, a text (NUL added), or nothing. */
export type Value = Uint8Array | readonly number[] | string | null;

/** A node: its properties, and its children by name. */
export interface NodeSource {
  readonly [name: string]: Value | NodeSource;
}

/** Tokens of the structure block. */
export const BEGIN = 1;
export const END_NODE = 2;
export const PROPERTY = 3;
export const NOP = 4;
export const END = 9;

/** A 32-bit integer in big-endian bytes. */
export function be32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

/** Bytes filled up to whole words. */
export function padded(bytes: readonly number[]): number[] {
  return [...bytes, ...new Array<number>((4 - (bytes.length % 4)) % 4).fill(0)];
}

/** A blob with a correct header around a structure and a strings block. */
export function blob(
  struct: readonly number[],
  strings: readonly number[] = [],
  { reservations = [] as readonly (readonly [number, number])[], version = 17, compatible = 16 } = {},
): Uint8Array {
  const pairs = [...reservations, [0, 0] as const];
  const reserved = pairs.flatMap(([address, size]) => [
    ...be32(0),
    ...be32(address),
    ...be32(0),
    ...be32(size),
  ]);
  const structAt = 40 + reserved.length;
  const stringsAt = structAt + struct.length;
  const header = [
    0xd00dfeed,
    stringsAt + strings.length,
    structAt,
    stringsAt,
    40,
    version,
    compatible,
    0,
    strings.length,
    struct.length,
  ];
  return Uint8Array.from([...header.flatMap(be32), ...reserved, ...struct, ...strings]);
}

/** The blob of a tree: what a device-tree compiler would make of it. */
export function tree(root: NodeSource): Uint8Array {
  const strings: number[] = [];
  const offsets = new Map<string, number>();
  const nameOffset = (name: string): number => {
    const known = offsets.get(name);
    if (known !== undefined) return known;
    const offset = strings.length;
    offsets.set(name, offset);
    strings.push(...ascii(name), 0);
    return offset;
  };
  const print = (name: string, source: NodeSource): number[] => {
    const properties: number[] = [];
    const children: number[] = [];
    for (const [key, value] of Object.entries(source)) {
      if (isNode(value)) children.push(...print(key, value));
      else {
        const bytes = bytesOf(value);
        properties.push(...be32(PROPERTY), ...be32(bytes.length), ...be32(nameOffset(key)), ...padded(bytes));
      }
    }
    return [...be32(BEGIN), ...padded([...ascii(name), 0]), ...properties, ...children, ...be32(END_NODE)];
  };
  return blob([...print("", root), ...be32(END)], strings);
}

function isNode(value: Value | NodeSource): value is NodeSource {
  return (
    value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

function bytesOf(value: Value): number[] {
  if (value === null) return [];
  if (value instanceof Uint8Array) return [...value];
  return typeof value === "string" ? [...ascii(value), 0] : value.flatMap(be32);
}
