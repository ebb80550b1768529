import type { Diagnostic } from "../../base/diagnostic.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { NumberRead } from "./numbers.ts";
import type { OptionWord } from "./optionWords.ts";
import type { Located, Origin } from "./origin.ts";

/** What the parameters of `smmu`, `unit` and `use` follow: the type names of the support libraries (CMP-2). */
export type SmmuType = "vtd" | "armsmmu" | "rcar3";

/** How the service responds to components that are not certified (SAF-8). */
export type SafetyResponse = "none" | "warn" | "required";

/** What every option has. */
interface OptionBase {
  readonly word: OptionWord;
  /** Its number among all options, from 0. */
  readonly index: number;
  /** Where the option's word stands. */
  readonly origin: Origin;
  /** Its arguments as they were read, after substitution, each with its place. */
  readonly arguments: readonly Located<string>[];
  /** The numbers in them, with how they were written. */
  readonly numbers: readonly NumberRead[];
  /** What is wrong with the arguments; not told where the option is ignored. */
  readonly problems: readonly Diagnostic[];
}

/** Bytes from `start`, `length` of them; null where a substitution was not looked up. */
export interface RangeRead {
  readonly start: Located<bigint> | null;
  readonly length: Located<bigint> | null;
  /** The whole range as it was written, substitutions included. */
  readonly written: Located<string>;
}

/** `allow name start,len[,permissions]`. `source`: the device may read (ALW-4); `target`: it may write. */
export interface AllowOption extends OptionBase {
  readonly kind: "allow";
  readonly name: Located<string>;
  readonly range: RangeRead;
  readonly source: boolean;
  readonly target: boolean;
}

/** `debug 1|2`. */
export interface DebugOption extends OptionBase {
  readonly kind: "debug";
  readonly level: Located<1 | 2>;
}

/** `device spec [name]`. `length` is that of an MMIO device's register block, where given. */
export interface DeviceOption extends OptionBase {
  readonly kind: "device";
  readonly device: Located<DeviceName>;
  readonly length: bigint | null;
  readonly allow: Located<string> | null;
}

/** `foreground`. */
export interface ForegroundOption extends OptionBase {
  readonly kind: "foreground";
}

/** `reserved start,len`, for the current device, read and write (G-16). */
export interface ReservedOption extends OptionBase {
  readonly kind: "reserved";
  readonly range: RangeRead;
}

/** `safety none|warn|required`. */
export interface SafetyOption extends OptionBase {
  readonly kind: "safety";
  readonly response: Located<SafetyResponse>;
}

/** A support or configuration library as it was named (SAF-1, SAF-3, G-5). */
export interface LibraryName {
  /** As it was written: `vtd`, `smmu-vtd.so`. */
  readonly written: string;
  /** Without `smmu-` (or `smmu-cfg-`), `-safety` and `.so`. */
  readonly base: string;
  /** The name ends in `.so`: that very file, on either variant. */
  readonly forced: boolean;
  /** The name is that of a safety variant. */
  readonly safetyFile: boolean;
}

/** The parameters of `smmu`, by type; `unknown` where the type is not one we know, kept as text. */
export type SmmuParameters =
  | { readonly type: "vtd"; readonly acpi: "require" | "ignore" | "optional" }
  | { readonly type: "armsmmu" }
  | {
      readonly type: "rcar3";
      readonly base: bigint;
      readonly faultVector: number;
      readonly faultBit: number;
      readonly socs: readonly { readonly id: number; readonly revision: number }[];
    }
  | { readonly type: "unknown"; readonly text: string | null };

/** `smmu type [parameters]`. */
export interface SmmuOption extends OptionBase {
  readonly kind: "smmu";
  readonly library: Located<LibraryName>;
  readonly parameters: SmmuParameters;
}

/** The parameters of `unit`, by type; names and order as the guide's (X86-2, ARM-2, RCR-3). */
export type UnitParameters =
  | { readonly type: "vtd"; readonly base: bigint }
  | {
      readonly type: "armsmmu";
      readonly base: bigint;
      readonly contextInterrupt: number;
      readonly globalInterrupt: number;
      readonly bypass: Located<boolean>;
      readonly reservedStreamIds: readonly number[];
      readonly library: LibraryName | null;
    }
  | { readonly type: "rcar3"; readonly base: bigint; readonly statusBit: number }
  | { readonly type: "unknown"; readonly text: string };

/** `unit name parameters`. `beforeSmmu`: no `smmu` stands before it, so its parameters have no known form. */
export interface UnitOption extends OptionBase {
  readonly kind: "unit";
  readonly name: Located<string>;
  readonly parameters: UnitParameters;
  readonly beforeSmmu: boolean;
}

/** `use unit [parameter]`: the StreamID or the micro-TLB. */
export interface UseOption extends OptionBase {
  readonly kind: "use";
  readonly unit: Located<string>;
  readonly parameter: Located<number> | null;
}

/** `user uid[:gid[,gid...]]` or `user name`, in canonical text. */
export interface UserOption extends OptionBase {
  readonly kind: "user";
  readonly user: Located<string>;
}

/**
 * An option that could not be read: an `error` has its diagnostic; `unresolved` hangs on a substitution that was not
 * looked up. `name` is the name it would have declared, so that a use of it brings no second error.
 */
export interface UnreadOption extends OptionBase {
  readonly kind: "unread";
  readonly because: "error" | "unresolved";
  readonly name: string | null;
}

/** One option of the configuration, in the order read. */
export type ConfigOption =
  | AllowOption
  | DebugOption
  | DeviceOption
  | ForegroundOption
  | ReservedOption
  | SafetyOption
  | SmmuOption
  | UnitOption
  | UseOption
  | UserOption
  | UnreadOption;

/** What an option's reader answers: its own members, or why there are none. */
export type OptionBody =
  | Body<AllowOption>
  | Body<DebugOption>
  | Body<DeviceOption>
  | Body<ForegroundOption>
  | Body<ReservedOption>
  | Body<SafetyOption>
  | Body<SmmuOption>
  | Body<UnitOption>
  | Body<UseOption>
  | Body<UserOption>
  | Body<UnreadOption>;
type Body<Option extends OptionBase> = Omit<Option, keyof OptionBase>;
