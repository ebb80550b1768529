import type { Access } from "./vocabulary/access.ts";
import type { PageNumber } from "./vocabulary/address.ts";
import type { DeviceName } from "./vocabulary/device.ts";
import type { DssReason } from "./vocabulary/service.ts";

/** What the start-up of a service is told from outside: its command line, its configuration, the answers of its board. */
export type StartupStimulus = never;

/** What the start-up makes of it. */
export type StartupOutcome =
  | {
      /** Pages that the start-up configuration or the board's reserved regions grant a device; no client removes them. */
      readonly kind: "StartupGranted";
      readonly device: DeviceName;
      readonly firstPage: PageNumber;
      readonly lastPage: PageNumber;
      readonly access: Access;
      /** `allow`: by the configuration, `name` is the set; `reserved`: a reserved region. */
      readonly by: "allow" | "reserved";
      readonly name: string | null;
    }
  | { readonly kind: "DssEntered"; readonly reason: DssReason; readonly requirement: string };
