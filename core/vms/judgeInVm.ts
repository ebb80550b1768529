import type { TransferAccess } from "../../events/vocabulary/access.ts";
import type { Address, PageNumber } from "../../events/vocabulary/address.ts";
import type { ByteRange } from "../../events/vocabulary/byteRange.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { VmName } from "../../events/vocabulary/names.ts";
import type { AddressSpace } from "../parts/addressSpace.ts";
import type { ReadableTable } from "../parts/unionTable.ts";
import type { IommuState } from "../state.ts";
import { type Route, type Translation, translate } from "../translate.ts";
import type { UnitRules } from "../units/unitRules.ts";
import { managedDevices } from "./guestEvents.ts";
import type { MachineRules } from "./rules.ts";
import { guestOf, type VmState } from "./vmState.ts";

/** Where a transfer of a pass-through device was refused, and in whose terms (HV-6, HV-7, HV-13). */
export interface Stage {
  readonly stage: "guest" | "vm" | "host";
  /** The guest-physical address that was not reached: what the guest's table makes of the device's own. */
  readonly guestAddress: Address;
  /** The host-physical address behind it; null: the VM has none there. */
  readonly hostAddress: Address | null;
}

/** A verdict by all three tables; `host`: what the host's table alone says, which is all that its hardware knows. */
export interface StagedTranslation {
  readonly translation: Translation;
  readonly host: Translation;
  readonly stage: Stage | null;
}

/** The running VM to which a device is passed through and whose qvm has it; null: none. */
export function vmOf(state: IommuState, device: DeviceName): { name: VmName; vm: VmState } | null {
  for (const [name, vm] of state.vms)
    if (vm.running && vm.pass.includes(device) && managedDevices(state, vm).includes(device))
      return { name, vm };
  return null;
}

/** Judges a transfer by the guest's table, the VM's memory, and the host's table; the first byte refused by any is refused. */
export function translateInVm(
  vm: VmState,
  device: DeviceName,
  hostRoute: Route,
  bytes: ByteRange,
  access: TransferAccess,
  rules: UnitRules,
  machine: MachineRules,
): StagedTranslation {
  const host = translate(rules, hostRoute, bytes, access);
  // Only the host's unit stands in the way of a device: where it lets all through, nobody refuses (contract 2 rule 2).
  if (host.verdict === "interrupt" || hostRoute.kind === "unrestricted")
    return { translation: host, host, stage: null };
  const guest = guestOf(vm);
  const route = guest === null ? null : machine.viewOf(guest).route(device);
  const table = route?.kind === "object" ? route.space : null;
  const byGuest =
    route === null || route.kind === "unrestricted" ? null : translate(rules, route, bytes, access);
  const outside = firstOutside(vm.memory, table, bytes);
  const refusals: { stage: Stage["stage"]; at: Address; translation: Translation }[] = [];
  if (byGuest?.verdict === "denied") refusals.push({ stage: "guest", at: byGuest.at, translation: byGuest });
  if (outside !== null) {
    const code = rules.codeFor("unmapped", access);
    const translation: Translation = { verdict: "denied", reason: "unmapped", code, at: outside };
    refusals.push({ stage: "vm", at: outside, translation });
  }
  if (host.verdict === "denied") refusals.push({ stage: "host", at: host.at, translation: host });
  // In the order of the walk; of one page the innermost table speaks first.
  const [first] = refusals.sort((a, b) => a.at.page - b.at.page);
  if (first === undefined) return { translation: host, host, stage: null };
  // The hardware walks the host's table alone: its code is the one on record.
  const code = host.verdict === "denied" ? host.code : null;
  const translation =
    first.translation.verdict === "denied" ? { ...first.translation, code } : first.translation;
  return { translation, host, stage: { stage: first.stage, ...addressesOf(vm.memory, table, first.at) } };
}

/** The first byte whose guest-physical page the VM does not have; null: it has all, as far as the guest's table goes. */
function firstOutside(memory: AddressSpace, table: ReadableTable | null, bytes: ByteRange): Address | null {
  let page: number = bytes.firstPage;
  while (page <= bytes.lastPage) {
    const run = table === null ? null : table.at(page);
    // Where the guest's table has nothing, the guest refuses.
    if (table !== null && run === null) return null;
    const delta = run?.value.delta ?? 0;
    const part = memory.at(page + delta);
    if (part === null)
      return { page: page as PageNumber, offset: page === bytes.firstPage ? bytes.firstOffset : 0 };
    page = Math.min(run?.last ?? bytes.lastPage, part.last - delta) + 1;
  }
  return null;
}

function addressesOf(
  memory: AddressSpace,
  table: ReadableTable | null,
  at: Address,
): Pick<Stage, "guestAddress" | "hostAddress"> {
  const page = at.page + (table?.at(at.page)?.value.delta ?? 0);
  const part = memory.at(page);
  const address = (number: number): Address => ({ page: number as PageNumber, offset: at.offset });
  return {
    guestAddress: address(page),
    hostAddress: part === null ? null : address(page + part.value.delta),
  };
}
