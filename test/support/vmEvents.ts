import fc from "fast-check";
import { FAILURES } from "../../events/startupEvents.ts";
import type { GuestService, VmMemory, VmOutcome, VmStimulus } from "../../events/vmEvents.ts";
import type { Access } from "../../events/vocabulary/access.ts";
import { PAGE_LIMIT, type PageNumber } from "../../events/vocabulary/address.ts";
import { type DeviceName, pciDevice } from "../../events/vocabulary/device.ts";
import type { ClientName, ObjectName, VmName } from "../../events/vocabulary/names.ts";
import { CLIENT_OUTCOMES } from "./clientEvents.ts";

const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(model, { noNullPrototype: true });
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 3 });

const texts = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 });
const vms = texts as fc.Arbitrary<VmName>;
const devices = fc.nat(31).map((slot) => pciDevice(0, 0, slot, 0)) as fc.Arbitrary<DeviceName>;
const passed = fc.uniqueArray(devices, { maxLength: 3 });
const address = record({
  page: fc.oneof(fc.nat(0xfffff), fc.constant(PAGE_LIMIT - 1)) as fc.Arbitrary<PageNumber>,
  offset: fc.constantFrom(0, 0, 0, 1, 4095),
});
const memory: fc.Arbitrary<VmMemory[]> = fc.array(
  record({ guest: address, host: address, length: address }),
  {
    maxLength: 3,
  },
);
const service: fc.Arbitrary<GuestService> = record({
  name: fc.constantFrom("smmuman" as const, "smmuman-safety" as const),
  arguments: fc.array(texts, { maxLength: 2 }),
  files: fc.constantFrom({}, { "a.smmu": "debug 1" }),
  config: fc.constant([]),
  components: orNull(fc.array(record({ name: texts, certified: fc.boolean() }), { maxLength: 2 })),
});

type OfKind<U extends { kind: string }> = {
  readonly [K in U["kind"]]: fc.Arbitrary<Extract<U, { kind: K }>>;
};
const kind = <K extends string>(name: K) => fc.constant(name);

/** What happens to VMs, by kind. */
export const VM_STIMULI: OfKind<VmStimulus> = {
  vm: record({
    kind: kind("vm"),
    vm: vms,
    memory,
    pass: passed,
    vdev: fc.boolean(),
    service: orNull(service),
  }).chain((vm) => fc.constantFrom(vm, { ...vm, hostService: false as const })),
  "vm.stop": record({ kind: kind("vm.stop"), vm: vms, crashed: fc.boolean() }),
  "guest.fail": record({
    kind: kind("guest.fail"),
    vm: vms,
    what: fc.constantFrom(...FAILURES),
    name: orNull(texts),
  }),
};

const objects = texts as fc.Arbitrary<ObjectName>;

/** What is made of it, by kind. */
export const VM_OUTCOMES: OfKind<VmOutcome> = {
  VmStarted: record({
    kind: kind("VmStarted"),
    vm: vms,
    memory,
    pass: passed,
    vdev: fc.boolean(),
    unity: fc.boolean(),
    client: orNull(texts as fc.Arbitrary<ClientName>),
    object: orNull(objects),
    guestService: fc.boolean(),
  }),
  VmRefused: record({
    kind: kind("VmRefused"),
    vm: vms,
    requirement: fc.constantFrom("HV-8", "HV-12"),
    device: orNull(devices),
    detail: texts,
  }),
  VmReported: record({
    kind: kind("VmReported"),
    vm: vms,
    requirement: fc.constantFrom("HV-8", "HV-9"),
    device: orNull(devices),
    detail: texts,
  }),
  VmEnded: record({
    kind: kind("VmEnded"),
    vm: vms,
    how: fc.constantFrom("stopped" as const, "crashed" as const),
  }),
  DeviceNarrowed: record({ kind: kind("DeviceNarrowed"), vm: vms, device: devices, object: objects }),
  InGuest: record({
    kind: kind("InGuest"),
    vm: vms,
    outcome: fc.oneof(
      CLIENT_OUTCOMES.CallReturned,
      CLIENT_OUTCOMES.RangeGranted,
      CLIENT_OUTCOMES.FaultDelivered,
      record({
        kind: kind("MappingAdded"),
        object: objects,
        firstPage: fc.constant(1 as PageNumber),
        lastPage: fc.constant(2 as PageNumber),
        delta: fc.constantFrom(0, -1, 7),
        access: fc.constant(3 as Access),
      }),
    ),
  }),
};
