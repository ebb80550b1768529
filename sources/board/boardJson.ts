import { z } from "zod";
import { formatAddress, parseAddress } from "../../events/vocabulary/address.ts";
import { type DeviceName, parseDeviceName } from "../../events/vocabulary/device.ts";
import { FAMILIES } from "../../events/vocabulary/family.ts";
import { NAME_LENGTH_MAX } from "../../events/vocabulary/names.ts";

/** The most entries of one list of a board file; of components, files and the like far fewer make sense. */
export const LIST_LENGTH_MAX = 65_536;
const SHORT_LIST_LENGTH_MAX = 4096;

const HEX = 'a number as hex text of at most 64 bits, such as "0x1000"';

/** A 64-bit number: hex text, or a whole number that JSON holds exactly. Becomes canonical hex text. */
const number64 = z
  .union([z.string(), z.number()], { error: `expected ${HEX}` })
  .transform((value, context): string => {
    const text = typeof value === "number" && Number.isSafeInteger(value) ? `0x${value.toString(16)}` : value;
    const address = typeof text === "string" ? parseAddress(text) : null;
    if (address !== null) return formatAddress(address.page, address.offset);
    context.issues.push({ code: "custom", message: `expected ${HEX}`, input: value });
    return z.NEVER;
  });

const name = z.string().min(1).max(NAME_LENGTH_MAX);
const device = z.string().transform((text, context): DeviceName => {
  const parsed = parseDeviceName(text);
  if (parsed !== null) return parsed;
  const message = "expected a device: pci:SSSS:bb:dd.f (hex), mmio:0xADDR or stream:0xSID";
  context.issues.push({ code: "custom", message, input: text });
  return z.NEVER;
});
const list = <T extends z.ZodType>(of: T) => z.array(of).max(LIST_LENGTH_MAX).default([]);
const shortList = <T extends z.ZodType>(of: T) => z.array(of).max(SHORT_LIST_LENGTH_MAX).default([]);
const note = name.nullable().default(null);

/** A range must not be empty nor pass 2^64. */
const isRange = ({ start, length }: { start: string; length: string }): boolean => {
  const end = BigInt(start) + BigInt(length);
  return BigInt(length) > 0n && end <= 1n << 64n;
};
const RANGE_MESSAGE = "expected a range of at least one byte that ends at or below 2^64";

/** The form of a board file (contract 4); `object` decides what becomes of members that are not known. */
export function boardSchema(object: typeof z.strictObject | typeof z.object) {
  const component = object({ name, certified: z.boolean().default(false) });
  return object({
    format: z.literal("smmu-board"),
    version: z.literal(1),
    asinfo: list(object({ name, path: name.optional(), start: number64, length: number64 })),
    env: z.record(name, z.string().max(4096)).default({}),
    memory: list(object({ name, start: number64, length: number64 }).refine(isRange, RANGE_MESSAGE)),
    pci: list(
      object({
        device,
        note,
        /** Of a bridge: the first and the last bus behind it. */
        buses: z
          .tuple([z.int().min(0).max(255), z.int().min(0).max(255)])
          .nullable()
          .default(null),
      }),
    ),
    mmio: list(object({ device, length: number64.nullable().default(null), note })),
    units: shortList(
      object({
        name,
        family: z.enum(FAMILIES),
        base: number64.nullable().default(null),
        addressWidth: z.int().min(12).max(64).nullable().default(null),
        includeAll: z.boolean().optional(),
        devices: z.array(device).max(LIST_LENGTH_MAX).optional(),
      }),
    ),
    reserved: list(
      object({
        start: number64,
        length: number64,
        devices: list(device),
        access: z.enum(["r", "w", "rw"]).default("rw"),
      }).refine(isRange, RANGE_MESSAGE),
    ),
    files: shortList(
      object({ name, certified: z.boolean().default(false), loadable: z.boolean().default(true) }),
    ),
    components: shortList(component),
    soc: object({ id: number64, revision: number64 }).nullable().default(null),
    vdev: object({
      hostService: z.boolean().default(false),
      attached: z.boolean().default(false),
      answers: z.boolean().default(true),
      components: z.array(component).max(SHORT_LIST_LENGTH_MAX).nullable().default(null),
    })
      .nullable()
      .default(null),
    services: shortList(name),
  });
}

/** A board file with every member that it left out at its default: what a board does not say does not exist. */
export type BoardJson = z.infer<ReturnType<typeof boardSchema>>;

/** Reads plain data as a board; members that are not known are left out. */
export const BOARD_SCHEMA = boardSchema(z.object);
/** The same, and tells of them. */
export const STRICT_BOARD_SCHEMA = boardSchema(z.strictObject);
