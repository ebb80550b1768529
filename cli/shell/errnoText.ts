import type { ApiCall } from "../../events/clientEvents.ts";
import type { ApiFunction, Errno } from "../../events/vocabulary/clientApi.ts";

/** Why a call failed with that errno, as far as the function tells: a clause with the ids it rests on. */
export function errnoText(call: ApiCall, errno: Errno): string {
  const own = REASONS[call.function]?.[errno];
  if (errno === "ENOENT" && "sop" in call && call.sop === null)
    return "no such device is in an object of this client (CM-8)";
  return own ?? GENERAL[errno];
}

const DEVICE_ADD: { readonly [errno in Errno]?: string } = {
  EBUSY:
    "the device is another client's (CM-7), or one that the hardware cannot tell from it is in another object (G-14)",
  ENOENT: "the service does not know which unit controls the device (API-5)",
  EINVAL: "the arguments name no device, or sop is no object of this client (G-27)",
  EFAULT: "devid is NULL (G-27)",
};

const REASONS: { readonly [name in ApiFunction]?: { readonly [errno in Errno]?: string } } = {
  smmu_init: {
    EINVAL: "flags must be 0 (API-1)",
    EPERM: "the process does not hold the ability smmu/attach (PRV-1)",
    EBADF: "no service runs that could be connected to (API-1)",
  },
  smmu_obj_create: {
    EINVAL: "flags are SOCF_NONE or SOCF_RESERVED_MANUAL (API-3)",
    EPERM: "SOCF_RESERVED_MANUAL is the hypervisor's; it takes the ability smmu/target (API 9.2)",
  },
  smmu_obj_destroy: { EINVAL: "sop is no object of this client (API-4)" },
  smmu_device_add_generic: DEVICE_ADD,
  smmu_device_add_pci: DEVICE_ADD,
  smmu_device_add_mmio: DEVICE_ADD,
  smmu_mapping_add: {
    EINVAL:
      "a flag that is unknown or cannot be kept (G-38), no object of this client, no regions, one that is empty or too long, or a page that would go to two targets (G-29)",
    EFAULT: "entries is NULL, or has fewer than num_entries regions (G-27)",
    EPERM: "SMF_TARGET takes the ability smmu/target (CM-16)",
  },
  smmu_device_report_reserved: {
    ENOENT: "the service does not know the device (API-9)",
    EINVAL: "devid is not one device (API-9)",
    EFAULT: "devid is NULL (G-27)",
  },
  smmu_xfer_notify: { EFAULT: "evp is NULL (G-27)" },
  smmu_xfer_status: { EAGAIN: "no record is waiting (G-30)", EFAULT: "ssp is NULL (G-27)" },
};

const GENERAL: { readonly [errno in Errno]: string } = {
  EBADF: "the client is not connected, or no service runs (G-27)",
  EPERM: "an ability is missing (G-27)",
  EINVAL: "an argument is bad (G-27)",
  ENOMEM: "there is no memory (G-27)",
  EFAULT: "a pointer is bad (G-27)",
  EBUSY: "the device is another client's (CM-7)",
  ENOENT: "there is none (API-5)",
  EAGAIN: "there is none just now (G-30)",
};
