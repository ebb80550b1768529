/**
 * Virtual machines told a second time, as simply as can be: a VM's memory is a list of pairs of page numbers, a table is
 * a list of rights by page, and a transfer walks page after page through the guest's table and the VM's memory. Nothing
 * is shared with the machine that it judges. Pages count from 0; requests are whole pages.
 */
export type Raw = { readonly kind: string; readonly [field: string]: unknown };

/** Guest pages that stories speak of: `0` to one less. */
export const GUEST_PAGES = 12;
const PAGE = 4096;

interface Table {
  readonly rights: number[];
  devices: string[];
  waiting: string[];
  programmed: boolean;
}

interface Process {
  readonly vm: string | null;
  connected: boolean;
  readonly names: { [as: string]: Table };
}

interface Guest {
  running: boolean;
  readonly tables: { readonly owner: string; readonly table: Table }[];
  readonly startup: { readonly [device: string]: number[] };
}

interface Vm {
  /** Host page by guest page. */
  readonly memory: ReadonlyMap<number, number>;
  readonly pass: readonly string[];
  /** Null: no service that restricts anything. */
  readonly guest: Guest | null;
}

/** What a unit makes of a write-only right. */
const WRITE_READS: { readonly [family: string]: boolean } = { ipmmu: true, smmuv2: true, smmuv3: true };

export class NaiveVms {
  readonly #writeReads: boolean;
  readonly #vms = new Map<string, Vm>();
  readonly #processes = new Map<string, Process>();
  /** Objects of clients in the host. */
  readonly #host: Guest = { running: true, tables: [], startup: {} };

  constructor(family: string) {
    this.#writeReads = WRITE_READS[family] ?? false;
  }

  /** What a record comes to: of a VM whether it starts, of a call its return, of a transfer its verdict, else null. */
  take(record: Raw): unknown {
    const vm = record["vm"] as string;
    switch (record.kind) {
      case "vm":
        return this.#start(vm, record);
      case "vm.stop":
        if (!this.#vms.delete(vm)) return null;
        for (const [name, process] of this.#processes) if (process.vm === vm) this.#processes.delete(name);
        return null;
      case "guest.fail": {
        const guest = this.#vms.get(vm)?.guest;
        if (guest != null) guest.running = false;
        return null;
      }
      case "client": {
        const name = record["client"] as string;
        if (!this.#processes.has(name))
          this.#processes.set(name, { vm: (vm as string | undefined) ?? null, connected: false, names: {} });
        return null;
      }
      case "exit":
        this.#leave(record["client"] as string);
        this.#processes.delete(record["client"] as string);
        return null;
      case "call":
        return this.#call(record);
      case "dma":
        return this.walk(
          record["device"] as string,
          Number(record["address"]),
          record["length"] as number,
          record["access"] as string,
        );
      default:
        return null;
    }
  }

  /** The device's own table, the memory behind it, and the first page that one of them refuses. */
  walk(device: string, address: number, length: number, access: string): unknown {
    const need = access === "r" ? 1 : 2;
    const first = Math.floor(address / PAGE);
    const last = Math.floor((address + length - 1) / PAGE);
    const vm = [...this.#vms.values()].find(({ pass }) => pass.includes(device));
    let target = -1;
    for (let page = first; page <= last; page++) {
      const at = page === first ? address : page * PAGE;
      const guest = vm === undefined ? this.#host : vm.guest;
      const memory = vm === undefined ? page : vm.memory.get(page);
      const place =
        vm === undefined
          ? null
          : { guest: at, host: memory === undefined ? null : memory * PAGE + (at % PAGE) };
      const refused = guest === null ? null : this.#refusal(guest, device, page, need);
      if (refused !== null) return ["denied", refused, at, vm === undefined ? null : "guest", place];
      if (memory === undefined) return ["denied", "unmapped", at, "vm", place];
      if (page === first) target = memory * PAGE + (address % PAGE);
    }
    return ["permitted", target];
  }

  #refusal(guest: Guest, device: string, page: number, need: number): string | null {
    const table = guest.tables.find((each) => each.table.devices.includes(device))?.table;
    const own = table === undefined || table.waiting.includes(device) ? null : table.rights;
    const startup = guest.startup[device] ?? null;
    if (own === null && startup === null) return "no-object";
    let held = (own?.[page] ?? 0) | (startup?.[page] ?? 0);
    if (held === 0) return "unmapped";
    if (this.#writeReads && held & 2) held |= 1;
    return held & need ? null : "permission";
  }

  #start(name: string, record: Raw): unknown {
    if (this.#vms.has(name)) return "refused";
    const memory = new Map<number, number>();
    for (const part of record["memory"] as { guest: string; host: string; length: string }[]) {
      for (let i = 0; i < Number(part.length) / PAGE; i++) {
        const page = Number(part.guest) / PAGE + i;
        if (memory.has(page)) return "refused";
        memory.set(page, Number(part.host) / PAGE + i);
      }
    }
    const pass = record["pass"] as string[];
    const isTaken = (device: string) =>
      [...this.#vms.values()].some((vm) => vm.pass.includes(device)) ||
      this.#host.tables.some(({ table }) => table.devices.includes(device));
    if (pass.some(isTaken)) return "refused";
    this.#vms.set(name, { memory, pass, guest: this.#boot(record, memory, pass) });
    return "started";
  }

  /** The start-up of a guest's service; one that ends in its DSS restricts nothing. */
  #boot(record: Raw, memory: ReadonlyMap<number, number>, pass: readonly string[]): Guest | null {
    if (record["service"] === undefined || record["vdev"] !== true) return null;
    const grant = record["grant"] as { device: string; page: number; pages: number } | undefined;
    const startup: { [device: string]: number[] } = {};
    if (grant !== undefined) {
      const rights = Array<number>(GUEST_PAGES).fill(0);
      for (let page = grant.page; page < grant.page + grant.pages; page++) {
        if (!memory.has(page)) return null;
        rights[page] = 3;
      }
      if (!pass.includes(grant.device)) return null;
      startup[grant.device] = rights;
    }
    return { running: true, tables: [], startup };
  }

  #call(record: Raw): unknown {
    const who = record["client"] as string;
    const me = this.#processes.get(who);
    const args = (record["args"] ?? {}) as { readonly [name: string]: unknown };
    if (me === undefined) return record["function"] === "smmu_init" ? [-1, "EPERM"] : badf(record);
    const vm = me.vm === null ? null : this.#vms.get(me.vm);
    const guest = me.vm === null ? this.#host : vm?.guest;
    if (guest == null || !guest.running) return badf(record);
    if (record["function"] === "smmu_init") {
      me.connected = true;
      return [0, null];
    }
    if (!me.connected) return badf(record);
    const named = me.names[String(args["sop"])];
    const sop = guest.tables.some(({ table }) => table === named) ? named! : null;
    switch (record["function"]) {
      case "smmu_obj_create": {
        const table: Table = {
          rights: Array<number>(GUEST_PAGES).fill(0),
          devices: [],
          waiting: [],
          programmed: false,
        };
        guest.tables.push({ owner: who, table });
        me.names[record["as"] as string] = table;
        return ["object", null];
      }
      case "smmu_obj_destroy":
        if (sop === null) return [-1, "EINVAL"];
        guest.tables.splice(
          guest.tables.findIndex(({ table }) => table === sop),
          1,
        );
        return [0, null];
      case "smmu_device_add_pci":
        return this.#add(guest, who, sop, args, vm ?? null);
      case "smmu_mapping_add":
        return this.#map(sop, args, vm ?? null);
      default:
        throw new Error(`the naive model does not know ${String(record["function"])}`);
    }
  }

  #add(
    guest: Guest,
    who: string,
    sop: Table | null,
    args: { readonly [name: string]: unknown },
    vm: Vm | null,
  ): unknown {
    if (args["sop"] !== null && sop === null) return [-1, "EINVAL"];
    const device = `pci:0000:00:${Number(args["pdev"]).toString(16).padStart(2, "0")}.0`;
    const home = guest.tables.find(({ table }) => table.devices.includes(device));
    if (sop === null) {
      if (home === undefined || home.owner !== who) {
        // The owner of a VM's device is its qvm: nobody else can remove it.
        return [-1, "ENOENT"];
      }
      drop(home.table, device);
      return [0, null];
    }
    const inVm = vm === null && [...this.#vms.values()].some(({ pass }) => pass.includes(device));
    if (inVm || (home !== undefined && home.owner !== who)) return [-1, "EBUSY"];
    if (vm !== null && !vm.pass.includes(device)) return [-1, "ENOENT"];
    if (home?.table !== sop) {
      if (home !== undefined) drop(home.table, device);
      sop.devices.push(device);
      if (sop.rights.some((bits) => bits > 0) && !sop.programmed) sop.waiting.push(device);
    }
    return [sop.waiting.includes(device) ? 1 : 0, null];
  }

  #map(sop: Table | null, args: { readonly [name: string]: unknown }, vm: Vm | null): unknown {
    if (sop === null) return [-1, "EINVAL"];
    const flags = args["flags"] as string[];
    const rights = (flags.includes("SMF_READ") ? 1 : 0) + (flags.includes("SMF_WRITE") ? 2 : 0);
    const pages = (args["entries"] as { phys: string; len: string }[]).flatMap(({ phys, len }) =>
      Array.from({ length: Number(len) / PAGE }, (_, i) => Number(phys) / PAGE + i),
    );
    if (rights > 0 && vm !== null && pages.some((page) => !vm.memory.has(page))) return [-1, "EINVAL"];
    for (const page of pages) sop.rights[page] = rights;
    if (rights > 0) {
      sop.waiting = [];
      sop.programmed = sop.devices.length > 0;
    }
    return [0, null];
  }

  #leave(who: string): void {
    const process = this.#processes.get(who);
    if (process === undefined) return;
    const guest = process.vm === null ? this.#host : this.#vms.get(process.vm)?.guest;
    if (guest == null || !guest.running) return;
    for (let i = guest.tables.length - 1; i >= 0; i--)
      if (guest.tables[i]!.owner === who) guest.tables.splice(i, 1);
  }
}

function badf(record: Raw): unknown {
  return [record["function"] === "smmu_obj_create" ? "NULL" : -1, "EBADF"];
}

function drop(table: Table, device: string): void {
  table.devices = table.devices.filter((other) => other !== device);
  table.waiting = table.waiting.filter((other) => other !== device);
}
