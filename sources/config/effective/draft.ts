import { unreachable } from "../../../base/assert.ts";
import type { Diagnostic } from "../../../base/diagnostic.ts";
import type { DeviceName } from "../../../events/vocabulary/device.ts";
import type {
  ConfigContext,
  EffectiveAllow,
  EffectiveDevice,
  EffectiveRange,
  EffectiveSmmu,
  EffectiveUnit,
  EffectiveUse,
} from "../effective.ts";
import { decimalForm } from "../optionReaders/device.ts";
import type {
  ConfigOption,
  DeviceOption,
  RangeRead,
  SafetyResponse,
  SmmuOption,
  UnitOption,
  UnreadOption,
  UseOption,
} from "../options.ts";
import { formatPlace, type Origin } from "../origin.ts";
import { problem } from "../problem.ts";

/** A device as it is being gathered. `statements` holds the `use` options of each `device` line (G-23). */
export interface DraftDevice extends EffectiveDevice {
  length: bigint | null;
  readonly allow: { name: string; origin: Origin }[];
  readonly uses: EffectiveUse[];
  readonly reserved: EffectiveRange[];
  readonly statements: { readonly origin: Origin; readonly uses: EffectiveUse[] }[];
}

/** The effective configuration as it is being gathered, and what the options cannot be refused for one by one. */
export interface Draft {
  readonly context: ConfigContext;
  debug: 0 | 1 | 2;
  foreground: boolean;
  safety: SafetyResponse | null;
  user: string | null;
  smmu: EffectiveSmmu | null;
  readonly units: EffectiveUnit[];
  readonly allow: EffectiveAllow[];
  readonly devices: Map<DeviceName, DraftDevice>;
  readonly problems: Diagnostic[];
  /** Names that an unread option would have declared: a use of them brings no second error. */
  readonly excused: {
    readonly allow: Set<string>;
    readonly unit: Set<string>;
    anyAllow: boolean;
    anyUnit: boolean;
  };
  /** The current device (DEV-1): none yet, or one whose option could not be read. */
  current: DraftDevice | "none" | "unread";
  readonly unitByName: Map<string, EffectiveUnit>;
  readonly unitByBase: Map<bigint, EffectiveUnit>;
}

/** A configuration that says nothing. */
export function newDraft(context: ConfigContext): Draft {
  return {
    context,
    debug: 0,
    foreground: false,
    safety: null,
    user: null,
    smmu: null,
    units: [],
    allow: [],
    devices: new Map(),
    problems: [],
    excused: { allow: new Set(), unit: new Set(), anyAllow: false, anyUnit: false },
    current: "none",
    unitByName: new Map(),
    unitByBase: new Map(),
  };
}

/** Applies one option; `counts` is false for one that a later option replaces. */
export function applyOption(draft: Draft, option: ConfigOption, counts: boolean): void {
  switch (option.kind) {
    case "allow":
      draft.allow.push({
        name: option.name.value,
        ...rangeOf(option.range, option.origin),
        source: option.source,
        target: option.target,
      });
      return;
    case "debug":
      if (counts) draft.debug = option.level.value;
      return;
    case "device":
      return applyDevice(draft, option);
    case "foreground":
      draft.foreground = true;
      return;
    case "reserved": {
      const device = currentDevice(draft, option);
      device?.reserved.push(rangeOf(option.range, option.origin));
      return;
    }
    case "safety":
      if (counts) draft.safety = option.response.value;
      return;
    case "smmu":
      return applySmmu(draft, option, counts);
    case "unit":
      return applyUnit(draft, option);
    case "use":
      return applyUse(draft, option);
    case "user":
      if (counts) draft.user = option.user.value;
      return;
    case "unread":
      return applyUnread(draft, option);
    default:
      return unreachable(option);
  }
}

function applyUnread(draft: Draft, option: UnreadOption): void {
  const { excused } = draft;
  const isUnknown = option.because === "unresolved" && option.name === null;
  if (option.word === "device") draft.current = "unread";
  if (option.word === "allow") {
    if (option.name !== null) excused.allow.add(option.name);
    excused.anyAllow ||= isUnknown;
  }
  if (option.word === "unit") {
    if (option.name !== null) excused.unit.add(option.name);
    excused.anyUnit ||= isUnknown;
  }
}

function rangeOf(range: RangeRead, origin: Origin): EffectiveRange {
  const { start, length, written } = range;
  return { start: start?.value ?? null, length: length?.value ?? null, written: written.value, origin };
}

function applyDevice(draft: Draft, option: DeviceOption): void {
  const { value: name, origin } = option.device;
  let device = draft.devices.get(name);
  if (device === undefined) {
    device = {
      device: name,
      length: null,
      allow: [],
      uses: [],
      reserved: [],
      origin: option.origin,
      statements: [],
    };
    draft.devices.set(name, device);
  }
  device.statements.push({ origin: option.origin, uses: [] });
  draft.current = device;
  if (option.length !== null && device.length !== null && option.length !== device.length) {
    const message = `device ${decimalForm(name)} is ${option.length} bytes long here and ${device.length} before (${formatPlace(device.origin)})`;
    draft.problems.push(problem("CFG415", origin, message, "give the length once, or the same each time"));
  }
  device.length ??= option.length;
  const { allow } = option;
  if (allow === null || device.allow.some((held) => held.name === allow.value)) return;
  device.allow.push({ name: allow.value, origin: allow.origin });
}

// A `use` or `reserved` after a device that could not be read belongs to that one, and to no other.
function currentDevice(draft: Draft, option: ConfigOption): DraftDevice | null {
  if (draft.current === "none") {
    const hint = `put it after the device it belongs to: device pci:0:18.0 ${option.word} ...`;
    draft.problems.push(problem("CFG402", option.origin, `"${option.word}" has no device before it`, hint));
  }
  return typeof draft.current === "string" ? null : draft.current;
}

function applySmmu(draft: Draft, option: SmmuOption, counts: boolean): void {
  const { library, parameters, origin } = option;
  const before = draft.smmu?.library.base ?? library.value.base;
  if (before !== library.value.base) {
    const message = `smmu type "${library.value.base}" after "${before}" (${formatPlace(draft.smmu!.origin)})`;
    const hint = "keep one smmu type; nothing says that two can be active at once";
    draft.problems.push(problem("CFG405", library.origin, message, hint));
    return;
  }
  // A replaced one still comes before its units; the last one brings its parameters (G-17).
  if (counts || draft.smmu === null) draft.smmu = { library: library.value, parameters, origin };
}

function applyUnit(draft: Draft, option: UnitOption): void {
  const { name, parameters, origin } = option;
  const unit: EffectiveUnit = { name: name.value, parameters, origin };
  if (option.beforeSmmu) {
    const hint = "put smmu before its units: smmu armsmmu, then unit ...";
    draft.problems.push(problem("CFG401", origin, `unit "${name.value}" stands before any smmu`, hint));
  }
  const sameName = draft.unitByName.get(name.value);
  if (sameName !== undefined) {
    const message = `unit "${name.value}" is declared before, at ${formatPlace(sameName.origin)}`;
    draft.problems.push(
      problem("CFG406", name.origin, message, "give each unit its own name, or remove one"),
    );
    return;
  }
  const base = parameters.type === "unknown" ? null : parameters.base;
  const sameBase = base === null ? undefined : draft.unitByBase.get(base);
  if (sameBase !== undefined) {
    const message = `unit "${name.value}" has the registers of "${sameBase.name}" (${formatPlace(sameBase.origin)})`;
    draft.problems.push(
      problem("CFG407", origin, message, "one unit is declared once; correct the address or remove one"),
    );
  }
  draft.unitByName.set(name.value, unit);
  if (base !== null) draft.unitByBase.set(base, unit);
  draft.units.push(unit);
}

function applyUse(draft: Draft, option: UseOption): void {
  const device = currentDevice(draft, option);
  const unit = draft.unitByName.get(option.unit.value);
  if (unit === undefined && !draft.excused.anyUnit && !draft.excused.unit.has(option.unit.value)) {
    const names = [...draft.unitByName.keys()].slice(0, 8).join(", ");
    const hint = `declare it before this line: unit ${option.unit.value.slice(0, 64)} ...${names === "" ? "" : `; the units so far are ${names}`}`;
    draft.problems.push(
      problem("CFG403", option.unit.origin, `unit "${option.unit.value.slice(0, 80)}" is not declared`, hint),
    );
  }
  if (device === null) return;
  const use: EffectiveUse = {
    unit: option.unit.value,
    parameter: option.parameter?.value ?? null,
    origin: option.origin,
  };
  device.statements.at(-1)!.uses.push(use);
  if (!device.uses.some((held) => sameUse(held, use))) device.uses.push(use);
}

/** True for the same unit and identifier. */
export function sameUse(a: EffectiveUse, b: EffectiveUse): boolean {
  return a.unit === b.unit && a.parameter === b.parameter;
}
