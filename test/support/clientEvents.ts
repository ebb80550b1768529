import fc from "fast-check";
import type { ApiCall, ClientOutcome, ClientStimulus, DevId } from "../../events/clientEvents.ts";
import type { Access } from "../../events/vocabulary/access.ts";
import { type Address, PAGE_LIMIT, type PageNumber } from "../../events/vocabulary/address.ts";
import { API_FUNCTIONS, ERRNOS, PCI_FIELD_ANY } from "../../events/vocabulary/clientApi.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { ClientName, ObjectName, UnitName, VmName } from "../../events/vocabulary/names.ts";

const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(model, { noNullPrototype: true });
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 3 });

const texts = fc.oneof(
  fc.constantFrom("c1", "o1", "__proto__", "\ud800", "é\u2028"),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const clients = texts as fc.Arbitrary<ClientName>;
const objects = texts as fc.Arbitrary<ObjectName>;
const devices = texts as fc.Arbitrary<DeviceName>;
const pages = fc.oneof(
  fc.nat(10),
  fc.constantFrom(PAGE_LIMIT - 1, 2 ** 41, 2 ** 32),
) as fc.Arbitrary<PageNumber>;
const uint64: fc.Arbitrary<Address> = record({ page: pages, offset: fc.nat(4095) });
const bytes = fc.tuple(pages, fc.nat(4095), fc.nat(1000), fc.nat(4095)).map(([page, first, more, last]) => {
  const lastPage = Math.min(page + more, PAGE_LIMIT - 1);
  const inOrder = lastPage > page || last >= first;
  return {
    firstPage: page,
    firstOffset: inOrder ? first : last,
    lastPage: lastPage as PageNumber,
    lastOffset: inOrder ? last : first,
  };
});
const uint32 = fc.oneof(fc.nat(300), fc.constantFrom(0x8000_0000, 0xffff_fffe, PCI_FIELD_ANY));
const sop = orNull(fc.string({ minLength: 1, maxLength: 5 }));
const devid: fc.Arbitrary<DevId> = fc.oneof(
  record({ type: fc.constant("SDT_PCI" as const), bus: uint32, dev: uint32, func: uint32 }),
  record({ type: fc.constant("SDT_MMIO" as const), phys: uint64, length: uint32 }),
  record({ type: fc.constant("other" as const), value: fc.integer({ min: 2, max: 0xffff_ffff }) }),
);
const entries = fc.array(record({ phys: uint64, len: uint64 }), { maxLength: 4 });
const named = <F extends ApiCall["function"]>(name: F) => fc.constant(name);

/** Calls of every function, with arguments good and bad. */
export const apiCalls: fc.Arbitrary<ApiCall> = fc.oneof(
  record({ function: named("smmu_init"), flags: uint32 }),
  record({ function: fc.constantFrom("smmu_fini" as const, "smmu_safety" as const) }),
  record({ function: named("smmu_obj_create"), flags: uint32 }),
  record({ function: named("smmu_obj_destroy"), sop }),
  record({ function: named("smmu_device_add_generic"), sop, devid: orNull(devid) }),
  record({ function: named("smmu_device_add_pci"), sop, pbus: uint32, pdev: uint32, pfunc: uint32 }),
  record({ function: named("smmu_device_add_mmio"), sop, phys: uint64, len: uint32 }),
  record({
    function: named("smmu_mapping_add"),
    sop,
    flags: uint32,
    pid: fc.nat(1000),
    num_entries: uint32,
    entries: orNull(entries),
    target: uint64,
  }),
  record({
    function: named("smmu_device_report_reserved"),
    devid: orNull(devid),
    offset: uint32,
    nresv: uint32,
  }),
  record({ function: named("smmu_xfer_notify"), evp: orNull(fc.constant("sigevent")) }),
  record({ function: named("smmu_xfer_status") }),
  record({ function: named("smmu_xfer_status"), ssp: fc.constantFrom(null, "x", { flags: [] }) }),
);

type OfKind<U extends { kind: string }> = {
  readonly [K in U["kind"]]: fc.Arbitrary<Extract<U, { kind: K }>>;
};
const kind = <K extends string>(name: K) => fc.constant(name);

/** What clients do, by kind. */
export const CLIENT_STIMULI: OfKind<ClientStimulus> = {
  client: fc.oneof(
    record({
      kind: kind("client"),
      client: clients,
      abilities: fc.uniqueArray(texts, { maxLength: 3 }),
      vm: orNull(texts as fc.Arbitrary<VmName>),
    }),
    record({
      kind: kind("client"),
      client: clients,
      abilities: fc.uniqueArray(texts, { maxLength: 3 }),
      vm: orNull(texts as fc.Arbitrary<VmName>),
      view: fc.constant("own" as const),
    }),
  ),
  call: record({
    kind: kind("call"),
    client: clients,
    call: apiCalls,
    as: orNull(texts),
    expected: fc.oneof(
      fc.constant(null),
      record({ returns: fc.constantFrom(0, 1, -1, null, "o1") }),
      record({ returns: fc.constant(-1), errno: fc.constantFrom(...ERRNOS, "EIO", null) }),
    ),
  }),
  exit: record({ kind: kind("exit"), client: clients }),
};

const names = fc.array(clients, { maxLength: 3 });
const units = orNull(texts as fc.Arbitrary<UnitName>);
const rights = fc.integer({ min: 1, max: 7 }) as fc.Arbitrary<Access>;

/** What the service makes of it, by kind. */
export const CLIENT_OUTCOMES: OfKind<ClientOutcome> = {
  ClientStarted: fc.oneof(
    record({
      kind: kind("ClientStarted"),
      client: clients,
      abilities: fc.uniqueArray(texts, { maxLength: 3 }),
      vm: orNull(texts as fc.Arbitrary<VmName>),
    }),
    record({
      kind: kind("ClientStarted"),
      client: clients,
      abilities: fc.uniqueArray(texts, { maxLength: 3 }),
      vm: orNull(texts as fc.Arbitrary<VmName>),
      view: fc.constant("own" as const),
    }),
  ),
  ClientConnected: record({ kind: kind("ClientConnected"), client: clients }),
  ClientDisconnected: record({ kind: kind("ClientDisconnected"), client: clients }),
  ClientEnded: record({ kind: kind("ClientEnded"), client: clients }),
  CallReturned: record({
    kind: kind("CallReturned"),
    client: clients,
    function: fc.constantFrom(...API_FUNCTIONS),
    returns: fc.constantFrom(0, 1, -1, null, "SMMUMAN_SAFETY_NO"),
    errno: orNull(fc.constantFrom(...ERRNOS)),
    object: orNull(objects),
    as: orNull(texts),
    wrote: fc.constantFrom(null, { fault_addr: "0x0", flags: [] }, [{ phys: "0x1000", len: "0x1000" }]),
    notes: fc.subarray(["page-partly-covered", "write-grants-read", "as-recorded"] as const),
    conformance: orNull(fc.constantFrom("agreed" as const, "diverged" as const)),
  }),
  RangeGranted: record({
    kind: kind("RangeGranted"),
    object: objects,
    bytes,
    access: rights,
    delta: fc.maxSafeInteger().map((n) => n || 0),
  }),
  RangeRevoked: record({ kind: kind("RangeRevoked"), object: objects, bytes }),
  ReissueAwaited: record({ kind: kind("ReissueAwaited"), object: objects, device: devices }),
  MappingsRealised: record({
    kind: kind("MappingsRealised"),
    object: objects,
    units: fc.array(units, { maxLength: 3 }),
  }),
  FaultDelivered: record({
    kind: kind("FaultDelivered"),
    device: orNull(devices),
    candidates: fc.array(devices, { maxLength: 3 }),
    address: orNull(uint64),
    hardware: uint32,
    clients: names,
    dropped: names,
    notified: names,
  }),
  FaultLogged: record({
    kind: kind("FaultLogged"),
    unit: units,
    device: devices,
    fate: fc.constantFrom("recorded" as const, "merged" as const, "overflow" as const, "silent" as const),
    holder: texts,
  }),
  FaultRegistersRead: record({ kind: kind("FaultRegistersRead"), unit: texts as fc.Arbitrary<UnitName> }),
  NotificationAwaited: record({ kind: kind("NotificationAwaited"), client: clients }),
  FaultFetched: record({ kind: kind("FaultFetched"), client: clients, fault: fc.nat() }),
};
