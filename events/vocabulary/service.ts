/** The two variants of the service (section 1.2). */
export const SERVICE_NAMES = ["smmuman", "smmuman-safety"] as const;
/** One variant. */
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Where a service runs: on hardware (host or plain system), or in a guest with a vdev-smmu (HG-2). */
export type Placement = "hardware" | "guest";

/** Which service, and where it runs. */
export interface PlacementAndService {
  readonly service: ServiceName;
  readonly placement: Placement;
}

/** The response to components that are not certified (SAF-8). */
export type SafetyResponse = "none" | "warn" | "required";

/** Why a service entered its Design Safe State (contract 4). */
export const DSS_REASONS = [
  "hardware-absent", // no vdev-smmu and no usable library
  "safety-component-missing",
  "component-not-certified",
  "configuration-error",
  "board-error",
  "unit-failure",
  "vdev-not-confirmed",
  "second-instance",
  "terminated",
  "resource-exhausted",
  "undefined-condition",
] as const;
/** One reason. */
export type DssReason = (typeof DSS_REASONS)[number];

/** A component that a service depends on, and whether it really is the certified variant (SAF-8a). */
export interface Component {
  readonly name: string;
  readonly certified: boolean;
}
