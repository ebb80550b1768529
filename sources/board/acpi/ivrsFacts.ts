import { unreachable } from "../../../base/assert.ts";
import type { Json } from "../../../base/canonicalJson.ts";
import { latin1 } from "../byteReader.ts";
import { hex } from "../hex.ts";
import { headerFacts } from "./headerFacts.ts";
import type { Ivhd, IvrsBlock, IvrsDeviceEntry, IvrsTable, UnknownBlock } from "./ivrs.ts";

/** An IVRS as `smmu inspect` tells it. */
export function ivrsFacts(table: IvrsTable): Json {
  const info = table.ivinfo;
  return {
    ...headerFacts(table.header),
    ivinfo: hex(info, 8),
    physicalAddressBits: (info >>> 8) & 0x7f,
    virtualAddressBits: (info >>> 15) & 0x7f,
    htAtsReserved: ((info >>> 22) & 1) !== 0,
    efrSupported: (info & 1) !== 0,
    dmaGuardOptIn: (info & 2) !== 0,
    // A block of unknown type is told by a diagnostic: nothing of it is known.
    blocks: table.blocks.flatMap((block) => (block.kind === "unknown" ? [] : [blockFacts(block)])),
  };
}

function blockFacts(block: Exclude<IvrsBlock, UnknownBlock>): Json {
  const place = { type: hex(block.typeCode, 2), kind: block.kind, offset: block.offset };
  const header = { flags: hex(block.flags, 2), length: block.length, deviceId: hex(block.deviceId, 4) };
  switch (block.kind) {
    case "IVHD":
      return { ...place, entries: block.entries.map(entryFacts), ...header, ...unitFacts(block) };
    case "IVMD": {
      const region = { start: hex(block.start), memoryLength: hex(block.memoryLength) };
      return { ...place, entries: [], ...header, auxiliaryData: hex(block.auxiliaryData, 4), ...region };
    }
    default:
      return unreachable(block);
  }
}

function unitFacts(block: Ivhd): { readonly [key: string]: Json } {
  return {
    capabilityOffset: hex(block.capabilityOffset),
    base: hex(block.base),
    segment: block.segment,
    info: hex(block.info, 4),
    ...(block.featureReporting === null ? {} : { featureReporting: hex(block.featureReporting, 8) }),
    ...(block.attributes === null ? {} : { attributes: hex(block.attributes, 8) }),
    ...(block.efr === null ? {} : { efr: hex(block.efr, 16) }),
  };
}

function entryFacts(entry: IvrsDeviceEntry): Json {
  const common = {
    type: hex(entry.typeCode, 2),
    offset: entry.offset,
    deviceId: hex(entry.deviceId, 4),
    dataSetting: hex(entry.dataSetting, 2),
  };
  switch (entry.kind) {
    case "alias-select":
    case "alias-range-start":
      return { ...common, sourceDeviceId: hex(entry.sourceDeviceId, 4) };
    case "extended-pad":
    case "extended-select":
    case "extended-range-start":
      return { ...common, extendedData: hex(entry.extendedData, 8) };
    case "special": {
      const variety = entry.variety === 1 ? "ioapic" : entry.variety === 2 ? "hpet" : hex(entry.variety, 2);
      return { ...common, handle: entry.handle, sourceDeviceId: hex(entry.sourceDeviceId, 4), variety };
    }
    case "acpi-hid":
      return {
        ...common,
        hid: idText(entry.hid),
        cid: idText(entry.cid),
        ...uidFacts(entry.uidFormat, entry.uid),
      };
    default:
      return common;
  }
}

function uidFacts(uidFormat: number, uid: Uint8Array): { readonly [key: string]: Json } {
  if (uid.length === 0) return {};
  return { uidFormat, uidLength: uid.length, uid: uidFormat === 2 ? latin1(uid) : integerText(uid) };
}

// A hardware or compatible id is a name that begins with three letters, else an integer (AMD's specification, and the
// reference compiler's way to tell them apart); no id is the integer 0.
function idText(id: Uint8Array): string {
  const text = latin1(id);
  if (!/^[A-Za-z]{3}/.test(text)) return integerText(id);
  return text.replace(/\0.*$/s, "").replace(/[^\x20-\x7e]/g, " ");
}

function integerText(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).reverse();
  return digits.join("").toUpperCase().padStart(16, "0");
}
