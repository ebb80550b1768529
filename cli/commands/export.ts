import { rename } from "node:fs/promises";
import { csvPieces } from "../../replay/export/csv.ts";
import { ITF_STATES_MAX, itfPieces } from "../../replay/export/itf.ts";
import { perfettoPieces } from "../../replay/export/perfetto.ts";
import type { ExportCount, Pieces, Stretch } from "../../replay/export/pieces.ts";
import { smmuTracePieces } from "../../replay/export/smmuTrace.ts";
import { TABLES, type TableName } from "../../replay/export/tables.ts";
import type { BootReader } from "../../store/eventStore.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { faultSarif } from "../export/faultSarif.ts";
import { discard, parquetOfCsv } from "../export/parquet.ts";
import { STDIN } from "../importing/byteInput.ts";
import { InputError } from "../inputError.ts";
import { checkSeq, readBoot, withStore } from "../openStore.ts";
import { plural } from "../render/table.ts";
import { printJson, type Terminal } from "../terminal.ts";
import { assertWritable, writeAtomically } from "../writeAtomically.ts";

const FORMATS = ["smmu-trace", "itf", "perfetto", "csv", "sarif", "parquet"] as const;
type Format = (typeof FORMATS)[number];

interface ExportOptions {
  readonly boot: string;
  readonly to: string;
  readonly as: Format;
  readonly table: TableName;
  readonly from: number | undefined;
  readonly until: number | undefined;
  readonly force: boolean;
}

/** `smmu export BOOT --to FILE --as F`: a boot in a form that other tools read. */
export const exportCommand: Command<ExportOptions> = {
  form: "export <boot>",
  does: "write a boot in a form that other tools read",
  options: (yargs) =>
    yargs
      .positional("boot", { type: "string", demandOption: true, describe: "the boot's name" })
      .option("to", {
        type: "string",
        demandOption: true,
        describe: "the file to write; compressed where it ends in .gz; - is standard output",
        requiresArg: true,
      })
      .option("as", { choices: FORMATS, demandOption: true, describe: "the form", requiresArg: true })
      .option("table", {
        choices: Object.keys(TABLES) as TableName[],
        default: "events" as const,
        describe: "of csv and parquet: which table",
        requiresArg: true,
      })
      .option("from", { type: "number", describe: "the first seq", requiresArg: true })
      .option("until", { type: "number", describe: "the last seq", requiresArg: true })
      .option("force", { type: "boolean", default: false, describe: "replace an existing file" }),
  async run(options, terminal) {
    const toStdout = options.to === STDIN;
    if (toStdout && terminal.json)
      throw new InputError("--json writes its document to standard output, and so would --to -; name a file");
    if (toStdout && options.as === "parquet")
      throw new InputError("Parquet cannot be written to standard output; name a file");
    const count = await withStore(options.db, "read", (store) => {
      const reader = readBoot(store, options.boot);
      const stretch = stretchOf(reader, options);
      if (options.as === "parquet") return toParquet(reader, stretch, options);
      return toStdout ? toTerminal(terminal, reader, stretch, options) : toFile(reader, stretch, options);
    });
    if (terminal.json) await printJson(terminal, { file: options.to, events: count, as: options.as });
    else if (!toStdout) await terminal.out(`${options.to}: ${plural(count, NOUN[options.as] ?? "event")}\n`);
    return EXIT.ok;
  },
};

const NOUN: { readonly [format in Format]?: string } = { csv: "row", parquet: "row", sarif: "result" };

function stretchOf(reader: BootReader, { from, until, as }: ExportOptions): Stretch {
  const first = from === undefined ? 0 : checkSeq(reader.info, from);
  const last = until === undefined ? reader.info.events - 1 : checkSeq(reader.info, until);
  if (first > last && reader.info.events > 0)
    throw new InputError(`--from ${first} lies after --until ${last}`);
  if (as === "itf" && from === undefined && until === undefined && last >= ITF_STATES_MAX) {
    throw new InputError(
      `each state of an ITF trace holds the whole machine, and boot ${reader.info.name} has ${last + 1} events; name a stretch with --from and --until`,
    );
  }
  return { from: first, to: last };
}

function piecesOf(reader: BootReader, stretch: Stretch, { as, table }: ExportOptions): Pieces {
  switch (as) {
    case "smmu-trace":
      return smmuTracePieces(reader, stretch);
    case "itf":
      return itfPieces(reader, stretch);
    case "perfetto":
      return perfettoPieces(reader, stretch);
    case "sarif":
      return sarifPieces(reader, stretch);
    case "csv":
    case "parquet":
      return csvPieces(reader, table, stretch);
  }
}

function* sarifPieces(reader: BootReader, stretch: Stretch): Pieces {
  const { text, events } = faultSarif(reader, stretch);
  yield text;
  return { events };
}

async function toTerminal(
  terminal: Terminal,
  reader: BootReader,
  stretch: Stretch,
  options: ExportOptions,
): Promise<number> {
  return drain(piecesOf(reader, stretch, options), (text) => terminal.out(text));
}

async function toFile(reader: BootReader, stretch: Stretch, options: ExportOptions): Promise<number> {
  let count = 0;
  await writeAtomically(options.to, options.force, async (write) => {
    count = await drain(piecesOf(reader, stretch, options), write);
  });
  return count;
}

/** DuckDB reads a CSV file beside the wanted one and writes row by row, so that memory does not grow with the boot. */
async function toParquet(reader: BootReader, stretch: Stretch, options: ExportOptions): Promise<number> {
  await assertWritable(options.to, options.force);
  const csv = `${options.to}.${process.pid}.csv`;
  const unfinished = `${options.to}.${process.pid}.parquet`;
  try {
    let count = 0;
    await writeAtomically(csv, false, async (write) => {
      count = await drain(piecesOf(reader, stretch, options), write);
    });
    await parquetOfCsv(options.table, csv, unfinished);
    await rename(unfinished, options.to);
    return count;
  } finally {
    await discard(csv);
    await discard(unfinished);
  }
}

async function drain(pieces: Pieces, write: (text: string) => Promise<void>): Promise<number> {
  for (;;) {
    const next: IteratorResult<string, ExportCount> = pieces.next();
    if (next.done) return next.value.events;
    await write(next.value);
  }
}
