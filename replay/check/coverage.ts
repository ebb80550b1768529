import type { MachineStep } from "../../core/properties/property.ts";
import { API_FUNCTIONS } from "../../events/vocabulary/clientApi.ts";

/** How often each kind of event, each return of each function, and each verdict came up. */
export class Coverage {
  readonly #counts = new Map<string, number>();

  /** Counts what a step shows. */
  add({ stimulus, outcomes }: MachineStep): void {
    this.#count(stimulus.kind);
    for (const outcome of outcomes) {
      this.#count(outcome.kind);
      if (outcome.kind === "CallReturned") this.#count(`${outcome.function}: ${outcome.errno ?? "success"}`);
      if (outcome.kind === "TransferDenied") this.#count(`denied: ${outcome.reason}`);
      if (outcome.kind === "TransferPermitted") this.#count(`permitted: ${outcome.via}`);
      if (outcome.kind === "DssEntered") this.#count(`DSS: ${outcome.reason}`);
    }
  }

  /** The counts, by name. */
  get counts(): { readonly [what: string]: number } {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** What lives can show and these did not. */
  get missing(): readonly string[] {
    return EXPECTED.filter((what) => !this.#counts.has(what));
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }
}

const CALLED = API_FUNCTIONS.filter(
  (name) =>
    !["smmu_device_add_generic", "smmu_device_add_mmio", "smmu_device_report_reserved"].includes(name),
);

const EXPECTED: readonly string[] = [
  ...CALLED.map((name) => `${name}: success`),
  "smmu_init: EPERM",
  "smmu_obj_create: EBADF",
  "smmu_device_add_pci: EBUSY",
  "smmu_device_add_pci: EINVAL",
  "smmu_device_add_pci: ENOENT",
  "smmu_mapping_add: EINVAL",
  "smmu_mapping_add: EPERM",
  "smmu_xfer_status: EAGAIN",
  "denied: unmapped",
  "denied: permission",
  "denied: no-object",
  "permitted: grant",
  "permitted: translation-off",
  "DSS: hardware-absent",
  "DSS: component-not-certified",
  "DSS: configuration-error",
  "DSS: board-error",
  "DSS: unit-failure",
  "DSS: vdev-not-confirmed",
  "DSS: second-instance",
  "DSS: terminated",
  "DSS: resource-exhausted",
  "DSS: undefined-condition",
  "MappingAdded",
  "MappingRemoved",
  "ReissueAwaited",
  "MappingsRealised",
  "ObjectDestroyed",
  "DeviceDetached",
  "ClientEnded",
  "ClientDisconnected",
  "FaultDelivered",
  "FaultFetched",
  "LibraryRefused",
  "StartupGranted",
  "ServiceReady",
  "DssEntered",
];
