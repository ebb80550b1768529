import type { ApiCall, CallReturned, DevId } from "../events/clientEvents.ts";
import type { Outcome } from "../events/outcome.ts";
import type { Stimulus } from "../events/stimulus.ts";
import type { Errno, SafetyAnswer } from "../events/vocabulary/clientApi.ts";
import type { ClientName } from "../events/vocabulary/names.ts";
import {
  type SmmuDevid,
  type SmmuMapEntry,
  type SmmuObject,
  type SmmuStatus,
  uint32,
  uint64,
} from "./api.ts";

/** What takes what a process does, and answers with what came of it: a machine. */
export interface Told {
  tell(stimulus: Stimulus): readonly Outcome[];
}

/**
 * One process with its connection to the service: the functions of `libsmmu`, with the documented names, parameters and
 * returns (API-1 to API-12). -1, or null for an object, means failure with `errno` set; success leaves `errno` alone.
 */
export class SmmumanClient {
  /** Why the last call that failed did; null: none has. */
  errno: Errno | null = null;
  readonly #machine: Told;
  readonly #name: ClientName;
  readonly #objects = new WeakMap<SmmuObject, string>();
  #objectCount = 0;
  #onFault: (() => void) | null = null;

  constructor(machine: Told, name: ClientName) {
    this.#machine = machine;
    this.#name = name;
  }

  /** The process's name. */
  get name(): string {
    return this.#name;
  }

  /** Connects (API-1). 0, or -1. */
  smmu_init(flags: number): number {
    return this.#number({ function: "smmu_init", flags: uint32("flags", flags) });
  }

  /** Ends the connection and all that came of it (API-2, G-28). 0, or -1. */
  smmu_fini(): number {
    return this.#number({ function: "smmu_fini" });
  }

  /** Creates an object (API-3); null on failure. */
  smmu_obj_create(flags: number): SmmuObject | null {
    this.#objectCount += 1;
    const as = `${this.#name}.${this.#objectCount}`;
    const returned = this.#call({ function: "smmu_obj_create", flags: uint32("flags", flags) }, as);
    if (returned.object === null) return null;
    const object: SmmuObject = Object.freeze({ name: returned.object as string });
    this.#objects.set(object, as);
    return object;
  }

  /** Destroys an object (API-4, G-28). 0, or -1. */
  smmu_obj_destroy(sop: SmmuObject | null): number {
    return this.#number({ function: "smmu_obj_destroy", sop: this.#sop(sop) });
  }

  /** Attaches a device to an object, or detaches it where `sop` is null (API-5). 0; 1: reissue the mappings (CM-9); -1. */
  smmu_device_add_generic(sop: SmmuObject | null, devid: SmmuDevid | null): number {
    const id = devid === null ? null : devidOf(devid);
    return this.#number({ function: "smmu_device_add_generic", sop: this.#sop(sop), devid: id });
  }

  /** The same for a PCI function; `SMMU_PCI_FIELD_ANY` is a wildcard (API-6). */
  smmu_device_add_pci(sop: SmmuObject | null, pbus: number, pdev: number, pfunc: number): number {
    return this.#number({
      function: "smmu_device_add_pci",
      sop: this.#sop(sop),
      pbus: uint32("pbus", pbus),
      pdev: uint32("pdev", pdev),
      pfunc: uint32("pfunc", pfunc),
    });
  }

  /** The same for the device whose registers are at `phys` (API-7). */
  smmu_device_add_mmio(sop: SmmuObject | null, phys: bigint, len: number): number {
    return this.#number({
      function: "smmu_device_add_mmio",
      sop: this.#sop(sop),
      phys: uint64("phys", phys),
      len: uint32("len", len),
    });
  }

  /** Grants regions, or revokes them where `flags` has no permission (API-8, CM-13). 0, or -1 and nothing changed. */
  smmu_mapping_add(
    sop: SmmuObject | null,
    flags: number,
    pid: number,
    num_entries: number,
    entries: readonly SmmuMapEntry[] | null,
    target: bigint,
  ): number {
    return this.#number({
      function: "smmu_mapping_add",
      sop: this.#sop(sop),
      flags: uint32("flags", flags),
      pid,
      num_entries: uint32("num_entries", num_entries),
      entries:
        entries?.map(({ phys, len }) => ({ phys: uint64("phys", phys), len: uint64("len", len) })) ?? null,
      target: uint64("target", target),
    });
  }

  /**
   * Writes the device's reserved regions from number `offset` on into `resv`, at most `nresv`, and returns how many there
   * are from there on; 0 past the last (API-9). Failure is -1 as an unsigned number: 0xffffffff.
   */
  smmu_device_report_reserved(
    devid: SmmuDevid | null,
    offset: number,
    resv: SmmuMapEntry[],
    nresv: number,
  ): number {
    const id = devid === null ? null : devidOf(devid);
    const returned = this.#call({
      function: "smmu_device_report_reserved",
      devid: id,
      offset: uint32("offset", offset),
      nresv: uint32("nresv", nresv),
    });
    const regions = (returned.wrote ?? []) as readonly { readonly phys: string; readonly len: string }[];
    regions.forEach(({ phys, len }, i) => {
      resv[i] = { phys: BigInt(phys), len: BigInt(len) };
    });
    return (returned.returns as number) >>> 0;
  }

  /** Registers for one notification; `evp` is called when the next fault comes, once (API-10, FLT-5). 0, or -1. */
  smmu_xfer_notify(evp: (() => void) | null): number {
    const returns = this.#number({ function: "smmu_xfer_notify", evp: evp === null ? null : "sigevent" });
    if (returns === 0) this.#onFault = evp;
    return returns;
  }

  /** Fetches the oldest fault record into `ssp` (API-11). 0; -1 with EAGAIN and a cleared `ssp` when there is none (G-30). */
  smmu_xfer_status(ssp: SmmuStatus | null): number {
    const returned = this.#call({ function: "smmu_xfer_status", ...(ssp === null ? { ssp } : {}) });
    const wrote = returned.wrote as WrittenStatus | null;
    if (wrote !== null && ssp !== null) {
      ssp.hw_specific = BigInt(wrote.hw_specific);
      ssp.fault_addr = BigInt(wrote.fault_addr);
      ssp.devid = writtenDevid(wrote.devid);
      ssp.flags = wrote.flags;
    }
    return returned.returns as number;
  }

  /** Whether the service and all it depends on are certified (API-12, SAF-9); treat anything but YES as not safe (G-31). */
  smmu_safety(): SafetyAnswer {
    return this.#call({ function: "smmu_safety" }).returns as SafetyAnswer;
  }

  /** The process ends without calling anything; what it had is gone as after `smmu_fini` (G-28). */
  exit(): void {
    this.#machine.tell({ kind: "exit", client: this.#name });
  }

  /** The machine says that the fault came for which this client registered. */
  notified(): void {
    const tell = this.#onFault;
    this.#onFault = null;
    tell?.();
  }

  #number(call: ApiCall): number {
    return this.#call(call).returns as number;
  }

  #call(call: ApiCall, as: string | null = null): CallReturned {
    const outcomes = this.#machine.tell({ kind: "call", client: this.#name, call, as, expected: null });
    const returned = outcomes.find((outcome) => outcome.kind === "CallReturned")!;
    if (returned.errno !== null) this.errno = returned.errno;
    return returned;
  }

  /** An object of another client is no pointer that means anything here. */
  #sop(sop: SmmuObject | null): string | null {
    return sop === null ? null : (this.#objects.get(sop) ?? `not an object of ${this.#name}`);
  }
}

interface WrittenStatus {
  readonly hw_specific: string;
  readonly fault_addr: string;
  readonly devid:
    | null
    | { readonly type: "SDT_PCI"; readonly bus: number; readonly dev: number; readonly func: number }
    | { readonly type: "SDT_MMIO"; readonly phys: string };
  readonly flags: readonly string[];
}

function writtenDevid(written: WrittenStatus["devid"]): SmmuDevid | null {
  if (written?.type !== "SDT_MMIO") return written;
  return { type: "SDT_MMIO", phys: BigInt(written.phys), length: 0 };
}

function devidOf(devid: SmmuDevid): DevId {
  if (devid.type === "SDT_MMIO")
    return { type: "SDT_MMIO", phys: uint64("phys", devid.phys), length: uint32("length", devid.length) };
  const { type, bus, dev, func } = devid;
  return { type, bus: uint32("bus", bus), dev: uint32("dev", dev), func: uint32("func", func) };
}
