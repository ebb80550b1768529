import { readFileSync } from "node:fs";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { quote } from "../base/diagnostic.ts";
import { StoreError } from "../store/eventStore.ts";
import { COMMAND_TABLE, commandsFor } from "./commandTable.ts";
import { EXIT } from "./exitCodes.ts";
import { STDIN } from "./importing/byteInput.ts";
import { InputError } from "./inputError.ts";
import { isMissingBinding, MISSING_BINDING } from "./missingBinding.ts";
import { packageFile } from "./packageFile.ts";

const version = (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string })
  .version;

const words = hideBin(process.argv).map((word) => (word === "-" ? STDIN : word));

const cli = yargs(words)
  .scriptName("smmu")
  .usage("$0 <command>\n\nReplays, judges and explains the boots of IOMMU/SMMU managers.")
  .option("db", {
    type: "string",
    default: process.env["SMMU_DB"] || "smmu.db",
    describe: "the database file",
    requiresArg: true,
    global: true,
  })
  .option("json", {
    type: "boolean",
    default: false,
    describe: "one JSON document on standard output",
    global: true,
  })
  .option("color", {
    type: "boolean",
    default: true,
    describe: "colours on a terminal; --no-color or NO_COLOR for none",
    global: true,
  })
  .option("quiet", { type: "boolean", default: false, describe: "no notes on standard error", global: true })
  .command([...(await commandsFor(words))])
  .demandCommand(1, "name a command; smmu --help lists them")
  .strict()
  .version(version)
  .help()
  .wrap(Math.min(110, process.stdout.columns ?? 100))
  .exitProcess(false)
  .fail((message, error) => {
    if (error) throw error;
    const given = words.find((word) => !word.startsWith("-")) ?? "";
    const known = COMMAND_TABLE.has(given);
    if (!known && given !== "" && message.startsWith("Unknown")) {
      throw new InputError(`there is no command ${quote(given)}; smmu --help lists them`);
    }
    throw new InputError(`${message}; ${known ? `smmu ${given} --help` : "smmu --help"} tells the usage`);
  });

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? (process.exitCode ?? EXIT.ok) : EXIT.usage);
});

try {
  await cli.parseAsync();
} catch (error) {
  process.exitCode = tellError(error);
}

/** Says what went wrong in one sentence and answers with the exit code for it. */
function tellError(error: unknown): number {
  if (error instanceof InputError) {
    process.stderr.write(`smmu: ${error.message}\n`);
    return EXIT.usage;
  }
  if (error instanceof StoreError) {
    process.stderr.write(`smmu: ${error.message}\n`);
    return error.reason === "damaged" || error.reason === "foreign" || error.reason === "newer"
      ? EXIT.database
      : EXIT.usage;
  }
  if (isMissingBinding(error) || /bindings file/.test(String(error))) {
    process.stderr.write(`smmu: ${MISSING_BINDING}\n`);
    return EXIT.usage;
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`smmu: this is a bug in smmu-replay ${version} (${name}: ${message})\n`);
  process.stderr.write(
    "Please report it with the command you gave and its input; SMMU_DEBUG=1 prints where it happened.\n",
  );
  if (process.env["SMMU_DEBUG"]) process.stderr.write(`${stack}\n`);
  return EXIT.bug;
}
