/** A message of an Arm SMMU driver: which unit speaks, by which system's driver, and what it says. */
export interface UnitMessage {
  readonly xen: boolean;
  /** `arm-smmu 15000000.iommu` on Linux, the device tree path on Xen; null where a paste lost it. */
  readonly unit: string | null;
  readonly text: string;
}

const LINUX = /(?:^|[\s\]])((?:arm-smmu|qcom-iommu|ipmmu-vmsa|ipmmu)[\w-]{0,20}) (\S{1,80}?):(?:\s+|$)(.*)$/;
// Drivers of other names print the same line.
const OTHER = /(?:^|\s)([\w.-]{1,40} [^\s:]{1,80}): (Unhandled context fault: .*)$/;
const XEN = /(?:^|\s)(?:smmu|SMMUv3|ipmmu): (\/\S{1,200}?):(?:\s+|$)(.*)$/;

/** Splits a message into unit and text (logs 1: `<driver> <device>: `); a message without either prefix is all text. */
export function parseUnitMessage(message: string): UnitMessage {
  if (message.startsWith("arm-smmu")) {
    const colon = message.indexOf(": ");
    const blank = message.indexOf(" ");
    if (blank > 0 && blank < colon && message.indexOf(" ", blank + 1) > colon) {
      return { xen: false, unit: message.slice(0, colon), text: message.slice(colon + 2).trimStart() };
    }
  }
  const linux = LINUX.exec(message);
  if (linux !== null) return { xen: false, unit: `${linux[1]!} ${linux[2]!}`, text: linux[3]! };
  const xen = XEN.exec(message);
  if (xen !== null) return { xen: true, unit: xen[1]!, text: xen[2]! };
  const other = OTHER.exec(message);
  if (other !== null) return { xen: false, unit: other[1]!, text: other[2]! };
  return { xen: false, unit: null, text: message };
}
