import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { LibraryName, SafetyResponse, SmmuParameters, UnitParameters } from "./options.ts";
import type { Origin } from "./origin.ts";

/** The two variants of the service. */
export type ServiceName = "smmuman" | "smmuman-safety";

/** Where it runs: on hardware (host or plain system), or in a guest with a vdev-smmu. */
export type Placement = "hardware" | "guest";

/** What decides which options count. */
export interface ConfigContext {
  readonly service: ServiceName;
  readonly placement: Placement;
}

/** What the configuration comes to (contract 3). Lists keep the order of the input. */
export interface EffectiveConfig extends ConfigContext {
  readonly debug: 0 | 1 | 2;
  readonly foreground: boolean;
  readonly safety: SafetyResponse;
  readonly user: string | null;
  readonly smmu: EffectiveSmmu | null;
  readonly units: readonly EffectiveUnit[];
  readonly allow: readonly EffectiveAllow[];
  readonly devices: readonly EffectiveDevice[];
}

/** The support library in force. */
export interface EffectiveSmmu {
  readonly library: LibraryName;
  readonly parameters: SmmuParameters;
  readonly origin: Origin;
}

/** One unit given by the configuration. */
export interface EffectiveUnit {
  readonly name: string;
  readonly parameters: UnitParameters;
  readonly origin: Origin;
}

/** A range in bytes, before rounding; null numbers hang on a substitution that was not looked up. */
export interface EffectiveRange {
  readonly start: bigint | null;
  readonly length: bigint | null;
  /** The argument as it was written. */
  readonly written: string;
  readonly origin: Origin;
}

/** One `allow` line. `source`: a device may read; `target`: it may write. */
export interface EffectiveAllow extends EffectiveRange {
  readonly name: string;
  readonly source: boolean;
  readonly target: boolean;
}

/** One device, with all that was said of it. `origin` is its first mention. */
export interface EffectiveDevice {
  readonly device: DeviceName;
  /** Bytes of an MMIO device's register block, where given. */
  readonly length: bigint | null;
  readonly allow: readonly { readonly name: string; readonly origin: Origin }[];
  readonly uses: readonly EffectiveUse[];
  readonly reserved: readonly EffectiveRange[];
  readonly origin: Origin;
}

/** The unit that controls a device; `parameter` is the StreamID or micro-TLB, null where the family has none. */
export interface EffectiveUse {
  readonly unit: string;
  readonly parameter: number | null;
  readonly origin: Origin;
}

/** The response without a `safety` option (SAF-5, SAF-8, G-6). */
export function defaultSafety(service: ServiceName): SafetyResponse {
  return service === "smmuman-safety" ? "required" : "none";
}
