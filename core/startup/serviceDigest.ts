import type { Json } from "../../base/canonicalJson.ts";
import { isCertified } from "./certification.ts";
import type { ServiceState } from "./serviceState.ts";

/**
 * What of a service decides: its phase, what it answers about itself, and whom its units let pass. The configuration's
 * text, the order of its options and the seqs of its start-up do not show.
 */
export function serviceDigest(service: ServiceState): Json {
  const { name, phase, placement, safety, dss, libraries, units } = service;
  return {
    name,
    phase,
    placement,
    safety,
    dss: dss?.reason ?? null,
    certified: isCertified(service),
    libraries: libraries.filter(({ loaded }) => loaded).map((library) => library.name),
    units:
      units?.map(({ unit, bypass, reservedStreamIds, covers }) => ({
        unit,
        bypass,
        reservedStreamIds,
        covers: covers as unknown as Json,
      })) ?? null,
  };
}
