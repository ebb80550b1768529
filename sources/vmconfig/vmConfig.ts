import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { Located, Origin } from "../config/origin.ts";

/** What a qvm configuration says that concerns DMA, in the order of the file. */
export interface VmConfig {
  /** By `system`; null: it is not named. */
  readonly name: Located<string> | null;
  readonly ram: readonly Ram[];
  readonly pass: readonly (PassedDevice | PassedMemory)[];
  /** Null: the VM has no `vdev smmu`. */
  readonly smmu: VdevSmmu | null;
  /** The last of its kind; null: the default of the product (SAF-8). */
  readonly safety: Located<SafetyWord> | null;
}

/** `ram start,len`: guest-physical memory; the hypervisor chooses what is behind it. */
export interface Ram {
  readonly kind: "ram";
  readonly guest: bigint;
  readonly length: bigint;
  readonly origin: Origin;
}

/** `pass loc mem:start,len,m[=guest]`: host memory that the guest may use as its own. */
export interface PassedMemory {
  readonly kind: "memory";
  readonly host: bigint;
  /** Where the guest has it; the same as `host` where it is not said. */
  readonly guest: bigint;
  readonly length: bigint;
  readonly attributes: Attributes;
  readonly origin: Origin;
}

/** `pass loc pci:...` or registers of a device, `pass loc mem:start,len,rwd`. */
export interface PassedDevice {
  readonly kind: "device";
  readonly device: DeviceName;
  /** Its registers, of a device that is named by them. */
  readonly registers: {
    readonly host: bigint;
    readonly guest: bigint;
    readonly length: bigint;
  } | null;
  readonly attributes: Attributes;
  readonly origin: Origin;
}

/** The letters of HV-10 that are on, in their order. */
export interface Attributes {
  readonly letters: string;
  readonly origin: Origin | null;
}

/** `vdev smmu [intr num] [loc baddr]` (HG-7); null: the hypervisor assigns it. */
export interface VdevSmmu {
  readonly intr: number | null;
  readonly loc: bigint | null;
  readonly origin: Origin;
}

/** How much a system asks of its components (SAF-8). */
export const SAFETY_WORDS = ["none", "warn", "required"] as const;
/** One of them. */
export type SafetyWord = (typeof SAFETY_WORDS)[number];

/** The attributes of a location: r w x c for the CPUs, s t d n for DMA, m for system memory (HV-10). */
export const ATTRIBUTE_LETTERS = "rwxcstdnm";

/** True where a device may do DMA: it says so, or nobody says that it does not. */
export function doesDma({ attributes }: PassedDevice): boolean {
  return attributes.letters.includes("d") || !attributes.letters.includes("n");
}
