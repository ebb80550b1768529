import type { RecordedEvent } from "../../events/recordedEvent.ts";
import { parseAddress } from "../../events/vocabulary/address.ts";
import { byteRange } from "../../events/vocabulary/byteRange.ts";
import { parseDeviceName } from "../../events/vocabulary/device.ts";
import { eventAt } from "../../replay/bootEvents.ts";
import type { Question } from "../../replay/why/question.ts";
import { type Answer, explain, explainEvent } from "../../replay/why/why.ts";
import type { BootReader } from "../../store/eventStore.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { InputError } from "../inputError.ts";
import { checkSeq, readBoot, withStore } from "../openStore.ts";
import { renderWhy } from "../render/whyText.ts";
import { printJson } from "../terminal.ts";

interface WhyOptions {
  readonly boot: string;
  readonly seq: number | undefined;
  readonly device: string | undefined;
  readonly address: string | undefined;
  readonly length: number;
  readonly access: "r" | "w";
  readonly at: number | undefined;
}

/** `smmu why BOOT SEQ`: the causes of one verdict or fault. */
export const whyCommand: Command<WhyOptions> = {
  form: "why <boot> [seq]",
  does: "explain one verdict or fault: its chain of causes, near misses, and what would have permitted it",
  options: (yargs) =>
    yargs
      .positional("boot", { type: "string", demandOption: true, describe: "the boot's name" })
      .positional("seq", { type: "number", describe: "a transfer or a fault report" })
      .option("device", { type: "string", describe: "what if this device ...", requiresArg: true })
      .option("address", { type: "string", describe: "... used this address (hex)", requiresArg: true })
      .option("length", { type: "number", default: 1, describe: "... for so many bytes", requiresArg: true })
      .option("access", {
        choices: ["r", "w"] as const,
        default: "r" as const,
        describe: "... to read or to write",
      })
      .option("at", {
        type: "number",
        describe: "... just before this seq (default: at the end)",
        requiresArg: true,
      }),
  async run(options, terminal) {
    const [answer, event] = await withStore(options.db, "read", (store) => {
      const reader = readBoot(store, options.boot);
      if (options.seq !== undefined) return fromLog(reader, options.seq);
      const question = whatIf(reader, options);
      return [{ question, explanation: explain(reader, question) }, null] as const;
    });
    if (terminal.json) await printJson(terminal, answer.explanation);
    else await terminal.out(renderWhy(terminal, options.boot, answer.question, answer.explanation, event));
    return EXIT.ok;
  },
};

function fromLog(reader: BootReader, given: number): readonly [Answer, RecordedEvent] {
  const event = eventAt(reader, checkSeq(reader.info, given))!;
  const answer = explainEvent(reader, event);
  if (!("problem" in answer)) return [answer, event];
  const missing = answer.missing.length === 0 ? "" : `; missing: ${answer.missing.join("; ")}`;
  throw new InputError(`${answer.problem}${missing}`);
}

function whatIf(reader: BootReader, options: WhyOptions): Question {
  if (options.device === undefined || options.address === undefined) {
    throw new InputError("name a seq, or --device and --address; smmu why --help tells the usage");
  }
  const device = parseDeviceName(options.device);
  if (device === null)
    throw new InputError(
      `--device ${options.device} is no device; expected pci:SSSS:bb:dd.f (hex), mmio:0xADDR or stream:0xSID`,
    );
  const address = parseAddress(options.address);
  if (address === null)
    throw new InputError(`--address ${options.address} is no address; expected hex such as 0x70ad5000`);
  if (!Number.isSafeInteger(options.length) || options.length < 1)
    throw new InputError(`--length ${options.length} is no number of bytes; expected 1 or more`);
  const bytes = byteRange(address, options.length);
  if (!bytes.ok) throw new InputError("the range goes past 2^64");
  const seq = options.at === undefined ? reader.info.events : checkSeq(reader.info, options.at);
  const t = options.at === undefined ? null : (eventAt(reader, seq)?.t ?? null);
  return {
    seq,
    t,
    device,
    bytes: bytes.value,
    access: options.access,
    observed: null,
    report: null,
    event: null,
  };
}
