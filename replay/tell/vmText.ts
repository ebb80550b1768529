import type { Outcome, TransferDenied } from "../../events/outcome.ts";
import type { IommuEvent } from "../../events/recordedEvent.ts";
import type { VmMemory, VmStimulus } from "../../events/vmEvents.ts";
import { type Address, addressToBigint, formatAddress } from "../../events/vocabulary/address.ts";

/** True for what happens to virtual machines from outside. */
export function isVmStimulus(event: IommuEvent): event is VmStimulus {
  return event.kind === "vm" || event.kind === "vm.stop" || event.kind === "guest.fail";
}

/** What happens to a VM, as the head of a step. */
export function vmStimulusText(stimulus: VmStimulus): string {
  switch (stimulus.kind) {
    case "vm": {
      const { vm, memory, pass, service } = stimulus;
      const devices = pass.length === 0 ? "no pass-through devices" : pass.join(", ");
      const inside = service === null ? "" : `, ${service.name} in its guest`;
      return `qvm starts VM ${vm} with ${memoryText(memory)} and ${devices}${inside}`;
    }
    case "vm.stop":
      return `VM ${stimulus.vm} ${stimulus.crashed ? "crashes" : "is stopped"}`;
    case "guest.fail":
      return `in the guest of VM ${stimulus.vm}: ${stimulus.what}${stimulus.name === null ? "" : ` ${stimulus.name}`}`;
  }
}

/** What the hypervisor makes of it, in one line; null for what other lines say. */
export function vmOutcomeText(outcome: Outcome): string | null {
  switch (outcome.kind) {
    case "VmStarted":
      return outcome.object === null
        ? "it runs; nothing confines its devices"
        : "it runs; its devices are confined to its memory (HV-3)";
    case "VmRefused":
      return `qvm refuses to start it: ${outcome.detail} (${outcome.requirement})`;
    case "VmReported":
      return `qvm reports: ${outcome.detail} (${outcome.requirement})`;
    case "VmEnded":
      return "it has ended";
    case "DeviceNarrowed":
      return `${outcome.device} is narrowed to what its guest grants it, in ${outcome.object} (HV-4)`;
    default:
      return null;
  }
}

/** Which stage refused, and where: empty for a device of the host. */
export function stageText({ stage, guestAddress, hostAddress }: TransferDenied): string {
  if (stage === undefined || guestAddress === undefined) return "";
  const by = { guest: "by the guest's table", vm: "outside the VM's memory", host: "by the host's table" }[
    stage
  ];
  const behind = hostAddress == null ? "nothing behind it" : `host-physical ${text(hostAddress)}`;
  return `; ${by}, guest-physical ${text(guestAddress)}, ${behind}`;
}

function memoryText(memory: readonly VmMemory[]): string {
  if (memory.length === 0) return "no memory";
  const shown = memory.slice(0, 4).map(({ guest, host, length }) => {
    return `${text(guest)}+0x${addressToBigint(length).toString(16)} at ${text(host)}`;
  });
  return `memory ${shown.join(", ")}${memory.length > shown.length ? ", ..." : ""}`;
}

function text({ page, offset }: Address): string {
  return formatAddress(page, offset);
}
