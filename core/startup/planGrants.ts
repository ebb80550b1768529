import { assert } from "../../base/assert.ts";
import { err, ok, type Result } from "../../base/result.ts";
import {
  type Access,
  NO_ACCESS,
  parseAccess,
  READ,
  unionAccess,
  WRITE,
} from "../../events/vocabulary/access.ts";
import { parseAddress } from "../../events/vocabulary/address.ts";
import type { BoardMemory, BoardRegion } from "../../events/vocabulary/boardFacts.ts";
import { type ByteRange, byteRange, formatRange } from "../../events/vocabulary/byteRange.ts";
import type { ConfigAllow, ConfigDevice, ConfigPlace } from "../../events/vocabulary/configFacts.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { DssCause } from "./dss.ts";
import { acpiUse } from "./planUnits.ts";
import type { ServiceState } from "./serviceState.ts";

/** Bytes that a device is granted at start-up, and who says so. */
export interface PlannedGrant {
  readonly bytes: ByteRange;
  readonly access: Access;
  readonly by: "allow" | "reserved";
  /** The set, or who told of the region. */
  readonly name: string;
  readonly told: ConfigPlace | null;
}

/** Gathers the grants of devices: their allow sets, and the regions they must always be able to use. */
export class GrantPlanner {
  readonly #sets = new Map<string, PlannedGrant[]>();
  readonly #regions = new Map<DeviceName, PlannedGrant[]>();
  readonly #image: readonly BoardMemory[];
  readonly #ownRegions: boolean;

  constructor({ config, board, placement }: ServiceState) {
    for (const entry of config!.allow) push(this.#sets, entry.name, allowed(entry));
    this.#image = board!.image;
    // HG-3.2, RSV-5: reserved regions are the host's matter; and who ignores ACPI ignores what it reserves (X86-1).
    this.#ownRegions = placement === "hardware" && acpiUse(config!) !== "ignore";
    if (!this.#ownRegions) return;
    for (const region of board!.reserved) {
      for (const device of region.devices) push(this.#regions, device, reservedByBoard(region));
    }
  }

  /** The grants of a device; `configured` null: the configuration does not mention it. */
  of(device: DeviceName, configured: ConfigDevice | null): Result<readonly PlannedGrant[], DssCause> {
    const onBoard = this.#regions.get(device) ?? [];
    if (configured === null) return ok(onBoard);
    const sets = configured.allow.flatMap((name) => this.#sets.get(name) ?? []);
    const own: PlannedGrant[] = [];
    for (const region of configured.reserved) {
      const grant: PlannedGrant = {
        bytes: rangeOf(region),
        access: unionAccess(READ, WRITE),
        by: "reserved",
        name: "configuration",
        told: configured.origin,
      };
      if (this.#inImage(grant.bytes) && !onBoard.some(({ bytes }) => contains(bytes, grant.bytes)))
        return err(overlapsImage(configured, grant.bytes));
      own.push(grant);
    }
    // G-10: what the configuration reserves comes on top of the board's regions and takes none of them away.
    return ok([...sets, ...onBoard, ...own]);
  }

  #inImage(bytes: ByteRange): boolean {
    return this.#image.some((memory) => {
      const image = rangeOf(memory);
      return image.firstPage <= bytes.lastPage && bytes.firstPage <= image.lastPage;
    });
  }
}

/** The bytes that two hex texts name; they were checked where they were read. */
export function rangeOf({ start, length }: BoardMemory): ByteRange {
  const address = parseAddress(start);
  assert(address !== null, `start ${start} is no address`);
  const range = byteRange(address, BigInt(length));
  assert(range.ok, `${start}+${length} is no range`);
  return range.value;
}

function allowed(entry: ConfigAllow): PlannedGrant {
  const read = entry.source ? READ : NO_ACCESS;
  const write = entry.target ? WRITE : NO_ACCESS;
  return {
    bytes: rangeOf(entry),
    access: unionAccess(read, write),
    by: "allow",
    name: entry.name,
    told: entry.origin,
  };
}

function reservedByBoard(region: BoardRegion): PlannedGrant {
  const access = parseAccess(region.access);
  assert(access !== null, `access ${region.access} of a reserved region`);
  return { bytes: rangeOf(region), access, by: "reserved", name: region.source, told: null };
}

function contains(outer: ByteRange, inner: ByteRange): boolean {
  return outer.firstPage <= inner.firstPage && inner.lastPage <= outer.lastPage;
}

function overlapsImage({ device, origin }: ConfigDevice, bytes: ByteRange): DssCause {
  const detail = `the region ${formatRange(bytes)} reserved for ${device} overlaps memory of the OS image, and no region of the board says that it may`;
  return { reason: "configuration-error", requirement: "G-16", detail, told: origin };
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
