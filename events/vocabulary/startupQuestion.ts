import type { BoardFacts, Soc } from "./boardFacts.ts";
import type { DeviceName } from "./device.ts";
import type { UnitName } from "./names.ts";
import type { Component } from "./service.ts";

/** What a library is needed for: a unit family (SAF-1), a board's own knowledge (SAF-4), or a device tree (HG-6). */
export type LibraryRole = "support" | "configuration" | "device-tree";

/** What a service asks its surroundings while it starts, one at a time. Each is one step of the start-up. */
export type Question =
  /** Does another instance run (G-44)? */
  | { readonly ask: "second-instance" }
  /** Is there a vdev-smmu (HG-1)? */
  | { readonly ask: "vdev" }
  /** What do the command line and the files say (ST-6)? */
  | { readonly ask: "configuration" }
  /** Does a service run in the host, is this VM its client, what is certified (HG-3.3)? */
  | { readonly ask: "vdev-host-service" }
  | { readonly ask: "vdev-attached" }
  | { readonly ask: "vdev-components" }
  | { readonly ask: "library"; readonly role: LibraryRole; readonly name: string }
  /** Which other components does the system consist of (SAF-9)? */
  | { readonly ask: "components" }
  /** Which chip is this (RCR-6)? */
  | { readonly ask: "soc" }
  /** What does the board say of units, devices and reserved memory (ST-7)? */
  | { readonly ask: "board" }
  /** Memory for tables: a unit's own (root, context, stream tables; `device` null), then those of each device. */
  | { readonly ask: "memory"; readonly unit: UnitName; readonly device: DeviceName | null }
  /** Write the tables' place and the unit's settings to its registers. */
  | { readonly ask: "program"; readonly unit: UnitName }
  /** Switch translation on; always after every unit is programmed (G-34). */
  | { readonly ask: "enable"; readonly unit: UnitName }
  /** Create the custom abilities (PRV-1). */
  | { readonly ask: "abilities" }
  /** Attach the resource manager's name, by which clients find the service (PUR-8). */
  | { readonly ask: "name" }
  /** Become another user (G-4). */
  | { readonly ask: "user"; readonly user: string };

/** The word of a question. */
export type Asks = Question["ask"];

/** What comes back. `failed`: no answer, or a refusal; a sentence that says which. */
export type Answer =
  | { readonly to: Asks; readonly failed: string }
  | { readonly to: "second-instance"; readonly running: boolean }
  | {
      readonly to: "vdev";
      readonly present: boolean;
      /** The service was started in a guest, whatever its VM has. */
      readonly inGuest: boolean;
      readonly architecture: "x86" | "arm" | null;
    }
  | { readonly to: "vdev-host-service" | "vdev-attached"; readonly confirmed: boolean }
  | { readonly to: "vdev-components" | "components"; readonly components: readonly Component[] }
  | {
      readonly to: "library";
      readonly found: boolean;
      readonly loadable: boolean;
      /** It really is a certified file, whatever its name says (SAF-8a). */
      readonly certified: boolean;
    }
  | { readonly to: "soc"; readonly soc: Soc | null }
  | { readonly to: "board"; readonly board: BoardFacts }
  | {
      readonly to: "memory" | "program" | "enable" | "abilities" | "name" | "user";
      readonly done: true;
    };
