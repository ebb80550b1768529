import { unreachable } from "../../../base/assert.ts";
import type { Json } from "../../../base/canonicalJson.ts";
import { hex } from "../hex.ts";
import type { DeviceScope, DmarStructure, DmarTable, UnknownStructure } from "./dmar.ts";
import { headerFacts } from "./headerFacts.ts";

/** A DMAR as `smmu inspect` tells it. */
export function dmarFacts(table: DmarTable): Json {
  return {
    ...headerFacts(table.header),
    hostAddressWidthField: table.hostAddressWidthField,
    hostAddressWidthBits: table.hostAddressWidthField + 1,
    flags: hex(table.flags, 2),
    interruptRemapping: (table.flags & 1) !== 0,
    x2apicOptOut: (table.flags & 2) !== 0,
    dmaControlPlatformOptIn: (table.flags & 4) !== 0,
    // A structure of unknown type is told by a diagnostic: nothing of it is known.
    structures: table.structures.flatMap((s) => (s.kind === "unknown" ? [] : [structureFacts(s)])),
  };
}

function structureFacts(s: Exclude<DmarStructure, UnknownStructure>): Json {
  const place = { type: s.kind, typeCode: s.typeCode, offset: s.offset, length: s.length };
  switch (s.kind) {
    case "DRHD": {
      const unit = {
        flags: s.flags,
        includeAll: s.includeAll,
        size: s.size,
        segment: s.segment,
        base: hex(s.base),
      };
      return { ...place, ...unit, scopes: s.scopes.map(scopeFacts) };
    }
    case "RMRR": {
      const region = { segment: s.segment, base: hex(s.base), end: hex(s.limit) };
      return { ...place, ...region, scopes: s.scopes.map(scopeFacts) };
    }
    case "ATSR": {
      const ports = { flags: s.flags, allPorts: s.allPorts, segment: s.segment };
      return { ...place, ...ports, scopes: s.scopes.map(scopeFacts) };
    }
    case "RHSA":
      return { ...place, base: hex(s.base), proximityDomain: s.proximityDomain };
    case "ANDD":
      return { ...place, deviceNumber: s.deviceNumber, name: s.name };
    case "SATC": {
      const cache = { flags: s.flags, atcRequired: s.atcRequired, segment: s.segment };
      return { ...place, ...cache, scopes: s.scopes.map(scopeFacts) };
    }
    case "SIDP":
      return { ...place, segment: s.segment, scopes: s.scopes.map(scopeFacts) };
    default:
      return unreachable(s);
  }
}

function scopeFacts(scope: DeviceScope): Json {
  return {
    type: scope.kind,
    typeCode: scope.typeCode,
    offset: scope.offset,
    path: scope.path.map(({ device, fn }) => [device, fn]),
    length: scope.length,
    // Reserved, and zero, but for the structures that define them.
    ...(scope.flags === 0 ? {} : { flags: scope.flags }),
    enumerationId: scope.enumerationId,
    startBus: scope.startBus,
  };
}
