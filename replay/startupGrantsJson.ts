import type { Json } from "../base/canonicalJson.ts";
import type { AddressSpace } from "../core/parts/addressSpace.ts";
import type { DeviceState, IommuState } from "../core/state.ts";
import { formatAccess } from "../events/vocabulary/access.ts";
import { formatAddress } from "../events/vocabulary/address.ts";

/**
 * What start-up gave each device, in the form of objects: tables that no client owns and none removes (G-35). `by` of a
 * mapping: `allow` for the configuration's sets, `reserved` for regions that the device must always be able to use.
 */
export function startupGrantsJson(state: IommuState): readonly Json[] {
  return [...state.devices.keys()].sort().flatMap((device) => {
    const mappings = startupMappings(state.devices.get(device)!);
    return mappings.length === 0
      ? []
      : [{ id: `start-up ${device}`, client: null, startup: true, devices: [device], mappings }];
  });
}

/** The service as `state` tells it; null where no service was started. */
export function serviceJson({ service }: IommuState): Json {
  if (service === null) return null;
  const { name, phase, placement, safety, dss, step, libraries, components } = service;
  return {
    name,
    phase,
    placement,
    safety,
    dss: dss === null ? null : { ...dss },
    step,
    libraries: libraries.filter(({ loaded }) => loaded).map((library) => library.name),
    components: components.map((component) => ({ ...component })),
  };
}

function startupMappings({ startup, reserved }: DeviceState): readonly Json[] {
  return [...mappingsOf(startup, "allow"), ...mappingsOf(reserved, "reserved")];
}

function mappingsOf(space: AddressSpace | null, by: string): readonly Json[] {
  return (space?.mappings() ?? []).map(({ first, last, value }) => ({
    address: formatAddress(first),
    length: `0x${(BigInt(last - first + 1) << 12n).toString(16)}`,
    target: formatAddress(first + value.delta),
    access: formatAccess(value.access),
    since: value.since,
    by,
  }));
}
