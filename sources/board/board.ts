import type { Diagnostic } from "../../base/diagnostic.ts";
import { err, ok, type Result } from "../../base/result.ts";
import type { PlaceTable } from "./acpi/acpiFile.ts";
import { BOARD_SCHEMA, type BoardJson } from "./boardJson.ts";
import { EXAMPLE_BOARDS, exampleBoard } from "./exampleBoards.ts";
import { type FirmwareTable, readFirmware } from "./firmware.ts";
import { readBoardJson } from "./readBoardJson.ts";

/** One `--board`: the name it was given by, and its bytes; of an example the name says it all. */
export interface BoardInput {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A board as its files describe it, before anybody asks it anything. */
export interface Board {
  /** All board files as one: lists one after another, of single members the last that is said. */
  readonly json: BoardJson;
  readonly tables: readonly { readonly file: string; readonly table: FirmwareTable }[];
  /** Where firmware says that interrupt controllers and PCI configuration space are. */
  readonly places: readonly { readonly file: string; readonly table: PlaceTable }[];
  /** Firmware that is damaged, a sentence each: a machine with it does not start (DSS-1). */
  readonly damaged: readonly string[];
}

/** A board, or why its files make none; `board` null: a file is not what it was given as. */
export interface BoardResult {
  readonly board: Board | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** The prefix of the names of built-in boards. */
export const EXAMPLE_PREFIX = "example:";

/** A board of which nothing is said. */
export const EMPTY_BOARD: Board = {
  json: BOARD_SCHEMA.parse({ format: "smmu-board", version: 1 }),
  tables: [],
  places: [],
  damaged: [],
};

/** Reads board files (JSON), firmware tables and device-tree blobs; told apart by their content. */
export function readBoard(inputs: readonly BoardInput[]): BoardResult {
  const diagnostics: Diagnostic[] = [];
  const jsons: BoardJson[] = [];
  const tables: { file: string; table: FirmwareTable }[] = [];
  const places: { file: string; table: PlaceTable }[] = [];
  const damaged: string[] = [];
  let isUsable = true;
  for (const { name, bytes } of inputs) {
    const text = boardText(name, bytes);
    if (text !== null) {
      const read = text.ok ? readBoardJson(text.value, name) : { board: null, diagnostics: [text.error] };
      diagnostics.push(...read.diagnostics);
      if (read.board === null) isUsable = false;
      else jsons.push(read.board);
      continue;
    }
    const firmware = readFirmware(bytes, name);
    diagnostics.push(...firmware.diagnostics);
    if (firmware.kind === "unknown") {
      diagnostics.push(notABoard(name));
      isUsable = false;
    }
    for (const error of firmware.damage) damaged.push(`${name}: ${error.message} (${error.code})`);
    for (const table of firmware.tables) tables.push({ file: name, table });
    for (const table of firmware.places) places.push({ file: name, table });
  }
  return { board: isUsable ? { json: joined(jsons), tables, places, damaged } : null, diagnostics };
}

/** The text of a board file or an example; null for firmware. */
function boardText(name: string, bytes: Uint8Array): Result<string, Diagnostic> | null {
  if (name.startsWith(EXAMPLE_PREFIX)) {
    const text = exampleBoard(name.slice(EXAMPLE_PREFIX.length));
    if (text !== null) return ok(text);
    const known = [...EXAMPLE_BOARDS.keys()].map((each) => `${EXAMPLE_PREFIX}${each}`).join(", ");
    return err({
      code: "BRD008",
      severity: "error",
      file: null,
      line: null,
      message: `there is no board ${name}`,
      hint: `the built-in boards are ${known}`,
    });
  }
  // A table begins with its signature, a blob with its magic number: neither can be taken for a JSON object.
  const head = new TextDecoder().decode(bytes.subarray(0, 256)).replace(/^\ufeff/, "");
  return /^\s*\{/.test(head) || name.endsWith(".json") ? ok(new TextDecoder("utf-8").decode(bytes)) : null;
}

function notABoard(name: string): Diagnostic {
  return {
    code: "BRD007",
    severity: "error",
    file: name,
    line: null,
    message: "the file is no board file, no ACPI table that is read, and no device tree",
    hint: "give a .json board, a DMAR, IORT, IVRS, MCFG or MADT table, an acpidump text, a .dtb blob, or example:NAME",
  };
}

function joined(boards: readonly BoardJson[]): BoardJson {
  const all: BoardJson = { ...EMPTY_BOARD.json };
  for (const board of boards) {
    for (const member of LISTS) (all[member] as unknown[]) = [...all[member], ...board[member]];
    all.env = { ...all.env, ...board.env };
    all.soc = board.soc ?? all.soc;
    all.vdev = board.vdev ?? all.vdev;
  }
  return all;
}

const LISTS = [
  "asinfo",
  "memory",
  "pci",
  "mmio",
  "units",
  "reserved",
  "files",
  "components",
  "services",
] as const satisfies readonly (keyof BoardJson)[];
