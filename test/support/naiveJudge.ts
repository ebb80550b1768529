/**
 * A second opinion: the rules of contract 2 (and what hardware 1-5 add for each family) told page by page over plain
 * Maps and bigints, straight from raw trace records. It shares nothing with the machine, not even its vocabulary.
 *
 * Where a range is huge a Map entry stands for a run of pages on which nothing in the whole history can differ: every
 * boundary that any record names cuts the space, so the judge must know its history before it begins.
 */

/** A record of a trace, well-formed, as JSON. */
export type NaiveRecord = { readonly kind: string; readonly [field: string]: unknown };

/** What the naive judge says of one `dma`. Addresses are bigints. */
export type NaiveVerdict = (
  | { readonly verdict: "permitted"; readonly target: bigint; readonly unrestricted: boolean }
  | { readonly verdict: "denied"; readonly reason: string; readonly code: string | null; readonly at: bigint }
  | { readonly verdict: "interrupt" }
) & { readonly conformance: "agreed" | "stale" | "diverged" | null };

interface Grant {
  readonly target: bigint; // page the run's first page goes to
  readonly access: string;
  endedAt: number | null;
}

interface Run {
  current: Grant | null;
  /** Every grant that a cache may still hold, the current one too. */
  had: Grant[];
}

interface Forget {
  readonly at: number;
  readonly first: bigint;
  readonly last: bigint;
}

interface Device {
  unit: string | null;
  object: string | null;
  passthrough: boolean;
  forgets: Forget[];
}

interface Unit {
  width: bigint | null;
  on: boolean | null;
}

const TOP_PAGE = (1n << 52n) - 1n;
const PAGE = 4096n;

// Writes into these bytes are interrupts, whatever the table says (hardware 1.4 rule 2, hardware 5). Ends inclusive.
const INTERRUPT_PAGES: { readonly [family: string]: readonly [bigint, bigint] } = {
  vtd: [0xfee00n, 0xfeeffn],
  amdvi: [0xfdf8000n, 0xfdf8fffn],
};

/** Judges the records of one history, in order. */
export class NaiveJudge {
  readonly #family: string;
  readonly #cuts: readonly bigint[];
  readonly #units = new Map<string, Unit>();
  readonly #devices = new Map<string, Device>();
  readonly #objects = new Map<string, Map<bigint, Run>>();
  #allOn: boolean | null = null;
  #described = false;
  #seq = -1;

  constructor(family: string, history: readonly NaiveRecord[]) {
    this.#family = family;
    this.#cuts = cutsOf(history);
  }

  /** Takes the next record; for a `dma`, says what becomes of it. */
  take(record: NaiveRecord): NaiveVerdict | null {
    this.#seq += 1;
    switch (record.kind) {
      case "unit":
        this.#described = true;
        this.#units.set(text(record["unit"]), {
          width: record["addressWidth"] == null ? null : BigInt(record["addressWidth"] as number),
          on: this.#units.get(text(record["unit"]))?.on ?? this.#allOn,
        });
        return null;
      case "translation":
        this.#switch(record);
        return null;
      case "device":
        if (record["unit"] != null) this.#device(record).unit = text(record["unit"]);
        else this.#device(record);
        return null;
      case "object.create":
        this.#object(record);
        return null;
      case "object.destroy":
        this.#objects.delete(text(record["object"]));
        for (const device of this.#devices.values())
          if (device.object === record["object"]) device.object = null;
        return null;
      case "attach":
        this.#described = true;
        this.#object(record);
        this.#device(record).object = text(record["object"]);
        return null;
      case "detach": {
        const device = this.#devices.get(text(record["device"]));
        if (device !== undefined && device.object === record["object"]) device.object = null;
        return null;
      }
      case "passthrough":
        this.#device(record).passthrough = record["enabled"] === true;
        return null;
      case "map":
        this.#described = true;
        this.#map(record);
        return null;
      case "unmap":
        if (this.#objects.has(text(record["object"])))
          for (const [, run] of this.#runs(this.#object(record), pagesOf(record))) this.#end(run);
        return null;
      case "invalidate":
        this.#invalidate(record);
        return null;
      case "dma":
        return this.#judge(record);
      default:
        return null;
    }
  }

  #switch(record: NaiveRecord): void {
    this.#described = true;
    const on = record["enabled"] === true;
    if (record["unit"] == null) {
      this.#allOn = on;
      for (const unit of this.#units.values()) unit.on = on;
      return;
    }
    const name = text(record["unit"]);
    const unit = this.#units.get(name) ?? { width: null, on: null };
    unit.on = on;
    this.#units.set(name, unit);
  }

  #map(record: NaiveRecord): void {
    const [first, last] = pagesOf(record);
    const target = BigInt((record["target"] ?? record["address"]) as string) / PAGE;
    for (const [page, run] of this.#runs(this.#object(record), [first, last])) {
      this.#end(run);
      run.current = {
        target: target + (page - first),
        access: this.#inTable(text(record["access"])),
        endedAt: null,
      };
      run.had.push(run.current);
    }
  }

  #end(run: Run): void {
    if (run.current !== null) run.current.endedAt = this.#seq;
    run.current = null;
  }

  // Stage 1 of the Arm units and the IPMMU cannot say write-only (hardware 2.2, 3.4, 4).
  #inTable(access: string): string {
    return ["smmuv2", "smmuv3", "ipmmu"].includes(this.#family) && access.includes("w")
      ? `${access}r`
      : access;
  }

  #invalidate(record: NaiveRecord): void {
    const [first, last] = record["address"] === undefined ? [0n, TOP_PAGE] : pagesOf(record);
    if (record["device"] != null) {
      this.#device(record).forgets.push({ at: this.#seq, first, last });
      return;
    }
    for (const [name, table] of this.#objects) {
      if (record["object"] != null && name !== record["object"]) continue;
      for (const [, run] of this.#runs(table, [first, last])) {
        run.had = run.had.filter((grant) => grant.endedAt === null);
      }
    }
  }

  #judge(record: NaiveRecord): NaiveVerdict {
    const verdict = this.#verdict(record);
    const observed = record["observed"] as { [name: string]: string } | null | undefined;
    if (observed == null) return { ...verdict, conformance: null };
    return { ...verdict, conformance: this.#compare(record, verdict, observed) };
  }

  #verdict(record: NaiveRecord): DistributiveOmit<NaiveVerdict, "conformance"> {
    const address = BigInt(text(record["address"]));
    const device = this.#devices.get(text(record["device"]));
    if (!this.#described) return { verdict: "permitted", target: address, unrestricted: true };
    if (!this.#restricts(device)) return { verdict: "permitted", target: address, unrestricted: true };
    const interrupts = INTERRUPT_PAGES[this.#family];
    const [first, last] = pagesOf(record);
    if (interrupts !== undefined && record["access"] === "w") {
      if (first >= interrupts[0] && last <= interrupts[1] && isInterruptWrite(this.#family, record))
        return { verdict: "interrupt" };
    }
    const deny = (reason: string, page: bigint, code = this.#code(reason, text(record["access"]))) => ({
      verdict: "denied" as const,
      reason,
      code,
      at: page === first ? address : page * PAGE,
    });
    const unit = this.#unitOf(device);
    for (const page of this.#pagesBetween(first, last)) {
      if (isInterruptPage(this.#family, page)) return deny("interrupt-range", page);
      if (device?.passthrough) continue;
      if (device?.object == null) return deny("no-object", page);
      if (unit?.width != null && page * PAGE >= 1n << unit.width) return deny("address-size", page);
      const grant = this.#objects.get(device.object)?.get(this.#cutBelow(page))?.current ?? null;
      if (grant === null) return deny("unmapped", page);
      if (!grant.access.includes(text(record["access"]))) return deny("permission", page);
      const out = grant.target + (page - this.#cutBelow(page));
      if (this.#family === "vtd" && isInterruptPage(this.#family, out))
        return deny("interrupt-range", page, "0x0e");
    }
    if (device?.passthrough) return { verdict: "permitted", target: address, unrestricted: true };
    const grant = this.#objects.get(device!.object!)!.get(this.#cutBelow(first))!.current!;
    const target = (grant.target + (first - this.#cutBelow(first))) * PAGE + (address % PAGE);
    return { verdict: "permitted", target, unrestricted: false };
  }

  #compare(
    record: NaiveRecord,
    ours: DistributiveOmit<NaiveVerdict, "conformance">,
    observed: { readonly [name: string]: string },
  ): "agreed" | "stale" | "diverged" {
    // An interrupt is neither allowed nor faulted (hardware 1.4): a recorder that says "permitted" means it went through.
    if (ours.verdict === "interrupt") return observed["verdict"] === "permitted" ? "agreed" : "diverged";
    if (ours.verdict === "permitted" && observed["verdict"] === "permitted") {
      const same = observed["target"] == null || BigInt(observed["target"]) === ours.target;
      return same ? "agreed" : "diverged";
    }
    if (ours.verdict === "denied" && observed["verdict"] === "denied") {
      const sameCode = observed["code"] == null || observed["code"] === ours.code;
      const sameReason = observed["reason"] == null || observed["reason"] === ours.reason;
      return sameCode && sameReason ? "agreed" : "diverged";
    }
    if (ours.verdict === "denied" && ["unmapped", "permission"].includes(ours.reason))
      return this.#explainedByCache(record, observed["target"] ?? null) ? "stale" : "diverged";
    return "diverged";
  }

  /** Rule 6: each page is granted, or had since the last invalidate that covers it a grant with that target and access. */
  #explainedByCache(record: NaiveRecord, target: string | null): boolean {
    const [first, last] = pagesOf(record);
    const device = this.#devices.get(text(record["device"]))!;
    const address = BigInt(text(record["address"]));
    if (target !== null && BigInt(target) % PAGE !== address % PAGE) return false;
    const unit = this.#unitOf(device);
    for (const page of this.#pagesBetween(first, last)) {
      if (unit?.width != null && page * PAGE >= 1n << unit.width) return false;
      if (isInterruptPage(this.#family, page)) return false;
      const had = this.#objects.get(device.object!)?.get(this.#cutBelow(page))?.had ?? [];
      const forgotten = Math.max(
        -1,
        ...device.forgets.filter((f) => f.first <= page && page <= f.last).map((f) => f.at),
      );
      const fits = had.some(
        (grant) =>
          (grant.endedAt === null || grant.endedAt > forgotten) &&
          grant.access.includes(text(record["access"])) &&
          (page !== first ||
            target === null ||
            grant.target + (page - this.#cutBelow(page)) === BigInt(target) / PAGE),
      );
      if (!fits) return false;
    }
    return true;
  }

  #restricts(device: Device | undefined): boolean {
    const on = (unit: Unit) => unit.on ?? this.#allOn ?? true;
    const own = this.#unitOf(device, false);
    if (own !== undefined) return on(own);
    if (this.#units.size === 0) return this.#allOn ?? true;
    return [...this.#units.values()].some(on);
  }

  /** The unit that controls a device; the only one there is where the device's own is not known. */
  #unitOf(device: Device | undefined, orOnly = true): Unit | undefined {
    const own = device?.unit == null ? undefined : this.#units.get(device.unit);
    if (own !== undefined || !orOnly || this.#units.size !== 1) return own;
    return [...this.#units.values()][0];
  }

  #code(reason: string, access: string): string | null {
    return CODES[this.#family]?.[`${reason} ${access}`] ?? CODES[this.#family]?.[reason] ?? null;
  }

  #device(record: NaiveRecord): Device {
    const name = text(record["device"]);
    const known = this.#devices.get(name) ?? { unit: null, object: null, passthrough: false, forgets: [] };
    this.#devices.set(name, known);
    return known;
  }

  #object(record: NaiveRecord): Map<bigint, Run> {
    const name = text(record["object"]);
    const known = this.#objects.get(name) ?? new Map<bigint, Run>();
    this.#objects.set(name, known);
    return known;
  }

  *#runs(table: Map<bigint, Run>, [first, last]: readonly [bigint, bigint]): Iterable<[bigint, Run]> {
    for (const page of this.#pagesBetween(first, last)) {
      const run = table.get(page) ?? { current: null, had: [] };
      table.set(page, run);
      yield [page, run];
    }
  }

  /** The first page, and each page after it where something may change. */
  *#pagesBetween(first: bigint, last: bigint): Iterable<bigint> {
    yield first;
    for (const cut of this.#cuts) if (cut > first && cut <= last) yield cut;
  }

  #cutBelow(page: bigint): bigint {
    return this.#cuts.findLast((cut) => cut <= page)!;
  }
}

const CODES: { readonly [family: string]: { readonly [reason: string]: string } } = {
  vtd: {
    "unmapped w": "0x05",
    "unmapped r": "0x06",
    "permission w": "0x05",
    "permission r": "0x06",
    "no-object": "0x02",
    "address-size": "0x04",
  },
  smmuv2: { unmapped: "0x402", permission: "0x408", "address-size": "0x402" },
  smmuv3: { unmapped: "F_TRANSLATION", permission: "F_PERMISSION", "address-size": "F_TRANSLATION" },
  amdvi: {
    unmapped: "IO_PAGE_FAULT",
    permission: "IO_PAGE_FAULT",
    "address-size": "IO_PAGE_FAULT",
    "no-object": "ILLEGAL_DEV_TABLE_ENTRY",
    "interrupt-range": "IO_PAGE_FAULT",
  },
  ipmmu: { unmapped: "0x1", permission: "0x2", "address-size": "0x1" },
};

function cutsOf(history: readonly NaiveRecord[]): readonly bigint[] {
  const cuts = new Set<bigint>([0n]);
  const edges = (first: bigint, last: bigint) => {
    if (first >= 0n && first <= TOP_PAGE) cuts.add(first);
    if (last + 1n >= 0n && last < TOP_PAGE) cuts.add(last + 1n);
  };
  for (const [first, last] of Object.values(INTERRUPT_PAGES)) edges(first, last);
  for (let width = 12n; width < 64n; width++) cuts.add(1n << (width - 12n));
  for (const record of history) {
    if (typeof record["address"] !== "string") continue;
    const [first, last] = record["length"] === undefined ? [0n, TOP_PAGE] : pagesOf(record);
    edges(first, last);
    if (typeof record["target"] !== "string") continue;
    const delta = BigInt(record["target"]) / PAGE - first;
    for (const [from, to] of Object.values(INTERRUPT_PAGES)) edges(from - delta, to - delta);
  }
  return [...cuts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function pagesOf(record: NaiveRecord): readonly [bigint, bigint] {
  const start = BigInt(record["address"] as string);
  return [start / PAGE, (start + BigInt(record["length"] as string | number) - 1n) / PAGE];
}

function isInterruptPage(family: string, page: bigint): boolean {
  const range = INTERRUPT_PAGES[family];
  return range !== undefined && page >= range[0] && page <= range[1];
}

function isInterruptWrite(family: string, record: NaiveRecord): boolean {
  // VT-d takes doubleword writes only (hardware 1.4 rule 2); of AMD-Vi no such rule is told.
  const length = BigInt(record["length"] as string | number);
  return family !== "vtd" || (length === 4n && BigInt(text(record["address"])) % 4n === 0n);
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new Error(`not a text: ${String(value)}`);
  return value;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
