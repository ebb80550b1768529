import { PAGE_LIMIT } from "../../../events/vocabulary/address.ts";
import { type ByteRange, pageRange } from "../../../events/vocabulary/byteRange.ts";

/** What a VT-d invalidation descriptor tells the unit to forget. */
export type Invalidation =
  | { readonly scope: "all" }
  | { readonly scope: "domain"; readonly domainId: number; readonly bytes: ByteRange | null }
  | {
      readonly scope: "device";
      readonly sourceId: number;
      readonly domainId: number | null;
      readonly bytes: ByteRange | null;
    }
  /** Not about translations of DMA, or a scope we cannot name. */
  | { readonly scope: "none" };

/** A submitted descriptor: the unit, and what it says; null: the text is no descriptor. */
export function parseQiSubmit(text: string): { readonly unit: string; readonly told: Invalidation } | null {
  const match = SUBMIT.exec(text);
  if (match === null) return null;
  const [, name, unit, first, second] = match;
  const type = TYPES.indexOf(name!.toLowerCase());
  if (type < 0) return { unit: unit!, told: NONE };
  // The low four bits of the first word are the type too: a damaged number rarely agrees.
  if (Number.parseInt(first!.slice(-1), 16) !== type) return null;
  const told = decode(type, first!.padStart(16, "0"), second!.padStart(16, "0"));
  return told === null ? null : { unit: unit!, told };
}

const SUBMIT = /^(\w{1,32}) (\S{1,32}): 0x([0-9a-f]{1,16}) 0x([0-9a-f]{1,16})(?: 0x[0-9a-f]{1,16}){2}$/i;
// By type number, as the kernel names them; the later ones are not about translations that we know.
const TYPES = ["reserved", "cc_inv", "iotlb_inv", "dev_tlb_inv", "iec_inv", "inv_wait", "p_iotlb_inv"];
const NONE: Invalidation = { scope: "none" };
const ALL: Invalidation = { scope: "all" };

// Granularity in bits 5:4, domain id in 31:16 of the first word; address and its mask in the second. Null: reserved.
function decode(type: number, first: string, second: string): Invalidation | null {
  const high = Number.parseInt(first.slice(0, 8), 16);
  const low = Number.parseInt(first.slice(8), 16);
  const granularity = (low >>> 4) & 3;
  const domainId = low >>> 16;
  switch (TYPES[type]) {
    case "cc_inv":
      if (granularity !== 3) break;
      // A function mask names several devices at once.
      if (((high >>> 16) & 3) !== 0) return NONE;
      return { scope: "device", sourceId: high & 0xffff, domainId, bytes: null };
    case "iotlb_inv":
    case "p_iotlb_inv":
      if (granularity === 3) return { scope: "domain", domainId, bytes: maskedPages(second) };
      break;
    case "dev_tlb_inv":
      return { scope: "device", sourceId: high & 0xffff, domainId: null, bytes: sizedPages(second) };
    default:
      return NONE;
  }
  if (granularity === 1) return ALL;
  return granularity === 2 ? { scope: "domain", domainId, bytes: null } : null;
}

// The low six bits are log2 of the number of pages, which lie at a multiple of their number.
function maskedPages(word: string): ByteRange | null {
  const order = Number.parseInt(word.slice(14), 16) & 0x3f;
  return alignedPages(Number.parseInt(word.slice(0, 13), 16), order);
}

// Bit 0 set: the lowest clear bit of the page number tells the size.
function sizedPages(word: string): ByteRange | null {
  const page = Number.parseInt(word.slice(0, 13), 16);
  if ((Number.parseInt(word.slice(15), 16) & 1) === 0) return pageRange(page, page);
  let order = 1;
  let rest = page;
  while (rest % 2 === 1 && order < 52) {
    rest = (rest - 1) / 2;
    order++;
  }
  return alignedPages(page, order);
}

function alignedPages(page: number, order: number): ByteRange | null {
  if (order >= 52) return null;
  const count = 2 ** order;
  const first = page - (page % count);
  return pageRange(first, Math.min(first + count, PAGE_LIMIT) - 1);
}
