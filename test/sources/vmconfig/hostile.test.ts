import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lintVmConfig } from "../../../sources/vmconfig/lintVmConfig.ts";
import { lintVmSet } from "../../../sources/vmconfig/lintVmSet.ts";
import { placeRam } from "../../../sources/vmconfig/placeRam.ts";
import { printVmConfig } from "../../../sources/vmconfig/printVmConfig.ts";
import { ENTRIES_MAX } from "../../../sources/vmconfig/readVmConfig.ts";
import type { VmConfig } from "../../../sources/vmconfig/vmConfig.ts";
import { vmsToStart } from "../../../sources/vmconfig/vmStart.ts";
import { readText, subjectOf } from "./reading.ts";

const word = fc.constantFrom(
  ...'system ram pass vdev safety loc intr smmu cpu load cmdline @a.qvmconf # \n \t " , : = $env{X} ${ 0x1000,0x1000'.split(
    " ",
  ),
  ..."mem:0x1000,4096,m pci:0:1.0,rwd pci:0:1 mem:,,, pci:::: mem:0xffffffffffffffff,2 mem:0,0 none required".split(
    " ",
  ),
);
const texts = fc.oneof(
  fc.array(fc.oneof(word, fc.string({ maxLength: 8 })), { maxLength: 30 }).map((words) => words.join(" ")),
  fc.string({ unit: "binary", maxLength: 200 }),
);

describe("whatever is read, there is an answer", () => {
  test("any text has a configuration, and findings with a place", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { config, diagnostics } = readText(text);
        const subject = subjectOf(text);
        const found = [...diagnostics, ...lintVmConfig(subject), ...lintVmSet([subject, subject])];
        for (const { code, message, hint } of found) {
          expect(code).toMatch(/^(CFG|QVM)\d{3}$/);
          expect(message.length).toBeGreaterThan(0);
          expect(hint!.length).toBeGreaterThan(0);
        }
        const host = { memory: [{ start: 0n, length: 1n << 40n }], taken: [], uncertified: [] };
        for (const { stimulus } of vmsToStart([subject], host, () => null))
          expect(stimulus?.kind ?? "none").toMatch(/vm|none/);
        expect(config).toEqual(subject.config);
      }),
      { numRuns: 300 },
    );
  });

  test("any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(Array.isArray(readText(bytes).diagnostics)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("a VM with endless regions is cut off, and told once", () => {
    const text = Array.from(
      { length: ENTRIES_MAX + 500 },
      (_, i) => `ram 0x${(i * 4096).toString(16)},4096`,
    ).join("\n");
    const { config, diagnostics } = readText(text);
    expect(config.ram.length).toBe(ENTRIES_MAX);
    expect(diagnostics.map(({ code }) => code)).toEqual(["QVM008"]);
  });

  test("a line of many thousand quotes is read in a moment", () => {
    const { diagnostics } = readText(`ram 0,4096 cmdline ${'"x '.repeat(20_000)}`);
    expect(diagnostics.map(({ code }) => code)).toEqual(["QVM003"]);
  });
});

describe("a configuration printed and read again is the same", () => {
  const pages = fc.bigInt(0n, (1n << 40n) - 1n).map((page) => page * 4096n);
  const attributes = fc.subarray([..."rwxcstdn"]).map((list) => list.join(""));
  const config: fc.Arbitrary<string> = fc
    .record({
      name: fc.option(fc.constantFrom("a", "ram", "net-1", "pass", "π"), { nil: null }),
      ram: fc.array(fc.tuple(pages, pages), { maxLength: 3 }),
      pci: fc.array(fc.tuple(fc.nat(255), fc.nat(31), fc.nat(7), attributes), { maxLength: 3 }),
      mem: fc.array(fc.tuple(pages, pages, fc.option(pages, { nil: null }), attributes, fc.boolean()), {
        maxLength: 3,
      }),
      smmu: fc.option(fc.tuple(fc.option(fc.nat(0xffff), { nil: null }), fc.option(pages, { nil: null })), {
        nil: null,
      }),
      safety: fc.constantFrom("", "safety none", "safety warn", "safety required"),
    })
    .map(({ name, ram, pci, mem, smmu, safety }) => {
      const hex = (value: bigint) => `0x${value.toString(16)}`;
      return [
        ...(name === null ? [] : [`system ${name}`]),
        ...ram.map(([start, length]) => `ram ${hex(start)},${hex(length + 4096n)}`),
        ...pci.map(([b, d, f, letters]) => `pass loc pci:${b}:${d}.${f},${letters}`),
        ...mem.map(
          ([host, length, guest, letters, m]) =>
            `pass loc mem:${hex(host)},${hex(length + 1n)},${letters}${m ? "m" : ""}${guest === null ? "" : `=${hex(guest)}`}`,
        ),
        ...(smmu === null
          ? []
          : [
              `vdev smmu${smmu[0] === null ? "" : ` intr ${smmu[0]}`}${smmu[1] === null ? "" : ` loc ${hex(smmu[1])}`}`,
            ]),
        safety,
      ].join("\n");
    });

  test("whatever it says", () => {
    fc.assert(
      fc.property(config, (text) => {
        const first = readText(text);
        expect(first.diagnostics).toEqual([]);
        const printed = printVmConfig(first.config);
        const again = readText(printed);
        expect(again.diagnostics).toEqual([]);
        expect(bare(again.config)).toEqual(bare(first.config));
        expect(printVmConfig(again.config)).toBe(printed);
      }),
      { numRuns: 200 },
    );
  });

  test("with attributes of memory turned off", () => {
    for (const letters of ["m", "m-x", "m-rwxcstn", "md"]) {
      const { config: first } = readText(`pass loc mem:0x1000,0x1000,${letters}`);
      expect(bare(readText(printVmConfig(first)).config)).toEqual(bare(first));
    }
  });
});

describe("placeRam: where the hypervisor puts memory", () => {
  const range = fc.tuple(fc.bigInt(0n, 64n), fc.bigInt(1n, 16n)).map(([start, length]) => {
    return { start: start * 4096n, length: length * 4096n };
  });

  test("in memory that there is, and in nobody else's; null only where no place is left", () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 12n),
        fc.array(range, { maxLength: 3 }),
        fc.array(range, { maxLength: 4 }),
        (pages, memory, taken) => {
          const length = pages * 4096n;
          const at = placeRam(length, memory, taken);
          const fits = (start: bigint) =>
            memory.some((room) => start >= room.start && start + length <= room.start + room.length) &&
            !taken.some((each) => start < each.start + each.length && each.start < start + length);
          if (at !== null) expect(fits(at)).toBe(true);
          else for (let page = 0n; page < 96n; page++) expect(fits(page * 4096n)).toBe(false);
        },
      ),
      { numRuns: 400 },
    );
  });
});

/** Without places, which a printed configuration has elsewhere. */
function bare(config: VmConfig): unknown {
  return JSON.parse(
    JSON.stringify(config, (name, value: unknown) =>
      name === "origin" ? undefined : typeof value === "bigint" ? `${value}n` : value,
    ),
  );
}
