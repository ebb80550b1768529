import type { ApiCall, CallStimulus, DevId, MappingAddCall } from "../../../events/clientEvents.ts";
import { addressToBigint, formatAddress } from "../../../events/vocabulary/address.ts";
import type { DeviceName } from "../../../events/vocabulary/device.ts";
import type { ClientName } from "../../../events/vocabulary/names.ts";
import type { ClientState } from "../../clients/clientState.ts";
import type { IommuState, ObjectState } from "../../state.ts";
import { alikeOf, isCovered } from "./judge.ts";
import { type ByteRun, listed, type PageRun, pagesOfBytes, painted } from "./pages.ts";

/** What a call should come to. `errno` null: success. */
export interface Expected {
  readonly errno: string | null;
  /** What it returns; undefined: nothing more is said of it. */
  readonly returns?: number | string | null;
  /** The devices that change places, and where each goes. */
  readonly devices?: ReadonlyMap<DeviceName, string | null>;
  /** Objects that are no more. */
  readonly gone?: readonly string[];
  /** One is created, of the caller's. */
  readonly creates?: { readonly manual: boolean };
  /** The table of one object afterwards. */
  readonly table?: { readonly object: string; readonly pages: readonly PageRun[] };
  /** Who waits for a reissue of an object afterwards; of every other object nothing changes but that devices leave it. */
  readonly waiting?: { readonly object: string; readonly devices: ReadonlySet<string> };
  /** The units whose tables hold an object's mappings afterwards. */
  readonly realised?: { readonly object: string; readonly units: ReadonlySet<string | null> };
  /** What of the caller changes; null: it is no more. `fetched`: how many records, the oldest first, it no longer has. */
  readonly caller?:
    | (Partial<Pick<ClientState, "connected" | "notify" | "dropped">> & { readonly fetched?: number })
    | null;
  /** What is written through pointers, as far as it is said. */
  readonly wrote?: { readonly [member: string]: unknown };
}

/** A call read off the documented API and the fail-closed choices for its gaps (API-1 to API-12, CM-7 to CM-16, G-25 to G-41). */
export function expectedOf(state: IommuState, { client, call }: CallStimulus): Expected {
  const me = state.clients.get(client);
  const isUp = state.service === null || state.service.phase === "running";
  if (call.function === "smmu_safety") return safety(state, isUp && me?.connected === true);
  if (!isUp) return failed("EBADF");
  if (call.function === "smmu_init") {
    if (me === undefined) return failed("EPERM");
    if (call.flags !== 0) return failed("EINVAL");
    if (!me.abilities.includes("smmu/attach")) return failed("EPERM");
    return { errno: null, returns: 0, caller: { connected: true } };
  }
  if (me?.connected !== true) return failed("EBADF");
  switch (call.function) {
    case "smmu_fini":
      return { ...without(state, ownedBy(state, client)), returns: 0, caller: { ...DISCONNECTED } };
    case "smmu_obj_create":
      if (call.flags !== 0 && call.flags !== 1) return failed("EINVAL");
      if (call.flags === 1 && !me.abilities.includes("smmu/target")) return failed("EPERM");
      return { errno: null, creates: { manual: call.flags === 1 } };
    case "smmu_obj_destroy": {
      const object = ownOf(state, client, me, call.sop);
      return object === null ? failed("EINVAL") : { ...without(state, [object]), returns: 0 };
    }
    case "smmu_device_add_generic":
      return call.devid === null ? failed("EFAULT") : added(state, client, me, call.sop, call.devid);
    case "smmu_device_add_pci":
      return added(state, client, me, call.sop, {
        type: "SDT_PCI",
        bus: call.pbus,
        dev: call.pdev,
        func: call.pfunc,
      });
    case "smmu_device_add_mmio":
      return added(state, client, me, call.sop, { type: "SDT_MMIO", phys: call.phys, length: call.len });
    case "smmu_mapping_add":
      return mapped(state, me, call, ownOf(state, client, me, call.sop));
    case "smmu_device_report_reserved":
      return reserved(state, call);
    case "smmu_xfer_notify":
      return call.evp === null ? failed("EFAULT") : { errno: null, returns: 0, caller: { notify: true } };
    case "smmu_xfer_status": {
      const [oldest] = me.records;
      if (oldest === undefined) return failed("EAGAIN");
      const flags = me.dropped ? ["SSF_DROPPED_FAULTS"] : [];
      const wrote = { fault_addr: oldest.address ?? "0x0", flags };
      return { errno: null, returns: 0, caller: { fetched: 1, dropped: false }, wrote };
    }
  }
}

/** What becomes of the machine when a client dies: it keeps nothing (G-28), as far as a service is there to take it (G-8). */
export function expectedOfExit(state: IommuState, client: ClientName): Expected {
  if (!state.clients.has(client)) return { errno: null };
  const isUp = state.service === null || state.service.phase === "running";
  return { ...without(state, isUp ? ownedBy(state, client) : []), caller: null };
}

function failed(errno: string): Expected {
  return { errno };
}

function ownedBy(state: IommuState, client: string): string[] {
  return [...state.objects].flatMap(([name, object]) => (object.client === client ? [name] : []));
}

/** Objects go, and their devices are left with what no client gave them. */
function without(state: IommuState, gone: readonly string[]): Expected {
  const devices = new Map<DeviceName, null>();
  for (const [name, { object }] of state.devices)
    if (object !== null && gone.includes(object)) devices.set(name, null);
  return { errno: null, gone, devices };
}

function safety({ service }: IommuState, isHeard: boolean): Expected {
  if (!isHeard) return { errno: "EBADF", returns: "SMMUMAN_SAFETY_ERROR" };
  const isCertified =
    service?.name === "smmuman-safety" && service.components.every(({ certified }) => certified === true);
  return { errno: null, returns: isCertified ? "SMMUMAN_SAFETY_YES" : "SMMUMAN_SAFETY_NO" };
}

function ownOf(state: IommuState, client: string, me: ClientState, sop: string | null): string | null {
  if (sop === null) return null;
  const name = me.handles.get(sop) ?? sop;
  const found = [...state.objects].find(([object, { client: owner }]) => object === name && owner === client);
  return found === undefined ? null : found[0];
}

function added(state: IommuState, client: string, me: ClientState, sop: string | null, id: DevId): Expected {
  const devices = named(state, id);
  if (devices === null) return failed("EINVAL");
  const homes = devices.map((name) => state.devices.get(name)?.object ?? null);
  const isForeign = (object: string | null): boolean =>
    object !== null && [...state.objects].some(([name, o]) => name === object && o.client !== client);
  if (sop === null) {
    if (homes.some(isForeign) || homes.every((home) => home === null)) return failed("ENOENT");
    const leaving = devices.filter((_, i) => homes[i] !== null);
    return { errno: null, returns: 0, devices: new Map(leaving.map((name) => [name, null])) };
  }
  const object = ownOf(state, client, me, sop);
  if (object === null) return failed("EINVAL");
  if (devices.length === 0) return failed("ENOENT");
  if (homes.some(isForeign)) return failed("EBUSY");
  const isSplit = devices.some((name) =>
    alikeOf(state, name).some(
      ([other, { object: its }]) => its !== null && its !== object && !devices.includes(other as DeviceName),
    ),
  );
  if (isSplit) return failed("EBUSY");
  const units = devices.map((name) => unitOf(state, name));
  if (units.some((unit) => unit === undefined)) return failed("ENOENT");
  const holder = [...state.objects].find(([name]) => name === object)![1];
  const isEmpty = listed(holder.space).length === 0;
  const waiting = new Set<string>(holder.awaitingReissue);
  for (const [i, name] of devices.entries()) {
    if (homes[i] === object) continue;
    if (!isEmpty && !holder.realisedOn.includes(units[i] as never)) waiting.add(name);
  }
  return {
    errno: null,
    returns: devices.some((name) => waiting.has(name)) ? 1 : 0,
    devices: new Map(devices.map((name) => [name, object])),
    waiting: { object, devices: waiting },
  };
}

/** The devices that an id names; null: it is none (API-5 to API-7). A wildcard means those of segment 0 that exist. */
function named(state: IommuState, id: DevId): readonly DeviceName[] | null {
  if (id.type === "other") return null;
  if (id.type === "SDT_MMIO") {
    if (id.length === 0) return null;
    return [`mmio:${formatAddress(id.phys.page, id.phys.offset)}` as DeviceName];
  }
  const fields = [id.bus, id.dev, id.func];
  if (fields.some((value, i) => value !== ANY && !(value >= 0 && value <= [255, 31, 7][i]!))) return null;
  const [bus, dev, func] = fields.map((value, i) =>
    value === ANY ? "[0-9a-f]+" : value.toString(16).padStart(i < 2 ? 2 : 1, "0"),
  ) as [string, string, string];
  const pattern = new RegExp(`^pci:0000:${bus}:${dev}[.]${func}$`);
  if (fields.includes(ANY)) return [...state.devices.keys()].filter((name) => pattern.test(name)).sort();
  return [`pci:0000:${bus}:${dev}.${func}` as DeviceName];
}

/** The unit that the service knows in front of a device, null for one without a name; undefined: none (ENOENT). */
function unitOf(state: IommuState, name: DeviceName): string | null | undefined {
  if ((state.family === "vtd" || state.family === "amdvi") && name.startsWith("mmio:")) return undefined;
  const device = state.devices.get(name);
  if (device?.unit != null) return device.unit;
  if (state.service !== null) {
    if (state.service.placement === "guest" && device === undefined) return undefined;
    return state.service.units?.find(({ covers }) => covers !== null && isCovered(covers, name))?.unit;
  }
  if (state.units.size === 0) return null;
  return device === undefined || state.units.size > 1 ? undefined : [...state.units.keys()][0];
}

function mapped(state: IommuState, me: ClientState, call: MappingAddCall, object: string | null): Expected {
  const { flags, entries, num_entries: count } = call;
  const knowsExecute = state.family !== "vtd" && state.family !== "amdvi";
  if ((flags & ~0x17) !== 0 || (flags & 4 && !knowsExecute)) return failed("EINVAL");
  if (flags & 0x10 && !me.abilities.includes("smmu/target")) return failed("EPERM");
  const widens = ["ipmmu", "smmuv2", "smmuv3"].includes(state.family) && (flags & 3) === 2;
  if (widens && state.service?.name === "smmuman-safety") return failed("EINVAL");
  if (object === null || count === 0) return failed("EINVAL");
  if (entries === null || count > entries.length) return failed("EFAULT");
  const holder = [...state.objects].find(([name]) => name === object)![1];
  let runs = bytesOf(holder);
  let target = addressToBigint(call.target);
  for (const { phys, len } of entries.slice(0, count)) {
    const [start, length] = [addressToBigint(phys), addressToBigint(len)];
    const shift = flags & 0x10 ? target - start : 0n;
    target += length;
    const [goesFrom, goesTo] = [start + shift, start + shift + length];
    // Requests are kept byte by byte, and bytes from 2^53 on have no number of their own (hardware 3.6).
    if (length === 0n || start + length > BYTES || goesFrom < 0n || goesTo > BYTES) return failed("EINVAL");
    if (shift % 4096n !== 0n) return failed("EINVAL");
    const value = (flags & 7) === 0 ? null : { delta: Number(shift / 4096n), access: flags & 7 };
    runs = painted(runs, Number(start), Number(start + length - 1n), value);
  }
  const pages = pagesOfBytes(runs);
  if (pages === null) return failed("EINVAL");
  const table = { object, pages };
  if ((flags & 7) === 0) return { errno: null, returns: 0, table };
  const units = new Set<string | null>();
  for (const [name, { object: its }] of state.devices)
    if (its === object) units.add(unitOf(state, name) ?? null);
  return {
    errno: null,
    returns: 0,
    table,
    waiting: { object, devices: new Set() },
    realised: { object, units },
  };
}

/** What an object's client asked for, byte by byte; where pages were told, each is asked for as a whole (G-26). */
function bytesOf({ space, ranges }: ObjectState): ByteRun[] {
  if (ranges !== null)
    return ranges.all().map(({ first, last, value: { delta, access } }) => {
      return { first, last, delta: delta / 4096, access };
    });
  return listed(space).map(({ first, last, value: { delta, access } }) => {
    return { first: first * 4096, last: last * 4096 + 4095, delta, access };
  });
}

function reserved(
  state: IommuState,
  { devid, offset }: Extract<ApiCall, { function: "smmu_device_report_reserved" }>,
): Expected {
  if (devid === null) return failed("EFAULT");
  if (devid.type === "SDT_PCI" && [devid.bus, devid.dev, devid.func].includes(ANY)) return failed("EINVAL");
  const names = named(state, devid);
  if (names === null) return failed("EINVAL");
  const device = state.devices.get(names[0]!);
  if (device === undefined) return failed("ENOENT");
  return { errno: null, returns: Math.max(listed(device.reserved).length - offset, 0) };
}

const DISCONNECTED = { connected: false, notify: false, dropped: false, fetched: Number.POSITIVE_INFINITY };
const ANY = 0xffff_ffff;
const BYTES = 2n ** 53n;
