import type { Json } from "../../../base/canonicalJson.ts";
import type { ByteReader } from "../byteReader.ts";
import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";
import type { AcpiHeader } from "./header.ts";
import { headerFacts } from "./headerFacts.ts";

/** The configuration space of some buses of a PCI segment; `base` is where bus 0 would begin, whatever `startBus` is. */
export interface EcamAllocation {
  readonly offset: number;
  readonly base: bigint;
  readonly segment: number;
  /** Both inclusive. */
  readonly startBus: number;
  readonly endBus: number;
}

/** Where PCI configuration space is mapped into memory (ECAM, MMCONFIG). It says nothing of IOMMUs. */
export interface McfgTable {
  readonly kind: "MCFG";
  readonly header: AcpiHeader;
  readonly allocations: readonly EcamAllocation[];
}

const ALLOCATIONS_AT = 44;
const ALLOCATION_LENGTH = 16;
const BUS_SHIFT = 20n;
const BUS_BYTES = 1n << BUS_SHIFT;

/** Reads the body of an MCFG whose header was accepted; allocations that contradict themselves are reported and kept. */
export function readMcfg(reader: ByteReader, header: AcpiHeader, findings: Findings): McfgTable {
  const allocations: EcamAllocation[] = [];
  let at = ALLOCATIONS_AT;
  for (; at + ALLOCATION_LENGTH <= header.length; at += ALLOCATION_LENGTH) {
    const allocation = {
      offset: at,
      base: reader.u64(at),
      segment: reader.u16(at + 8),
      startBus: reader.u8(at + 10),
      endBus: reader.u8(at + 11),
    };
    checkAllocation(allocation, allocations, findings);
    allocations.push(allocation);
  }
  if (at < header.length)
    findings.add(
      "MCFG001",
      at,
      `${header.length - at} bytes at the end are too few for an entry of ${ALLOCATION_LENGTH}`,
    );
  return { kind: "MCFG", header, allocations };
}

function checkAllocation(
  allocation: EcamAllocation,
  before: readonly EcamAllocation[],
  findings: Findings,
): void {
  const { offset, base, segment, startBus, endBus } = allocation;
  const buses = `buses ${hex(startBus, 2)} to ${hex(endBus, 2)} of segment ${segment}`;
  if (endBus < startBus) findings.add("MCFG002", offset, `${buses}: the last bus is below the first`);
  const { first, last } = ecamRange(allocation);
  if (base === 0n || base % BUS_BYTES !== 0n || last >= 1n << 64n)
    findings.add("MCFG003", offset, `${buses}: base ${hex(base)} is 0, not 1-MiB aligned, or too high`);
  const other = before.slice(0, COMPARED_MAX).find((each) => {
    const range = ecamRange(each);
    return range.first <= last && first <= range.last;
  });
  if (other !== undefined) {
    const message = `${buses} at ${hex(first)} overlap those given at offset ${hex(other.offset)}`;
    findings.add("MCFG004", offset, message);
  }
}

/** How many earlier entries one is compared with; a machine has one for each segment. */
const COMPARED_MAX = 256;

/** The bytes of an allocation's configuration space, both inclusive: 1 MiB a bus. */
export function ecamRange({ base, startBus, endBus }: EcamAllocation): { first: bigint; last: bigint } {
  return {
    first: base + (BigInt(startBus) << BUS_SHIFT),
    last: base + (BigInt(Math.max(startBus, endBus) + 1) << BUS_SHIFT) - 1n,
  };
}

/** An MCFG as `smmu inspect` tells it. */
export function mcfgFacts({ header, allocations }: McfgTable): Json {
  return {
    ...headerFacts(header),
    allocations: allocations.map((allocation) => {
      const { offset, base, segment, startBus, endBus } = allocation;
      const { first, last } = ecamRange(allocation);
      return { offset, base: hex(base), segment, startBus, endBus, first: hex(first), last: hex(last) };
    }),
  };
}
