import { type Address, addressFromBigint } from "../../../events/vocabulary/address.ts";

/** Arguments of `__iommu_map` as the kprobe `kmap` prints them; of `__iommu_unmap` without target and prot. */
export interface KmapText {
  /** The kernel's pointer to its domain, as printed. */
  readonly domain: string;
  readonly address: Address;
  readonly length: bigint;
  readonly target: Address;
  readonly prot: bigint;
}

/** The kprobe `kunmap`. */
export type KunmapText = Omit<KmapText, "target" | "prot">;

/**
 * The kprobe `kattach`. `function` is where it was set: a driver's function tells what its tables can say, the core's
 * (`__iommu_attach_device`, in the portable recipe) does not.
 */
export interface KattachText {
  readonly function: string;
  readonly domain: string;
  readonly device: string;
}

const NUMBER = String.raw`(0x[0-9a-f]{1,16}|\d{1,20})`;
const KMAP = new RegExp(
  String.raw`^\(\S{1,120}\) dom=${NUMBER} iova=${NUMBER} pa=${NUMBER} size=${NUMBER} prot=${NUMBER}$`,
  "i",
);
const KUNMAP = new RegExp(String.raw`^\(\S{1,120}\) dom=${NUMBER} iova=${NUMBER} size=${NUMBER}$`, "i");
const KATTACH = new RegExp(
  String.raw`^\((\S{1,120}?)(?:\+0x[0-9a-f]+\/0x[0-9a-f]+)?\) dom=${NUMBER} dev="([^"]{1,80})"\u2026?$`,
  "i",
);

/** Reads the text of a `kmap` line, or null. */
export function parseKmap(text: string): KmapText | null {
  const match = KMAP.exec(text);
  if (match === null) return null;
  const address = addressFromBigint(BigInt(match[2]!));
  const target = addressFromBigint(BigInt(match[3]!));
  if (address === null || target === null) return null;
  return { domain: match[1]!, address, target, length: BigInt(match[4]!), prot: BigInt(match[5]!) };
}

/** Reads the text of a `kunmap` line, or null. */
export function parseKunmap(text: string): KunmapText | null {
  const match = KUNMAP.exec(text);
  if (match === null) return null;
  const address = addressFromBigint(BigInt(match[2]!));
  return address === null ? null : { domain: match[1]!, address, length: BigInt(match[3]!) };
}

/** Reads the text of a `kattach` line, or null. */
export function parseKattach(text: string): KattachText | null {
  const match = KATTACH.exec(text);
  return match === null ? null : { function: match[1]!, domain: match[2]!, device: match[3]! };
}
