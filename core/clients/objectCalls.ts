import type { Outcome } from "../../events/outcome.ts";
import { ABILITY_ATTACH, ABILITY_TARGET, SOCF } from "../../events/vocabulary/clientApi.ts";
import { type ClientName, type ObjectName, objectName } from "../../events/vocabulary/names.ts";
import type { IommuState } from "../state.ts";
import { type Answer, done, refused } from "./answer.ts";
import type { ClientState } from "./clientState.ts";
import { serves } from "./deliverFault.ts";

/** `smmu_init` (API-1). A second one of a connected client changes nothing. */
export function init(client: ClientName, caller: ClientState, flags: number): Answer {
  if (flags !== 0) return refused("EINVAL");
  if (!caller.abilities.includes(ABILITY_ATTACH)) return refused("EPERM");
  return done(caller.connected ? [] : [{ kind: "ClientConnected", client }]);
}

/** `smmu_fini` (API-2, G-28): objects that are left are destroyed, their devices end up without them. */
export function fini(state: IommuState, client: ClientName): Answer {
  return done(disconnection(state, client));
}

/** `smmu_obj_create` (API-3). `as`: the caller's name of the object. */
export function createObject(
  state: IommuState,
  client: ClientName,
  caller: ClientState,
  flags: number,
  as: string | null,
): Answer {
  const manual = flags === SOCF.SOCF_RESERVED_MANUAL;
  if (flags !== SOCF.SOCF_NONE && !manual) return { ...refused("EINVAL"), returns: null };
  // Hypervisor only (API 9.2); the ability that only a hypervisor holds is what tells it.
  if (manual && !caller.abilities.includes(ABILITY_TARGET)) return { ...refused("EPERM"), returns: null };
  const object = freeName(state, client, caller, as);
  const created: Outcome = {
    kind: "ObjectCreated",
    object,
    client,
    ...(manual ? { reservedManual: true } : {}),
  };
  return { returns: object, errno: null, object, outcomes: [created] };
}

/** `smmu_obj_destroy` (API-4, G-28). */
export function destroyObject(state: IommuState, object: ObjectName | null): Answer {
  return object === null ? refused("EINVAL") : done(destruction(state, object));
}

/**
 * What comes of a client that goes, whether it says so or dies: it keeps nothing (G-28). It is the service that takes it
 * away; where none runs any more, tables and attachments stay as they were last programmed (G-8).
 */
export function disconnection(state: IommuState, client: ClientName): readonly Outcome[] {
  if (!serves(state)) return [];
  const outcomes: Outcome[] = [];
  for (const [object, { client: owner }] of state.objects)
    if (owner === client) outcomes.push(...destruction(state, object));
  if (state.clients.get(client)?.connected) outcomes.push({ kind: "ClientDisconnected", client });
  return outcomes;
}

/** The object goes, with its grants; its devices keep what no client gave them (G-28). */
export function destruction(state: IommuState, object: ObjectName): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  for (const [device, known] of state.devices)
    if (known.object === object) outcomes.push({ kind: "DeviceDetached", device, object });
  outcomes.push({ kind: "ObjectDestroyed", object });
  return outcomes;
}

/** The object that a caller's name stands for; null: none of its own. */
export function ownObject(
  state: IommuState,
  client: ClientName,
  caller: ClientState,
  sop: string | null,
): ObjectName | null {
  if (sop === null) return null;
  const object = caller.handles.get(sop) ?? objectName(sop);
  return state.objects.get(object)?.client === client ? object : null;
}

/** The caller's own name where it is free, so that a state reads as its scenario does. */
function freeName(state: IommuState, client: ClientName, caller: ClientState, as: string | null): ObjectName {
  if (as !== null && !state.objects.has(objectName(as))) return objectName(as);
  const stem = as === null ? client : `${client}/${as}`;
  for (let n = caller.objectsCreated + 1; ; n++) {
    const name = objectName(`${stem}#${n}`);
    if (!state.objects.has(name)) return name;
  }
}
