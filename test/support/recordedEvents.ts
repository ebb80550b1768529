import fc from "fast-check";
import type { Json } from "../../base/canonicalJson.ts";
import type { IommuEvent, RecordedEvent } from "../../events/recordedEvent.ts";
import type { Access } from "../../events/vocabulary/access.ts";
import { type Address, PAGE_LIMIT, type PageNumber } from "../../events/vocabulary/address.ts";
import type { ByteRange } from "../../events/vocabulary/byteRange.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { FaultReport } from "../../events/vocabulary/faultReport.ts";
import type { ClientName, ObjectName, UnitName } from "../../events/vocabulary/names.ts";
import { REASON_CLASSES } from "../../events/vocabulary/reason.ts";
import { CLIENT_OUTCOMES, CLIENT_STIMULI } from "./clientEvents.ts";
import { STARTUP_OUTCOMES, STARTUP_STIMULI } from "./startupEvents.ts";
import { VM_OUTCOMES, VM_STIMULI } from "./vmEvents.ts";

// Decoded events are plain objects, and so must be what they are compared with.
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(model, { noNullPrototype: true });

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 3 });

const texts = fc.oneof(
  fc.constantFrom("o1", "o1", "pci:0000:00:01.0", "__proto__", "constructor", "\ud800", "\u0000", "é\u2028"),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const objects = texts as fc.Arbitrary<ObjectName>;
const devices = texts as fc.Arbitrary<DeviceName>;
const units = texts as fc.Arbitrary<UnitName>;
const clients = texts as fc.Arbitrary<ClientName>;

const pages = fc.oneof(
  fc.nat(10),
  fc.integer({ min: 0x80000, max: 0x80010 }),
  fc.constantFrom(PAGE_LIMIT - 1, PAGE_LIMIT - 2, 2 ** 40, 2 ** 32, 2 ** 32 - 1),
  fc.maxSafeNat().map((n) => n % PAGE_LIMIT),
) as fc.Arbitrary<PageNumber>;
const offsets = fc.oneof(fc.constantFrom(0, 1, 4095), fc.nat(4095));
const addresses: fc.Arbitrary<Address> = record({ page: pages, offset: offsets });
const byteRanges: fc.Arbitrary<ByteRange> = fc
  .tuple(addresses, addresses)
  .map(([a, b]) => (a.page < b.page || (a.page === b.page && a.offset <= b.offset) ? [a, b] : [b, a]))
  .map(([first, last]) => ({
    firstPage: first!.page,
    firstOffset: first!.offset,
    lastPage: last!.page,
    lastOffset: last!.offset,
  }));
const counts = fc.oneof(fc.nat(300), fc.constantFrom(65535, 65536, 2 ** 32, 2 ** 53 - 1), fc.maxSafeNat());
const rights = fc.integer({ min: 1, max: 7 }) as fc.Arbitrary<Access>;
const transfer = fc.constantFrom("r" as const, "w" as const);
const conformance = orNull(fc.constantFrom("agreed" as const, "stale" as const, "diverged" as const));
const reason = fc.constantFrom(...REASON_CLASSES);

/** Any JSON value that a text can hold (no negative zero), hostile member names included. */
export const jsonValues = fc
  .oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constant(JSON.parse('{"__proto__":{"polluted":1},"a":[1e300,0.1]}')),
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as Json);

const extras = fc
  .dictionary(fc.oneof(fc.constantFrom("__proto__", "note", "constructor"), fc.string()), jsonValues, {
    noNullPrototype: true,
    maxKeys: 4,
  })
  .map((extra) => JSON.parse(JSON.stringify(extra)) as { readonly [name: string]: Json });

const hexText = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => `0x${n.toString(16)}`);

const reports: fc.Arbitrary<FaultReport> = record({
  format: fc.constantFrom("linux-dmar" as const, "smmu-trace" as const),
  kind: fc.constantFrom("dma-fault" as const, "global-fault" as const),
  unit: orNull(texts),
  segment: orNull(texts),
  bdf: orNull(texts),
  sourceId: orNull(hexText),
  streamId: orNull(hexText),
  pasid: orNull(hexText),
  address: orNull(hexText),
  addressGranule: fc.constantFrom(1 as const, 4096 as const, null),
  access: fc.constantFrom("read" as const, "write" as const, "unknown" as const),
  code: orNull(texts),
  reason: orNull(texts),
  raw: extras,
});

const observed = record({
  verdict: fc.constantFrom("permitted" as const, "denied" as const),
  target: orNull(addresses),
  code: orNull(texts),
  reason: orNull(fc.oneof(reason, texts)),
});

const widths = orNull(fc.integer({ min: 12, max: 64 }));

// One generator for each kind: a new fact does not compile until it has one.
const EVENTS: { readonly [K in IommuEvent["kind"]]: fc.Arbitrary<Extract<IommuEvent, { kind: K }>> } = {
  ...CLIENT_STIMULI,
  ...CLIENT_OUTCOMES,
  ...VM_STIMULI,
  ...VM_OUTCOMES,
  ...STARTUP_STIMULI,
  ...STARTUP_OUTCOMES,
  unit: fc.oneof(
    event("unit", { unit: units, base: orNull(addresses), addressWidth: widths }),
    event("unit", {
      unit: units,
      base: orNull(addresses),
      addressWidth: widths,
      faultRecords: fc.integer({ min: 1, max: 300 }),
      faultMerging: fc.boolean(),
    }),
  ),
  translation: event("translation", { unit: orNull(units), enabled: fc.boolean() }),
  device: fc.oneof(
    event("device", { device: devices, unit: orNull(units) }),
    event("device", { device: devices, unit: orNull(units), identifiers: fc.array(texts, { maxLength: 3 }) }),
  ),
  "object.create": event("object.create", { object: objects, client: orNull(clients) }),
  "object.destroy": event("object.destroy", { object: objects, client: orNull(clients) }),
  attach: event("attach", { device: devices, object: objects }),
  detach: event("detach", { device: devices, object: objects }),
  map: event("map", {
    object: objects,
    bytes: byteRanges,
    targetPage: pages,
    access: rights,
    requested: orNull(rights),
  }),
  unmap: event("unmap", { object: objects, bytes: byteRanges }),
  passthrough: event("passthrough", { device: devices, enabled: fc.boolean() }),
  dma: fc
    .tuple(
      event("dma", { device: devices, bytes: byteRanges, access: transfer, observed: orNull(observed) }),
      fc.boolean(),
    )
    // Mostly a target has the offset of its address, and then the record has columns.
    .map(([dma, aligned]) =>
      aligned && dma.observed?.target
        ? {
            ...dma,
            observed: {
              ...dma.observed,
              target: { ...dma.observed.target, offset: dma.bytes.firstOffset },
            },
          }
        : dma,
    ),
  fault: event("fault", { device: orNull(devices), report: reports }),
  invalidate: event("invalidate", {
    object: orNull(objects),
    device: orNull(devices),
    bytes: orNull(byteRanges),
  }),
  loss: event("loss", {
    what: fc.constantFrom("suppressed" as const, "orphan" as const),
    unit: orNull(texts),
    function: orNull(texts),
    count: orNull(counts),
  }),
  status: event("status", {
    unit: orNull(texts),
    fsts: hexText,
    primaryPending: fc.boolean(),
    overflow: fc.boolean(),
    recordIndex: fc.nat(255),
  }),
  mark: event("mark", { text: fc.string({ unit: "binary", maxLength: 100 }) }),
  unknown: event("unknown", { name: texts, fields: extras }),
  UnitAdded: fc.oneof(
    event("UnitAdded", { unit: units, base: orNull(addresses), addressWidth: widths }),
    event("UnitAdded", {
      unit: units,
      base: orNull(addresses),
      addressWidth: widths,
      faultRecords: fc.integer({ min: 1, max: 300 }),
      faultMerging: fc.boolean(),
    }),
  ),
  TranslationSwitched: event("TranslationSwitched", { unit: orNull(units), enabled: fc.boolean() }),
  DeviceAdded: fc.oneof(
    event("DeviceAdded", { device: devices, unit: orNull(units) }),
    event("DeviceAdded", {
      device: devices,
      unit: orNull(units),
      identifiers: fc.array(texts, { maxLength: 3 }),
    }),
  ),
  ObjectCreated: fc.oneof(
    event("ObjectCreated", { object: objects, client: orNull(clients) }),
    event("ObjectCreated", {
      object: objects,
      client: orNull(clients),
      reservedManual: fc.constant(true as const),
    }),
  ),
  ObjectDestroyed: event("ObjectDestroyed", { object: objects }),
  DeviceAttached: event("DeviceAttached", { device: devices, object: objects }),
  DeviceDetached: event("DeviceDetached", { device: devices, object: objects }),
  MappingAdded: event("MappingAdded", {
    object: objects,
    firstPage: pages,
    lastPage: pages,
    delta: fc.maxSafeInteger().map((n) => n || 0),
    access: rights,
  }),
  MappingRemoved: event("MappingRemoved", { object: objects, firstPage: pages, lastPage: pages }),
  PassthroughSwitched: event("PassthroughSwitched", { device: devices, enabled: fc.boolean() }),
  TransferPermitted: event("TransferPermitted", {
    device: devices,
    via: fc.constantFrom("grant" as const, "undescribed" as const, "pass-through" as const),
    target: addresses,
    grantedAt: orNull(counts),
    conformance,
  }),
  TransferDenied: event("TransferDenied", {
    device: devices,
    access: transfer,
    reason,
    code: orNull(texts),
    at: addresses,
    conformance,
  }),
  InterruptRaised: event("InterruptRaised", { device: devices, conformance }),
  FaultReported: event("FaultReported", { device: orNull(devices), page: orNull(pages) }),
  CacheInvalidated: event("CacheInvalidated", {
    object: orNull(objects),
    device: orNull(devices),
    bytes: orNull(byteRanges),
  }),
  Ignored: event("Ignored", { why: fc.constantFrom("no-effect" as const, "note" as const) }),
};

const hot = fc.oneof(EVENTS.dma, EVENTS.map, EVENTS.unmap, EVENTS.invalidate);
const anyEvent: fc.Arbitrary<IommuEvent> = fc.oneof(hot, hot, ...Object.values(EVENTS));

/** Recorded events of every kind, with every member at its odd values; `seq` is always 0. */
export const recordedEvents: fc.Arbitrary<RecordedEvent> = record({
  seq: fc.constant(0),
  t: orNull(counts),
  cause: orNull(counts),
  origin: orNull(record({ file: fc.constantFrom("a.jsonl", "b/ä.txt", "__proto__"), line: orNull(counts) })),
  lastLine: orNull(counts),
  event: anyEvent,
  extra: orNull(extras),
});

function event<K extends IommuEvent["kind"]>(
  kind: K,
  members: Members<Omit<Extract<IommuEvent, { kind: K }>, "kind">>,
): fc.Arbitrary<Extract<IommuEvent, { kind: K }>> {
  const model = { kind: fc.constant(kind), ...members } as { [name: string]: fc.Arbitrary<unknown> };
  return record(model) as unknown as fc.Arbitrary<Extract<IommuEvent, { kind: K }>>;
}

// A member that may be left out needs no generator.
type Members<T> = { readonly [M in keyof T]: fc.Arbitrary<Exclude<T[M], undefined>> };
