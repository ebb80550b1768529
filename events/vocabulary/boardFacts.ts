import type { DeviceName } from "./device.ts";
import type { Family } from "./family.ts";
import type { UnitName } from "./names.ts";
import type { Component } from "./service.ts";

/**
 * What a board says when it is asked, whatever told it: firmware tables, a device tree, or a board file. What it does
 * not say does not exist (contract 4). Addresses and lengths are lower-case hex texts; lists keep their source's order.
 */
export interface BoardFacts {
  readonly architecture: "x86" | "arm" | null;
  readonly units: readonly BoardUnit[];
  /** Devices that the board lists, and those that somebody named, with what the board makes of them. */
  readonly devices: readonly BoardDevice[];
  readonly reserved: readonly BoardRegion[];
  /** Memory that belongs to the OS image (G-16). */
  readonly image: readonly BoardMemory[];
  /** Firmware tables that are damaged, one sentence each: nothing of them is relied on. */
  readonly damaged: readonly string[];
}

/** One unit as the board describes it. */
export interface BoardUnit {
  readonly name: UnitName;
  readonly family: Family;
  readonly base: string | null;
  readonly addressWidth: number | null;
  /** Requesters behind it beyond the devices that name it; null: the board does not say which are. */
  readonly covers: readonly CoveredRange[] | null;
  /** Who told: `DMAR`, `board.json`, ... */
  readonly source: string;
}

/** What a board brings to a start-up beside the words of its configuration. */
export interface Surroundings {
  readonly board: BoardFacts;
  readonly files: readonly BoardFile[];
  readonly components: readonly Component[];
  readonly soc: Soc | null;
  readonly vdev: VdevFacts | null;
  /** Services that run already (G-44). */
  readonly services: readonly string[];
}

/** Requesters behind a unit: PCI functions of a segment by requester id, both ends inclusive; or every device. */
export type CoveredRange =
  | { readonly kind: "pci"; readonly segment: number; readonly first: number; readonly last: number }
  | { readonly kind: "all" };

/** One device, and what the board says of the unit in front of it. */
export interface BoardDevice {
  readonly device: DeviceName;
  /** False for one that somebody named and the board does not list. */
  readonly listed: boolean;
  readonly unit: UnitName | null;
  /**
   * `none`: no unit is in front of it; `unknown`: the board does not say; `undecided`: a table names units behind bridges,
   * and without PCI configuration nobody can tell. `unit` may then hold one that covers the rest.
   */
  readonly answer: "unit" | "none" | "unknown" | "undecided";
  /** How its unit tells it apart (StreamIDs, micro-TLBs), where the board says. */
  readonly identifiers: readonly number[];
  readonly note: string | null;
}

/** Memory that devices must always be able to use: RMRR, RMR, IVMD, device tree, board file (RSV-1, RSV-4). */
export interface BoardRegion extends BoardMemory {
  readonly access: "r" | "w" | "rw";
  readonly devices: readonly DeviceName[];
  /** Devices whose it may be: a table names them behind bridges, and nobody says which buses are behind those. */
  readonly undecided: readonly DeviceName[];
  readonly source: string;
}

/** A run of memory. */
export interface BoardMemory {
  readonly start: string;
  readonly length: string;
}

/** A file that the loader may find (`files` of a board). */
export interface BoardFile extends Component {
  readonly loadable: boolean;
}

/** The chip, by the two numbers that RCR-1 compares. */
export interface Soc {
  readonly id: string;
  readonly revision: string;
}

/** The vdev-smmu of a VM, and what it answers when the guest's service asks (HG-3.3). */
export interface VdevFacts {
  readonly hostService: boolean;
  readonly attached: boolean;
  readonly answers: boolean;
  /** Null: it reports no status at all, which is not the same as nothing to report (G-2). */
  readonly components: readonly Component[] | null;
}
