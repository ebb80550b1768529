import type { Json } from "../../base/canonicalJson.ts";
import type { DevId } from "../../events/clientEvents.ts";
import { formatAddress, PAGE_SIZE } from "../../events/vocabulary/address.ts";
import { type SafetyAnswer, SSF_DROPPED_FAULTS } from "../../events/vocabulary/clientApi.ts";
import { type DeviceName, pciParts } from "../../events/vocabulary/device.ts";
import type { ClientName } from "../../events/vocabulary/names.ts";
import { isCertified } from "../startup/certification.ts";
import { serviceOf } from "../startup/serviceState.ts";
import type { IommuState } from "../state.ts";
import { type Answer, done, refused } from "./answer.ts";
import type { ClientState } from "./clientState.ts";
import { serves } from "./deliverFault.ts";
import { devicesNamed } from "./deviceCalls.ts";

/** `smmu_xfer_status` (API-11, FLT-3): one record; when there is none, -1 with EAGAIN and a cleared structure (G-30). */
export function fetchStatus(client: ClientName, caller: ClientState): Answer {
  const [record] = caller.records;
  if (record === undefined) return { ...refused("EAGAIN"), wrote: CLEARED };
  const wrote: Json = {
    hw_specific: `0x${record.hardware.toString(16)}`,
    fault_addr: record.address ?? "0x0",
    devid: record.device === null ? null : devidJson(record.device),
    flags: caller.dropped ? [SSF_DROPPED_FAULTS] : [],
  };
  return { ...done([{ kind: "FaultFetched", client, fault: record.fault }]), wrote };
}

/** `smmu_xfer_notify` (API-10, FLT-5). */
export function awaitNotification(client: ClientName): Answer {
  return done([{ kind: "NotificationAwaited", client }]);
}

/** `smmu_device_report_reserved` (API-9): how many entries there are from `offset` on; at most `nresv` are written. */
export function reportReserved(state: IommuState, id: DevId, offset: number, nresv: number): Answer {
  const devices = devicesNamed(state, id);
  if (devices === null || devices.length > 1) return refused("EINVAL");
  const [device] = devices;
  const known = device === undefined ? undefined : state.devices.get(device);
  if (known === undefined) return refused("ENOENT");
  const regions = known.reserved?.mappings() ?? [];
  const wrote = regions.slice(offset, offset + nresv).map(({ first, last }) => ({
    phys: formatAddress(first),
    len: `0x${(BigInt(last - first + 1) * BigInt(PAGE_SIZE)).toString(16)}`,
  }));
  return { ...done([], Math.max(regions.length - offset, 0)), wrote };
}

/** `smmu_safety` (API-12, SAF-9). Of a recorded system nothing is known, and what is not known is not certified. */
export function safety(state: IommuState, caller: ClientState | undefined): Answer {
  const answer = (returns: SafetyAnswer): Answer => ({ returns, errno: null, outcomes: [] });
  if (!serves(state) || !caller?.connected) return { ...answer("SMMUMAN_SAFETY_ERROR"), errno: "EBADF" };
  const service = serviceOf(state);
  return answer(service !== null && isCertified(service) ? "SMMUMAN_SAFETY_YES" : "SMMUMAN_SAFETY_NO");
}

const CLEARED: Json = { hw_specific: "0x0", fault_addr: "0x0", devid: null, flags: [] };

function devidJson(device: DeviceName): Json {
  const parts = pciParts(device);
  if (parts !== null) return { type: "SDT_PCI", bus: parts.bus, dev: parts.device, func: parts.fn };
  if (device.startsWith("mmio:")) return { type: "SDT_MMIO", phys: device.slice("mmio:".length) };
  return null;
}
