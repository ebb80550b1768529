import type { IommuState } from "../../core/state.ts";
import { isOutcome, type Origin, type RecordedEvent } from "../../events/recordedEvent.ts";
import { isStartupOutcome, type StartupOutcome } from "../../events/startupEvents.ts";
import type { InGuest } from "../../events/vmEvents.ts";
import { formatRange } from "../../events/vocabulary/byteRange.ts";
import { verdictText } from "../../replay/tell/outcomeText.ts";
import { dssAdvice, optionText, questionText, startupText } from "../../replay/tell/startupText.ts";
import { isVmStimulus, vmOutcomeText, vmStimulusText } from "../../replay/tell/vmText.ts";
import type { Terminal } from "../terminal.ts";
import { originText } from "./originText.ts";

import { spanText } from "./spanText.ts";
import { plural } from "./table.ts";

/** How many lines of one step are shown. */
const LINES_PER_STEP = 24;

// The line of the option itself says that it is ignored in a guest, or replaced.
const TOLD_BY_OPTION: ReadonlySet<string> = new Set(["CFG501", "CFG502"]);

/** Tells a start-up as a story: each question with its answer, what came of it, and what the scenario did afterwards. */
export function renderStory(
  terminal: Terminal,
  events: Iterable<RecordedEvent>,
  state: IommuState,
  all: boolean,
): string {
  const story = new Story(terminal, all, state.service?.dss?.seq ?? null);
  for (const event of events) story.take(event);
  return story.finish(state);
}

/** How long nothing restricted a device. */
interface Window {
  readonly events: number;
  /** Null where the scenario gives no times. */
  readonly ns: number | null;
}

function windowText({ events, ns }: Window): string {
  return `${plural(events, "event")}${ns === null ? "" : ` (${spanText(ns)})`}`;
}

class Story {
  readonly #terminal: Terminal;
  readonly #lines: string[] = [];
  readonly #all: boolean;
  /** The event that led to the DSS, if there is one. */
  readonly #dssAt: number | null;
  #devices = 0;
  #inStep = 0;
  #hidden = 0;
  readonly #windows: Window[] = [];
  /** When devices appeared, by seq, in ns; not of those without a time. */
  readonly #times = new Map<number, number>();
  /** The last thing that happened is a failure. */
  #failing = false;

  constructor(terminal: Terminal, all: boolean, dssAt: number | null) {
    this.#terminal = terminal;
    this.#all = all;
    this.#dssAt = dssAt;
  }

  take(recorded: RecordedEvent): void {
    const { seq, event } = recorded;
    if (!isOutcome(event)) this.#failing = event.kind === "fail";
    if (event.kind === "device" && recorded.t !== null) this.#times.set(seq, recorded.t);
    if (event.kind === "device") this.#devices += 1;
    else if (event.kind === "config.option") this.#detail(optionText(event), recorded.origin);
    else if (event.kind === "dma") this.#transfer(recorded);
    else if (isVmStimulus(event)) this.#head(seq, vmStimulusText(event), recorded.origin);
    else if (event.kind === "VmRefused" || event.kind === "VmReported")
      this.#note(this.#terminal.color.yellow(vmOutcomeText(event)!));
    else if (event.kind === "InGuest") this.#inGuest(event);
    else if (isOutcome(event)) this.#outcome(recorded);
    else if (event.kind === "mark") this.#head(seq, this.#terminal.color.dim(event.text));
    else if (event.kind === "fail")
      this.#head(seq, `${event.what}${event.name === null ? "" : ` ${event.name}`}`, recorded.origin);
    else if (event.kind === "call")
      this.#head(seq, `${event.client} calls ${event.call.function}`, recorded.origin);
  }

  finish(state: IommuState): string {
    this.#endStep();
    const { color } = this.#terminal;
    if (this.#windows.length > 0) {
      const [first, ...others] = this.#windows;
      const longest = others.reduce((long, each) => (each.events > long.events ? each : long), first!);
      this.#lines.push(
        "",
        `${plural(this.#windows.length, "device")} could reach all memory before translation was on, for up to ${windowText(longest)} (PUR-5)`,
      );
    }
    const open = openDevices(state);
    if (open.length > 0)
      this.#lines.push(
        ...(this.#windows.length === 0 ? [""] : []),
        color.yellow(
          `${plural(open.length, "device")} still unrestricted: ${open.slice(0, 8).join(", ")}${open.length > 8 ? ", ..." : ""}`,
        ),
      );
    return `${this.#lines.join("\n")}\n`;
  }

  /** Of what happens in a guest, what its calls return, and how its service starts and ends. */
  #inGuest({ outcome }: InGuest): void {
    const { color } = this.#terminal;
    const returned = outcome.kind === "CallReturned" ? verdictText(outcome) : null;
    if (returned !== null) return this.#note(returned);
    if (!isStartupOutcome(outcome)) return;
    if (outcome.kind === "DssEntered") {
      const text = `the guest's service enters its Design Safe State: ${outcome.reason} (${outcome.requirement})`;
      this.#note(color.red(text));
      return this.#note(outcome.detail);
    }
    if (outcome.kind === "ServiceReady") return this.#note(color.green("the guest's service is ready"));
    const text = GUEST_TOLD.has(outcome.kind) || this.#all ? startupText(outcome) : null;
    const told = "told" in outcome && outcome.told !== null ? outcome.told : null;
    if (text !== null) this.#detail(`in the guest: ${text}`, told);
  }

  #outcome(recorded: RecordedEvent): void {
    const { seq, event } = recorded;
    if (event.kind === "Ignored") {
      if (this.#failing) this.#note("nothing comes of it");
      return;
    }
    const verdict = verdictText(event);
    if (verdict !== null) return this.#note(verdict);
    const ofVm = isOutcome(event) ? vmOutcomeText(event) : null;
    if (ofVm !== null) return this.#note(ofVm);
    if (!isStartupOutcome(event)) return;
    switch (event.kind) {
      case "Asked":
        return this.#head(seq, this.#terminal.color.bold(questionText(event.question)));
      case "ServiceStarted": {
        if (this.#devices > 0)
          this.#head(0, `${plural(this.#devices, "device")} there; nothing restricts DMA yet (PUR-5)`);
        return this.#head(seq, startupText(event)!);
      }
      case "ServiceReady":
        return this.#head(seq, this.#terminal.color.green(startupText(event)!));
      case "DssEntered":
        return this.#dss(recorded, event);
      case "DeviceConfined":
        return this.#confined(recorded, event);
      case "ConfigRemarked":
        if (this.#all || !TOLD_BY_OPTION.has(event.code)) this.#detail(startupText(event)!, null);
        return;
      case "MessageEmitted":
        if (this.#all)
          this.#detail(this.#terminal.color.dim(`${event.to.join(" and ")}: ${event.text}`), null);
        return;
      default: {
        const text = startupText(event);
        if (text === null) return;
        const place = "told" in event && event.told !== null ? recorded.origin : null;
        const isBad = event.kind === "ConfigRefused";
        const isLoss = event.kind === "ProtectionRelaxed" || event.kind === "GrantWidened";
        const { color } = this.#terminal;
        this.#detail(isBad ? color.red(text) : isLoss ? color.yellow(text) : text, place);
      }
    }
  }

  #confined({ cause, t }: RecordedEvent, event: Extract<StartupOutcome, { kind: "DeviceConfined" }>): void {
    const from = this.#times.get(event.since);
    const window = { events: cause! - event.since, ns: t === null || from === undefined ? null : t - from };
    this.#windows.push(window);
    this.#detail(`${startupText(event)}; nothing restricted it for ${windowText(window)} before`, null);
  }

  #dss({ seq, cause }: RecordedEvent, event: Extract<StartupOutcome, { kind: "DssEntered" }>): void {
    const { color } = this.#terminal;
    this.#head(seq, color.red(color.bold(`Design Safe State: ${event.reason} (${event.requirement})`)));
    this.#note(event.detail);
    if (event.told !== null) this.#note(`at ${event.told.file}:${event.told.line}:${event.told.column}`);
    this.#note(
      `caused by event ${this.#dssAt ?? cause}; the service exits, the system must enter its own DSS (DSS-2)`,
    );
    this.#note(`${color.dim("what to do:")} ${dssAdvice(event.reason)}`);
  }

  #transfer({ seq, event, origin }: RecordedEvent): void {
    if (event.kind !== "dma") return;
    const { device, bytes, access } = event;
    this.#head(seq, `${device} ${access === "r" ? "reads" : "writes"} ${formatRange(bytes)}`, origin);
  }

  #head(seq: number, text: string, origin: Origin | null = null): void {
    this.#endStep();
    this.#lines.push(`${this.#terminal.color.dim(String(seq).padStart(6))}  ${text}${this.#place(origin)}`);
  }

  #detail(text: string, origin: Origin | null): void {
    this.#inStep += 1;
    if (!this.#all && this.#inStep > LINES_PER_STEP) this.#hidden += 1;
    else this.#lines.push(`          ${text}${this.#place(origin)}`);
  }

  #note(text: string): void {
    this.#lines.push(`          ${text}`);
  }

  #endStep(): void {
    if (this.#hidden > 0) this.#note(`... and ${this.#hidden} more; --all shows them`);
    this.#inStep = 0;
    this.#hidden = 0;
  }

  #place(origin: Origin | null): string {
    return origin === null ? "" : this.#terminal.color.dim(`   ${originText(origin)}`);
  }
}

/** Of a guest's start-up, what a story of the host has room for. */
const GUEST_TOLD: ReadonlySet<string> = new Set([
  "ServiceStarted",
  "StartupGranted",
  "ConfigOptionIgnored",
  "ConfigRefused",
  "ProtectionRelaxed",
]);

function openDevices(state: IommuState): string[] {
  return [...state.devices].flatMap(([name, { window }]) => (window?.closedAt === null ? [name] : []));
}
