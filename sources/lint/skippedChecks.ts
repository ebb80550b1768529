import type { BoardJson } from "../board/boardJson.ts";
import type { BoardSubject } from "./boardSubject.ts";

/** A check that could not be made, and what would make it possible. */
export interface SkippedCheck {
  readonly check: string;
  readonly because: string;
}

/** What is not checked where no board is given at all. */
export const WITHOUT_BOARD: readonly SkippedCheck[] = [
  "substitutions of asinfo entries and environment variables",
  "grants on the OS image, PCI configuration space, interrupt controllers and units of the board",
  "grants outside memory, and grants that use part of an asinfo entry",
  "reserved regions of the board (RMRR, RMR, IVMD)",
  "address widths of the machine and its units",
  "devices: whether they exist, and which unit controls them",
  "units and the chip: whether they are the board's",
  "libraries and certification",
  "the start-up as a whole",
].map((check) => ({ check, because: "no board was given" }));

/** What is not checked because the board does not speak of it. */
export function skippedChecks({ map, around, board, config }: BoardSubject): readonly SkippedCheck[] {
  const skipped: SkippedCheck[] = [];
  const add = (check: string, because: string) => skipped.push({ check, because });
  if (map.unknown.has("image"))
    add("grants on the OS image", 'the board has no asinfo entry or memory named "imagefs"');
  if (map.unknown.has("ecam"))
    add("grants on PCI configuration space", 'the board has neither an MCFG table nor memory named "ecam"');
  if (map.unknown.has("interrupts"))
    add(
      "grants on interrupt controllers",
      'the board has neither a MADT table nor memory named "ioapic", "gic" or the like',
    );
  if (map.unknown.has("memory"))
    add("grants outside memory", 'the board does not say where memory is ("memory")');
  if (config.placement === "guest") return skipped;
  if (around.board.units.length > 0 && around.board.units.every(({ addressWidth }) => addressWidth === null))
    add("address widths of units", 'the board does not say them ("addressWidth")');
  if (board.json.pci.length === 0 && board.json.mmio.length === 0)
    add("devices that do not exist", 'the board lists no devices ("pci", "mmio")');
  if (isSilent(board.json))
    add(
      "libraries and certification",
      "only firmware tables were given; a board file lists files and components",
    );
  return skipped;
}

/** Nothing is said in any board file: only firmware was given, which knows neither files nor the system page. */
export function isSilent(json: BoardJson): boolean {
  return Object.values(json).every((member) => {
    if (Array.isArray(member)) return member.length === 0;
    return typeof member !== "object" || member === null || Object.keys(member).length === 0;
  });
}
