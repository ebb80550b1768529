import { FAMILIES } from "../../events/vocabulary/family.ts";
import { type Rules, SHIPPED } from "../check/rules.ts";
import type { Model } from "./model.ts";
import { boards, SETUPS_COUNT } from "./models/boards.ts";
import { bytes, devices } from "./models/bytes.ts";
import { cachedPages } from "./models/cachedPages.ts";
import { type DssSizes, dss } from "./models/dss.ts";
import { edges } from "./models/edges.ts";
import { type GuestsSizes, guests } from "./models/guests.ts";
import { type OwnershipSizes, ownership } from "./models/ownership.ts";

/** A number that a preset can be built with. */
export interface PresetSize {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly does: string;
}

/** A bounded model that has a name (docs/models.md). */
export interface Preset {
  readonly name: string;
  readonly does: string;
  readonly sizes: { readonly [what: string]: PresetSize };
  /** `rules`: other ones than those that ship, for mutants. */
  readonly build: (sizes: { readonly [what: string]: number }, rules?: Rules) => Model;
}

const FAMILY_SIZES = FAMILIES.map((family, at) => `${at} ${family}`).join(", ");

/** All of them; the first is the one that is searched where none is named. */
export const PRESETS: readonly Preset[] = [
  {
    name: "ownership",
    does: "clients that share devices, objects and pages of a service that runs, by the shipped rules",
    sizes: {
      devices: { default: 2, min: 1, max: 4, does: "DMA devices behind one unit" },
      clients: { default: 2, min: 1, max: 4, does: "clients" },
      objects: { default: 1, min: 1, max: 3, does: "objects of each client" },
      pages: { default: 1, min: 1, max: 4, does: "pages that are mapped and transferred to" },
      rights: { default: 2, min: 1, max: 3, does: "kinds of grants: r, rw, w" },
    },
    build: (sizes, rules = SHIPPED) => ownership(sizes as unknown as OwnershipSizes, rules),
  },
  {
    name: "dss",
    does: "a service from its launch on, every answer and every failure, then clients and transfers, by the shipped rules",
    sizes: {
      pages: { default: 2, min: 1, max: 8, does: "pages that clients map" },
      devices: { default: 1, min: 1, max: 3, does: "DMA devices, the first of them configured" },
      clients: { default: 1, min: 1, max: 2, does: "clients" },
      units: { default: 1, min: 1, max: 2, does: "units of the board" },
      objects: { default: 1, min: 1, max: 2, does: "objects of each client" },
      failures: { default: 4, min: 0, max: 4, does: "kinds of failures: of a unit, memory, interrupt, vdev" },
    },
    build: (sizes, rules = SHIPPED) => dss(sizes as unknown as DssSizes, rules),
  },
  {
    name: "guests",
    does: "VMs whose guests narrow their own devices, and devices that try what lies beyond, by the shipped rules",
    sizes: {
      guests: { default: 1, min: 1, max: 3, does: "VMs, each with a service and a process in its guest" },
      devices: { default: 1, min: 1, max: 3, does: "DMA devices that any VM may begin with" },
      pages: { default: 1, min: 1, max: 4, does: "pages of each VM" },
      failures: {
        default: 3,
        min: 0,
        max: 3,
        does: "kinds of failures: a guest's service, the host's, a VM",
      },
    },
    build: (sizes, rules = SHIPPED) => guests(sizes as unknown as GuestsSizes, rules),
  },
  {
    name: "cached-pages",
    does: "a unit that caches table entries, and a Design Safe State that empties them: the yardstick for speed",
    sizes: { pages: { default: 6, min: 1, max: 10, does: "pages in the table" } },
    build: ({ pages }) => cachedPages(pages!),
  },
  {
    name: "edges",
    does: "a recording of one unit at its edges: width, interrupt range, rights, pass-through, and what a cache may still hold",
    sizes: { family: { default: 0, min: 0, max: 5, does: FAMILY_SIZES } },
    build: (sizes, rules = SHIPPED) => edges(sizes, rules),
  },
  {
    name: "bytes",
    does: "what a client maps: ranges that begin, end and meet within pages, targets, every flag",
    sizes: { family: { default: 0, min: 0, max: 5, does: FAMILY_SIZES } },
    build: (sizes, rules = SHIPPED) => bytes(sizes, rules),
  },
  {
    name: "devices",
    does: "which devices clients have: wildcards, ids, devices that cannot be told apart, two units, calls that are wrong",
    sizes: { family: { default: 0, min: 0, max: 5, does: FAMILY_SIZES } },
    build: (sizes, rules = SHIPPED) => devices(sizes, rules),
  },
  {
    name: "boards",
    does: "start-ups that are not as usual: sets and regions that share pages, libraries, ACPI words, other chips, reserved streams",
    sizes: {
      board: { default: 0, min: 0, max: SETUPS_COUNT - 1, does: "which of the boards of docs/models.md" },
    },
    build: (sizes, rules = SHIPPED) => boards(sizes, rules),
  },
];
