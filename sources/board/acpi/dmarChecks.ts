import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";
import type { DeviceScope, DmarTable, Drhd, Rmrr } from "./dmar.ts";

const PAGE_MASK = 0xfffn;
const WIDTH_FIELD_MAX = 63;

/** Reports what contradicts itself in a DMAR whose structures could be read (tables 2, cases 9 to 20). */
export function checkDmar(table: DmarTable, findings: Findings): void {
  if (table.hostAddressWidthField > WIDTH_FIELD_MAX) {
    const message = `host address width field ${table.hostAddressWidthField} means more than 64 bits`;
    findings.add("DMAR028", 36, message);
  }
  checkOrder(table, findings);
  checkUnits(table, findings);
  for (const structure of table.structures) {
    if (structure.kind === "RMRR") checkRegion(structure, table.hostAddressWidthField, findings);
  }
  checkReferences(table, findings);
}

function checkOrder(table: DmarTable, findings: Findings): void {
  let highest = 0;
  for (const { typeCode, offset } of table.structures) {
    if (typeCode < highest) {
      const message = `structure type ${typeCode} after type ${highest}: types should ascend; order is not relied on`;
      findings.add("DMAR030", offset, message);
      return;
    }
    highest = typeCode;
  }
}

function checkUnits(table: DmarTable, findings: Findings): void {
  const units = table.structures.filter((s): s is Drhd => s.kind === "DRHD");
  if (units.length === 0) {
    findings.add(
      "DMAR019",
      null,
      "no DRHD: the table describes no remapping unit",
      "is VT-d enabled in the firmware?",
    );
  }
  const seen = new Map<string, Drhd>();
  const includeAll = new Map<number, Drhd>();
  const lastOf = new Map(units.map((unit) => [unit.segment, unit]));
  for (const unit of units) {
    checkBase(unit, findings);
    const key = `${unit.segment}:${unit.base}`;
    const first = seen.get(key);
    if (first === undefined || unit.base === 0n) seen.set(key, unit);
    else {
      const message = `DRHD repeats the unit at ${hex(unit.base)} of segment ${unit.segment} first given at ${hex(first.offset)}`;
      findings.add("DMAR016", unit.offset, `${message}; the first is kept`);
    }
    if (!unit.includeAll) continue;
    if (includeAll.has(unit.segment)) {
      const message = `a second DRHD of segment ${unit.segment} claims all remaining devices (INCLUDE_PCI_ALL)`;
      findings.add("DMAR017", unit.offset, message, "the firmware must set the flag in one unit a segment");
    } else includeAll.set(unit.segment, unit);
    if (lastOf.get(unit.segment) !== unit) {
      const message = `the INCLUDE_PCI_ALL unit is not the last DRHD of segment ${unit.segment}; it is searched last all the same`;
      findings.add("DMAR018", unit.offset, message);
    }
    for (const scope of unit.scopes.filter(isPciScope)) {
      const message = `INCLUDE_PCI_ALL unit lists a PCI device in its scope, which does not limit what it covers`;
      findings.add("DMAR031", scope.offset, message);
    }
  }
}

function checkBase(unit: Drhd, findings: Findings): void {
  if (unit.base === 0n)
    findings.add(
      "DMAR014",
      unit.offset,
      "DRHD register base is 0; the unit is unusable and its devices are unrestricted",
    );
  else if ((unit.base & PAGE_MASK) !== 0n) {
    findings.add(
      "DMAR015",
      unit.offset,
      `DRHD register base ${hex(unit.base)} is not 4-KiB aligned; the unit is unusable and its devices are unrestricted`,
    );
  }
}

function checkRegion(region: Rmrr, widthField: number, findings: Findings): void {
  const range = `${hex(region.base)}-${hex(region.limit)}`;
  if (region.limit + 1n === region.base) {
    findings.add("DMAR021", region.offset, `RMRR ${range} is empty (limit is base - 1); it is ignored`);
  } else if (region.limit < region.base) {
    findings.add(
      "DMAR020",
      region.offset,
      `RMRR limit ${hex(region.limit)} is below its base ${hex(region.base)}`,
    );
  }
  const hint = "rounded outward, so devices reach more than the firmware asked for";
  if ((region.base & PAGE_MASK) !== 0n) {
    findings.add("DMAR022", region.offset, `RMRR base ${hex(region.base)} is not 4-KiB aligned`, hint);
  }
  if (((region.limit + 1n) & PAGE_MASK) !== 0n) {
    findings.add(
      "DMAR023",
      region.offset,
      `RMRR limit ${hex(region.limit)} is not the last byte of a page`,
      hint,
    );
  }
  if (region.scopes.length === 0) {
    findings.add("DMAR024", region.offset, `RMRR ${range} names no device, so it is mapped for none`);
  }
  if (widthField < WIDTH_FIELD_MAX && region.limit >> BigInt(widthField + 1) !== 0n) {
    const message = `RMRR ${range} lies above the host address width of ${widthField + 1} bits`;
    findings.add("DMAR029", region.offset, message);
  }
}

function checkReferences(table: DmarTable, findings: Findings): void {
  const bases = new Set<bigint>();
  const named = new Set<number>();
  for (const structure of table.structures) {
    if (structure.kind === "DRHD") bases.add(structure.base);
    if (structure.kind === "ANDD") named.add(structure.deviceNumber);
  }
  for (const structure of table.structures) {
    if (structure.kind === "RHSA" && !bases.has(structure.base)) {
      const message = `RHSA names base ${hex(structure.base)}, which is no DRHD's; it is ignored`;
      findings.add("DMAR025", structure.offset, message);
    }
    if (!("scopes" in structure)) continue;
    for (const scope of structure.scopes) {
      if (scope.kind !== "acpi-namespace" || named.has(scope.enumerationId)) continue;
      findings.add(
        "DMAR027",
        scope.offset,
        `scope names ACPI device ${scope.enumerationId}, which no ANDD declares`,
      );
    }
  }
}

function isPciScope(scope: DeviceScope): boolean {
  return scope.kind === "pci-endpoint" || scope.kind === "pci-bridge";
}
