import type { TransferDenied } from "../../../events/outcome.ts";
import { formatAddress } from "../../../events/vocabulary/address.ts";
import type { IommuState } from "../../state.ts";
import { alikeOf } from "./judge.ts";

/** The record of a refused transfer as a client may fetch it; null: the hardware leaves none (FLT-1, FLT-4, hardware 7). */
export function recordOf(
  state: IommuState,
  { device, reason, code, at }: TransferDenied,
): { readonly device: string | null; readonly address: string | null } | null {
  const { family } = state;
  if (code === null && family !== "ideal" && !(family === "smmuv2" && reason === "no-object")) return null;
  const hasAddress = !(family === "smmuv2" && reason === "no-object");
  const address = hasAddress ? formatAddress(at.page, family === "vtd" ? 0 : at.offset) : null;
  const isAmbiguous = family === "ipmmu" || alikeOf(state, device).length > 0;
  return { device: isAmbiguous ? null : device, address };
}

/** Whether each client that may hear of a refused transfer has its record, or was told that one was dropped (FLT-3 to FLT-8). */
export function isDelivered(before: IommuState, after: IommuState, denied: TransferDenied): boolean {
  const isUp = before.service === null || before.service.phase === "running";
  const record = recordOf(before, denied);
  const hypervisors = new Set([...before.vms.values()].map(({ client }) => client));
  for (const [name, then] of before.clients) {
    const now = after.clients.get(name);
    if (now === undefined) return false;
    const hears = isUp && record !== null && then.connected && !hypervisors.has(name);
    if (!hears) {
      if (now.records.length !== then.records.length || now.notify !== then.notify) return false;
      continue;
    }
    const isFull = then.records.length >= 64;
    if (now.records.length !== (isFull ? 64 : then.records.length + 1)) return false;
    if (!then.records.every(({ fault }, i) => fault === now.records[i]!.fault)) return false;
    if (now.dropped !== (then.dropped || isFull) || now.notify) return false;
    const last = now.records.at(-1)!;
    if (!isFull && (last.device !== record.device || last.address !== record.address)) return false;
  }
  return true;
}
