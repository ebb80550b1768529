import { type Access, READ, READ_WRITE, unionAccess, WRITE } from "../../../events/vocabulary/access.ts";
import { type Address, PAGE_LIMIT, PAGE_SIZE, parseAddress } from "../../../events/vocabulary/address.ts";
import { type ByteRange, byteRange } from "../../../events/vocabulary/byteRange.ts";

/** `IOMMU: [dev=..] iova=.. [- end] paddr=.. size=..` of the event `map` (logs 7). */
export interface MapText {
  /** The device that one vendor's kernel names. */
  readonly device: string | null;
  readonly address: Address;
  readonly target: Address;
  readonly length: bigint;
  readonly bytes: ByteRange;
}

/** `IOMMU: [dev=..] iova=.. [- end] size=.. unmapped_size=..` of the event `unmap`. */
export interface UnmapText {
  readonly device: string | null;
  readonly address: Address;
  readonly length: bigint;
  readonly unmapped: bigint;
}

/** What a text was, when it is none of these: why. */
export interface BadText {
  readonly bad: string;
}

const NUMBER = String.raw`(0x[0-9a-f]{1,16}|\d{1,20})`;
const START = String.raw`^IOMMU:\s?(?:dev=(\S{1,80}) )?iova=0x([0-9a-f]{1,16})(?: - 0x([0-9a-f]{1,16}))?`;
const MAP = new RegExp(`${START} paddr=0x([0-9a-f]{1,16}) size=${NUMBER}$`, "i");
const UNMAP = new RegExp(`${START} size=${NUMBER} unmapped_size=${NUMBER}$`, "i");

const NOT_MAP: BadText = { bad: "it does not follow the grammar of the event map" };
const NOT_UNMAP: BadText = { bad: "it does not follow the grammar of the event unmap" };

/** Reads the text of a `map` event; the end is exclusive and must agree with the size. */
export function parseMapText(text: string): MapText | BadText {
  const match = MAP.exec(text);
  if (match === null) return NOT_MAP;
  const [, device, iova, end, paddr, size] = match;
  const address = parseAddress(`0x${iova!}`)!;
  const length = BigInt(size!);
  const bytes = rangeOfText(address, end, length);
  if ("bad" in bytes) return bytes;
  const target = parseAddress(`0x${paddr!}`)!;
  const wrong = wrongTarget(bytes, address, target);
  if (wrong !== null) return wrong;
  return { device: device ?? null, address, target, length, bytes };
}

/** Why a target cannot be that of a range: its low 12 bits differ, or it passes the end of memory. */
export function wrongTarget(bytes: ByteRange, address: Address, target: Address): BadText | null {
  if (target.offset !== address.offset) return { bad: "iova and paddr differ in their low 12 bits" };
  if (target.page + (bytes.lastPage - bytes.firstPage) >= PAGE_LIMIT)
    return { bad: "paddr and size pass 2^64" };
  return null;
}

/** Reads the text of an `unmap` event. */
export function parseUnmapText(text: string): UnmapText | BadText {
  const match = UNMAP.exec(text);
  if (match === null) return NOT_UNMAP;
  const [, device, iova, end, size, unmapped] = match;
  const address = parseAddress(`0x${iova!}`)!;
  const length = BigInt(size!);
  const bytes = rangeOfText(address, end, length);
  if ("bad" in bytes) return bytes;
  return { device: device ?? null, address, length, unmapped: BigInt(unmapped!) };
}

/** The range of an address and a size, or why there is none. */
export function rangeOfSize(address: Address, length: bigint): ByteRange | BadText {
  const range = byteRange(address, length);
  if (range.ok) return range.value;
  return { bad: range.error === "wraps" ? "iova and size pass 2^64" : "size is zero" };
}

/** IOMMU_READ 1 and IOMMU_WRITE 2 of a `prot`; null when neither is set. The other bits are no rights. */
export function accessOfProt(prot: bigint): Access | null {
  const read = (prot & 1n) !== 0n;
  const write = (prot & 2n) !== 0n;
  if (!read && !write) return null;
  return read && write ? READ_WRITE : read ? READ : WRITE;
}

/** What a table says that cannot say write-only (hardware 2.2, 3.4, 4). */
export function widened(access: Access): Access {
  return access === WRITE ? unionAccess(access, READ) : access;
}

function rangeOfText(address: Address, end: string | undefined, length: bigint): ByteRange | BadText {
  const bytes = rangeOfSize(address, length);
  if ("bad" in bytes || end === undefined) return bytes;
  const after = parseAddress(`0x${end}`)!;
  const wholePage = bytes.lastOffset === PAGE_SIZE - 1;
  const page = (bytes.lastPage + (wholePage ? 1 : 0)) % PAGE_LIMIT;
  const offset = wholePage ? 0 : bytes.lastOffset + 1;
  if (after.page !== page || after.offset !== offset)
    return { bad: "the end does not agree with iova and size" };
  return bytes;
}
