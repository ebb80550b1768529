import type { DmaStimulus } from "../../../events/stimulus.ts";
import type { VmStartStimulus } from "../../../events/vmEvents.ts";
import type { DeviceName } from "../../../events/vocabulary/device.ts";
import type { IommuState } from "../../state.ts";
import type { VmState } from "../../vms/vmState.ts";
import { alikeOf, freedom, judged, tablesOf, unionAt } from "./judge.ts";
import { cutsWithin, entryOf, listed, type PageRun } from "./pages.ts";

const TOP = 2 ** 52 - 1;

/** What a VM's memory has to go through, part by part: where a device of a guest comes out by all levels (HV-4, HV-13). */
export function composed(vm: VmState, device: DeviceName): readonly PageRun[] | null {
  const { guest, memory } = vm;
  if (guest === null || freedom(guest, device) !== null) return null;
  const tables = tablesOf(guest, device);
  const cuts = new Set(cutsWithin(tables, 0, TOP));
  // Where a run of the guest's enters or leaves a part of the memory.
  for (const table of tables)
    for (const run of listed(table))
      for (const part of listed(memory))
        for (const edge of [part.first - run.value.delta, part.last + 1 - run.value.delta])
          if (edge > run.first && edge <= run.last) cuts.add(edge);
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.flatMap((page, i): PageRun[] => {
    const inner = unionAt(tables, page);
    const outer = inner === null ? null : entryOf(memory, inner.target);
    const access = (inner?.access ?? 0) & (outer?.access ?? 0);
    if (outer === null || access === 0) return [];
    return [{ first: page, last: (sorted[i + 1] ?? TOP + 1) - 1, delta: outer.target - page, access }];
  });
}

/** Whether all pages of a run are a VM's. */
export function isWithin(vm: Pick<VmState, "memory">, first: number, last: number): boolean {
  return cutsWithin([vm.memory], first, last).every((page) => entryOf(vm.memory, page) !== null);
}

/** The running VM that has a device by way of the host's service. */
export function vmWith(state: IommuState, device: DeviceName): VmState | null {
  const object = state.devices.get(device)?.object ?? null;
  if (object === null) return null;
  for (const vm of state.vms.values()) {
    const its = [vm.whole, ...vm.narrowed.map(([, own]) => own)];
    if (vm.running && vm.pass.includes(device) && its.includes(object)) return vm;
  }
  return null;
}

/** Whether every level lets a transfer pass: the guest's table, the VM's memory, the host's table (HV-6, HV-13). */
export function passesAll(state: IommuState, vm: VmState, dma: DmaStimulus): boolean {
  const { bytes, device } = dma;
  const { guest } = vm;
  const isFree = guest === null || freedom(guest, device) !== null;
  if (!isFree && judged(guest, dma).kind !== "permitted") return false;
  if (judged(state, dma).kind !== "permitted") return false;
  const tables = isFree ? [] : tablesOf(guest, device);
  const pages = new Set(cutsWithin([vm.memory, ...tables], bytes.firstPage, bytes.lastPage));
  for (const table of tables)
    for (const run of listed(table))
      for (const part of listed(vm.memory))
        for (const edge of [part.first - run.value.delta, part.last + 1 - run.value.delta])
          if (edge > bytes.firstPage && edge <= bytes.lastPage) pages.add(edge);
  return [...pages].every((page) => {
    const inside = isFree ? page : unionAt(tables, page)?.target;
    return inside !== undefined && entryOf(vm.memory, inside) !== null;
  });
}

/** Whether a VM may start, read off HV-8, HV-11 and HV-12; null: only its devices' units could tell. */
export function mayStart(state: IommuState, start: VmStartStimulus): boolean | null {
  if (state.vms.get(start.vm)?.running === true) return false;
  const parts = start.memory.map(({ guest, host, length }) => {
    const isWhole = guest.offset === 0 && host.offset === 0 && length.offset === 0 && length.page > 0;
    return {
      isWhole,
      first: guest.page as number,
      last: guest.page + length.page - 1,
      to: host.page as number,
    };
  });
  if (parts.some(({ isWhole, last, to, first }) => !isWhole || last > TOP || to + last - first > TOP))
    return false;
  if (parts.some((a, i) => parts.some((b, j) => i < j && a.first <= b.last && b.first <= a.last)))
    return false;
  const isTaken = (device: DeviceName): boolean => {
    const known = state.devices.get(device);
    return known !== undefined && (known.object !== null || known.startup !== null);
  };
  for (const device of start.pass) {
    if ([...state.vms.values()].some(({ running, pass }) => running && pass.includes(device))) return false;
    const others = alikeOf(state, device).map(([name]) => name as DeviceName);
    if (isTaken(device) || others.some((other) => !start.pass.includes(other) && isTaken(other)))
      return false;
  }
  const isUnity = parts.length > 0 && parts.every(({ first, to }) => first === to);
  const isServed =
    start.hostService !== false && (state.service === null || state.service.phase === "running");
  if (start.pass.length > 0 && !isUnity && !isServed) return false;
  return start.pass.length === 0 || isUnity ? true : null;
}
