import type { PlacementAndService, SafetyResponse } from "./service.ts";

/** Where a piece of a configuration was written; counted from 1. */
export interface ConfigPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * The effective configuration as plain data, in the form of contract 3 with the members that `toConfigJson` adds.
 * Addresses and lengths are lower-case hex texts; all were looked up and checked before (G-7, G-12).
 */
export interface ConfigFacts extends PlacementAndService {
  readonly debug: 0 | 1 | 2;
  readonly foreground: boolean;
  readonly safety: SafetyResponse;
  readonly user: string | null;
  readonly smmu: ConfigSmmu | null;
  readonly units: readonly ConfigUnit[];
  readonly allow: readonly ConfigAllow[];
  readonly devices: readonly ConfigDevice[];
}

/** The support library that `smmu` names. `library` is the file name where one is forced (SAF-1), else null. */
export interface ConfigSmmu {
  readonly type: string;
  readonly parameters: readonly string[];
  readonly library: string | null;
  readonly origin: ConfigPlace;
}

/** One `unit`; `parameters` by the guide's own names (X86-2, ARM-2, RCR-3). */
export interface ConfigUnit {
  readonly name: string;
  readonly base: string | null;
  readonly parameters: {
    readonly bypass?: 0 | 1;
    readonly res_sid?: readonly number[];
    readonly cfg_dll?: string | null;
    readonly [name: string]: unknown;
  };
  readonly origin: ConfigPlace;
}

/** One `allow` line. `source`: a device may read; `target`: it may write (ALW-4). */
export interface ConfigAllow {
  readonly name: string;
  readonly start: string;
  readonly length: string;
  readonly source: boolean;
  readonly target: boolean;
  readonly origin: ConfigPlace;
}

/** One configured device with its sets, its units and its own reserved regions. */
export interface ConfigDevice {
  readonly device: string;
  /** Bytes of an MMIO device's register block, where given. */
  readonly length: string | null;
  readonly allow: readonly string[];
  readonly unit: string | null;
  readonly use: string | null;
  readonly uses: readonly { readonly unit: string; readonly use: string | null }[];
  readonly reserved: readonly { readonly start: string; readonly length: string; readonly access: "rw" }[];
  readonly origin: ConfigPlace;
}
