import { unreachable } from "../../base/assert.ts";
import type { Json } from "../../base/canonicalJson.ts";
import type { ApiCall, CallStimulus, ClientStimulus, DevId, MapEntry, Uint64 } from "../clientEvents.ts";
import { formatAddress } from "../vocabulary/address.ts";
import { PCI_FIELD_ANY, SMF, SOCF } from "../vocabulary/clientApi.ts";

type Members = { readonly [name: string]: Json };

/** What a client does, as a record of the trace format (contract 5), `kind` first. */
export function clientMembers(stimulus: ClientStimulus): { readonly kind: string } & Members {
  switch (stimulus.kind) {
    case "client": {
      const { client, abilities, vm, view } = stimulus;
      const seen = view === undefined ? {} : { view };
      return { kind: "client", client, abilities, ...(vm === null ? {} : { vm }), ...seen };
    }
    case "call":
      return callMembers(stimulus);
    case "exit":
      return { kind: "exit", client: stimulus.client };
    default:
      return unreachable(stimulus, "client stimulus");
  }
}

function callMembers({ client, call, as, expected }: CallStimulus): { readonly kind: string } & Members {
  return {
    kind: "call",
    client,
    function: call.function,
    args: argumentsOf(call),
    ...(as === null ? {} : { as }),
    ...(expected === null ? {} : (expected as Members)),
  };
}

/** The arguments under their documented names; what is left out means what a reader takes it for. */
function argumentsOf(call: ApiCall): Members {
  switch (call.function) {
    case "smmu_init":
      return { flags: flagNames(call.flags, {}) };
    case "smmu_obj_create":
      return { flags: flagNames(call.flags, SOCF) };
    case "smmu_fini":
    case "smmu_safety":
      return {};
    case "smmu_obj_destroy":
      return { sop: call.sop };
    case "smmu_device_add_generic":
      return { sop: call.sop, devid: devidOf(call.devid) };
    case "smmu_device_add_pci":
      return {
        sop: call.sop,
        pbus: pciField(call.pbus),
        pdev: pciField(call.pdev),
        pfunc: pciField(call.pfunc),
      };
    case "smmu_device_add_mmio":
      return { sop: call.sop, phys: text(call.phys), len: call.len };
    case "smmu_mapping_add": {
      const { sop, flags, pid, num_entries, entries, target } = call;
      return {
        sop,
        flags: flagNames(flags, SMF),
        pid,
        num_entries,
        entries: entries?.map(entryOf) ?? null,
        target: text(target),
      };
    }
    case "smmu_device_report_reserved":
      return {
        devid: devidOf(call.devid),
        offset: call.offset,
        nresv: call.nresv,
        ...(call.resv === undefined ? {} : { resv: call.resv }),
      };
    case "smmu_xfer_notify":
      return { evp: call.evp };
    case "smmu_xfer_status":
      return call.ssp === undefined ? {} : { ssp: call.ssp };
    default:
      return unreachable(call, "function");
  }
}

/** Flags as their symbolic names; bits without a name as one hex number. */
function flagNames(flags: number, names: { readonly [name: string]: number }): string[] {
  const known = Object.entries(names).filter(([, bit]) => bit !== 0 && (flags & bit) !== 0);
  const rest = known.reduce((left, [, bit]) => left - bit, flags);
  return [...known.map(([name]) => name), ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])];
}

function pciField(value: number): number | string {
  return value === PCI_FIELD_ANY ? "SMMU_PCI_FIELD_ANY" : value;
}

function devidOf(id: DevId | null): Json {
  if (id === null) return null;
  switch (id.type) {
    case "SDT_PCI":
      return { type: id.type, bus: pciField(id.bus), dev: pciField(id.dev), func: pciField(id.func) };
    case "SDT_MMIO":
      return { type: id.type, phys: text(id.phys), length: id.length };
    case "other":
      return { type: id.value };
    default:
      return unreachable(id, "device id");
  }
}

function entryOf({ phys, len }: MapEntry): Json {
  return { phys: text(phys), len: text(len) };
}

function text({ page, offset }: Uint64): string {
  return formatAddress(page, offset);
}
