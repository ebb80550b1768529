import { z } from "zod";
import { parseAddress } from "../../../events/vocabulary/address.ts";
import type { BoardFacts } from "../../../events/vocabulary/boardFacts.ts";
import { byteRange } from "../../../events/vocabulary/byteRange.ts";
import type { ConfigFacts } from "../../../events/vocabulary/configFacts.ts";
import { type DeviceName, parseDeviceName } from "../../../events/vocabulary/device.ts";
import { FAMILIES } from "../../../events/vocabulary/family.ts";
import { NAME_LENGTH_MAX, type UnitName } from "../../../events/vocabulary/names.ts";
import { SERVICE_NAMES } from "../../../events/vocabulary/service.ts";
import type { Answer } from "../../../events/vocabulary/startupQuestion.ts";

const LIST_LENGTH_MAX = 65_536;
const TEXT_LENGTH_MAX = 4096;

const text = z.string().max(TEXT_LENGTH_MAX);
const name = z.string().min(1).max(NAME_LENGTH_MAX);
const unit = name as unknown as z.ZodType<UnitName>;
const list = <T extends z.ZodType>(of: T) => z.array(of).max(LIST_LENGTH_MAX);
const hex = z
  .string()
  .refine((value) => parseAddress(value) !== null, "a number as hex text of at most 64 bits");
const device = z
  .string()
  .refine(
    (value) => parseDeviceName(value) === value,
    "a device's canonical name",
  ) as unknown as z.ZodType<DeviceName>;
const count = z.int().min(0);
const decimal = z.string().regex(/^[0-9]{1,10}$/);

/** The machine takes ranges as they are: what makes none must not come as far. */
const isRange = ({ start, length }: { start: string; length: string }): boolean => {
  const first = parseAddress(start);
  return first !== null && parseAddress(length) !== null && byteRange(first, BigInt(length)).ok;
};
const RANGE = "a range of at least one byte that ends at or below 2^64";

/** A place in a configuration. */
const place = z.object({ file: text, line: count, column: count });

/** The effective configuration, as `config.end` tells it (contract 3). */
export const CONFIG_FACTS: z.ZodType<ConfigFacts> = z.object({
  service: z.enum(SERVICE_NAMES),
  placement: z.enum(["hardware", "guest"]),
  debug: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  foreground: z.boolean(),
  safety: z.enum(["none", "warn", "required"]),
  user: text.nullable(),
  smmu: z.object({ type: name, parameters: list(text), library: name.nullable(), origin: place }).nullable(),
  units: list(
    z.object({
      name,
      base: hex.nullable(),
      parameters: z.looseObject({
        bypass: z.union([z.literal(0), z.literal(1)]).optional(),
        res_sid: list(count).optional(),
        cfg_dll: name.nullable().optional(),
      }),
      origin: place,
    }),
  ),
  allow: list(
    z
      .object({ name, start: hex, length: hex, source: z.boolean(), target: z.boolean(), origin: place })
      .refine(isRange, RANGE),
  ),
  devices: list(
    z.object({
      device,
      length: hex.nullable(),
      allow: list(name),
      unit: name.nullable(),
      use: decimal.nullable(),
      uses: list(z.object({ unit: name, use: decimal.nullable() })),
      reserved: list(z.object({ start: hex, length: hex, access: z.literal("rw") }).refine(isRange, RANGE)),
      origin: place,
    }),
  ),
}) as unknown as z.ZodType<ConfigFacts>;

const covered = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("pci"), segment: count, first: count, last: count }),
  z.object({ kind: z.literal("all") }),
]);

/** A board's answer. */
const BOARD_FACTS: z.ZodType<BoardFacts> = z.object({
  architecture: z.enum(["x86", "arm"]).nullable(),
  units: list(
    z.object({
      name: unit,
      family: z.enum(FAMILIES),
      base: hex.nullable(),
      addressWidth: z.int().min(12).max(64).nullable(),
      covers: list(covered).nullable(),
      source: text,
    }),
  ),
  devices: list(
    z.object({
      device,
      listed: z.boolean(),
      unit: unit.nullable(),
      answer: z.enum(["unit", "none", "unknown", "undecided"]),
      identifiers: list(count),
      note: text.nullable(),
    }),
  ),
  reserved: list(
    z
      .object({
        start: hex,
        length: hex,
        access: z.enum(["r", "w", "rw"]),
        devices: list(device),
        undecided: list(device),
        source: text,
      })
      .refine(isRange, RANGE),
  ),
  image: list(z.object({ start: hex, length: hex }).refine(isRange, RANGE)),
  damaged: list(text),
});

const component = z.object({ name, certified: z.boolean() });
const ASKS = [
  "second-instance",
  "vdev",
  "configuration",
  "vdev-host-service",
  "vdev-attached",
  "vdev-components",
  "library",
  "components",
  "soc",
  "board",
  "memory",
  "program",
  "enable",
  "abilities",
  "name",
  "user",
] as const;

/** An answer to a question of a start-up. */
export const ANSWER: z.ZodType<Answer> = z.union([
  z.strictObject({ to: z.enum(ASKS), failed: text }),
  z.object({ to: z.literal("second-instance"), running: z.boolean() }),
  z.object({
    to: z.literal("vdev"),
    present: z.boolean(),
    inGuest: z.boolean(),
    architecture: z.enum(["x86", "arm"]).nullable(),
  }),
  z.object({ to: z.enum(["vdev-host-service", "vdev-attached"]), confirmed: z.boolean() }),
  z.object({ to: z.enum(["vdev-components", "components"]), components: z.array(component).max(4096) }),
  z.object({
    to: z.literal("library"),
    found: z.boolean(),
    loadable: z.boolean(),
    certified: z.boolean(),
  }),
  z.object({ to: z.literal("soc"), soc: z.object({ id: hex, revision: hex }).nullable() }),
  z.object({ to: z.literal("board"), board: BOARD_FACTS }),
  z.object({
    to: z.enum(["memory", "program", "enable", "abilities", "name", "user"]),
    done: z.literal(true),
  }),
]);

/** What became of one option. */
export const CONFIG_OPTION = z.object({
  index: count,
  option: text,
  arguments: list(text),
  effect: z.enum(["kept", "replaced", "ignored", "refused"]),
  because: text.nullable(),
  requirement: text.nullable(),
  replacedBy: count.nullable(),
  column: count,
});

/** Something wrong with a configuration. */
export const CONFIG_PROBLEM = z.object({
  severity: z.enum(["error", "warning", "note"]),
  code: text,
  message: z.string().max(100_000),
  hint: z.string().max(100_000).nullable(),
  place: z.object({ file: text.nullable(), line: count.nullable(), column: count.nullable() }),
});

/** The launch of a service. */
export const SERVICE_START = z.object({
  service: z.enum(SERVICE_NAMES),
  arguments: list(text).default([]),
});
