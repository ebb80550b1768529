import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import type { CallStimulus } from "../../events/clientEvents.ts";
import type { Outcome } from "../../events/outcome.ts";
import { CLIENT_RECORDS_MAX } from "../../events/vocabulary/clientApi.ts";
import type { ClientName } from "../../events/vocabulary/names.ts";
import type { DeviceState, IommuState } from "../state.ts";
import type { SafetyProperty } from "./property.ts";
import { sometimes } from "./transfers.ts";

/** Who may have what, and what is left of a client. */
export const OWNERSHIP_PROPERTIES: readonly SafetyProperty[] = [
  {
    kind: "always",
    name: "a device is in no object that does not exist, and an object has no client that does not",
    requirements: ["CM-7", "G-28"],
    reads: ["devices", "objects", "clients", "service"],
    holds: ({ devices, objects, clients, service }) =>
      [...devices.values()].every(({ object }) => object === null || objects.has(object)) &&
      // A recorder may tell of objects of clients that nobody else tells of; a client that is known must be connected,
      // unless the service is gone and with it all connections, while its tables stay (G-8).
      (service?.phase === "dss" ||
        [...objects.values()].every(
          ({ client }) => client === null || clients.get(client)?.connected !== false,
        )),
  },
  {
    kind: "step",
    name: "no client takes a device that another one has",
    requirements: ["CM-7", "G-41"],
    stimuli: ["call"],
    outcomes: ["DeviceAttached", "DeviceDetached"],
    holds: ({ before, stimulus, outcomes }) => {
      if (stimulus.kind !== "call") return true;
      return outcomes.every((outcome) => {
        if (outcome.kind !== "DeviceAttached" && outcome.kind !== "DeviceDetached") return true;
        const object = before.devices.get(outcome.device)?.object ?? null;
        return object === null || before.objects.get(object)?.client === askingClient(before, stimulus);
      });
    },
  },
  {
    kind: "step",
    name: "a client writes no table but its own",
    requirements: ["CM-7", "CM-2"],
    stimuli: ["call"],
    outcomes: ["MappingAdded", "MappingRemoved"],
    // A table that is made for the occasion is there afterwards.
    holds: ({ before, stimulus, outcomes, after }) => {
      if (stimulus.kind !== "call") return true;
      return outcomes.every((outcome) => {
        if (outcome.kind !== "MappingAdded" && outcome.kind !== "MappingRemoved") return true;
        const object = before.objects.get(outcome.object) ?? after.objects.get(outcome.object);
        return object?.client === askingClient(before, stimulus);
      });
    },
  },
  {
    kind: "step",
    name: "a client that is gone leaves no object, no grant and no attached device",
    requirements: ["G-28", "G-8"],
    outcomes: ["ClientEnded", "ClientDisconnected"],
    holds: ({ before, outcomes, after }) =>
      // Nobody takes anything away once the service is in its DSS; the next property says that all stays.
      before.service?.phase === "dss" ||
      outcomes.every((outcome) => {
        if (outcome.kind !== "ClientEnded" && outcome.kind !== "ClientDisconnected") return true;
        const isItsOwn = ({ client }: { readonly client: string | null }) => client === outcome.client;
        if ([...after.objects.values()].some(isItsOwn)) return false;
        return [...before.devices].every(([name, { object }]) => {
          const owner = object === null ? undefined : before.objects.get(object);
          return owner === undefined || !isItsOwn(owner) || after.devices.get(name)?.object == null;
        });
      }),
  },
  {
    kind: "step",
    name: "once the service is in its Design Safe State, no client's end or call changes a table or an attachment",
    requirements: ["G-8", "DSS-1"],
    stimuli: ["call", "exit"],
    holds: ({ before, stimulus, outcomes }) =>
      before.service?.phase !== "dss" ||
      (stimulus.kind !== "exit" && stimulus.kind !== "call") ||
      outcomes.every(({ kind }) => !TABLE_WRITES.has(kind)),
  },
  {
    kind: "step",
    name: "start-up grants and reserved regions survive whatever clients do",
    requirements: ["G-29", "G-35", "RSV-1"],
    stimuli: ["call", "exit", "client"],
    holds: ({ before, stimulus, after }) => {
      if (stimulus.kind !== "call" && stimulus.kind !== "exit" && stimulus.kind !== "client") return true;
      if (before.devices === after.devices) return true;
      return [...before.devices].every(([name, device]) => hasSameOwn(device, after.devices.get(name)));
    },
  },
  {
    kind: "step",
    name: "a refused call changes nothing",
    requirements: ["G-29", "G-41"],
    stimuli: ["call"],
    holds: ({ outcomes }) => {
      const call = outcomes.find((outcome) => outcome.kind === "CallReturned");
      if (call === undefined || call.errno === null) return true;
      // A guest's service that finds its vdev dead is in an unknown condition (DSS-1).
      if (outcomes.some(({ kind }) => kind === "DssEntered")) return true;
      return outcomes.every(({ kind }) => kind === "CallReturned" || kind === "FaultRegistersRead");
    },
  },
  {
    kind: "step",
    name: "a call without a connection is refused",
    requirements: ["G-27", "PRV-1"],
    stimuli: ["call"],
    holds: ({ before, stimulus, outcomes }) => {
      // A guest's service answers there, and is held to this sentence as a machine of its own.
      if (stimulus.kind !== "call" || isInVm(before, stimulus)) return true;
      const caller = before.clients.get(stimulus.client);
      const isOpen = caller?.connected === true;
      if (stimulus.call.function === "smmu_init")
        return caller?.abilities.includes("smmu/attach") === true || errnoOf(outcomes) !== null;
      return isOpen || errnoOf(outcomes) !== null;
    },
  },
  {
    kind: "step",
    name: "a grant to another address takes the ability for it",
    requirements: ["CM-16", "PRV-1"],
    stimuli: ["call"],
    outcomes: ["MappingAdded"],
    holds: ({ before, stimulus, outcomes }) => {
      if (stimulus.kind !== "call") return true;
      const asking = askingClient(before, stimulus);
      const isTold =
        asking !== null && before.clients.get(asking)?.abilities.includes("smmu/target") === true;
      return outcomes.every((outcome) => outcome.kind !== "MappingAdded" || outcome.delta === 0 || isTold);
    },
  },
  {
    kind: "step",
    name: "a call that grants changes no page that it does not touch",
    requirements: ["CM-12", "G-26"],
    stimuli: ["call"],
    outcomes: ["MappingAdded", "MappingRemoved"],
    holds: ({ before, stimulus, outcomes, after }) => {
      if (stimulus.kind !== "call" || stimulus.call.function !== "smmu_mapping_add") return true;
      // What the host makes of a call in a guest, whose devices it may just have begun to narrow, is another sentence's.
      if (isInVm(before, stimulus)) return true;
      const touched = pagesOf(stimulus.call.entries ?? []);
      return outcomes.every((outcome) => {
        if (outcome.kind !== "MappingAdded" && outcome.kind !== "MappingRemoved") return true;
        return (
          touched.some(([first, last]) => first <= outcome.firstPage && outcome.firstPage <= last) &&
          touched.some(([first, last]) => first <= outcome.lastPage && outcome.lastPage <= last) &&
          before.objects.has(outcome.object) &&
          after.objects.has(outcome.object)
        );
      });
    },
  },
  {
    kind: "always",
    name: "a client has at most 64 records",
    requirements: ["FLT-3"],
    reads: ["clients"],
    holds: ({ clients }) =>
      [...clients.values()].every(({ records }) => records.length <= CLIENT_RECORDS_MAX),
  },
  {
    kind: "step",
    name: "a record is dropped only where there are 64, the old ones stay, and the client is told",
    requirements: ["FLT-3", "G-32"],
    outcomes: ["FaultDelivered"],
    holds: ({ before, outcomes, after }) =>
      outcomes.every((outcome) => {
        if (outcome.kind !== "FaultDelivered") return true;
        return outcome.dropped.every((name) => {
          const [then, now] = [before.clients.get(name), after.clients.get(name)];
          return (
            then?.records.length === CLIENT_RECORDS_MAX &&
            now?.dropped === true &&
            canonicalJson(now.records as unknown as Json) === canonicalJson(then.records as unknown as Json)
          );
        });
      }),
  },
  {
    kind: "step",
    name: "every connected client gets every record",
    requirements: ["FLT-7", "FLT-8"],
    outcomes: ["FaultDelivered"],
    holds: ({ before, outcomes }) =>
      outcomes.every((outcome) => {
        if (outcome.kind !== "FaultDelivered") return true;
        const told = [...outcome.clients, ...outcome.dropped].sort().join();
        return told === connected(before).join();
      }),
  },
  {
    kind: "step",
    name: "one registration brings one notification",
    requirements: ["FLT-5"],
    outcomes: ["FaultDelivered"],
    holds: ({ before, outcomes, after }) =>
      outcomes.every((outcome) => {
        if (outcome.kind !== "FaultDelivered") return true;
        return outcome.notified.every(
          (name) => before.clients.get(name)?.notify === true && after.clients.get(name)?.notify === false,
        );
      }),
  },
  sometimes("a device is refused because another client has it", ["CM-7"], ({ outcomes }) =>
    outcomes.some((outcome) => outcome.kind === "CallReturned" && outcome.errno === "EBUSY"),
  ),
  sometimes(
    "a client dies with objects",
    ["G-28"],
    ({ stimulus, outcomes }) =>
      stimulus.kind === "exit" && outcomes.some(({ kind }) => kind === "ObjectDestroyed"),
  ),
  sometimes("a device waits for a reissue", ["CM-9"], ({ outcomes }) =>
    outcomes.some(({ kind }) => kind === "ReissueAwaited"),
  ),
  sometimes(
    "a device moves between objects of one client",
    ["CM-7"],
    ({ stimulus, outcomes }) =>
      stimulus.kind === "call" &&
      outcomes.some(({ kind }) => kind === "DeviceDetached") &&
      outcomes.some(({ kind }) => kind === "DeviceAttached"),
  ),
];

const TABLE_WRITES: ReadonlySet<Outcome["kind"]> = new Set<Outcome["kind"]>([
  "MappingAdded",
  "MappingRemoved",
  "ObjectDestroyed",
  "DeviceAttached",
  "DeviceDetached",
]);

function errnoOf(outcomes: readonly Outcome[]): string | null {
  return outcomes.find((outcome) => outcome.kind === "CallReturned")?.errno ?? null;
}

function hasSameOwn(before: DeviceState, after: DeviceState | undefined): boolean {
  return (
    hasSameRuns(before.startup, after?.startup ?? null) &&
    hasSameRuns(before.reserved, after?.reserved ?? null)
  );
}

function hasSameRuns(before: DeviceState["startup"], after: DeviceState["startup"]): boolean {
  return before === after || (before?.canonicalRuns() ?? "") === (after?.canonicalRuns() ?? "");
}

/** Who asks the service of this machine: the caller, or the qvm of the VM that it lives in (HV-2, HV-4). */
function askingClient({ clients, vms }: IommuState, { client }: CallStimulus): ClientName | null {
  const vm = clients.get(client)?.vm ?? null;
  return vm === null ? client : (vms.get(vm)?.client ?? null);
}

function isInVm({ clients }: IommuState, { client }: CallStimulus): boolean {
  return (clients.get(client)?.vm ?? null) !== null;
}

/** The pages that each entry of a mapping call touches, both ends inclusive. */
export function pagesOf(
  entries: readonly {
    readonly phys: { readonly page: number; readonly offset: number };
    readonly len: { readonly page: number; readonly offset: number };
  }[],
): [number, number][] {
  return entries.map(({ phys, len }) => {
    const end = phys.offset + len.offset - 1;
    return [phys.page, phys.page + len.page + Math.floor(end / 4096)];
  });
}

/** Connected clients, but for qvm, which hands what comes to its vdev at once (HV-7). */
function connected({ clients, vms }: IommuState): string[] {
  const hypervisor = new Set([...vms.values()].map(({ client }) => client));
  return [...clients]
    .flatMap(([name, client]) => (client.connected && !hypervisor.has(name) ? [name] : []))
    .sort();
}
