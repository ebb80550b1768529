import type { Stimulus } from "../../events/stimulus.ts";
import type { TransferAccess } from "../../events/vocabulary/access.ts";
import { ABILITY_ATTACH, ABILITY_TARGET, SMF } from "../../events/vocabulary/clientApi.ts";
import { clientName } from "../../events/vocabulary/names.ts";
import type { SafetyResponse, ServiceName } from "../../events/vocabulary/service.ts";
import { addDevice, addMapping, callOf, transfer } from "./calls.ts";
import { deviceAt, RESERVED_PAGE, type SmallBoard, startupPage } from "./smallBoard.ts";

/** A whole life of a machine: a board, a start-up, and what happens then. Plain data, so that it can be shrunk. */
export interface Life {
  readonly board: SmallBoard;
  readonly startup: StartupPlan;
  readonly happenings: readonly Happening[];
  /** Where it is cut in two, to be told again from a snapshot; null: it is not. */
  readonly cut: number | null;
}

/** How a start-up goes. */
export interface StartupPlan {
  readonly service: ServiceName;
  readonly guest: boolean;
  readonly safety: SafetyResponse;
  readonly configError: boolean;
  /** The step whose answer is not as it should be, and which way it is bad; null: all is well. */
  readonly bad: { readonly step: number; readonly how: number } | null;
  /** A device tries a page before this step; null: none does. */
  readonly early: { readonly step: number; readonly device: number } | null;
}

/** What happens; numbers name devices, clients, objects and pages of a small board. */
export type Happening =
  | { readonly does: "starts"; readonly client: number; readonly mayTarget: boolean }
  | { readonly does: "init" | "fini" | "exits" | "status" | "notify" | "safety"; readonly client: number }
  | { readonly does: "creates" | "destroys"; readonly client: number; readonly object: number }
  | {
      readonly does: "attaches";
      readonly client: number;
      /** Null: takes it out. */
      readonly object: number | null;
      readonly device: number;
    }
  | {
      readonly does: "maps";
      readonly client: number;
      readonly object: number;
      /** 0: takes it away. */
      readonly rights: number;
      readonly page: number;
      readonly pages: number;
      readonly target: number | null;
    }
  | {
      readonly does: "transfers";
      readonly device: number;
      readonly access: TransferAccess;
      readonly page: number;
      readonly pages: number;
    }
  | {
      readonly does: "fails";
      readonly what: "signal" | "unit" | "memory" | "interrupt" | "procnto" | "vdev";
    };

/** Clients of a life. */
export const CLIENTS = 3;
/** Objects that each of them has names for. */
export const OBJECTS = 2;
/** Pages that clients map: from 0x100 on. */
export const PAGES = 6;

/** A happening in the recorded language. */
export function stimulusOf(happening: Happening): Stimulus {
  switch (happening.does) {
    case "starts": {
      const abilities = [ABILITY_ATTACH, ...(happening.mayTarget ? [ABILITY_TARGET] : [])];
      return { kind: "client", client: client(happening.client), abilities, vm: null };
    }
    case "init":
      return callOf(client(happening.client), { function: "smmu_init", flags: 0 });
    case "fini":
      return callOf(client(happening.client), { function: "smmu_fini" });
    case "exits":
      return { kind: "exit", client: client(happening.client) };
    case "status":
      return callOf(client(happening.client), { function: "smmu_xfer_status" });
    case "notify":
      return callOf(client(happening.client), { function: "smmu_xfer_notify", evp: "pulse" });
    case "safety":
      return callOf(client(happening.client), { function: "smmu_safety" });
    case "creates":
      return callOf(client(happening.client), { function: "smmu_obj_create", flags: 0 }, object(happening));
    case "destroys":
      return callOf(client(happening.client), { function: "smmu_obj_destroy", sop: object(happening) });
    case "attaches": {
      const { object: o } = happening;
      const sop = o === null ? null : object({ client: happening.client, object: o });
      return addDevice(client(happening.client), sop, deviceAt(happening.device));
    }
    case "maps": {
      const { rights, target, page, pages } = happening;
      const flags = rights | (target === null ? 0 : SMF.SMF_TARGET);
      return addMapping(
        client(happening.client),
        object(happening),
        flags,
        pageAt(page),
        pages,
        0x800 + (target ?? 0),
      );
    }
    case "transfers":
      return transfer(deviceAt(happening.device), happening.access, pageAt(happening.page), happening.pages);
    case "fails":
      return { kind: "fail", what: happening.what, name: null, at: null };
  }
}

/** Pages 0 to 5 are those that clients map; 6 and 7 those that the start-up grants, 8 the reserved one. */
function pageAt(page: number): number {
  if (page < PAGES) return 0x100 + page;
  return page < PAGES + 2 ? startupPage(page - PAGES) : RESERVED_PAGE;
}

/** Objects bear the name of the client that creates them; a call may name another client's. */
function object({ client: c, object: o }: { readonly client: number; readonly object: number }): string {
  // One more than a client has: the first object of the next client.
  return o < OBJECTS ? `c${c}.o${o}` : `c${(c + 1) % CLIENTS}.o0`;
}

function client(c: number) {
  return clientName(`c${c}`);
}
