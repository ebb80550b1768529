import type { ApiFunction } from "../../events/vocabulary/clientApi.ts";
import { signature } from "./callSyntax.ts";

/** One function: its parameters, what it does and returns, and a line to type. */
export function functionHelp(name: ApiFunction): string {
  const { does, returns, example } = FUNCTIONS[name];
  return `${name}${signature(name)}\n  ${does}\n  returns ${returns}\n  ${example}`;
}

interface Help {
  readonly does: string;
  readonly returns: string;
  readonly example: string;
}

const DEVICE_RETURNS =
  "0; 1: reissue the mappings (CM-9); -1: EBUSY another client's (CM-7), ENOENT no unit known or not the caller's (API-5)";

const FUNCTIONS: { readonly [name in ApiFunction]: Help } = {
  smmu_init: {
    does: "connects the process to the service; flags must be 0 (API-1)",
    returns: "0; -1: EINVAL flags, EPERM without the ability smmu/attach (PRV-1), EBADF without a service",
    example: "smmu_init(0)",
  },
  smmu_fini: {
    does: "ends the connection, and all that came of it (API-2, G-28)",
    returns: "0; -1: EBADF",
    example: "smmu_fini()",
  },
  smmu_obj_create: {
    does: "creates an object: devices and the mappings they share (API-3, CM-2)",
    returns: "the object; NULL: EINVAL flags, EPERM SOCF_RESERVED_MANUAL without smmu/target, EBADF",
    example: "o1 = smmu_obj_create(SOCF_NONE)",
  },
  smmu_obj_destroy: {
    does: "destroys an object; its devices keep start-up grants and reserved regions alone (API-4, G-28)",
    returns: "0; -1: EINVAL no object of the caller's, EBADF",
    example: "smmu_obj_destroy(o1)",
  },
  smmu_device_add_generic: {
    does: "attaches a device to an object, or detaches it where sop is NULL (API-5, CM-8)",
    returns: DEVICE_RETURNS,
    example: "smmu_device_add_generic(o1, {SDT_PCI, 0, 18, 0})",
  },
  smmu_device_add_pci: {
    does: "the same for a PCI function; numbers are decimal, SMMU_PCI_FIELD_ANY matches any (API-6, G-41)",
    returns: DEVICE_RETURNS,
    example: "smmu_device_add_pci(o1, 0, 18, 0)",
  },
  smmu_device_add_mmio: {
    does: "the same for the device whose registers are at phys (API-7)",
    returns: DEVICE_RETURNS,
    example: "smmu_device_add_mmio(o1, 0xe6ef0000, 0x1000)",
  },
  smmu_mapping_add: {
    does: "grants regions, or revokes them where flags has no permission; all or none (API-8, CM-13, G-29)",
    returns: "0; -1: EINVAL, EFAULT, EPERM SMF_TARGET without smmu/target (CM-16), EBADF",
    example:
      "smmu_mapping_add(o1, SMF_READ|SMF_WRITE, 0, 1, {0x80000000, 0x1000}, 0), or shorter\n  smmu_mapping_add(o1, SMF_READ|SMF_WRITE, 0x80000000+0x1000)",
  },
  smmu_device_report_reserved: {
    does: "lists the device's reserved regions from number offset on, at most nresv (API-9)",
    returns: "how many there are from there on; 0 past the last; -1: ENOENT, EINVAL, EFAULT",
    example: "smmu_device_report_reserved(pci:0000:00:12.0, 0, 8)",
  },
  smmu_xfer_notify: {
    does: "registers for one notification of a fault (API-10, FLT-5)",
    returns: "0; -1: EFAULT evp is NULL",
    example: "smmu_xfer_notify(&event)",
  },
  smmu_xfer_status: {
    does: "fetches the oldest fault record and frees its space (API-11, FLT-3)",
    returns: "0; -1: EAGAIN none is waiting (G-30)",
    example: "smmu_xfer_status(&status)",
  },
  smmu_safety: {
    does: "asks whether the service and all it depends on are certified (API-12, SAF-9)",
    returns: "SMMUMAN_SAFETY_YES, SMMUMAN_SAFETY_NO or SMMUMAN_SAFETY_ERROR; not YES is not safe (G-31)",
    example: "smmu_safety()",
  },
};
