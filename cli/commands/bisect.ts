import { bisectFault, bisectProperty, PROPERTIES, type Property } from "../../replay/bisect/bisect.ts";
import type { Bisection } from "../../replay/bisect/bisection.ts";
import { type FaultSignature, parseSignature } from "../../replay/bisect/faultSignature.ts";
import type { BootReader } from "../../store/eventStore.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { InputError } from "../inputError.ts";
import { readBoot, withStore } from "../openStore.ts";
import { context } from "../render/diffText.ts";
import { printJson, type Terminal } from "../terminal.ts";

interface BisectOptions {
  readonly a: string;
  readonly b: string;
  readonly property: Property | undefined;
  readonly fault: string | undefined;
}

/** `smmu bisect A B`: the first event after which two boots differ in one respect. */
export const bisectCommand: Command<BisectOptions> = {
  form: "bisect <a> <b>",
  does: "find the first event after which two boots differ in one respect",
  options: (yargs) =>
    yargs
      .positional("a", { type: "string", demandOption: true, describe: "one boot" })
      .positional("b", { type: "string", demandOption: true, describe: "the other boot" })
      .option("property", {
        choices: Object.keys(PROPERTIES) as Property[],
        describe: "the respect",
        requiresArg: true,
      })
      .option("fault", {
        type: "string",
        describe: "a refused transfer: DEVICE[,REASON[,ADDRESS]], * for any",
        requiresArg: true,
      }),
  async run(options, terminal) {
    const signature = signatureOf(options);
    const { found, text } = await withStore(options.db, "read", (store) => {
      const [a, b] = [readBoot(store, options.a), readBoot(store, options.b)];
      const found =
        signature === null ? bisectProperty(a, b, options.property!) : bisectFault(a, b, signature);
      return { found, text: terminal.json ? "" : renderBisection(terminal, found, a, b) };
    });
    if (terminal.json) await printJson(terminal, found);
    else await terminal.out(text);
    return found.differ ? EXIT.finding : EXIT.ok;
  },
};

function signatureOf({ property, fault }: BisectOptions): FaultSignature | null {
  if ((property === undefined) === (fault === undefined))
    throw new InputError(`name either --property (${Object.keys(PROPERTIES).join(", ")}) or --fault`);
  if (fault === undefined) return null;
  const signature = parseSignature(fault);
  if (signature !== null) return signature;
  throw new InputError(
    `--fault ${fault} is no signature; expected DEVICE[,REASON[,ADDRESS]] such as pci:0000:00:04.0,unmapped,0xfff2b000`,
  );
}

function renderBisection(terminal: Terminal, found: Bisection, a: BootReader, b: BootReader): string {
  const { color } = terminal;
  const head = `${color.bold(found.a)} (A) and ${color.bold(found.b)} (B), ${found.respect}`;
  if (!found.differ) return `${head}: ${color.green("no difference")}\n  ${found.text}\n`;
  const place = (seq: number | null, side: string) =>
    seq === null ? `the end of ${side}` : `event ${seq} of ${side}`;
  const only = found.only === null ? "" : `only in ${found.only.toUpperCase()}: `;
  const parts = [
    `${head}: they part at ${place(found.seqA, "A")} and ${place(found.seqB, "B")}\n`,
    `  ${only}${found.text}\n`,
    context(terminal, "A", a, found.seqA, found.contextA.length),
    context(terminal, "B", b, found.seqB, found.contextB.length),
  ];
  const { fault } = found;
  if (fault !== null) {
    const [seq, boot] = fault.boot === "a" ? [fault.seqA, found.a] : [fault.seqB, found.b];
    parts.push(
      `\n${color.bold("the fault")}: event ${fault.seqA} of A and ${fault.seqB} of B; ${fault.text}\n`,
    );
    parts.push(color.dim(`  smmu why ${boot} ${seq} tells the rest\n`));
  }
  return parts.join("");
}
