import type { DeviceName } from "../../../events/vocabulary/device.ts";
import type { EffectiveConfig, EffectiveDevice } from "../effective.ts";
import type { Origin } from "../origin.ts";
import { GrantComparison } from "./grants.ts";

/** Devices that the hardware cannot tell apart (LIM-4). `what` names the identifier: `StreamID 5 of unit "mmu500"`. */
export interface SharedIdentifier {
  readonly what: string;
  readonly devices: readonly { readonly device: DeviceName; readonly origin: Origin; readonly use: Origin }[];
  readonly sameGrants: boolean;
}

/** Every StreamID and micro-TLB that more than one device uses, in the order of their first use. */
export function sharedIdentifiers(config: EffectiveConfig): SharedIdentifier[] {
  const typeOf = new Map(config.units.map((unit) => [unit.name, unit.parameters.type]));
  const users = new Map<string, { what: string; devices: { device: EffectiveDevice; use: Origin }[] }>();
  for (const device of config.devices) {
    for (const use of device.uses) {
      const type = typeOf.get(use.unit);
      if (use.parameter === null || (type !== "armsmmu" && type !== "rcar3")) continue;
      const kind = type === "armsmmu" ? "StreamID" : "micro-TLB";
      const what = `${kind} ${use.parameter} of unit "${use.unit}"`;
      const entry = users.get(what) ?? { what, devices: [] };
      entry.devices.push({ device, use: use.origin });
      users.set(what, entry);
    }
  }
  const grants = new GrantComparison(config);
  return [...users.values()].flatMap(({ what, devices }) => {
    if (devices.length < 2) return [];
    const sameGrants = grants.same(devices.map(({ device }) => device));
    return [
      {
        what,
        devices: devices.map(({ device, use }) => ({ device: device.device, origin: device.origin, use })),
        sameGrants,
      },
    ];
  });
}
