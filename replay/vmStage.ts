import type { IommuState } from "../core/state.ts";
import { vmOf } from "../core/vms/judgeInVm.ts";
import { guestOf, type VmState } from "../core/vms/vmState.ts";
import type { TransferDenied } from "../events/outcome.ts";
import { type Address, formatAddress, type PageNumber } from "../events/vocabulary/address.ts";
import type { DeviceName } from "../events/vocabulary/device.ts";
import type { VmName } from "../events/vocabulary/names.ts";

/** The VM that a device was passed to, and the machine of its guest. */
export interface Hosted {
  readonly name: VmName;
  readonly vm: VmState;
  /** Null: no service runs in the guest. */
  readonly guest: IommuState | null;
}

/** The running VM whose device it is, as far as the host's service has it in hand; null: none. */
export function hostedBy(state: IommuState, device: DeviceName): Hosted | null {
  const passed = vmOf(state, device);
  return passed === null ? null : { ...passed, guest: guestOf(passed.vm) };
}

/** Where a transfer of a pass-through device was refused, in whose terms; `explain`: what the guest's own table says. */
export function stageText(
  state: IommuState,
  denied: TransferDenied,
  explain: (guest: IommuState) => string,
): string | null {
  const hosted = hostedBy(state, denied.device);
  if (hosted === null || denied.stage === undefined) return null;
  const { name, vm, guest } = hosted;
  const place = placeText(denied);
  switch (denied.stage) {
    case "guest":
      return `refused by the guest's table in VM ${name}: ${guest === null ? "it has none" : explain(guest)}; ${place}`;
    case "vm":
      return `VM ${name} has no memory at guest-physical ${addressText(denied.guestAddress ?? denied.at)}, and its devices reach nothing else (HV-6); its memory is ${memoryText(vm)}`;
    case "host":
      return `refused by the host's table, though VM ${name} and its guest permit it; ${place}`;
  }
}

/** An address of the wrong space, and the right one beside it. */
export interface MistakenAddress {
  readonly vm: VmName;
  readonly used: "host-physical" | "guest-physical";
  readonly right: Address;
}

/**
 * Whether a refused address is one of the other space: a host-physical one that a guest gave to its device, or a
 * guest-physical one that somebody gave to a device of the host. Null: it is neither.
 */
export function mistakenAddress(state: IommuState, { device, at }: TransferDenied): MistakenAddress | null {
  const hosted = hostedBy(state, device);
  if (hosted !== null) {
    const part = hosted.vm.memory
      .mappings()
      .find(
        ({ first, last, value }) =>
          value.delta !== 0 && inside(at.page, first + value.delta, last + value.delta),
      );
    if (part === undefined || hosted.vm.memory.at(at.page) !== null) return null;
    return { vm: hosted.name, used: "host-physical", right: shifted(at, -part.value.delta) };
  }
  for (const [vm, { running, memory }] of state.vms) {
    const part = running ? memory.at(at.page) : null;
    if (part !== null && part.value.delta !== 0)
      return { vm, used: "guest-physical", right: shifted(at, part.value.delta) };
  }
  return null;
}

/** A mistaken address as a clause. */
export function mistakenText({ vm, used, right }: MistakenAddress): string {
  const other = used === "host-physical" ? "guest-physical" : "host-physical";
  return `the address is a ${used} one: the same memory of VM ${vm} is ${other} ${addressText(right)}`;
}

/** `0x0-0xfffffff -> 0x40000000`, the first pieces of a VM's memory. */
export function memoryText({ memory }: Pick<VmState, "memory">): string {
  const parts = memory.mappings();
  if (parts.length === 0) return "none at all";
  const shown = parts.slice(0, MEMORY_SHOWN).map(({ first, last, value }) => {
    const target = value.delta === 0 ? "" : ` -> ${formatAddress(first + value.delta)}`;
    return `${formatAddress(first)}-${formatAddress(last, 0xfff)}${target}`;
  });
  return `${shown.join(", ")}${parts.length > shown.length ? `, and ${parts.length - shown.length} more` : ""}`;
}

const MEMORY_SHOWN = 4;

function placeText({ guestAddress, hostAddress, at }: TransferDenied): string {
  const guest = `guest-physical ${addressText(guestAddress ?? at)}`;
  return hostAddress == null
    ? `${guest}, where the VM has no memory`
    : `${guest} is host-physical ${addressText(hostAddress)}`;
}

function inside(page: number, first: number, last: number): boolean {
  return page >= first && page <= last;
}

function shifted(at: Address, delta: number): Address {
  return { page: (at.page + delta) as PageNumber, offset: at.offset };
}

function addressText({ page, offset }: Address): string {
  return formatAddress(page, offset);
}
