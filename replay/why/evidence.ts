import { decide, viewOf } from "../../core/decide.ts";
import type { AddressSpace, Grant } from "../../core/parts/addressSpace.ts";
import type { Interval } from "../../core/parts/intervalMap.ts";
import type { IommuState } from "../../core/state.ts";
import type { InterruptRaised, TransferDenied, TransferPermitted } from "../../events/outcome.ts";
import type { RecordedEvent } from "../../events/recordedEvent.ts";
import type { BootReader, MappingRow } from "../../store/eventStore.ts";
import { events } from "../bootEvents.ts";
import { stateBefore } from "../replayBoot.ts";
import type { Question } from "./question.ts";

/** What the machine makes of a transfer. */
export type Verdict = TransferPermitted | TransferDenied | InterruptRaised;

/** Everything that an explanation is drawn from; each fact with the seq of the event that proves it. */
export interface Evidence {
  readonly question: Question;
  /** The machine just before the transfer. */
  readonly state: IommuState;
  readonly verdict: Verdict;
  /** The object that the device uses, and its table. */
  readonly object: string | null;
  readonly space: AddressSpace | null;
  /** The page that decided: the first that was refused, or the transfer's first. */
  readonly page: number;
  /** Every grant that ever covered that page, in any object, oldest first. */
  readonly grantsOfPage: readonly MappingRow[];
  /** Events about the device, its object or its unit that are neither grants nor transfers, in order. */
  readonly rare: readonly RecordedEvent[];
  /** True when the boot holds any grants at all. */
  readonly hasGrants: boolean;
}

/** How the table of a device that is in no object is called. */
export const STARTUP_GRANTS = "the start-up grants";

/** Gathers the evidence for a question; reads the log once for the rare events. */
export function gather(reader: BootReader, question: Question): Evidence {
  const state = stateBefore(reader, question.seq);
  const { device, bytes, access, observed } = question;
  const verdict = decide(viewOf(state), { kind: "dma", device, bytes, access, observed })[0] as Verdict;
  const known = state.devices.get(device);
  const attached = known?.object ?? null;
  const startup = known?.startup ?? null;
  // A device with start-up grants alone is judged by those.
  const object = attached ?? (startup === null ? null : STARTUP_GRANTS);
  const space = attached === null ? startup : (state.objects.get(attached)?.space ?? null);
  const page = verdict.kind === "TransferDenied" ? verdict.at.page : bytes.firstPage;
  const grantsOfPage = [...reader.mappings({ object: null, firstPage: page, lastPage: page })];
  const hasGrants = startup !== null || grantsOfPage.length > 0 || anyGrant(reader);
  return {
    question,
    state,
    verdict,
    object,
    space,
    page,
    grantsOfPage,
    rare: rareEvents(reader, question, state),
    hasGrants,
  };
}

/** The last event before `seq` that a test holds for, or null. */
export function lastBefore(
  evidence: Evidence,
  holds: (event: RecordedEvent) => boolean,
  seq = evidence.question.seq,
): RecordedEvent | null {
  let found: RecordedEvent | null = null;
  for (const event of evidence.rare) {
    if (event.seq >= seq) break;
    if (holds(event)) found = event;
  }
  return found;
}

/** The first event after `seq` that a test holds for, or null. */
export function firstAfter(
  evidence: Evidence,
  holds: (event: RecordedEvent) => boolean,
  seq = evidence.question.seq,
): RecordedEvent | null {
  return evidence.rare.find((event) => event.seq > seq && holds(event)) ?? null;
}

/** The grant that is in force at the page that decided, or null. */
export function grantInForce(evidence: Evidence): Interval<Grant> | null {
  return evidence.space?.at(evidence.page) ?? null;
}

const HOT: ReadonlySet<string> = new Set(["dma", "map", "unmap"]);

function rareEvents(reader: BootReader, { device }: Question, state: IommuState): RecordedEvent[] {
  const object = state.devices.get(device)?.object ?? null;
  const unit = state.devices.get(device)?.unit ?? null;
  const found: RecordedEvent[] = [];
  for (const recorded of events(reader)) {
    const { event } = recorded;
    if (HOT.has(event.kind)) continue;
    const about = event as { readonly device?: unknown; readonly object?: unknown; readonly unit?: unknown };
    const named =
      about.device === device ||
      (object !== null && about.object === object) ||
      (unit !== null && about.unit === unit);
    const general =
      (event.kind === "translation" ||
        event.kind === "invalidate" ||
        event.kind === "DssEntered" ||
        event.kind === "config.option" ||
        event.kind === "TranslationSwitched") &&
      about.object == null &&
      about.device == null;
    // The end of an object detaches its devices without naming them.
    const ending = event.kind === "object.destroy" || event.kind === "ObjectDestroyed";
    if (named || general || ending) found.push(recorded);
  }
  return found;
}

function anyGrant(reader: BootReader): boolean {
  for (const _ of reader.allMappings()) return true;
  return false;
}
