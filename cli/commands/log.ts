import { quote } from "../../base/diagnostic.ts";
import { eventJson } from "../../events/codec/eventJson.ts";
import { isOutcome, type RecordedEvent } from "../../events/recordedEvent.ts";
import { innermost } from "../../events/vmEvents.ts";
import { type DeviceName, parseDeviceName } from "../../events/vocabulary/device.ts";
import { events } from "../../replay/bootEvents.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { InputError } from "../inputError.ts";
import { checkSeq, readBoot, withStore } from "../openStore.ts";
import { renderEvent } from "../render/eventLine.ts";

interface LogOptions {
  readonly boot: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly kind: string | undefined;
  readonly device: string | undefined;
  readonly jsonl: boolean;
}

// Text is handed on in pieces of this size: one write for each event would be slow.
const PIECE_LENGTH = 1 << 16;

/** `smmu log BOOT`: the events, one a line. */
export const logCommand: Command<LogOptions> = {
  form: "log <boot>",
  does: "print the events of a boot",
  options: (yargs) =>
    yargs
      .positional("boot", { type: "string", demandOption: true, describe: "the boot's name" })
      .option("from", { type: "number", describe: "first seq", requiresArg: true })
      .option("to", { type: "number", describe: "last seq", requiresArg: true })
      .option("kind", { type: "string", describe: "only events of this kind", requiresArg: true })
      .option("device", { type: "string", describe: "only events of this device", requiresArg: true })
      .option("jsonl", { type: "boolean", default: false, describe: "one JSON object a line" }),
  async run(options, terminal) {
    const device = options.device === undefined ? null : parseDeviceName(options.device);
    if (options.device !== undefined && device === null) {
      throw new InputError(
        `--device ${options.device} is no device; expected pci:SSSS:bb:dd.f (hex), mmio:0xADDR or stream:0xSID`,
      );
    }
    await withStore(options.db, "read", async (store) => {
      const reader = readBoot(store, options.boot);
      const from = options.from === undefined ? 0 : checkSeq(reader.info, options.from);
      const to = options.to === undefined ? reader.info.events - 1 : checkSeq(reader.info, options.to);
      if (from > to && reader.info.events > 0) throw new InputError(`--from ${from} lies after --to ${to}`);
      const ofDevice = device === null ? () => true : eventsOf(device);
      const kinds = new Set<string>();
      const wanted = (event: RecordedEvent): boolean => {
        const kind = eventKind(event);
        kinds.add(kind);
        const isOfKind =
          options.kind === undefined || kind === options.kind || innerKind(event) === options.kind;
        return ofDevice(event) && isOfKind;
      };
      let piece = terminal.json ? "[" : "";
      let first = true;
      for (const event of events(reader, from, to)) {
        if (!wanted(event)) continue;
        if (terminal.json) piece += `${first ? "\n" : ",\n"}${JSON.stringify(eventJson(event))}`;
        else piece += options.jsonl ? `${JSON.stringify(eventJson(event))}\n` : renderEvent(terminal, event);
        first = false;
        if (piece.length > PIECE_LENGTH) {
          await terminal.out(piece);
          piece = "";
        }
      }
      await terminal.out(terminal.json ? `${piece}\n]\n` : piece);
      if (first) terminal.note(`nothing there: ${whatThereIs(options, kinds)}\n`);
    });
    return EXIT.ok;
  },
};

/** Chooses events of a device and, of a simulated boot, what the machine made of them. */
function eventsOf(device: DeviceName): (event: RecordedEvent) => boolean {
  const causes = new Set<number>();
  return ({ seq, cause, event }) => {
    const told = isOutcome(event) ? innermost(event) : event;
    const names =
      ("device" in told && told.device === device) || ("pass" in told && told.pass.includes(device));
    const its = names || (cause !== null && causes.has(cause));
    if (its && cause === null) causes.add(seq);
    return its;
  };
}

function whatThereIs({ kind, device }: LogOptions, kinds: ReadonlySet<string>): string {
  if (kinds.size === 0) return "the boot has no events";
  if (kind === undefined || kinds.has(kind)) return `no such event is of ${device}`;
  return `no event is of kind ${quote(kind)}; there are ${[...kinds].sort().join(", ")}`;
}

/** What happened in a guest's machine, by its own kind. */
function innerKind({ event }: RecordedEvent): string | null {
  return event.kind === "InGuest" ? innermost(event).kind : null;
}

/** The kind as `log` prints it: of an unknown record its own word. */
function eventKind({ event }: RecordedEvent): string {
  return event.kind === "unknown" ? event.name : event.kind;
}
