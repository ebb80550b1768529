import { quote } from "../../../base/diagnostic.ts";
import { type Access, parseAccess } from "../../../events/vocabulary/access.ts";
import { type Address, parseAddress } from "../../../events/vocabulary/address.ts";
import { type ByteRange, byteRange } from "../../../events/vocabulary/byteRange.ts";
import { type DeviceName, parseDeviceName } from "../../../events/vocabulary/device.ts";
import { NAME_LENGTH_MAX } from "../../../events/vocabulary/names.ts";

/** A record of a trace before its fields are trusted. */
export type RawRecord = { readonly [name: string]: unknown };

/** A field that breaks the format: thrown inside the reader of one record, and told as its diagnostic. */
export class FieldError extends Error {
  readonly field: string;
  readonly code: string;
  readonly hint: string;
  constructor(code: string, field: string, message: string, hint: string) {
    super(message);
    this.code = code;
    this.field = field;
    this.hint = hint;
  }
}

/** A name of 1 to 256 characters. */
export function nameField(record: RawRecord, field: string): string {
  const value = record[field];
  if (typeof value === "string" && value.length > 0 && value.length <= NAME_LENGTH_MAX) return value;
  throw wrong(record, field, `a name of 1 to ${NAME_LENGTH_MAX} characters`);
}

/** A name, or null where the field is absent. */
export function optionalName(record: RawRecord, field: string): string | null {
  return record[field] === undefined || record[field] === null ? null : nameField(record, field);
}

/** A device's name. */
export function deviceField(record: RawRecord, field = "device"): DeviceName {
  const value = record[field];
  const device = typeof value === "string" ? parseDeviceName(value) : null;
  if (device !== null) return device;
  throw wrong(record, field, "pci:SSSS:bb:dd.f (hex), mmio:0xADDR or stream:0xSID");
}

/** An address. */
export function addressField(record: RawRecord, field: string): Address {
  const value = record[field];
  const address = typeof value === "string" ? parseAddress(value) : null;
  if (address !== null) return address;
  throw wrong(record, field, 'an address as hex text of at most 64 bits, such as "0x70ad5000"');
}

/** An address, or null where the field is absent. */
export function optionalAddress(record: RawRecord, field: string): Address | null {
  return record[field] === undefined || record[field] === null ? null : addressField(record, field);
}

/** `address` and `length` as a range: positive, and not past 2^64. */
export function rangeField(record: RawRecord): ByteRange {
  const start = addressField(record, "address");
  const range = byteRange(start, lengthField(record));
  if (range.ok) return range.value;
  const seen = `${quote(String(record["address"]))} + ${quote(String(record["length"]))}`;
  switch (range.error) {
    case "wraps":
      throw new FieldError(
        "TRC106",
        "length",
        `the range ${seen} goes past 2^64`,
        "a range must end at or below 0xffffffffffffffff",
      );
    case "zero-length":
      throw new FieldError(
        "TRC105",
        "length",
        `the length of ${seen} is zero`,
        "lengths are in bytes and positive",
      );
    case "negative-length":
      throw new FieldError(
        "TRC105",
        "length",
        `the length of ${seen} is negative`,
        "lengths are in bytes and positive",
      );
  }
}

/** Rights: a join of `r`, `w`, `x`. */
export function accessField(record: RawRecord, field = "access"): Access {
  const value = record[field];
  const access = typeof value === "string" ? parseAccess(value) : null;
  if (access !== null) return access;
  throw wrong(record, field, "any of r, w, x joined, each at most once");
}

/** A truth value. */
export function booleanField(record: RawRecord, field: string): boolean {
  const value = record[field];
  if (typeof value === "boolean") return value;
  throw wrong(record, field, "true or false");
}

/** A whole number in a range, or null where the field is absent. */
export function optionalInteger(record: RawRecord, field: string, min: number, max: number): number | null {
  const value = record[field];
  if (value === undefined || value === null) return null;
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw wrong(record, field, `a whole number from ${min} to ${max}`);
}

/** A text of at most `max` characters. */
export function textField(record: RawRecord, field: string, max = 100_000): string {
  const value = record[field];
  if (typeof value === "string" && value.length <= max) return value;
  throw wrong(record, field, `a text of at most ${max} characters`);
}

/** The error for a field that is missing or of a wrong form. */
export function wrong(record: RawRecord, field: string, expected: string): FieldError {
  const value = record[field];
  if (value === undefined) {
    return new FieldError(
      "TRC103",
      field,
      `${quote(String(record["kind"]))} needs "${field}": ${expected}`,
      `add "${field}" to the record`,
    );
  }
  return new FieldError(
    "TRC104",
    field,
    `"${field}" is ${shown(value)}, expected ${expected}`,
    `correct "${field}"`,
  );
}

/** A value for a message; never walked into, since it may be of any depth. */
export function shown(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? "a list" : "an object";
}

// The length of the whole space.
const LENGTH_MAX = 1n << 64n;

function lengthField(record: RawRecord): bigint | number {
  const value = record["length"];
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  if (typeof value === "string") {
    const length = /^(0[xX][0-9a-fA-F]{1,17}|[0-9]{1,20})$/.test(value) ? BigInt(value) : null;
    if (length !== null && length <= LENGTH_MAX) return length;
  }
  throw wrong(record, "length", "a number of bytes: a whole number below 2^53 or hex text");
}
