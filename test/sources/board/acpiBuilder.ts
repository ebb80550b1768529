/** A piece of a table under construction: bytes, in order. */
export type Bytes = readonly number[];

/** An integer in little-endian bytes. */
export function le(value: number | bigint, size: number): number[] {
  return Array.from({ length: size }, (_, index) => Number((BigInt(value) >> BigInt(8 * index)) & 0xffn));
}

/** Text in one byte a character. */
export function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

/** The bytes with the sum that ACPI asks for: byte 9 makes the first `length` of them sum to 0. */
export function withChecksum(table: Uint8Array): Uint8Array {
  if (table.length < 10) return table;
  const fixed = Uint8Array.from(table);
  fixed[9] = 0;
  const view = new DataView(fixed.buffer);
  const length = Math.min(view.getUint32(4, true), fixed.length);
  const sum = fixed.subarray(0, length).reduce((total, byte) => (total + byte) & 0xff, 0);
  fixed[9] = (256 - sum) & 0xff;
  return fixed;
}

/** A table with a correct header and checksum around the body that starts at offset 36. */
export function acpiTable(
  signature: string,
  body: Bytes,
  { revision = 1, oemId = "SYNTH ", oemTableId = "TESTDATA", oemRevision = 1 } = {},
): Uint8Array {
  const header = [
    ...ascii(signature),
    ...le(36 + body.length, 4),
    revision,
    0,
    ...ascii(oemId),
    ...ascii(oemTableId),
    ...le(oemRevision, 4),
    ...ascii("SYNT"),
    ...le(1, 4),
  ];
  return withChecksum(Uint8Array.from([...header, ...body]));
}

/** A DMAR of the given structures. */
export function dmar(structures: readonly Bytes[], { widthField = 38, flags = 0 } = {}): Uint8Array {
  return acpiTable("DMAR", [widthField, flags, ...le(0, 10), ...structures.flat()]);
}

/** A DMAR structure: its header in front of what follows. */
export function structure(type: number, body: Bytes): number[] {
  return [...le(type, 2), ...le(4 + body.length, 2), ...body];
}

/** A DRHD. */
export function drhd(
  base: number | bigint,
  { flags = 0, size = 0, segment = 0, scopes = [] as readonly Bytes[] } = {},
): number[] {
  return structure(0, [flags, size, ...le(segment, 2), ...le(base, 8), ...scopes.flat()]);
}

/** An RMRR. */
export function rmrr(
  base: number | bigint,
  limit: number | bigint,
  scopes: readonly Bytes[] = [scope(1, 0, [[2, 0]])],
): number[] {
  return structure(1, [...le(0, 4), ...le(base, 8), ...le(limit, 8), ...scopes.flat()]);
}

/** A device scope entry. */
export function scope(
  type: number,
  bus: number,
  path: readonly (readonly [number, number])[],
  enumerationId = 0,
): number[] {
  return [type, 6 + 2 * path.length, 0, 0, enumerationId, bus, ...path.flat()];
}

/** An IORT of the given nodes; `count` and `first` are right unless given. */
export function iort(
  nodes: readonly Bytes[],
  { count = nodes.length, first = 48, oemId = "SYNTH ", oemTableId = "TESTDATA", oemRevision = 1 } = {},
): Uint8Array {
  const body = [...le(count, 4), ...le(first, 4), ...le(0, 4), ...nodes.flat()];
  return acpiTable("IORT", body, { revision: 3, oemId, oemTableId, oemRevision });
}

/** An IORT node: header, data, mappings; the length and the mapping offset are right. */
export function node(type: number, data: Bytes, mappings: readonly Bytes[] = [], revision = 1): number[] {
  const offset = mappings.length === 0 ? 0 : 16 + data.length;
  const length = 16 + data.length + 20 * mappings.length;
  const header = [type, ...le(length, 2), revision, ...le(0, 4), ...le(mappings.length, 4), ...le(offset, 4)];
  return [...header, ...data, ...mappings.flat()];
}

/** An id mapping; `count` is the field: ids minus one. */
export function mapping(
  inputBase: number,
  count: number,
  outputBase: number,
  reference: number,
  flags = 0,
): number[] {
  return [inputBase, count, outputBase, reference, flags].flatMap((value) => le(value, 4));
}

/** The data of an ITS group. */
export function itsGroup(ids: readonly number[], count = ids.length): number[] {
  return [...le(count, 4), ...ids.flatMap((id) => le(id, 4))];
}

/** The data of a root complex. */
export function rootComplex(segment: number): number[] {
  return [...le(1, 4), ...le(0, 4), ...le(0, 4), ...le(segment, 4), 48, 0, 0, 0];
}

/** The data of a named component, its path padded to whole words. */
export function namedComponent(path: string): number[] {
  const name = [...ascii(path), 0];
  while ((13 + name.length) % 4 !== 0) name.push(0);
  return [...le(0, 4), ...le(0, 8), 32, ...name];
}

/** The data of an SMMUv3. */
export function smmuV3(base: number | bigint, { flags = 0, gsiv = 0, index = 0 } = {}): number[] {
  const interrupts = [gsiv, gsiv, gsiv, gsiv].flatMap((value) => le(value, 4));
  return [
    ...le(base, 8),
    ...le(flags, 4),
    ...le(0, 4),
    ...le(0, 8),
    ...le(0, 4),
    ...interrupts,
    ...le(0, 4),
    ...le(index, 4),
  ];
}

/** The data of an SMMUv2 without interrupts but its two global ones. */
export function smmuV2(
  base: number | bigint,
  { global = 60, contextCount = 0, contextOffset = 0 } = {},
): number[] {
  const offsets = [global, contextCount, contextOffset, 0, 0].flatMap((value) => le(value, 4));
  return [
    ...le(base, 8),
    ...le(0x10000, 8),
    ...le(1, 4),
    ...le(0, 4),
    ...offsets,
    ...le(32, 8),
    ...le(33, 8),
  ];
}

/** The data of an RMR. */
export function rmr(
  regions: readonly (readonly [number | bigint, number | bigint])[],
  { count = regions.length, offset = 28 } = {},
): number[] {
  const descriptors = regions.flatMap(([base, length]) => [...le(base, 8), ...le(length, 8), ...le(0, 4)]);
  return [...le(0, 4), ...le(count, 4), ...le(offset, 4), ...descriptors];
}

/** An IVRS of the given blocks. */
export function ivrs(blocks: readonly Bytes[]): Uint8Array {
  return acpiTable("IVRS", [...le(0x00203041, 4), ...le(0, 8), ...blocks.flat()], { revision: 2 });
}

/** An IVHD of the given type with its device entries. */
export function ivhd(
  type: number,
  entries: readonly Bytes[],
  { deviceId = 2, base = 0xfeb80000 as number | bigint, segment = 0 } = {},
): number[] {
  const tail = type === 0x10 ? le(0, 4) : [...le(0, 4), ...le(0, 8), ...le(0, 8)];
  const fields = [...le(0x40, 2), ...le(base, 8), ...le(segment, 2), ...le(0, 2), ...tail];
  const body = [...fields, ...entries.flat()];
  return [type, 0, ...le(6 + body.length, 2), ...le(deviceId, 2), ...body];
}

/** An IVMD. */
export function ivmd(
  type: number,
  {
    deviceId = 0,
    aux = 0,
    flags = 7,
    start = 0x80000000 as number | bigint,
    length = 0x1000 as number | bigint,
    segment = 0,
  } = {},
): number[] {
  return [
    type,
    flags,
    ...le(32, 2),
    ...le(deviceId, 2),
    ...le(aux, 2),
    ...le(segment, 2),
    ...le(0, 6),
    ...le(start, 8),
    ...le(length, 8),
  ];
}

/** A 4-byte device entry. */
export function entry(type: number, deviceId: number, data = 0): number[] {
  return [type, ...le(deviceId, 2), data];
}

/** A table as `acpidump` prints it. */
export function acpidumpText(bytes: Uint8Array, name: string): string {
  const lines = [`${name} @ 0x0000000000000000`];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const digits = row.map((byte) => `${byte.toString(16).toUpperCase().padStart(2, "0")} `).join("");
    const characters = row
      .map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "."))
      .join("");
    lines.push(`    ${at.toString(16).toUpperCase().padStart(4, "0")}: ${digits.padEnd(48)} ${characters}`);
  }
  return `${lines.join("\n")}\n\n`;
}
