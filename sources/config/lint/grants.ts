import { type Diagnostic, quote } from "../../../base/diagnostic.ts";
import { decimalForm } from "../optionReaders/device.ts";
import type { Origin } from "../origin.ts";
import { formatPlace } from "../origin.ts";
import { problem } from "../problem.ts";
import type { LintSubject } from "./subject.ts";

/** Allow sets that no device uses. */
export function unusedSets({ sets, usersOf, options }: LintSubject): Diagnostic[] {
  // A device line that could not be read may still have named the set.
  const named = new Set(
    options.flatMap((option) =>
      option.kind === "unread" && option.word === "device" ? (option.arguments[1]?.value ?? []) : [],
    ),
  );
  return [...sets].flatMap(([name, entries]) => {
    if (usersOf.has(name) || named.has(name)) return [];
    const lines = entries.length === 1 ? "" : ` (${entries.length} lines)`;
    const message = `no device uses allow ${quote(name)}${lines}: it grants nothing`;
    return [
      problem(
        "CFG602",
        entries[0]!.origin,
        message,
        `name it on a device line: device pci:bus:dev.func ${name.slice(0, 64)}; or remove it`,
      ),
    ];
  });
}

/** Devices that may reach no memory until a client grants some. */
export function ungranted({ config }: LintSubject): Diagnostic[] {
  // Where nothing is granted at start-up at all, granting by the client API is the design (SM-3).
  const severity = config.allow.length === 0 ? "note" : "warning";
  return config.devices.flatMap((device) => {
    if (device.allow.length > 0 || device.reserved.length > 0) return [];
    const message = `device ${decimalForm(device.device)} has no grant: once its unit is enabled all its transfers are denied until a client grants memory`;
    const hint = `add a set: device ${decimalForm(device.device)} name; or leave it to a client of the API`;
    return [problem("CFG603", device.origin, message, hint, severity)];
  });
}

/** Devices with no `use` where the family wants one and no library can supply it (G-1). */
export function unitless({ config, options }: LintSubject): Diagnostic[] {
  const type = config.smmu?.parameters.type;
  if ((type !== "armsmmu" && type !== "rcar3") || config.units.length === 0) return [];
  if (config.units.some(({ parameters }) => parameters.type === "armsmmu" && parameters.library !== null))
    return [];
  const parameter = type === "armsmmu" ? "StreamID" : "micro-TLB number";
  const misread = withUnreadUse(options);
  return config.devices.flatMap((device) => {
    if (device.uses.length > 0 || misread.has(device.device)) return [];
    const message = `device ${decimalForm(device.device)} names no unit; unless the board tells which one controls it, start-up ends in the DSS (G-1)`;
    const hint = `name it, with the device's ${parameter}: device ${decimalForm(device.device)} use ${config.units[0]!.name} 0`;
    return [problem("CFG621", device.origin, message, hint)];
  });
}

/** Devices whose `use` could not be read: they do name a unit, and what is wrong with it has been told. */
function withUnreadUse(options: LintSubject["options"]): ReadonlySet<string> {
  const devices = new Set<string>();
  let current: string | null = null;
  for (const option of options) {
    if (option.word === "device") current = option.kind === "device" ? option.device.value : null;
    if (option.word === "use" && option.kind === "unread" && current !== null) devices.add(current);
  }
  return devices;
}

/** Names used before their definition: accepted, but a single pass may not (LANG-7). */
export function forwardReferences({ options }: LintSubject): Diagnostic[] {
  const defined = new Map<string, Origin>();
  for (const option of options) {
    if (option.kind === "allow" && !defined.has(option.name.value))
      defined.set(option.name.value, option.origin);
  }
  const seen = new Set<string>();
  return options.flatMap((option) => {
    if (option.kind === "allow") seen.add(option.name.value);
    if (option.kind !== "device" || option.allow === null || seen.has(option.allow.value)) return [];
    const where = defined.get(option.allow.value);
    if (where === undefined) return [];
    const message = `allow ${quote(option.allow.value)} is defined only later, at ${formatPlace(where)}`;
    return [
      problem(
        "CFG615",
        option.allow.origin,
        message,
        "put the allow line first: by LANG-7 the input is read in a single pass",
      ),
    ];
  });
}

/** Lines that say again what is said. */
export function duplicates({ options }: LintSubject): Diagnostic[] {
  const seen = new Map<string, Origin>();
  const found: Diagnostic[] = [];
  let device = "";
  let statement = 0;
  const say = (key: string, origin: Origin, what: string) => {
    const before = seen.get(key);
    if (before === undefined) seen.set(key, origin);
    else
      found.push(
        problem(
          "CFG612",
          origin,
          `${what} is said before, at ${formatPlace(before)}`,
          "remove one of the two",
        ),
      );
  };
  for (const option of options) {
    if (option.kind === "allow") {
      const { range, source, target } = option;
      const what = `allow ${quote(option.name.value)} with this range`;
      say(`allow ${rangeKey(range)} ${source} ${target} ${option.name.value}`, option.origin, what);
    } else if (option.kind === "device") {
      device = option.device.value;
      statement = option.index;
      if (option.allow !== null) {
        const what = `device ${decimalForm(option.device.value)} with allow ${quote(option.allow.value)}`;
        say(`device ${device} ${option.allow.value}`, option.origin, what);
      }
    } else if (option.word === "device") {
      device = `unread ${option.index}`;
    } else if (option.kind === "reserved") {
      say(
        `reserved ${device} ${rangeKey(option.range)}`,
        option.origin,
        "this reserved region of the device",
      );
    } else if (option.kind === "use") {
      const key = `use ${statement} ${option.parameter?.value ?? ""} ${option.unit.value}`;
      say(key, option.origin, "this use of the device");
    }
  }
  return found;
}

function rangeKey(range: {
  start: { value: bigint } | null;
  length: { value: bigint } | null;
  written: { value: string };
}): string {
  if (range.start === null || range.length === null) return range.written.value;
  return `${range.start.value},${range.length.value}`;
}
