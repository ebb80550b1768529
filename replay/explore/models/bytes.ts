import type { ApiCall, DevId, MapEntry } from "../../../events/clientEvents.ts";
import type { Stimulus } from "../../../events/stimulus.ts";
import { addressFromBigint } from "../../../events/vocabulary/address.ts";
import { pageRange } from "../../../events/vocabulary/byteRange.ts";
import { ABILITY_ATTACH, ABILITY_TARGET, PCI_FIELD_ANY, SMF } from "../../../events/vocabulary/clientApi.ts";
import { type DeviceName, pciDevice } from "../../../events/vocabulary/device.ts";
import { FAMILIES } from "../../../events/vocabulary/family.ts";
import { clientName, unitName, vmName } from "../../../events/vocabulary/names.ts";
import { callOf } from "../../check/calls.ts";
import type { Rules } from "../../check/rules.ts";
import type { Model } from "../model.ts";
import { type WholeAction, wholeMachine } from "./wholeMachine.ts";

const [C0, C1] = [clientName("c0"), clientName("c1")];
const [U0, U1] = [unitName("u0"), unitName("u1")];
const TWINS: readonly DeviceName[] = [pciDevice(0, 0, 19, 0), pciDevice(0, 0, 19, 1)];
const START = 0x10_0000n;

/**
 * A client of a service that is taken to run, and what it maps: entries that share pages, begin and end within them, go to
 * targets, and conflict, with every flag (docs/models.md). `family`: its place in the list of families.
 */
export function bytes({ family: at = 0 }: { readonly family?: number }, rules: Rules): Model {
  const [attached, taken] = additions();
  return apiMachine("bytes", at, [attached!, taken!, ...mappings(), ...transfers()], rules);
}

/**
 * Two clients of such a service and its devices: by wildcard, by id, out of range, and such as cannot be told apart, behind
 * two units; and whatever else can be called wrongly (docs/models.md).
 */
export function devices({ family: at = 0 }: { readonly family?: number }, rules: Rules): Model {
  return apiMachine("devices", at, [...additions(), ...oddCalls(), ...oddVms(), ...transfers()], rules);
}

function apiMachine(name: string, at: number, actions: readonly WholeAction[], rules: Rules): Model {
  const family = FAMILIES[at]!;
  return wholeMachine({
    name,
    sizes: { family: at },
    family,
    rules,
    prelude: [
      { kind: "unit", unit: U0, base: null, addressWidth: null },
      { kind: "unit", unit: U1, base: null, addressWidth: null },
      { kind: "device", device: pciDevice(0, 0, 18, 0), unit: U0 },
      { kind: "device", device: pciDevice(0, 1, 18, 0), unit: U1 },
      ...TWINS.map((device): Stimulus => ({ kind: "device", device, unit: U0, identifiers: ["0x8"] })),
      { kind: "client", client: C0, abilities: [ABILITY_ATTACH, ABILITY_TARGET], vm: null },
      { kind: "client", client: C1, abilities: [ABILITY_ATTACH], vm: null },
      callOf(C0, { function: "smmu_init", flags: 0 }),
      callOf(C1, { function: "smmu_init", flags: 0 }),
      callOf(C0, { function: "smmu_obj_create", flags: 0 }, "o0"),
      callOf(C1, { function: "smmu_obj_create", flags: 0 }, "p0"),
    ],
    actions,
  });
}

const HALF = 0x800n;

function mappings(): WholeAction[] {
  const first = entry(START, HALF);
  const second = entry(START + HALF, HALF);
  const across = entry(START + 0x1000n - 0x10n, 0x20n);
  const { SMF_READ: r, SMF_WRITE: w, SMF_EXEC: x, SMF_VIRT: v, SMF_TARGET: t } = SMF;
  return [
    map("first half, r", r, [first]),
    map("second half, w", w, [second]),
    map("across two pages, rw", r | w, [across]),
    map("nothing of the first half", 0, [first]),
    map("nothing of the second half", 0, [second]),
    map("nothing of two pages", 0, [entry(START, 0x2000n)]),
    map("two entries, one after another elsewhere", r | t, [first, second], 0x90_0000n),
    map("elsewhere, page by page", r | w | t, [entry(START, 0x1000n)], 0x90_0000n),
    map("elsewhere, at another offset", r | t, [first], 0x90_0010n),
    map("an empty entry", r, [first, entry(START, 0n)]),
    map("nothing at all", r, []),
    map("execute", r | x, [first]),
    map("virtual", r | v, [first]),
    map("past what requests may name", r, [entry(2n ** 53n - 0x1000n, 0x2000n)]),
    call("c1 maps elsewhere without the ability", C1, mapping("p0", r | t, [first], 0x90_0000n)),
    call("c1 maps in c0's object", C1, mapping("o0", r, [first], 0n)),
    call("more entries than there are", C0, { ...mapping("o0", r, [first], 0n), num_entries: 2 }),
    call("no entries", C0, { ...mapping("o0", r, [first], 0n), entries: null }),
  ];
}

function additions(): WholeAction[] {
  const pci = (who: typeof C0, sop: string | null, pbus: number, pdev: number, pfunc: number): WholeAction =>
    call(
      `${who} puts ${[pbus, pdev, pfunc].map((n) => (n === ANY ? "any" : n)).join(":")} into ${sop}`,
      who,
      {
        function: "smmu_device_add_pci",
        sop,
        pbus,
        pdev,
        pfunc,
      },
    );
  return [
    pci(C0, "o0", 0, 18, 0),
    pci(C0, null, 0, 18, 0),
    pci(C1, "p0", 0, 18, 0),
    pci(C1, null, 0, 18, 0),
    pci(C0, "o0", ANY, 18, 0),
    pci(C0, "o0", 0, 19, ANY),
    pci(C0, "o0", 0, 19, 0),
    pci(C0, null, 0, 19, ANY),
    pci(C1, "p0", 0, 19, 1),
    pci(C0, "o0", 0, ANY, ANY),
    pci(C0, "o0", 0, 20, 0),
    pci(C0, "o0", 0, 21, ANY),
    pci(C0, "o0", 0, 32, 0),
    pci(C0, "o0", 256, 18, 0),
    pci(C0, "o0", 0, 18, 8),
  ];
}

function oddCalls(): WholeAction[] {
  const id: DevId = { type: "SDT_PCI", bus: 0, dev: 18, func: 0 };
  const mmio: DevId = { type: "SDT_MMIO", phys: addressFromBigint(0xe6ef_0000n)!, length: 0x1000 };
  const generic = (name: string, devid: DevId | null): WholeAction =>
    call(name, C0, { function: "smmu_device_add_generic", sop: "o0", devid });
  return [
    generic("puts a device into o0 by its id", id),
    generic("puts a register block into o0", mmio),
    generic("puts an id of another type into o0", { type: "other", value: 2 }),
    generic("puts nothing into o0", null),
    call("asks what is reserved", C0, {
      function: "smmu_device_report_reserved",
      devid: id,
      offset: 0,
      nresv: 4,
    }),
    call("asks what is reserved for any", C0, {
      function: "smmu_device_report_reserved",
      devid: { ...id, func: ANY },
      offset: 0,
      nresv: 4,
    }),
    call("asks for a notification nowhere", C0, { function: "smmu_xfer_notify", evp: null }),
    call("fetches a record", C0, { function: "smmu_xfer_status" }),
    call("connects with flags", C0, { function: "smmu_init", flags: 1 }),
    call("creates with unknown flags", C0, { function: "smmu_obj_create", flags: 2 }),
  ];
}

/** VMs with memory that they cannot have (HV-11): none of them starts. */
function oddVms(): WholeAction[] {
  const part = (guest: bigint, host: bigint, length: bigint) => ({
    guest: addressFromBigint(guest)!,
    host: addressFromBigint(host)!,
    length: addressFromBigint(length)!,
  });
  const vm = (name: string, memory: readonly ReturnType<typeof part>[]): WholeAction => ({
    name,
    stimulus: () => ({ kind: "vm", vm: vmName("v0"), memory, pass: [], vdev: false, service: null }),
  });
  return [
    vm("a VM's memory overlaps itself", [part(0n, 0x10_0000n, 0x2000n), part(0x1000n, 0x20_0000n, 0x1000n)]),
    vm("a VM's memory begins within a page", [part(0n, 0x10_0800n, 0x1000n)]),
    vm("a VM's memory ends within a page", [part(0n, 0x10_0000n, 0x800n)]),
  ];
}

function transfers(): WholeAction[] {
  const pages = [Number(START / 4096n), Number(START / 4096n) + 1];
  const within = { ...pageRange(pages[0]!, pages[0]!), firstOffset: 0x10, lastOffset: 0x13 };
  const inPage: WholeAction = {
    name: "a device reads four bytes",
    stimulus: () => ({
      kind: "dma",
      device: pciDevice(0, 0, 18, 0),
      bytes: within,
      access: "r",
      observed: null,
    }),
  };
  const tries = [pciDevice(0, 0, 18, 0), TWINS[1]!].flatMap((device) =>
    pages.flatMap((page) =>
      (["r", "w"] as const).map((access) => ({
        name: `${device} ${access} ${page.toString(16)}`,
        stimulus: (): Stimulus => ({
          kind: "dma",
          device,
          bytes: pageRange(page, page),
          access,
          observed: null,
        }),
      })),
    ),
  );
  return [inPage, ...tries];
}

const ANY = PCI_FIELD_ANY;

function entry(start: bigint, length: bigint): MapEntry {
  return { phys: addressFromBigint(start)!, len: addressFromBigint(length)! };
}

function mapping(sop: string, flags: number, entries: readonly MapEntry[], target: bigint) {
  return {
    function: "smmu_mapping_add",
    sop,
    flags,
    pid: 0,
    num_entries: entries.length,
    entries,
    target: addressFromBigint(target)!,
  } as const;
}

function map(name: string, flags: number, entries: readonly MapEntry[], target = 0n): WholeAction {
  return call(`c0 maps ${name}`, C0, mapping("o0", flags, entries, target));
}

function call(name: string, client: typeof C0, api: ApiCall): WholeAction {
  return { name, stimulus: () => callOf(client, api) };
}
