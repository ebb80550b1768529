import { describe, expect, test } from "vitest";
import { eventAt } from "../../replay/bootEvents.ts";
import { questionOf } from "../../replay/why/question.ts";
import { type Explanation, explain } from "../../replay/why/why.ts";
import { bootFrom } from "../support/boots.ts";

const A = "pci:0000:00:01.0";
const B = "pci:0000:00:02.0";
const unit = { kind: "unit", unit: "u0", addressWidth: 39 };
const attachA = { kind: "attach", device: A, object: "oA" };
const attachB = { kind: "attach", device: B, object: "oB" };
const map = (object: string, address: string, access = "rw", more: object = {}) => ({
  kind: "map",
  object,
  address,
  length: 4096,
  access,
  ...more,
});
const unmap = (object: string, address: string) => ({ kind: "unmap", object, address, length: 4096 });
const dma = (address: string, access = "w", more: object = {}) => ({
  kind: "dma",
  device: A,
  address,
  length: 16,
  access,
  ...more,
});

/** Explains the last record. */
function why(records: readonly object[], family?: string): Explanation {
  const boot = bootFrom(records, family);
  const seq = records.length - 1;
  return whyAt(records, seq, family, boot);
}

function whyAt(
  records: readonly object[],
  seq: number,
  family?: string,
  boot = bootFrom(records, family),
): Explanation {
  const question = questionOf(eventAt(boot, seq)!, boot);
  if ("problem" in question) throw new Error(question.problem);
  return explain(boot, question);
}

describe("the cause of a denial is what the evidence proves first", () => {
  test.each<[string, readonly object[], number, string, readonly number[]]>([
    ["never granted", [attachA, map("oA", "0x1000"), dma("0x9000")], 2, "never-granted", [0, 2]],
    [
      "granted in another object alone",
      [attachA, attachB, map("oB", "0x9000"), dma("0x9000")],
      3,
      "granted-elsewhere",
      [0, 2, 3],
    ],
    [
      "granted with less access",
      [attachA, map("oA", "0x1000", "r"), dma("0x1000")],
      2,
      "less-access",
      [0, 1, 2],
    ],
    [
      "revoked before use",
      [attachA, map("oA", "0x1000"), unmap("oA", "0x1000"), dma("0x1000")],
      3,
      "use-after-unmap",
      [0, 1, 2, 3],
    ],
    [
      "granted only later",
      [attachA, map("oA", "0x5000"), dma("0x1000"), map("oA", "0x1000")],
      2,
      "use-before-map",
      [0, 2, 3],
    ],
    ["running past the end", [attachA, map("oA", "0x1000"), dma("0x1ff8")], 2, "past-the-end", [0, 1, 2]],
    [
      "beginning right past the end",
      [attachA, map("oA", "0x1000"), dma("0x2000")],
      2,
      "past-the-end",
      [0, 1, 2],
    ],
    [
      "the physical address given to the device",
      [attachA, map("oA", "0x1000", "rw", { target: "0x7000" }), dma("0x7000")],
      2,
      "target-used-as-address",
      [0, 1, 2],
    ],
    [
      "a device whose object was destroyed",
      [attachA, map("oA", "0x1000"), { kind: "object.destroy", object: "oA" }, dma("0x1000")],
      3,
      "detached",
      [0, 2, 3],
    ],
    [
      "a device that was moved away from the object that has the grant",
      [attachA, map("oA", "0x1000"), { kind: "attach", device: A, object: "oB" }, dma("0x1000")],
      3,
      "granted-elsewhere",
      [0, 1, 2, 3],
    ],
    ["a device that is never attached", [unit, dma("0x1000")], 1, "never-attached", [1]],
    [
      "a device that was detached",
      [attachA, { kind: "detach", device: A, object: "oA" }, dma("0x1000")],
      2,
      "detached",
      [0, 1, 2],
    ],
    ["a device that is attached later", [unit, dma("0x1000"), attachA], 1, "attached-later", [1, 2]],
    ["no grants recorded at all", [attachA, dma("0x1000")], 1, "not-recorded", [0, 1]],
  ])("%s", (_, records, seq, cause, because) => {
    const explanation = whyAt(records, seq);
    expect(explanation).toMatchObject({ verdict: "denied", cause });
    expect(explanation.because.map((link) => link.seq)).toEqual(because);
    expect(explanation.because.every((link) => (link.origin as { file: string }).file === "t.jsonl")).toBe(
      true,
    );
  });

  test("wider than the unit takes", () => {
    expect(why([unit, attachA, map("oA", "0x8000000000"), dma("0x8000000000")], "vtd")).toMatchObject({
      cause: "address-width",
      reason: "address-size",
      code: "0x04",
    });
  });

  test("in the interrupt range, whatever is granted there", () => {
    const records = [unit, attachA, map("oA", "0xfee00000"), dma("0xfee00000", "r")];
    expect(why(records, "vtd")).toMatchObject({ cause: "interrupt-range", nearMisses: [] });
    expect(why(records, "vtd").because.map((link) => link.seq)).toEqual([1, 2, 3]);
  });

  test("translated into the interrupt range: the target is told, and the grant that leads there", () => {
    const records = [unit, attachA, map("oA", "0x1000", "rw", { target: "0xfee00000" }), dma("0x1010")];
    expect(why(records, "vtd")).toMatchObject({ cause: "interrupt-range", reason: "interrupt-range" });
    expect(why(records, "vtd").text).toContain("0x1010 is translated to 0xfee00010");
  });

  test("revoked by its client", () => {
    const create = { kind: "object.create", object: "oA", client: "devb-sdmmc" };
    const records = [create, attachA, map("oA", "0x1000"), unmap("oA", "0x1000"), dma("0x1000")];
    expect(why(records).text).toContain("oA, which belongs to devb-sdmmc,");
  });
});

describe("the cause of a permission", () => {
  test("is the grant of the first page", () => {
    expect(why([attachA, map("oA", "0x1000"), dma("0x1000")])).toMatchObject({
      verdict: "permitted",
      cause: "granted",
      because: [{ seq: 0 }, { seq: 1 }, { seq: 2 }],
    });
  });

  test("is a stale translation where the recorded machine let a revoked one through", () => {
    const observed = { verdict: "permitted", target: "0x1000" };
    const records = [
      attachA,
      map("oA", "0x1000"),
      unmap("oA", "0x1000"),
      dma("0x1000", "w", { observed }),
      { kind: "invalidate" },
    ];
    const explanation = whyAt(records, 3);
    expect(explanation).toMatchObject({
      verdict: "denied",
      conformance: "stale",
      cause: "stale-translation",
    });
    expect(explanation.because.map((link) => link.seq)).toEqual([0, 1, 2, 3, 4]);
  });

  test("is translation that is off, and says what confinement would make of it", () => {
    const off = { kind: "translation", enabled: false };
    const explanation = whyAt([unit, off, dma("0x1000"), { kind: "translation", enabled: true }], 2);
    expect(explanation).toMatchObject({ verdict: "permitted", cause: "unrestricted" });
    expect(explanation.otherwise).toBe("were the device confined, it would be denied: no-object");
    expect(explanation.text).toContain("switched on at seq 3");
  });

  test("is told to be rounding alone, where the bytes were not asked for", () => {
    const records = [
      attachA,
      { kind: "map", object: "oA", address: "0x1000", length: 64, access: "rw" },
      dma("0x1800"),
    ];
    expect(why(records).otherwise).toContain("only rounding to whole pages permits it");
  });
});

describe("a fix is never told without its cost", () => {
  test("it names the lines of the configuration, in its own notation, and what else they open", () => {
    const { fix } = why([
      attachA,
      { kind: "attach", device: B, object: "oA" },
      map("oA", "0x1000"),
      dma("0x9004"),
    ]);
    expect(fix!.configuration).toEqual(["allow fix 0x9004,0x10,t", "device pci:0:1.0 fix"]);
    expect(fix!.opens.join("\n")).toContain("4080 bytes more");
    expect(fix!.opens.join("\n")).toContain(B);
  });

  test("it keeps the rights that are there, for a later grant replaces an earlier one (G-29)", () => {
    const { fix, nearMisses } = why([attachA, map("oA", "0x1000", "r"), dma("0x1000")]);
    expect(fix!.configuration[0]).toBe("allow fix 0x1000,0x10,st");
    expect(fix!.calls[0]).toContain("SMF_READ | SMF_WRITE");
    expect(nearMisses).toEqual([]);
  });

  test("a device that was detached needs only its object back, with all that it grants", () => {
    const detach = { kind: "detach", device: A, object: "oA" };
    const { fix } = why([attachA, map("oA", "0x1000"), detach, dma("0x1000")]);
    expect(fix!.calls).toEqual(["smmu_device_add_pci(oA, 0, 1, 0)"]);
    expect(fix!.opens.join("\n")).toContain("reaches all that oA is granted");
  });

  test("a report does not tell a length, so the fix is a page", () => {
    const fault = { kind: "fault", device: A, address: "0x9010", access: "w", code: "0x05" };
    expect(why([attachA, map("oA", "0x1000"), fault]).fix!.configuration[0]).toBe(
      "allow fix 0x9000,0x1000,t",
    );
  });

  test("it offers no grant where none can help", () => {
    expect(why([unit, attachA, map("oA", "0x1000"), dma("0x8000000000")], "vtd").fix).toMatchObject({
      configuration: [],
      calls: [],
    });
  });
});

test("what the recording lacks is said, with how to record it", () => {
  const { missing } = why([
    attachA,
    { kind: "loss", what: "suppressed", function: "dmar_fault", count: 7 },
    dma("0x1000"),
  ]);
  expect(missing.join("\n")).toContain("kmap");
  expect(missing.join("\n")).toContain("7 reports that the kernel suppressed");
});
