import { quote } from "../../../base/diagnostic.ts";
import { latin1 } from "../byteReader.ts";
import type { Findings } from "../findings.ts";
import type { FdtNode, FdtProperty } from "./tree.ts";

/** The 32-bit cells of a property, or null (and a finding) when its length is no multiple of 4. */
export function cellsOf(node: FdtNode, property: FdtProperty, findings: Findings): readonly number[] | null {
  const { value } = property;
  if (value.length % 4 !== 0) {
    const message = `${describe(node, property.name)} has ${value.length} bytes, which are no 32-bit cells`;
    findings.add("FDT075", property.offset, message);
    return null;
  }
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Array.from({ length: value.length / 4 }, (_, index) => view.getUint32(4 * index));
}

/** The number in a one-cell property; null when there is none, and with a finding when it has another size. */
export function cellOf(node: FdtNode, name: string, findings: Findings): number | null {
  const property = node.properties.get(name);
  if (property === undefined) return null;
  const { value, offset } = property;
  if (value.length === 4) return new DataView(value.buffer, value.byteOffset, 4).getUint32(0);
  findings.add(
    "FDT072",
    offset,
    `${describe(node, name)} has ${value.length} bytes instead of the 4 of one cell`,
  );
  return null;
}

/** The NUL-terminated texts of a property; empty when there is none. */
export function textsOf(node: FdtNode, name: string): readonly string[] {
  const property = node.properties.get(name);
  if (property === undefined) return [];
  return latin1(property.value).replace(/\0$/, "").split("\0");
}

/** True unless a `status` says otherwise: only `okay` and the old `ok` are in use (tables 5.1). */
export function isEnabled(node: FdtNode): boolean {
  const status = textsOf(node, "status")[0];
  return status === undefined || status === "okay" || status === "ok";
}

/** A number of one or two cells. */
export function joinCells(cells: readonly number[], at: number, count: number): bigint {
  let value = 0n;
  for (let index = at; index < at + count; index += 1) value = (value << 32n) | BigInt(cells[index] ?? 0);
  return value;
}

/** How messages name a property: `"iommus" of "/soc/display"`. */
export function describe(node: FdtNode, property: string): string {
  return `${quote(property)} of ${quote(node.path)}`;
}
