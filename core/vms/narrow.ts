import type { Outcome } from "../../events/outcome.ts";
import { type Access, intersectAccess } from "../../events/vocabulary/access.ts";
import { PAGE_LIMIT } from "../../events/vocabulary/address.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import { type ObjectName, objectName, type VmName } from "../../events/vocabulary/names.ts";
import { evolve } from "../evolve.ts";
import type { MachineView } from "../machineView.ts";
import type { AddressSpace } from "../parts/addressSpace.ts";
import type { Interval } from "../parts/intervalMap.ts";
import { type PageGrant, tableChanges } from "../parts/tableChanges.ts";
import type { ReadableTable } from "../parts/unionTable.ts";
import type { IommuState } from "../state.ts";
import type { Route } from "../translate.ts";
import type { MachineRules } from "./rules.ts";
import type { VmState } from "./vmState.ts";

/** A run of device pages, both ends inclusive. */
interface Span {
  readonly first: number;
  readonly last: number;
}

const EVERYWHERE: Span = { first: 0, last: PAGE_LIMIT - 1 };

/**
 * What the host makes of what a guest's service did: the vdev asks, as the VM's client, for exactly the guest's tables,
 * and gets of them what lies in the VM's memory (HV-4, HV-6, HV-13). `after`: the guest once `outcomes` are applied.
 */
export function followGuest(
  view: MachineView,
  vm: VmName,
  known: Pick<VmState, "client" | "whole" | "narrowed" | "memory" | "pass">,
  after: IommuState,
  outcomes: readonly Outcome[],
  rules: MachineRules,
): readonly Outcome[] {
  if (known.client === null || known.whole === null) return [];
  const touched = touchedBy(outcomes);
  if (touched === null) return [];
  const guest = rules.viewOf(after);
  const consequences: Outcome[] = [];
  for (const device of known.pass) {
    const route = guest.route(device);
    const isElsewhere =
      touched.objects !== null && (route.kind !== "object" || !touched.objects.has(route.object));
    if (isElsewhere) continue;
    const own = ownObject(view, known.narrowed, device);
    const wanted = narrowedTable(known.memory, route, own === undefined ? EVERYWHERE : touched.span);
    // Before the guest's unit is enabled its devices have the whole of the VM's memory, and no more (HV-3).
    if (wanted === null) continue;
    if (own === undefined)
      consequences.push(...narrowing(view, vm, known.client, known.whole, device, wanted));
    else {
      const { first, last } = touched.span;
      consequences.push(...tableChanges(own.object, own.space.within(first, last), wanted));
    }
  }
  return consequences;
}

/** The object in the host that the device has for itself; undefined: none, or somebody destroyed it. */
function ownObject(view: MachineView, narrowed: VmState["narrowed"], device: DeviceName) {
  const object = narrowed.find(([name]) => name === device)?.[1];
  const space = object === undefined ? undefined : view.space(object);
  return object === undefined || space === undefined ? undefined : { object, space };
}

/** The guest's machine after some outcomes; what its grants bear as seq does not matter to tables. */
export function guestAfter(guest: IommuState, outcomes: readonly Outcome[]): IommuState {
  let state = guest;
  for (const outcome of outcomes) state = evolve(state, outcome, 0);
  return state;
}

/** What of a guest's table lies in its VM's memory, in host-physical terms; null where the guest restricts nothing. */
export function narrowedTable(
  memory: AddressSpace,
  route: Route,
  span: Span = EVERYWHERE,
): readonly Interval<PageGrant>[] | null {
  if (route.kind === "unrestricted") return null;
  if (route.kind === "no-object") return [];
  const parts: Interval<PageGrant>[] = [];
  for (const run of runsOf(route.space, span)) {
    const { delta, access } = run.value;
    for (const part of memory.within(run.first + delta, run.last + delta)) {
      const both = intersectAccess(access, part.value.access);
      if (both === 0) continue;
      parts.push({
        first: part.first - delta,
        last: part.last - delta,
        value: { access: both as Access, delta: delta + part.value.delta },
      });
    }
  }
  return parts;
}

/** The granted runs of a table within a span, in order, cut to it. */
function* runsOf(table: ReadableTable, { first, last }: Span): Generator<Interval<PageGrant>> {
  let page = first;
  while (page <= last) {
    const run = table.at(page);
    const end = Math.min(run?.last ?? table.nextEdge(page) - 1, last);
    if (run !== null) yield { first: page, last: end, value: run.value };
    page = end + 1;
  }
}

/** The device gets an object of its own in the host; from then on it has B, not all of A (HV-4). */
function narrowing(
  view: MachineView,
  vm: VmName,
  client: NonNullable<VmState["client"]>,
  whole: ObjectName,
  device: DeviceName,
  wanted: readonly Interval<PageGrant>[],
): Outcome[] {
  const object = freeObject(view.state, `vm:${vm}:${device}`);
  return [
    { kind: "ObjectCreated", object, client, reservedManual: true },
    { kind: "DeviceDetached", device, object: whole },
    { kind: "DeviceAttached", device, object },
    { kind: "DeviceNarrowed", vm, device, object },
    ...tableChanges(object, [], wanted),
  ];
}

/** A name for an object of the hypervisor's; a client may have taken the plain one. */
export function freeObject(state: IommuState, wanted: string): ObjectName {
  let name = objectName(wanted);
  for (let n = 2; state.objects.has(name); n++) name = objectName(`${wanted}#${n}`);
  return name;
}

/** Which of a guest's tables may have changed, and where; `objects` null: any. Null: none. */
function touchedBy(
  outcomes: readonly Outcome[],
): { readonly objects: ReadonlySet<ObjectName | null> | null; readonly span: Span } | null {
  const objects = new Set<ObjectName | null>();
  let first = Number.POSITIVE_INFINITY;
  let last = -1;
  for (const outcome of outcomes) {
    if (outcome.kind === "MappingAdded" || outcome.kind === "MappingRemoved") {
      objects.add(outcome.object);
      first = Math.min(first, outcome.firstPage);
      last = Math.max(last, outcome.lastPage);
    } else if (CHANGES_ROUTES.has(outcome.kind)) return { objects: null, span: EVERYWHERE };
  }
  return last < 0 ? null : { objects, span: { first, last } };
}

const CHANGES_ROUTES: ReadonlySet<Outcome["kind"]> = new Set<Outcome["kind"]>([
  "UnitAdded",
  "TranslationSwitched",
  "DeviceAdded",
  "ObjectDestroyed",
  "DeviceAttached",
  "DeviceDetached",
  "PassthroughSwitched",
  "ReissueAwaited",
  "MappingsRealised",
  "StartupGranted",
  "DeviceResolved",
  "UnitResolved",
]);
