import { hasErrors } from "../../base/diagnostic.ts";
import { EXAMPLE_PREFIX, readBoard } from "../../sources/board/board.ts";
import { exampleBoard } from "../../sources/board/exampleBoards.ts";
import { inspectTable } from "../../sources/board/inspect.ts";
import { surroundings } from "../../sources/board/surroundings.ts";
import { readWhole } from "../booting/readFiles.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { InputError } from "../inputError.ts";
import { renderBoard } from "../render/boardText.ts";
import { renderDiagnostic } from "../render/diagnostics.ts";
import { renderFacts } from "../render/factsText.ts";
import { printJson } from "../terminal.ts";

/** `smmu inspect FILE`: what a firmware table, a device tree or a board file says. */
export const inspectCommand: Command<{ file: string }> = {
  form: "inspect <file>",
  does: "decode a firmware table, a device-tree blob or a board file",
  options: (yargs) =>
    yargs.positional("file", {
      type: "string",
      demandOption: true,
      describe:
        "a DMAR, IORT, IVRS, MCFG or MADT table, an acpidump text, a .dtb, a board file, or example:NAME",
    }),
  async run({ file }, terminal) {
    const isExample = file.startsWith(EXAMPLE_PREFIX);
    const bytes = isExample ? new Uint8Array() : await readWhole(file);
    const { board, diagnostics } = readBoard([{ name: file, bytes }]);
    for (const diagnostic of diagnostics) terminal.note(renderDiagnostic(terminal, diagnostic));
    if (board === null) throw new InputError(`${file} cannot be read as a board or as firmware`);
    if (board.tables.length === 0 && board.places.length === 0 && board.damaged.length === 0) {
      const { json } = board;
      if (terminal.json) await printJson(terminal, { facts: json, diagnostics });
      // As it can be saved, changed and given back.
      else if (isExample) await terminal.out(exampleBoard(file.slice(EXAMPLE_PREFIX.length))!);
      else await terminal.out(renderBoard(terminal, surroundings(board)));
      return EXIT.ok;
    }
    const { facts, alongside, kind } = inspectTable(bytes, file);
    if (terminal.json) {
      const beside = alongside.length === 0 ? {} : { alongside };
      await printJson(terminal, { facts, ...beside, kind, diagnostics });
    } else {
      for (const table of [facts, ...alongside])
        if (table !== null) await terminal.out(renderFacts(terminal, table));
      if (board.tables.length > 0) await terminal.out(`\n${renderBoard(terminal, surroundings(board))}`);
    }
    // A damaged table is input that is not what it claims to be.
    return hasErrors(diagnostics) ? EXIT.usage : EXIT.ok;
  },
};
