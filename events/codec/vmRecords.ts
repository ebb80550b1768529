import { unreachable } from "../../base/assert.ts";
import type { Json } from "../../base/canonicalJson.ts";
import type { VmMemory, VmStimulus } from "../vmEvents.ts";
import { type Address, formatAddress } from "../vocabulary/address.ts";

type Members = { readonly [name: string]: Json };

/** What happens to a VM, as a record of the trace format (contract 5), `kind` first. */
export function vmMembers(stimulus: VmStimulus): { readonly kind: string } & Members {
  switch (stimulus.kind) {
    case "vm": {
      const { vm, memory, pass, vdev, service, hostService } = stimulus;
      return {
        kind: "vm",
        vm,
        memory: memory.map(memoryMembers),
        pass,
        vdev,
        ...(hostService === false ? { hostService } : {}),
        ...(service === null
          ? {}
          : {
              service: {
                name: service.name,
                files: service.files,
                args: service.arguments,
                ...(service.components === null ? {} : { components: service.components as unknown as Json }),
              },
            }),
      };
    }
    case "vm.stop": {
      const { vm, crashed } = stimulus;
      return { kind: "vm.stop", vm, ...(crashed ? { crashed } : {}) };
    }
    case "guest.fail": {
      const { vm, what, name } = stimulus;
      return { kind: "guest.fail", vm, what, ...(name === null ? {} : { name }) };
    }
    default:
      return unreachable(stimulus, "VM stimulus");
  }
}

/** A run of a VM's memory: guest-physical and host-physical start, length in hex bytes. */
export function memoryMembers({ guest, host, length }: VmMemory): Members {
  return { guest: text(guest), host: text(host), length: text(length) };
}

function text({ page, offset }: Address): string {
  return formatAddress(page, offset);
}
