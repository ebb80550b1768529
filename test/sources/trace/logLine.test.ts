import { describe, expect, test } from "vitest";
import { parseLogLine } from "../../../sources/trace/logLine.ts";
import { onlyFault, readLog, text } from "./readLog.ts";

const MESSAGE = "DMAR: DRHD: handling fault status reg 2";

// Prefixes that couriers put before a message, and the kernel time in them (logs 1).
const PREFIXES: readonly (readonly [prefix: string, t: number | null])[] = [
  ["", null],
  ["[    0.938401] ", 938_401_000],
  ["[10672.868940] ", 10_672_868_940_000],
  ["[    0.938401] kernel: ", 938_401_000],
  ["kernel: [   13.134460] ", 13_134_460_000],
  ["[  116.882012][    C0] ", 116_882_012_000],
  ["[  116.912401][  T207] ", 116_912_401_000],
  ["[  116.912401][ T207@C1] ", 116_912_401_000],
  ["[    7.471032] [pid:134,cpu0,irq/13-arm-smmu]", 7_471_032_000],
  ["Feb 13 07:02:37 host kernel: ", null],
  ["Feb  3 07:02:37 host kernel: [   13.134460] ", 13_134_460_000],
  ["Feb 13 07:02:37.074397 host kernel: ", null],
  ["Feb 13 07:02:37 kernel: ", null],
  ["Feb 13 07:02:37 host [   13.134460] ", 13_134_460_000],
  ["Feb 13 07:02:37 host qemu[4711]: ", null],
  ["2023-02-13T07:02:37.074397+00:00 host kernel: [   13.134460] ", 13_134_460_000],
  ["2023-02-13T07:02:37,074397+00:00 ", null],
  ["2023-02-13 07:02:37 host kernel: ", null],
  ["host kernel: [   13.134460] ", 13_134_460_000],
  ["<3>[   13.134460] ", 13_134_460_000],
  ["<3>", null],
  ["kern  :err   : [   13.134460] ", 13_134_460_000],
  ["3,1234,13134460,-;", 13_134_460_000],
  ["3,1234,460,-;", 460_000],
  ["[  +0.000108] ", null],
  ["[   13.134460 <    0.000012>] ", 13_134_460_000],
  ["[Mon Feb 13 07:02:37 2023] ", null],
  ["[Feb13 07:02] ", null],
  ["[2023-02-13 07:02:37] [   13.134460] ", 13_134_460_000],
  ["0x000000000277BBFA |   1263.468579:   ", 1_263_468_579_000],
  ["(XEN) ", null],
  ["(XEN) [   13.134460] ", 13_134_460_000],
  ["(XEN) <3>", null],
  ["> ", null],
  ["> > [   13.134460] ", 13_134_460_000],
  ["| ", null],
  [">[   13.134460] ", 13_134_460_000],
  ["\0\0[   13.134460] ", 13_134_460_000],
  ["\t  ", null],
];

describe("a message is found behind every prefix (logs 1)", () => {
  test.each(PREFIXES)("%j", (prefix, t) => {
    expect(parseLogLine(prefix + MESSAGE, 7, true)).toMatchObject({ message: MESSAGE, t, line: 7 });
    expect(parseLogLine(`> ${prefix}${MESSAGE}\r`, 7, true)).toMatchObject({ message: MESSAGE, t });
  });
});

test("a prefix that is only part of the message stays in it", () => {
  for (const message of [
    "[VT-D]DMAR: reason 05 - x",
    "[fault reason 05] x",
    "0x0000010000000007",
    "event: F_UUT client: x",
  ]) {
    expect(parseLogLine(message, 1, true).message).toBe(message);
  }
});

test("a time of more than 104 days is unknown, for it would not be exact", () => {
  expect(parseLogLine(`[9007200.000000] ${MESSAGE}`, 1, true).t).toBeNull();
  expect(parseLogLine(`[9007199.000000] ${MESSAGE}`, 1, true).t).toBe(9_007_199_000_000_000);
});

test("prefixes, upper case, CR and NUL do not change a fault", () => {
  const plain =
    "DMAR: [DMA Read NO_PASID] Request device [00:1f.2] fault addr 0xabcdef000 [fault reason 0x06] PTE Read access is not set";
  const { device: _, ...expected } = onlyFault("linux-dmesg", plain);
  for (const [prefix] of PREFIXES) {
    const upper = plain.replace("00:1f.2", "00:1F.2").replace("abcdef", "ABCDEF");
    expect(onlyFault("linux-dmesg", `${prefix}${upper}\r`)).toMatchObject(expected);
    expect(onlyFault("linux-dmesg", `${prefix}${upper}\0\0`)).toMatchObject(expected);
  }
});

describe("a line that a mail program wrapped is one fault (logs 1)", () => {
  const start = "[  228.845965] DMAR: [DMA Write] Request device [00:02.0] PASID ffffffff";
  test.each([
    [[start, "fault addr 0 [fault reason 02] Present bit in context entry is clear"], 2],
    [[`> ${start}`, "> fault addr 0 [fault reason 02]", "> Present bit in context entry is clear"], 2],
    [[start, "fault addr 0", "[fault reason 02] Present bit in context entry is clear"], 3],
  ])("%j", (lines, lastLine) => {
    expect(onlyFault("linux-dmesg", ...lines)).toMatchObject({
      line: 1,
      lastLine,
      code: "0x02",
      address: "0x0",
    });
  });

  test("of every family", () => {
    expect(
      onlyFault(
        "linux-dmesg",
        "AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000d",
        "address=0xcff49550 flags=0x0070]",
      ),
    ).toMatchObject({ address: "0xcff49550", lastLine: 2 });
    expect(
      onlyFault(
        "linux-dmesg",
        "[  1.000000] arm-smmu 5000000.iommu: Unhandled context fault: fsr=0x402, iova=0xff3cf000,",
        "fsynr=0x300003, cbfrsynra=0x409, cb=10",
      ),
    ).toMatchObject({ address: "0xff3cf000", contextBank: 10, lastLine: 2 });
  });

  test("but not with a line that has a prefix of its own, nor after three lines", () => {
    for (const lines of [
      [start, "[  228.845966] fault addr 0 [fault reason 02] Present bit in context entry is clear"],
      [start, "a", "b", "fault addr 0 [fault reason 02] Present bit in context entry is clear"],
    ]) {
      const read = readLog("linux-dmesg", text(...lines));
      expect(read.faults).toEqual([]);
      expect(read.diagnostics[0]).toMatchObject({ code: "LOG001", line: 1 });
    }
  });

  test("and a broken line does not swallow the whole one after it", () => {
    const read = readLog("linux-dmesg", text("DMAR: [DMA Wri", "DMAR: DRHD: handling fault status reg 2"));
    expect(read.statuses).toMatchObject([{ at: { line: 2 } }]);
    expect(read.diagnostics).toMatchObject([{ code: "LOG001", line: 1 }]);
  });
});
