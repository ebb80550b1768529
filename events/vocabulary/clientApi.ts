/** The functions of the client API, by their documented names (API-1 to API-12). */
export const API_FUNCTIONS = [
  "smmu_init",
  "smmu_fini",
  "smmu_obj_create",
  "smmu_obj_destroy",
  "smmu_device_add_generic",
  "smmu_device_add_pci",
  "smmu_device_add_mmio",
  "smmu_mapping_add",
  "smmu_device_report_reserved",
  "smmu_xfer_notify",
  "smmu_xfer_status",
  "smmu_safety",
] as const;
/** One function's name. */
export type ApiFunction = (typeof API_FUNCTIONS)[number];

/** The errno values that calls fail with (API-5, G-27, G-30). */
export const ERRNOS = ["EBADF", "EPERM", "EINVAL", "ENOMEM", "EFAULT", "EBUSY", "ENOENT", "EAGAIN"] as const;
/** One errno value. */
export type Errno = (typeof ERRNOS)[number];

/** The ability a client needs to connect (PRV-1). */
export const ABILITY_ATTACH = "smmu/attach";
/** The ability a client needs for SMF_TARGET; hypervisor only (PRV-1, CM-16). */
export const ABILITY_TARGET = "smmu/target";

/** Permissions and flags of a mapping by name (API 9.2). */
export const SMF = {
  SMF_NONE: 0x00,
  SMF_READ: 0x01,
  SMF_WRITE: 0x02,
  SMF_EXEC: 0x04,
  SMF_VIRT: 0x08,
  SMF_TARGET: 0x10,
} as const;

/** Flags of an object by name (API 9.2). */
export const SOCF = { SOCF_NONE: 0x0000, SOCF_RESERVED_MANUAL: 0x0001 } as const;

/** `SMMU_PCI_FIELD_ANY`: any bus, device or function (API-6). */
export const PCI_FIELD_ANY = 0xffff_ffff;

/** What `smmu_safety()` answers; the numbers are not documented, so callers compare by name (G-31). */
export const SAFETY_ANSWERS = ["SMMUMAN_SAFETY_ERROR", "SMMUMAN_SAFETY_NO", "SMMUMAN_SAFETY_YES"] as const;
/** One answer. */
export type SafetyAnswer = (typeof SAFETY_ANSWERS)[number];

/** The flag of a status that says that records were lost; its number is not documented (G-31). */
export const SSF_DROPPED_FAULTS = "SSF_DROPPED_FAULTS";

/** How many fault records are kept for one client (FLT-3). */
export const CLIENT_RECORDS_MAX = 64;
