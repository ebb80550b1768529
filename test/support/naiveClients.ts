/**
 * The client API told a second time, from the guide and its gaps alone, as simply as can be: objects are arrays of bytes, clients are lists, and nothing
 * is shared with the machine that it judges. It knows a small piece of memory only: `BASE` to `BASE + SPAN`.
 */
export const BASE = 0x8000_0000;
/** Bytes in that piece: six pages. */
export const SPAN = 6 * 4096;

/** A record of a trace, as JSON tells it. */
export type Raw = { readonly kind: string; readonly [field: string]: unknown };

interface Thing {
  readonly owner: string;
  readonly manual: boolean;
  readonly rights: Uint8Array;
  readonly shift: Int32Array;
  devices: string[];
  waiting: string[];
  tablesOn: string[];
}

interface Process {
  readonly abilities: readonly string[];
  connected: boolean;
  names: { [as: string]: Thing };
  queue: { device: string | null; address: number }[];
  lost: boolean;
  listens: boolean;
}

/** What a start-up gave a device: whole pages of that piece of memory, `rights` as bits. */
export interface Gift {
  readonly from: number;
  readonly length: number;
  readonly rights: number;
  readonly reserved: boolean;
}

/** What differs between families here, told by hand. */
const HABITS: {
  readonly [family: string]: { exec: boolean; writeReads: boolean; page: boolean; who: boolean };
} = {
  ideal: { exec: true, writeReads: false, page: false, who: true },
  vtd: { exec: false, writeReads: false, page: true, who: true },
  ipmmu: { exec: true, writeReads: true, page: false, who: false },
};

export class NaiveClients {
  readonly #habits;
  readonly #processes = new Map<string, Process>();
  readonly #things: Thing[] = [];
  readonly #unitOf = new Map<string, string>();
  readonly #twins: string[];
  readonly #gifts: { readonly [device: string]: readonly Gift[] };
  #served = true;
  /** Who heard of the last refused transfer. */
  heard: string[] = [];

  /** `twins`: devices that the hardware cannot tell apart; `gifts`: what a start-up gave devices. */
  constructor(
    family: string,
    twins: string[],
    gifts: { readonly [device: string]: readonly Gift[] } = {},
    units: { readonly [device: string]: string } = {},
  ) {
    this.#habits = HABITS[family]!;
    this.#twins = twins;
    this.#gifts = gifts;
    for (const [device, unit] of Object.entries(units)) this.#unitOf.set(device, unit);
  }

  /** What a record comes to: of a call its return, of a transfer its verdict, else null. */
  take(record: Raw): unknown {
    switch (record.kind) {
      case "device":
        this.#unitOf.set(record["device"] as string, record["unit"] as string);
        return null;
      case "client": {
        const known = this.#processes.get(record["client"] as string);
        const abilities = record["abilities"] as string[];
        if (known !== undefined) Object.assign(known, { abilities });
        else this.#processes.set(record["client"] as string, fresh(abilities));
        return null;
      }
      case "fail":
        // The service exits; nothing that it did is undone.
        this.#served = false;
        return null;
      case "exit":
        if (this.#served) this.#goodbye(record["client"] as string);
        this.#processes.delete(record["client"] as string);
        return null;
      case "call":
        return this.#call(record);
      case "dma":
        return this.#dma(record);
      default:
        return null;
    }
  }

  #call(record: Raw): unknown {
    const who = record["client"] as string;
    const me = this.#processes.get(who);
    const args = (record["args"] ?? {}) as { readonly [name: string]: unknown };
    const flags = ((args["flags"] ?? []) as string[]).map(String);
    const thing = me?.names[String(args["sop"])];
    const sop = args["sop"] === null || thing === undefined || !this.#things.includes(thing) ? null : thing;
    if (!this.#served) return [record["function"] === "smmu_obj_create" ? "NULL" : -1, "EBADF"];
    switch (record["function"]) {
      case "smmu_init":
        if (me === undefined) return [-1, "EPERM"];
        if (flags.length > 0) return [-1, "EINVAL"];
        if (!me.abilities.includes("smmu/attach")) return [-1, "EPERM"];
        me.connected = true;
        return [0, null];
      case "smmu_obj_create": {
        if (!me?.connected) return ["NULL", "EBADF"];
        const manual = flags.includes("SOCF_RESERVED_MANUAL");
        if (manual && !me.abilities.includes("smmu/target")) return ["NULL", "EPERM"];
        const made: Thing = {
          owner: who,
          manual,
          rights: new Uint8Array(SPAN),
          shift: new Int32Array(SPAN),
          devices: [],
          waiting: [],
          tablesOn: [],
        };
        this.#things.push(made);
        if (record["as"] !== undefined) me.names[record["as"] as string] = made;
        return ["object", null];
      }
    }
    if (!me?.connected) return [-1, "EBADF"];
    switch (record["function"]) {
      case "smmu_fini":
        this.#goodbye(who);
        this.#processes.set(who, fresh([...me.abilities]));
        return [0, null];
      case "smmu_obj_destroy":
        if (sop === null) return [-1, "EINVAL"];
        this.#things.splice(this.#things.indexOf(sop), 1);
        return [0, null];
      case "smmu_device_add_pci":
        if (args["sop"] !== null && sop === null) return [-1, "EINVAL"];
        return this.#add(who, sop, args);
      case "smmu_device_add_generic": {
        if (args["devid"] === null) return [-1, "EFAULT"];
        if (args["sop"] !== null && sop === null) return [-1, "EINVAL"];
        const { bus, dev, func } = args["devid"] as { bus: number; dev: number; func: number };
        return this.#add(who, sop, { pbus: bus, pdev: dev, pfunc: func });
      }
      case "smmu_device_report_reserved": {
        const { bus, dev, func } = args["devid"] as { bus: number; dev: number; func: number };
        const two = (value: number) => value.toString(16).padStart(2, "0");
        const device = `pci:0000:${two(bus)}:${two(dev)}.${func}`;
        if (!this.#unitOf.has(device)) return [-1, "ENOENT"];
        const all = (this.#gifts[device] ?? []).filter(({ reserved }) => reserved);
        const left = all.slice(args["offset"] as number);
        return [left.length, null, ...left.slice(0, args["nresv"] as number).map(({ from }) => BASE + from)];
      }
      case "smmu_xfer_notify":
        if (args["evp"] === null) return [-1, "EFAULT"];
        me.listens = true;
        return [0, null];
      case "smmu_mapping_add":
        return this.#map(me, sop, flags, args);
      case "smmu_xfer_status": {
        const oldest = me.queue.shift();
        if (oldest === undefined) return [-1, "EAGAIN"];
        const told = [0, null, oldest.device, oldest.address, me.lost ? "lost" : "all"];
        me.lost = false;
        return told;
      }
      default:
        throw new Error(`the naive model does not know ${String(record["function"])}`);
    }
  }

  #add(who: string, sop: Thing | null, args: { readonly [name: string]: unknown }): unknown {
    const any = "SMMU_PCI_FIELD_ANY";
    const wild = [args["pbus"], args["pdev"], args["pfunc"]].includes(any);
    const hex = (value: unknown) => Number(value).toString(16).padStart(2, "0");
    const pattern = new RegExp(
      `^pci:0000:${args["pbus"] === any ? ".." : hex(args["pbus"])}:${args["pdev"] === any ? ".." : hex(args["pdev"])}[.]${args["pfunc"] === any ? "." : String(args["pfunc"])}$`,
    );
    const named = wild
      ? [...this.#unitOf.keys()].filter((device) => pattern.test(device))
      : [`pci:0000:${hex(args["pbus"])}:${hex(args["pdev"])}.${String(args["pfunc"])}`];
    const homes = named.map((device) => this.#homeOf(device));
    if (sop === null) {
      if (homes.some((home) => home !== undefined && home.owner !== who)) return [-1, "ENOENT"];
      if (homes.every((home) => home === undefined)) return [-1, "ENOENT"];
      homes.forEach((home, i) => {
        if (home !== undefined) leave(home, named[i]!);
      });
      return [0, null];
    }
    if (named.length === 0) return [-1, "ENOENT"];
    if (homes.some((home) => home !== undefined && home.owner !== who)) return [-1, "EBUSY"];
    const touchesTwin = named.some((device) => this.#twins.includes(device));
    for (const twin of touchesTwin ? this.#twins : []) {
      const home = this.#homeOf(twin);
      if (home !== undefined && home !== sop && !named.includes(twin)) return [-1, "EBUSY"];
    }
    if (named.some((device) => !this.#unitOf.has(device))) return [-1, "ENOENT"];
    for (const [i, device] of named.entries()) {
      if (homes[i] === sop) continue;
      if (homes[i] !== undefined) leave(homes[i], device);
      sop.devices.push(device);
      if (sop.rights.some((bits) => bits > 0) && !sop.tablesOn.includes(this.#unitOf.get(device)!))
        sop.waiting.push(device);
    }
    return [named.some((device) => sop.waiting.includes(device)) ? 1 : 0, null];
  }

  #map(me: Process, sop: Thing | null, flags: string[], args: { readonly [name: string]: unknown }): unknown {
    if (flags.includes("SMF_VIRT")) return [-1, "EINVAL"];
    if (flags.includes("SMF_EXEC") && !this.#habits.exec) return [-1, "EINVAL"];
    if (flags.includes("SMF_TARGET") && !me.abilities.includes("smmu/target")) return [-1, "EPERM"];
    if (sop === null) return [-1, "EINVAL"];
    const bits = (flags.includes("SMF_READ") ? 1 : 0) + (flags.includes("SMF_WRITE") ? 2 : 0);
    const rights = bits + (flags.includes("SMF_EXEC") ? 4 : 0);
    const entries = args["entries"] as { phys: string; len: string }[];
    if (entries.length === 0) return [-1, "EINVAL"];
    const after = { rights: sop.rights.slice(), shift: sop.shift.slice() };
    let target = Number(args["target"] ?? 0);
    for (const { phys, len } of entries) {
      const start = Number(phys) - BASE;
      const length = Number(len);
      if (length === 0) return [-1, "EINVAL"];
      const shift = flags.includes("SMF_TARGET") ? target - Number(phys) : 0;
      if (shift % 4096 !== 0) return [-1, "EINVAL"];
      after.rights.fill(rights, start, start + length);
      after.shift.fill(rights === 0 ? 0 : shift, start, start + length);
      target += length;
    }
    for (let page = 0; page < SPAN; page += 4096) {
      const goesTo = new Set<number>();
      for (let i = page; i < page + 4096; i++) if (after.rights[i]! > 0) goesTo.add(after.shift[i]!);
      if (goesTo.size > 1) return [-1, "EINVAL"];
    }
    sop.rights.set(after.rights);
    sop.shift.set(after.shift);
    if (rights > 0) {
      sop.waiting = [];
      sop.tablesOn = sop.devices.map((device) => this.#unitOf.get(device)!);
    }
    return [0, null];
  }

  #dma(record: Raw): unknown {
    const device = record["device"] as string;
    const address = Number(record["address"]);
    const length = Number(record["length"]);
    const home = this.#homeOf(device) ?? this.#homeOfTwin(device);
    // What one of them was given, or waits for, all have that the hardware cannot tell apart.
    const alike = this.#twins.includes(device) ? [device, ...this.#twins] : [device];
    const waits = home?.waiting.includes(alike.find((one) => home.devices.includes(one))!);
    const gifts = (this.#gifts[device] ?? []).filter(({ reserved }) => !reserved || home?.manual !== true);
    const own = home === undefined || waits ? undefined : home;
    if (own === undefined && gifts.length === 0) return this.#denied(device, address, "no-object", home);
    const need = record["access"] === "r" ? 1 : 2;
    let target = -1;
    for (let at = address - ((address - BASE) % 4096); at < address + length; at += 4096) {
      const first = at - BASE;
      let held = 0;
      let shift = 0;
      for (let i = first; own !== undefined && i < first + 4096; i++) {
        if (own.rights[i]! > 0) shift = own.shift[i]!;
        held |= own.rights[i]!;
      }
      for (const { from, length: size, rights } of gifts)
        if (from - (from % 4096) <= first && first < from + size) held |= rights;
      if (held === 0) return this.#denied(device, Math.max(at, address), "unmapped", home);
      if (this.#habits.writeReads && held & 2) held |= 1;
      if (!(held & need)) return this.#denied(device, Math.max(at, address), "permission", home);
      if (target < 0) target = address + shift;
    }
    return ["permitted", target];
  }

  #denied(device: string, at: number, reason: string, home: Thing | undefined): unknown {
    // R-Car has no fault number for a master without a context, and so no record.
    const silent = !this.#habits.who && reason === "no-object";
    const isTwin = this.#twins.includes(device);
    const record = {
      device: this.#habits.who && !isTwin ? device : null,
      address: this.#habits.page ? at - (at % 4096) : at,
    };
    this.heard = [];
    for (const [name, client] of this.#processes) {
      if (!client.connected || silent || !this.#served) continue;
      if (client.listens) this.heard.push(name);
      client.listens = false;
      if (client.queue.length < 64) client.queue.push(record);
      else client.lost = true;
    }
    return ["denied", reason, at, home === undefined ? "none" : "some"];
  }

  #homeOf(device: string): Thing | undefined {
    return this.#things.find((thing) => thing.devices.includes(device));
  }

  #homeOfTwin(device: string): Thing | undefined {
    if (!this.#twins.includes(device)) return undefined;
    return this.#twins.map((twin) => this.#homeOf(twin)).find((home) => home !== undefined);
  }

  #goodbye(who: string): void {
    for (const thing of [...this.#things])
      if (thing.owner === who) this.#things.splice(this.#things.indexOf(thing), 1);
  }
}

function fresh(abilities: readonly string[]): Process {
  return { abilities, connected: false, names: {}, queue: [], lost: false, listens: false };
}

function leave(home: Thing, device: string): void {
  home.devices = home.devices.filter((other) => other !== device);
  home.waiting = home.waiting.filter((other) => other !== device);
}
