import { quote } from "../../../base/diagnostic.ts";
import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";
import { cellOf, cellsOf, describe, joinCells } from "./properties.ts";
import type { FdtNode } from "./tree.ts";

/** A range of addresses; the size may be 0. */
export interface AddressRange {
  readonly base: bigint;
  readonly size: bigint;
}

/** How many cells an address and a size have in the `reg` of a node's children. */
export interface CellCounts {
  readonly address: number;
  readonly size: number;
}

/** The most entries of one `reg` that are read. */
export const REG_COUNT_MAX = 256;

const CELLS_MAX = 4;
// An address of more cells has a bus-specific part (PCI) and is no number.
const NUMBER_CELLS_MAX = 2;

interface Window {
  readonly child: bigint;
  readonly parent: bigint;
  readonly size: bigint;
}

/**
 * Decodes `reg` properties and carries bus addresses up to those of the CPU (tables 5.1). Keeps what it learnt of each
 * bus, and says what is wrong with a bus once.
 */
export class AddressDecoder {
  readonly #findings: Findings;
  readonly #counts = new Map<FdtNode, CellCounts | null>();
  readonly #windows = new Map<FdtNode, readonly Window[] | "identity" | null>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** The cell counts for the children of `bus`; null (and a finding) when it does not say them. */
  cellCounts(bus: FdtNode): CellCounts | null {
    let counts = this.#counts.get(bus);
    if (counts === undefined) {
      counts = this.#readCounts(bus);
      this.#counts.set(bus, counts);
    }
    return counts;
  }

  /**
   * The ranges of a node's `reg` as the CPU sees them; empty when it has none. Ranges that cannot be decoded or translated
   * are left out with a finding. A bus whose children have no size (they are numbered, not placed) has none, nor has one
   * whose addresses are more than numbers, such as PCI.
   */
  reg(node: FdtNode): readonly AddressRange[] {
    const property = node.properties.get("reg");
    const bus = node.parent;
    if (property === undefined || bus === null) return [];
    const counts = this.cellCounts(bus);
    const cells = counts === null ? null : cellsOf(node, property, this.#findings);
    if (counts === null || cells === null) return [];
    const stride = counts.address + counts.size;
    const entries = stride === 0 ? 0 : cells.length / stride;
    if (cells.length === 0 || !Number.isInteger(entries) || entries === 0 || entries > REG_COUNT_MAX) {
      const message = `${describe(node, "reg")} has ${cells.length} cells; entries have ${stride}, and 1 to ${REG_COUNT_MAX} are read`;
      this.#findings.add("FDT065", property.offset, message);
      return [];
    }
    if (counts.address > NUMBER_CELLS_MAX || counts.size > NUMBER_CELLS_MAX || counts.size === 0) return [];
    const ranges: AddressRange[] = [];
    for (let at = 0; at < cells.length; at += stride) {
      const base = joinCells(cells, at, counts.address);
      const size = joinCells(cells, at + counts.address, counts.size);
      const translated = this.#translate(bus, { base, size });
      if (translated !== null) ranges.push(translated);
      else {
        const message = `address ${hex(base)} of ${quote(node.path)} cannot be translated to one of the CPU`;
        this.#findings.add(
          "FDT068",
          property.offset,
          message,
          "is a `ranges` property missing in a bus above it?",
        );
      }
    }
    return ranges;
  }

  #translate(from: FdtNode, range: AddressRange): AddressRange | null {
    let { base } = range;
    for (let bus = from; bus.parent !== null; bus = bus.parent) {
      const windows = this.#windowsOf(bus, bus.parent);
      if (windows === null) return null;
      if (windows === "identity") continue;
      const window = findWindow(windows, base);
      if (window === undefined || base + range.size > window.child + window.size) return null;
      base = window.parent + (base - window.child);
    }
    return base + range.size <= 1n << 64n ? { base, size: range.size } : null;
  }

  #windowsOf(bus: FdtNode, parent: FdtNode): readonly Window[] | "identity" | null {
    let windows = this.#windows.get(bus);
    if (windows === undefined) {
      windows = this.#readWindows(bus, parent);
      this.#windows.set(bus, windows);
    }
    return windows;
  }

  #readWindows(bus: FdtNode, parent: FdtNode): readonly Window[] | "identity" | null {
    const property = bus.properties.get("ranges");
    if (property === undefined) return null;
    if (property.value.length === 0) return "identity";
    const own = this.cellCounts(bus);
    const above = this.cellCounts(parent);
    const cells = cellsOf(bus, property, this.#findings);
    if (own === null || above === null || cells === null) return null;
    const stride = own.address + above.address + own.size;
    if (stride === 0 || cells.length % stride !== 0) {
      const message = `${describe(bus, "ranges")} has ${cells.length} cells, no multiple of the ${stride} of an entry`;
      this.#findings.add("FDT069", property.offset, message);
      return null;
    }
    if (Math.max(own.address, own.size, above.address) > NUMBER_CELLS_MAX) return null;
    const windows: Window[] = [];
    for (let at = 0; at < cells.length; at += stride) {
      windows.push({
        child: joinCells(cells, at, own.address),
        parent: joinCells(cells, at + own.address, above.address),
        size: joinCells(cells, at + own.address + above.address, own.size),
      });
    }
    return windows.sort((a, b) => (a.child < b.child ? -1 : a.child > b.child ? 1 : 0));
  }

  #readCounts(bus: FdtNode): CellCounts | null {
    const address = cellOf(bus, "#address-cells", this.#findings);
    const size = cellOf(bus, "#size-cells", this.#findings);
    const name = quote(bus.path);
    if (address === null || size === null) {
      if (bus.parent !== null) {
        const message = `${name} has children with addresses, but no #address-cells or no #size-cells`;
        this.#findings.add("FDT066", bus.offset, message);
        return null;
      }
      // By old custom, of the root alone (tables 5.1).
      this.#findings.add(
        "FDT067",
        bus.offset,
        "the root has no #address-cells or no #size-cells; 2 and 1 are taken",
      );
    }
    const counts = { address: address ?? 2, size: size ?? 1 };
    if (counts.address <= CELLS_MAX && counts.size <= CELLS_MAX) return counts;
    const message = `${name} says #address-cells ${counts.address} and #size-cells ${counts.size}; at most ${CELLS_MAX} are possible`;
    this.#findings.add("FDT076", bus.offset, message);
    return null;
  }
}

/** The window with the highest start that is not above `base`: windows do not overlap in a correct tree. */
function findWindow(windows: readonly Window[], base: bigint): Window | undefined {
  let low = 0;
  let high = windows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (windows[middle]!.child <= base) low = middle + 1;
    else high = middle;
  }
  return windows[low - 1];
}
