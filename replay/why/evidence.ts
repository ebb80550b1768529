import { decide, viewOf } from "../../core/decide.ts";
import type { Grant } from "../../core/parts/addressSpace.ts";
import type { Interval } from "../../core/parts/intervalMap.ts";
import { type IommuState, initialState } from "../../core/state.ts";
import { routeOf } from "../../core/translate.ts";
import { vmOf } from "../../core/vms/judgeInVm.ts";
import type { VmState } from "../../core/vms/vmState.ts";
import type { InterruptRaised, TransferDenied, TransferPermitted } from "../../events/outcome.ts";
import type { RecordedEvent } from "../../events/recordedEvent.ts";
import { formatAccess } from "../../events/vocabulary/access.ts";
import type { BootReader, MappingRow } from "../../store/eventStore.ts";
import { eventAt, events } from "../bootEvents.ts";
import { stateBefore } from "../replayBoot.ts";
import { Stepper } from "../stepper.ts";
import type { Question } from "./question.ts";
import { type Tables, tablesOf } from "./tables.ts";

/** What the machine makes of a transfer. */
export type Verdict = TransferPermitted | TransferDenied | InterruptRaised;

/** Everything that an explanation is drawn from; each fact with the seq of the event that proves it. */
export interface Evidence {
  readonly question: Question;
  /** The machine just before the transfer. */
  readonly state: IommuState;
  readonly verdict: Verdict;
  /** The object that the device uses, and all that the device is granted, by it or from start-up on. */
  readonly object: string | null;
  readonly space: Tables | null;
  /** The running VM that has the device; null: none. */
  readonly inVm: { readonly name: string; readonly vm: VmState } | null;
  /** The page that decided: the first that was refused, or the transfer's first. */
  readonly page: number;
  /** Every grant that ever covered that page, in any object, oldest first. */
  readonly grantsOfPage: readonly MappingRow[];
  /** Events about the device, its object or its unit that are neither grants nor transfers, in order. */
  readonly rare: readonly RecordedEvent[];
  /** True when the boot holds any grants at all. */
  readonly hasGrants: boolean;
  /** The event of that seq. */
  readonly eventAt: (seq: number) => RecordedEvent | null;
}

/** How the table of a device that is in no object is called. */
export const STARTUP_GRANTS = "the start-up grants";

/** The object that the device uses as people know it: in a VM whose guest has a service, the guest's. */
export function objectAsKnown({ object, inVm, question }: Evidence): string | null {
  const inGuest = inVm?.vm.guest?.devices.get(question.device)?.object ?? null;
  return inGuest ?? object;
}

/** Gathers the evidence for a question; reads the log once for the rare events. */
export function gather(reader: BootReader, question: Question): Evidence {
  const state = stateBefore(reader, question.seq);
  const { device, bytes, access, observed } = question;
  const verdict = decide(viewOf(state), { kind: "dma", device, bytes, access, observed })[0] as Verdict;
  const known = state.devices.get(device);
  // A device that its unit cannot tell from another has what the other has (LIM-6).
  const route = routeOf(state, device, (name) => state.objects.get(name)?.space);
  const attached = (route.kind === "object" ? route.object : known?.object) ?? null;
  const startup = known?.startup ?? null;
  const holder = attached === null ? undefined : state.objects.get(attached);
  const reserved = holder?.reservedManual ? null : known?.reserved;
  const space = tablesOf([startup, reserved, holder?.space]);
  // A device with start-up grants alone is judged by those.
  const object = attached ?? (space === null ? null : STARTUP_GRANTS);
  const page = verdict.kind === "TransferDenied" ? verdict.at.page : bytes.firstPage;
  const grantsOfPage = [
    ...startupGrants(state, device, page),
    ...reader.mappings({ object: null, firstPage: page, lastPage: page }),
  ];
  const inVm = vmOf(state, device);
  // What confines a VM's devices before its guest does is no grant of theirs any more.
  const ofWhole = (row: MappingRow) => row.object === inVm?.vm.whole && row.object !== attached;
  const hasGrants = startup != null || reserved != null || grantsOfPage.length > 0 || anyGrant(reader);
  return {
    question,
    state,
    verdict,
    object,
    space,
    inVm,
    page,
    grantsOfPage: grantsOfPage.filter((row) => !ofWhole(row)),
    rare: rareEvents(reader, question, state),
    hasGrants,
    eventAt: (seq) => eventAt(reader, seq),
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
// What is told of these says little of what they come to.
const ACTS: ReadonlySet<string> = new Set(["call", "exit", "vm", "vm.stop", "guest.fail", "fail", "answer"]);

function rareEvents(reader: BootReader, question: Question, state: IommuState): RecordedEvent[] {
  const { device } = question;
  const { object = null, unit = null } = state.devices.get(device) ?? {};
  const found: RecordedEvent[] = [];
  let acts = false;
  const look = (recorded: RecordedEvent): void => {
    if (isRare(recorded, device, object, unit)) found.push(recorded);
  };
  for (const recorded of events(reader)) {
    if (HOT.has(recorded.event.kind)) continue;
    acts ||= ACTS.has(recorded.event.kind);
    look(recorded);
  }
  if (!acts || reader.info.header.outcomes === "recorded") return found;
  // Nobody wrote down what the calls came to: it is decided anew.
  const stepper = new Stepper(initialState(reader.info.header.family), "derived");
  found.length = 0;
  for (const recorded of events(reader)) {
    const outcomes = stepper.step(recorded);
    if (HOT.has(recorded.event.kind)) continue;
    look(recorded);
    for (const event of outcomes) look({ ...recorded, cause: recorded.seq, event });
  }
  return found;
}

function isRare(
  { event }: RecordedEvent,
  device: string,
  object: string | null,
  unit: string | null,
): boolean {
  const about = event as { readonly device?: unknown; readonly object?: unknown; readonly unit?: unknown };
  if (about.device === device) return true;
  if ((object !== null && about.object === object) || (unit !== null && about.unit === unit))
    return event.kind !== "MappingAdded" && event.kind !== "MappingRemoved";
  switch (event.kind) {
    case "translation":
    case "invalidate":
    case "config.option":
    case "TranslationSwitched":
      return about.object == null && about.device == null;
    // The end of an object detaches its devices without naming them.
    case "object.destroy":
    case "ObjectDestroyed":
    case "DssEntered":
    case "vm":
      return true;
    // Names of objects, and grants that were asked for in vain.
    case "CallReturned":
      return event.object !== null || event.errno !== null;
    default:
      return false;
  }
}

/** What the configuration grants other devices of a page: such a grant has no object, and nobody revokes it (G-29). */
function startupGrants(state: IommuState, device: string, page: number): MappingRow[] {
  return [...state.devices].flatMap(([name, { startup }]) => {
    const run = name === device ? null : (startup?.at(page) ?? null);
    if (run === null) return [];
    const { first, last, value } = run;
    return [
      {
        object: `${STARTUP_GRANTS} of ${name}`,
        firstPage: first,
        lastPage: last,
        targetPage: first + value.delta,
        access: formatAccess(value.access),
        grantedSeq: value.since,
        revokedSeq: null,
      },
    ];
  });
}

/** Whether a boot holds any grants to an object. */
export function anyGrant(reader: BootReader): boolean {
  for (const _ of reader.allMappings()) return true;
  return false;
}
