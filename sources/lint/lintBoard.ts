import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Board } from "../board/board.ts";
import type { EffectiveConfig } from "../config/effective.ts";
import type { ConfigOption } from "../config/options.ts";
import { type BoardRule, boardSubject } from "./boardSubject.ts";
import { components, libraries, secondInstance } from "./rules/components.ts";
import {
  boardIdentifiers,
  otherwiseOnBoard,
  unconfigured,
  uncontrolled,
  unknownDevices,
} from "./rules/devices.ts";
import { forbiddenZones, outsideMemory, partOfEntry } from "./rules/grants.ts";
import { guest } from "./rules/guest.ts";
import { reservedRegions } from "./rules/reserved.ts";
import { anyUnit, supportedChip, undriven, unitAddresses } from "./rules/units.ts";
import { addressWidths } from "./rules/widths.ts";
import { type SkippedCheck, skippedChecks } from "./skippedChecks.ts";

// What holds wherever the service runs: the memory that grants open, and the devices that exist.
const EVERYWHERE: readonly BoardRule[] = [forbiddenZones, outsideMemory, partOfEntry, unknownDevices];

// Units, reserved regions and libraries are the host's matter (HG-3).
const ON_HARDWARE: readonly BoardRule[] = [
  anyUnit,
  unitAddresses,
  undriven,
  supportedChip,
  uncontrolled,
  otherwiseOnBoard,
  boardIdentifiers,
  addressWidths,
  reservedRegions,
  unconfigured,
  secondInstance,
];

/** A configuration held against a board: what there is to say, and what could not be checked. */
export interface BoardLint {
  readonly diagnostics: readonly Diagnostic[];
  readonly skipped: readonly SkippedCheck[];
}

/** Checks a configuration against the board it is for; comes on top of what is said of it alone. Never throws on bad input. */
export function lintBoard(
  config: EffectiveConfig,
  options: readonly ConfigOption[],
  board: Board,
): BoardLint {
  const subject = boardSubject(config, options, board);
  const skipped = skippedChecks(subject);
  const isSilent = skipped.some(({ check }) => check === "libraries and certification");
  const placed = config.placement === "guest" ? [guest] : ON_HARDWARE;
  const files = config.placement === "guest" || isSilent ? [] : [libraries, components];
  const rules = [...EVERYWHERE, ...placed, ...files];
  return { diagnostics: rules.flatMap((rule) => rule(subject)), skipped };
}
