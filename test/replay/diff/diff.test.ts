import { describe, expect, test } from "vitest";
import { diff } from "../../../replay/diff/diffBoots.ts";
import { bootFrom } from "../../support/boots.ts";
import { differences, type TraceRecord, vtdBoot } from "../../support/diffing.ts";

const D1 = "pci:0000:00:01.0";
const D2 = "pci:0000:00:02.0";

const map = (object: string, address: string, rest = {}): TraceRecord => ({
  ...{ kind: "map", object, address, length: "0x1000", target: `0x9${address.slice(2)}`, access: "rw" },
  ...rest,
});
const unmap = (object: string, address: string): TraceRecord => ({
  kind: "unmap",
  object,
  address,
  length: "0x1000",
});
const dma = (device: string, address: string, access = "r"): TraceRecord => ({
  ...{ kind: "dma", device, address, length: 4, access },
});
const forget = (object: string): TraceRecord => ({ kind: "invalidate", object });

const HEAD: readonly TraceRecord[] = [
  { kind: "unit", unit: "dmar0", addressWidth: 39 },
  { kind: "translation", enabled: true },
  { kind: "device", device: D1, unit: "dmar0" },
  { kind: "device", device: D2, unit: "dmar0" },
  { kind: "object.create", object: "o1" },
  { kind: "attach", device: D1, object: "o1" },
  { kind: "object.create", object: "o2" },
  { kind: "attach", device: D2, object: "o2" },
];
const BODY: readonly TraceRecord[] = [
  map("o1", "0x10000"),
  map("o2", "0x20000", { access: "r" }),
  dma(D1, "0x10000"),
  dma(D2, "0x20000"),
  map("o1", "0x11000", { length: "0x2000" }),
  dma(D1, "0x12000", "w"),
  unmap("o1", "0x10000"),
  forget("o1"),
  dma(D2, "0x20010"),
];
const BOOT = [...HEAD, ...BODY];

/** BOOT with one record changed, or left out where that is null. */
function but(record: TraceRecord, change: object | null): TraceRecord[] {
  return BOOT.flatMap((each) => (each !== record ? [each] : change === null ? [] : [{ ...each, ...change }]));
}

describe("no differences are", () => {
  const renamed = (text: string) => JSON.parse(text) as TraceRecord[];
  const text = JSON.stringify(BOOT);

  test("the same boot", () => {
    const report = diff(vtdBoot(BOOT), vtdBoot(BOOT));
    expect(report).toMatchObject({ equal: true, firstDifference: null });
    expect(report.alignment.samePrefix).toBe(BOOT.length);
  });

  test("times", () => {
    const timed = BOOT.map((record, i) => ({ ...record, t: i * 1000 }));
    const late = BOOT.map((record, i) => ({ ...record, t: i * i }));
    expect(differences(timed, late)).toEqual([]);
  });

  test("names of objects", () => {
    const other = renamed(
      text.replaceAll('"o1"', '"x"').replaceAll('"o2"', '"o1"').replaceAll('"x"', '"o2"'),
    );
    expect(differences(BOOT, other)).toEqual([]);
    expect(diff(vtdBoot(BOOT), vtdBoot(other)).notCounted.names).toBe(2);
  });

  test("addresses handed out differently, and the transfers that follow them", () => {
    const other = renamed(
      text.replaceAll('"0x1', '"0x7651').replaceAll('"length":"0x7651000"', '"length":"0x1000"'),
    );
    expect(differences(BOOT, other)).toEqual([]);
    expect(diff(vtdBoot(BOOT), vtdBoot(other)).notCounted.addresses).toBe(2);
  });

  test("other memory behind the same addresses, when all of it is other", () => {
    const other = BOOT.map((record) =>
      record["target"] === undefined
        ? record
        : { ...record, target: `0x5${String(record["target"]).slice(3)}` },
    );
    expect(differences(BOOT, other)).toEqual([]);
  });

  test("the order of what concerns different devices and objects", () => {
    const of1 = BODY.filter((record) => record["object"] === "o1" || record["device"] === D1);
    const of2 = BODY.filter((record) => !of1.includes(record));
    expect(differences(BOOT, [...HEAD, ...of2, ...of1])).toEqual([]);
    expect(differences(BOOT, [...HEAD, ...of1, ...of2])).toEqual([]);
  });

  test("revoking what is not granted, and notes", () => {
    const noise = [unmap("o1", "0x999000"), { kind: "mark", text: "hello" }];
    expect(differences(BOOT, [...HEAD, ...noise, ...BODY])).toEqual([]);
  });

  test("one grant told in two records, or two in one: a table is a function of pages", () => {
    const parts = [map("o1", "0x11000"), map("o1", "0x12000")];
    const sliced = BOOT.flatMap((record) => (record["length"] === "0x2000" ? parts : [record]));
    expect(differences(BOOT, sliced)).toEqual([]);
    expect(differences(sliced, BOOT)).toEqual([]);
    expect(
      differences(
        BOOT,
        sliced.filter((record) => record !== parts[1]),
      ),
    ).toHaveLength(3);
  });
});

describe("one thing that differs is told alone", () => {
  test("a device fewer: it, its object, its grants, its transfers", () => {
    const without = BOOT.filter((record) => record["device"] !== D2 && record["object"] !== "o2");
    expect(differences(BOOT, without)).toEqual([
      `- devices: ${D2}: behind dmar0; attached to o2; 1 grant of its own; 2 transfers`,
      `- objects: object o2: used by ${D2}; 1 grant`,
      `- mappings: o2 (${D2}): 0x20000 +4 KiB r; 2 transfers used it`,
      `- verdicts: ${D2}: 2 reads permitted by a grant, the first at 0x20000`,
    ]);
    expect(differences(without, BOOT).map((line) => line[0])).toEqual(["+", "+", "+", "+"]);
  });

  test("a grant that is missing, and the verdict that it turns", () => {
    expect(differences(BOOT, but(BODY[1]!, null))).toEqual([
      `- mappings: o2 (${D2}): 0x20000 +4 KiB r; 2 transfers used it`,
      `~ verdicts: ${D2}: 2 reads at 0x20000: permitted by a grant -> denied, unmapped (0x06)`,
      `+ faults: 2 faults of ${D2}: read unmapped 0x06 in page 0x20000`,
    ]);
  });

  test("other rights", () => {
    expect(differences(BOOT, but(BODY[1]!, { access: "rw" }))).toEqual([
      `~ mappings: o2 (${D2}): 0x20000 +4 KiB r -> 0x20000 +4 KiB rw`,
    ]);
  });

  test("another target, where the others are the same", () => {
    expect(differences(BOOT, but(BODY[0]!, { target: "0x77000" }))).toEqual([
      `~ mappings: o1 (${D1}): 0x10000 +4 KiB rw: target 0x910000 -> 0x77000`,
    ]);
  });

  test("a revocation that never came, with the seq of the one that did", () => {
    expect(differences(BOOT, but(BODY[6]!, null))).toEqual([
      `~ mappings: o1 (${D1}): 0x10000 +4 KiB rw: revoked at seq 14 -> never revoked`,
    ]);
  });

  test("an invalidation that never came", () => {
    expect(differences(BOOT, but(BODY[7]!, null))).toEqual([
      "- exposure: 1 invalidation of o1, of all pages",
    ]);
  });

  test("an attachment that never came, and every verdict that it turns", () => {
    expect(differences(BOOT, but(HEAD[7]!, null))).toEqual([
      `~ devices: ${D2}: attachment 1 o2 -> none`,
      `~ verdicts: ${D2}: 2 reads at 0x20000: permitted by a grant -> denied, no-object (0x02)`,
      `+ faults: 2 faults of ${D2}: read no-object 0x02 in page 0x20000`,
    ]);
  });

  test("translation that stays off", () => {
    expect(differences(BOOT, but(HEAD[1]!, { enabled: false }))).toEqual([
      "- units: translation of all units on",
      "+ units: translation of all units off",
      "~ units: unit dmar0 translation: true -> false",
      `~ verdicts: ${D1}: 1 read at 0x10000: permitted by a grant -> permitted unrestricted, translation-off`,
      `~ verdicts: ${D1}: 1 write at 0x12000: permitted by a grant -> permitted unrestricted, translation-off`,
      `~ verdicts: ${D2}: 2 reads at 0x20000: permitted by a grant -> permitted unrestricted, translation-off`,
      `~ exposure: ${D1} is not restricted: never -> translation-off to the end`,
      `~ exposure: ${D2} is not restricted: never -> translation-off to the end`,
    ]);
  });

  test("pass-through for a while", () => {
    const open = { kind: "passthrough", device: D2, enabled: true };
    const shut = { kind: "passthrough", device: D2, enabled: false };
    expect(differences(BOOT, [...BOOT, open, shut])).toEqual([
      `~ devices: ${D2}: pass-through never switched -> on, off`,
      `~ exposure: ${D2} is not restricted: never -> pass-through`,
    ]);
  });

  test("a narrower unit", () => {
    expect(differences(BOOT, but(HEAD[0]!, { addressWidth: 48 }))).toEqual([
      "~ units: unit dmar0 addressWidth: 39 -> 48",
    ]);
  });

  test("a transfer more", () => {
    expect(differences(BOOT, [...BOOT, dma(D1, "0x11008", "w")])).toEqual([
      `+ verdicts: ${D1}: 1 write permitted by a grant, at 0x11008`,
    ]);
  });

  test.each([true, false])(
    "a transfer twice, beside one that ended otherwise: no verdict changed (prune: %s)",
    (prune) => {
      const end: readonly TraceRecord[] = [{ kind: "object.destroy", object: "o1" }, dma(D1, "0x30000")];
      const once = [...BOOT, dma(D1, "0x30000"), ...end];
      const twice = [...BOOT, dma(D1, "0x30000"), dma(D1, "0x30000"), ...end];
      const told = "1 read denied, unmapped (0x06), at 0x30000";
      expect(differences(once, twice, { prune })).toEqual([
        `+ verdicts: ${D1}: ${told}`,
        `+ faults: 1 fault of ${D1}: read unmapped 0x06 in page 0x30000`,
      ]);
      expect(differences(twice, once, { prune })[0]).toBe(`- verdicts: ${D1}: ${told}`);
    },
  );

  test("a grant before any device used the object keeps its address: it is reserved memory", () => {
    const reserved = (address: string) => [
      ...HEAD.slice(0, 5),
      map("o1", address, { length: "0x4000", target: address }),
      ...HEAD.slice(5),
      ...BODY,
    ];
    expect(differences(BOOT, reserved("0x7b800000"))).toEqual([
      `+ mappings: o1 (${D1}): 0x7b800000 +16 KiB rw unity; no transfers used it`,
    ]);
    expect(differences(reserved("0x7b800000"), reserved("0x7b900000"))).toHaveLength(2);
  });

  test("another family", () => {
    const report = diff(vtdBoot(HEAD), bootFrom(HEAD, "ideal"));
    expect(report.config.changed).toMatchObject([{ path: "family", a: "vtd", b: "ideal" }]);
  });
});

describe("the first difference", () => {
  test("names the event of each boot, with what stands around it", () => {
    const { firstDifference } = diff(vtdBoot(BOOT), vtdBoot(but(BODY[1]!, null)));
    expect(firstDifference).toMatchObject({ seqA: 9, seqB: 9, aspect: "mappings", only: "a" });
    const kinds = (context: readonly unknown[]) => context.map((event) => (event as { kind: string }).kind);
    expect(kinds(firstDifference!.contextA)).toEqual(
      "attach object.create attach map map dma dma map dma".split(" "),
    );
    expect(kinds(firstDifference!.contextB)).toEqual(
      "attach object.create attach map dma dma map dma unmap".split(" "),
    );
  });

  test("is past the end of the boot that ends before it", () => {
    const { firstDifference } = diff(vtdBoot(BOOT), vtdBoot([...BOOT, dma(D1, "0x11008", "w")]));
    expect(firstDifference).toMatchObject({ seqA: null, seqB: BOOT.length, only: "b" });
    expect(firstDifference!.contextA).toHaveLength(4);
  });

  test("comes earliest of all, whatever is told first", () => {
    const other = but(BODY[1]!, null).filter((record) => record !== BODY[2]);
    expect(diff(vtdBoot(BOOT), vtdBoot(other)).firstDifference).toMatchObject({ seqA: 9 });
  });
});

describe("--strict", () => {
  test("counts times, names and addresses, and says where the logs part", () => {
    const timed = BOOT.map((record, i) => ({ ...record, t: i * 1000 }));
    const late = timed.map((record, i) => (i < 5 ? record : { ...record, t: record.t + 1 }));
    const report = diff(vtdBoot(timed), vtdBoot(late), { strict: true });
    expect(report).toMatchObject({
      equal: false,
      firstDifference: { seqA: 5, seqB: 5, aspect: "strict" },
      strict: { equal: false, samePrefix: 5, times: BOOT.length - 5, onlyA: 0, onlyB: 0 },
    });
    expect(diff(vtdBoot(timed), vtdBoot(timed), { strict: true })).toMatchObject({
      equal: true,
      strict: { equal: true, samePrefix: BOOT.length },
    });
  });

  test("counts an order that does not matter otherwise", () => {
    const swapped = BOOT.map((record) =>
      record === BODY[2] ? BODY[3]! : record === BODY[3] ? BODY[2]! : record,
    );
    expect(diff(vtdBoot(BOOT), vtdBoot(swapped)).equal).toBe(true);
    expect(diff(vtdBoot(BOOT), vtdBoot(swapped), { strict: true }).strict).toMatchObject({
      equal: false,
      samePrefix: HEAD.length + 2,
    });
  });
});

test("a boot can be compared up to a moment", () => {
  const [a, b] = [vtdBoot(BOOT), vtdBoot(but(BODY[4]!, null))];
  expect(diff(a, b).equal).toBe(false);
  const at = HEAD.length + 3;
  expect(diff(a, b, { atA: at, atB: at }).equal).toBe(true);
  expect(diff(a, a, { atB: at }).firstDifference).toMatchObject({ seqA: at + 1, seqB: null });
});

test("an object whose name is used again has two lives", () => {
  const again = [
    { kind: "object.destroy", object: "o1" },
    { kind: "object.create", object: "o1" },
  ];
  const attach = { kind: "attach", device: D1, object: "o1" };
  const boot = [...BOOT, ...again, attach, map("o1", "0x10000")];
  expect(differences(boot, boot)).toEqual([]);
  expect(differences(boot, boot.slice(0, -1))).toEqual([
    `- mappings: o1 (${D1}): 0x10000 +4 KiB rw; no transfers used it`,
  ]);
});

test("a VM, and what its guest's own service grants, count", () => {
  const vm = (allow: string) => ({
    ...{ kind: "vm", vm: "linux", pass: [D1], vdev: true },
    memory: [{ guest: "0x80000000", host: "0x20000000", length: "0x10000" }],
    service: {
      name: "smmuman",
      files: { "g.smmu": `allow x 0x80000000,${allow},st\ndevice pci:0:1.0 x` },
      args: ["@g.smmu"],
    },
  });
  expect(
    differences([...HEAD.slice(0, 4), vm("0x1000")], [...HEAD.slice(0, 4), vm("0x2000")]).join("\n"),
  ).toMatch(
    /^- service: in the guest of linux: StartupGranted .*\n\+ service: in the guest of linux: StartupGranted /m,
  );
  const other = { ...vm("0x1000"), pass: [] };
  expect(differences(HEAD.slice(0, 4), [...HEAD.slice(0, 4), other]).join("\n")).toContain("VmStarted");
});
