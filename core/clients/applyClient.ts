import { unreachable } from "../../base/assert.ts";
import type { ClientOutcome, FaultDelivered, FaultLogged } from "../../events/clientEvents.ts";
import { formatAddress, PAGE_SIZE } from "../../events/vocabulary/address.ts";
import type { ClientName, ObjectName } from "../../events/vocabulary/names.ts";
import type { Draft } from "../draft.ts";
import type { AddressSpace } from "../parts/addressSpace.ts";
import type { IommuState, ObjectState } from "../state.ts";
import { MULTI } from "../units/faultRecording.ts";
import { type ClientState, type FaultRecord, newClient } from "./clientState.ts";
import type { ObjectRanges } from "./objectRanges.ts";
import { byteSpan, rangesOfPages } from "./rangePages.ts";

/** Applies what the service made of what clients do; `at` is the seq of the stimulus, `spaceOf` gives tables as they are just now. */
export function applyClient(
  draft: Draft<IommuState>,
  event: ClientOutcome,
  at: number,
  spaceOf: (object: ObjectName) => AddressSpace | undefined,
): void {
  switch (event.kind) {
    case "ClientStarted": {
      const known = draft.clients.get(event.client);
      if (known !== undefined) known.abilities = [...event.abilities];
      else
        draft.clients.set(
          event.client,
          newClient([...event.abilities], event.vm, event.view) as Draft<ClientState>,
        );
      return;
    }
    case "ClientConnected":
      clientOf(draft, event.client).connected = true;
      return;
    case "ClientDisconnected": {
      const { abilities, vm, view } = clientOf(draft, event.client);
      draft.clients.set(event.client, newClient([...abilities], vm, view) as Draft<ClientState>);
      return;
    }
    case "ClientEnded":
      draft.clients.delete(event.client);
      return;
    case "CallReturned": {
      if (event.object === null) return;
      const caller = clientOf(draft, event.client);
      caller.objectsCreated += 1;
      if (event.as === null) return;
      if (event.as === event.object) caller.handles.delete(event.as);
      else caller.handles.set(event.as, event.object);
      return;
    }
    case "RangeGranted":
      return editRanges(draft, event.object, spaceOf, (ranges) => {
        const { first, last } = byteSpan(event.bytes)!;
        ranges.set(first, last, { access: event.access, delta: event.delta * PAGE_SIZE });
      });
    case "RangeRevoked":
      return editRanges(draft, event.object, spaceOf, (ranges) => {
        const { first, last } = byteSpan(event.bytes)!;
        ranges.delete(first, last);
      });
    case "ReissueAwaited":
      objectOf(draft, event.object).awaitingReissue.push(event.device);
      return;
    case "MappingsRealised": {
      const object = objectOf(draft, event.object);
      object.awaitingReissue = [];
      object.realisedOn = [...event.units];
      return;
    }
    case "FaultDelivered":
      return deliver(draft, event, at);
    case "FaultLogged":
      return log(draft, event, at);
    case "FaultRegistersRead": {
      const faults = draft.units.get(event.unit)?.faults;
      if (faults != null) Object.assign(faults, { held: [], overflow: false });
      return;
    }
    case "NotificationAwaited":
      clientOf(draft, event.client).notify = true;
      return;
    case "FaultFetched": {
      const client = clientOf(draft, event.client);
      client.records.shift();
      client.dropped = false;
      return;
    }
    default:
      return unreachable(event, "client outcome");
  }
}

function deliver(draft: Draft<IommuState>, event: FaultDelivered, at: number): void {
  const { device, hardware, address } = event;
  const text = address === null ? null : formatAddress(address.page, address.offset);
  const record: FaultRecord = { fault: at, device, address: text, hardware };
  for (const name of event.clients) clientOf(draft, name).records.push({ ...record } as Draft<FaultRecord>);
  for (const name of event.dropped) clientOf(draft, name).dropped = true;
  for (const name of event.notified) clientOf(draft, name).notify = false;
}

function log(draft: Draft<IommuState>, { unit, fate, holder }: FaultLogged, at: number): void {
  const faults = unit === null ? null : draft.units.get(unit)?.faults;
  if (faults == null || fate === "silent") return;
  if (fate === "recorded") {
    faults.held.push({ holder, fault: at });
    return;
  }
  faults.overflow = faults.overflow || fate === "overflow";
  if (fate === "merged" && draft.family === "smmuv2") markMulti(draft, faults.held, holder);
}

/** The record of the first fault says, when it is read, that there were more (hardware 2.2). */
function markMulti(
  draft: Draft<IommuState>,
  held: readonly { readonly holder: string; readonly fault: number }[],
  holder: string,
): void {
  const first = held.find((record) => record.holder === holder);
  for (const client of draft.clients.values())
    for (const record of client.records)
      if (record.fault === first?.fault && record.hardware < MULTI) record.hardware += MULTI;
}

/**
 * Ranges are opaque to a draft, and other states may share them: they are written in a copy. Of an object whose pages
 * a trace told, each page stands for a request of its own.
 */
function editRanges(
  draft: Draft<IommuState>,
  name: ObjectName,
  spaceOf: (object: ObjectName) => AddressSpace | undefined,
  write: (ranges: ObjectRanges) => void,
): void {
  const object = objectOf(draft, name);
  const known = object.ranges as ObjectRanges | null;
  const ranges = known?.clone() ?? rangesOfPages(spaceOf(name)!.mappings());
  write(ranges);
  object.ranges = ranges as Draft<ObjectRanges>;
}

function clientOf(draft: Draft<IommuState>, client: ClientName): Draft<ClientState> {
  return draft.clients.get(client)!;
}

function objectOf(draft: Draft<IommuState>, object: ObjectName): Draft<ObjectState> {
  return draft.objects.get(object)!;
}
