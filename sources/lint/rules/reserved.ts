import type { Diagnostic } from "../../../base/diagnostic.ts";
import type { BoardRegion } from "../../../events/vocabulary/boardFacts.ts";
import type { EffectiveDevice } from "../../config/effective.ts";
import { decimalForm } from "../../config/optionReaders/device.ts";
import type { BoardSubject, Grant } from "../boardSubject.ts";
import { common, joined, type Pages, pagesOfHex, pagesText, rangeText, uncovered } from "../pages.ts";
import { lintProblem } from "../problem.ts";
import { Zones } from "../zones.ts";

/** Regions that the board reserves for a device (RMRR, RMR, IVMD, device tree, board file): covered, dropped, shadowed, or open to others. */
export function reservedRegions(subject: BoardSubject): Diagnostic[] {
  const { config, around, grants } = subject;
  const regions = new Map<string, BoardRegion[]>();
  for (const region of around.board.reserved) {
    for (const device of region.devices) push(regions, device as string, region);
  }
  const ofDevice = grantsByDevice(grants);
  const own = config.devices.flatMap((device) => {
    const covers = new Covers(ofDevice.get(device) ?? []);
    return (regions.get(device.device) ?? []).flatMap((region) => ownRegion(subject, device, region, covers));
  });
  const written = new Zones(grants.filter(({ write }) => write));
  return [...own, ...around.board.reserved.flatMap((region) => openToOthers(written, region))];
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** What a device may reach, by the access that is asked for. */
class Covers {
  readonly #grants: readonly Grant[];
  readonly #known = new Map<string, readonly Pages[]>();

  constructor(grants: readonly Grant[]) {
    this.#grants = grants;
  }

  for(access: string): readonly Pages[] {
    const known = this.#known.get(access);
    if (known !== undefined) return known;
    const enough = this.#grants.filter(
      ({ read, write }) => (read || !access.includes("r")) && (write || !access.includes("w")),
    );
    const covers = joined(enough);
    this.#known.set(access, covers);
    return covers;
  }
}

function grantsByDevice(grants: readonly Grant[]): Map<EffectiveDevice, Grant[]> {
  const found = new Map<EffectiveDevice, Grant[]>();
  for (const grant of grants) for (const device of grant.devices) push(found, device, grant);
  return found;
}

function ownRegion(
  { usesBoardUnits }: BoardSubject,
  device: EffectiveDevice,
  region: BoardRegion,
  covers: Covers,
): Diagnostic[] {
  const pages = pagesOfHex(region);
  if (pages === null) return [];
  const gaps = uncovered(pages, covers.for(region.access));
  if (gaps.length === 0) return [];
  const name = decimalForm(device.device);
  const told = `${pagesText(pages)} (${region.source})`;
  const line = `device ${name} reserved ${rangeText(pages)}`;
  if (!usesBoardUnits) {
    const message = `ACPI is ignored, and with it what firmware reserves for ${name}: it loses ${told}, which it must always reach`;
    return [lintProblem("LNT112", device.origin, message, `state it: ${line} (RSV-4, G-10)`)];
  }
  const rest =
    gaps.length === 1 && gaps[0]!.first === pages.first && gaps[0]!.last === pages.last
      ? ""
      : `; ${gaps.map(pagesText).slice(0, 3).join(", ")} is missing`;
  if (device.reserved.length > 0) {
    const message = `${name} has reserved regions of its own, which do not hold the board's ${told}${rest}: both count, none takes the place of the other`;
    const origin = device.reserved[0]!.origin;
    return [lintProblem("LNT113", origin, message, `say all of them: ${line}`)];
  }
  const message = `the board reserves ${told} for ${name}, and no grant holds it${rest === "" ? "" : " in full"}${rest}: the service opens it by itself (RSV-2), unseen in this configuration`;
  return [lintProblem("LNT111", device.origin, message, `state it: ${line}`)];
}

// The region belongs to some devices; memory that another can write is no longer theirs alone.
function openToOthers(written: Zones<Grant>, region: BoardRegion): Diagnostic[] {
  const pages = pagesOfHex(region);
  if (pages === null || region.devices.length === 0) return [];
  return written.meeting(pages).flatMap((grant) => {
    const other = grant.devices.find(({ device }) => !region.devices.includes(device));
    if (other === undefined) return [];
    const owners = region.devices.slice(0, 3).map(decimalForm).join(", ");
    const message = `${grant.told} lets ${decimalForm(other.device)} write ${pagesText(common(grant, pages))}, which the board reserves for ${owners} (${region.source})`;
    return [
      lintProblem(
        "LNT114",
        grant.origin,
        message,
        "move or shorten the range, unless the devices are meant to share the memory",
      ),
    ];
  });
}
