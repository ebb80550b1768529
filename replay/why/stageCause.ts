import type { VmState } from "../../core/vms/vmState.ts";
import type { TransferDenied } from "../../events/outcome.ts";
import { covers, formatAccess, neededAccess } from "../../events/vocabulary/access.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import type { Cause } from "./causeKinds.ts";
import type { Evidence } from "./evidence.ts";
import { pagesText } from "./tell.ts";
import { present } from "./when.ts";

/**
 * Why a pass-through device was refused by its guest's own table or by what memory its VM has (HV-13); null where the
 * host's table refused, whose cause is found as any other's.
 */
export function stageCause(evidence: Evidence, denied: TransferDenied): Cause | null {
  const { inVm } = evidence;
  if (inVm === null || denied.stage === undefined || denied.stage === "host") return null;
  const started = startOf(evidence, inVm.name);
  const swapped = hostAddressCause(evidence, inVm.vm, denied, started);
  if (swapped !== null) return swapped;
  if (denied.stage === "guest") return guestTableCause(evidence, inVm, denied, started);
  const guest = addressText(denied.guestAddress ?? denied.at);
  const used = addressText(denied.at);
  const how = guest === used ? used : `${used}, which the guest's table leads to ${guest},`;
  return {
    kind: "outside-vm",
    text: `VM ${inVm.name} has no memory at ${how}: no guest-physical address of it, and nothing that its devices may reach; it has ${memoryText(inVm.vm)}`,
    seqs: present([started]),
  };
}

/**
 * A guest-physical address in the hands of a device that the host uses itself: a VM has memory there, and what lies
 * behind it is granted to the device. Null: not so.
 */
export function guestAddressCause(
  { state, page, space, question, object }: Evidence,
  denied: TransferDenied,
): Cause | null {
  for (const [name, vm] of state.vms) {
    const part = vm.running ? vm.memory.at(page) : null;
    if (part === null || part.value.delta === 0) continue;
    const behind = page + part.value.delta;
    const grant = space?.at(behind) ?? null;
    if (grant === null || !covers(grant.value.access, neededAccess(question.access))) continue;
    const [used, right] = [addressText(denied.at), formatAddress(behind, denied.at.offset)];
    return {
      kind: "wrong-stage",
      text: `${used} is a guest-physical address of VM ${name}; the memory behind it is at ${right}, which ${object} is granted: a guest-physical address was used as a host-physical one`,
      seqs: present([grant.value.since]),
    };
  }
  return null;
}

/** A host-physical address in the hands of a guest's device: the VM has that memory, at another address of its own. */
function hostAddressCause(
  { inVm }: Evidence,
  vm: VmState,
  denied: TransferDenied,
  started: number | null,
): Cause | null {
  const { page, offset } = denied.at;
  const part = vm.memory
    .mappings()
    .find(
      ({ first, last, value: { delta } }) => delta !== 0 && page >= first + delta && page <= last + delta,
    );
  if (part === undefined || vm.memory.at(page) !== null) return null;
  const right = formatAddress(page - part.value.delta, offset);
  return {
    kind: "wrong-stage",
    text: `${addressText(denied.at)} is the host-physical address of memory that VM ${inVm!.name} has at guest-physical ${right}: a host-physical address was used as a guest-physical one`,
    seqs: present([started]),
  };
}

/** What the guest's own service grants, and to whom. */
function guestTableCause(
  { question }: Evidence,
  { name, vm }: { readonly name: string; readonly vm: VmState },
  denied: TransferDenied,
  started: number | null,
): Cause {
  const guest = vm.guest!;
  const { object = null, startup = null } = guest.devices.get(question.device) ?? {};
  const space = object === null ? startup : (guest.objects.get(object)?.space ?? null);
  const whose = object === null ? "its start-up grants" : object;
  const own = `the service of VM ${name}'s guest`;
  const dss = guest.service?.dss ?? null;
  const ended =
    dss === null
      ? ""
      : `; that service is in its Design Safe State (${dss.reason}, ${dss.requirement}) and grants nothing`;
  if (denied.reason === "permission") {
    const run = space?.at(denied.at.page) ?? null;
    const has = run === null ? "less" : formatAccess(run.value.access);
    const missing = denied.access === "w" ? "write" : "read";
    return {
      kind: "less-access",
      text: `${own} grants ${addressText(denied.at)} ${has} in ${whose}; the right to ${missing} is missing${ended}`,
      seqs: present([started]),
    };
  }
  const aimed = space?.mappings().find(({ first, last, value: { delta } }) => {
    const { page } = denied.at;
    return delta !== 0 && page >= first + delta && page <= last + delta;
  });
  if (aimed !== undefined)
    return {
      kind: "wrong-stage",
      text: `${addressText(denied.at)} is a guest-physical address, where a grant of ${whose} leads; the guest's own table stands before it, and the device's address is ${formatAddress(denied.at.page - aimed.value.delta, denied.at.offset)}`,
      seqs: present([started]),
    };
  return {
    kind: "guest-not-granted",
    text:
      denied.reason === "no-object"
        ? `${own} has attached ${question.device} to no object; the host's tables would not matter${ended}`
        : `${own} does not grant ${addressText(denied.at)} to ${question.device} (${whose}); the host's tables would not matter${ended}`,
    seqs: present([started]),
  };
}

function startOf({ rare, question }: Evidence, name: string): number | null {
  const started = rare.findLast(
    ({ event, seq }) => seq < question.seq && event.kind === "vm" && event.vm === name,
  );
  return started?.seq ?? null;
}

function memoryText({ memory }: VmState): string {
  const parts = memory.mappings().map(({ first, last }) => pagesText(first, last));
  return parts.length <= 4
    ? parts.join(", ") || "none"
    : `${parts.slice(0, 3).join(", ")} and ${parts.length - 3} more`;
}

function addressText({ page, offset }: TransferDenied["at"]): string {
  return formatAddress(page, offset);
}
