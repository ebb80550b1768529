import { describe, expect, test } from "vitest";
import { vtdReason } from "../../../events/vocabulary/faultCodes.ts";
import { onlyFault, readLog, text } from "./readLog.ts";

describe("VT-d faults of every kernel generation (logs 2)", () => {
  test.each([
    [
      "[  228.845965] DMAR: [DMA Write] Request device [00:02.0] PASID ffffffff fault addr 0 [fault reason 02] Present bit in context entry is clear",
      {
        bdf: "00:02.0",
        pasid: null,
        access: "write",
        address: "0x0",
        code: "0x02",
        reason: "context-not-present",
      },
    ],
    [
      "[10672.868940] DMAR: [DMA Write] Request device [00:12.0] fault addr 0 [fault reason 05] PTE Write access is not set",
      { bdf: "00:12.0", sourceId: "0x0090", access: "write", code: "0x05", reason: "write-denied" },
    ],
    [
      "[    0.938401] kernel: DMAR: [DMA Read NO_PASID] Request device [0x00:0x02.0] fault addr 0x70ad5000 [fault reason 0x07] Next page table ptr is invalid",
      { bdf: "00:02.0", access: "read", address: "0x70ad5000", code: "0x07", reason: "next-table-invalid" },
    ],
    [
      "DMAR: [DMA Read PASID 0x2] Request device [00:02.0] fault addr 0xffff888012345000 [fault reason 0x71] SM: Present bit in first-level paging entry is clear",
      { pasid: "0x2", address: "0xffff888012345000", code: "0x71", reason: "not-mapped" },
    ],
    [
      "DMAR: [DMA Read] Request device [00:02.0] PASID 1a fault addr ffffffff7fffe000 [fault reason 113] SM: Present bit in first-level paging entry is clear",
      { pasid: "0x1a", address: "0xffffffff7fffe000", code: "0x71", reason: "not-mapped" },
    ],
  ])("%s", (line, fields) => {
    expect(onlyFault("linux-dmesg", line)).toMatchObject({
      format: "linux-dmar",
      kind: "dma-fault",
      segment: null,
      device: null,
      addressGranule: 4096,
      ...fields,
    });
  });

  test("the oldest form has its reason on the next line, and other lines may come between", () => {
    expect(
      onlyFault(
        "linux-dmesg",
        "[ 1000.045520] dmar: DMAR:[DMA Write] Request device [04:00.0] fault addr 201a556000 ",
        "[ 1000.045521] e1000: neth7 NIC Link is Up",
        "[ 1000.045522] something else",
        "DMAR:[fault reason 05] PTE Write access is not set",
      ),
    ).toMatchObject({ line: 1, lastLine: 4, address: "0x201a556000", code: "0x05" });
  });
});

test("a reason that a paste put on a line of its own is found there", () => {
  for (const reason of [
    "DMAR: [fault reason 05] PTE Write access is not set",
    "[fault reason 05] PTE Write access",
  ]) {
    expect(
      onlyFault(
        "linux-dmesg",
        "[ 1.000000] DMAR: [DMA Write] Request device [04:00.0] fault addr 1000",
        "x",
        reason,
      ),
    ).toMatchObject({ line: 1, lastLine: 3, address: "0x1000", code: "0x05" });
  }
  expect(
    onlyFault(
      "linux-dmesg",
      "DMAR: DMAR:[DMA Read] Request device [02:00.0] fault addr 7f000 ",
      "DMAR:[fault reason 06] PTE Read access is not set",
    ),
  ).toMatchObject({ code: "0x06", lastLine: 2 });
});

test("without 0x a fault reason is decimal, with it hexadecimal (logs 2)", () => {
  const line = (reason: string) =>
    `DMAR: [DMA Read] Request device [00:02.0] fault addr 1000 [fault reason ${reason}] non-zero reserved fields in PTE`;
  expect(onlyFault("linux-dmesg", line("12"))).toMatchObject({ code: "0x0c", reason: "reserved-bits" });
  expect(onlyFault("linux-dmesg", line("0x12"))).toMatchObject({ code: "0x12", reason: null });
  expect(readLog("linux-dmesg", text(line("0c"))).diagnostics).toMatchObject([{ code: "LOG001" }]);
  expect(readLog("linux-dmesg", text(line("256"))).diagnostics).toMatchObject([{ code: "LOG001" }]);
});

test("the reason's number wins over its text, and a number without a name is kept (logs 2, 11.3)", () => {
  const line =
    "DMAR: [DMA Write] Request device [00:02.0] fault addr 0x1000 [fault reason 0x06] PTE Write access is not set";
  expect(onlyFault("linux-dmesg", line)).toMatchObject({
    access: "write",
    code: "0x06",
    reason: "read-denied",
  });
  const unknown = "DMAR: [DMA Write] Request device [00:02.0] fault addr 0x1000 [fault reason 0xee] Unknown";
  expect(onlyFault("linux-dmesg", unknown)).toMatchObject({ code: "0xee", reason: null, text: "Unknown" });
});

test("a head whose reason never comes is a fault without code, and is reported (logs 11.2)", () => {
  const read = readLog(
    "linux-dmesg",
    text("DMAR:[DMA Read] Request device [04:00.0] fault addr 1000", "", "x"),
  );
  expect(read.faults).toMatchObject([{ line: 1, access: "read", code: null, reason: null }]);
  expect(read.diagnostics).toMatchObject([{ code: "LOG003", line: 1 }]);
});

test("a reason belongs to the nearest head it fits, so that a lost one does no harm", () => {
  const write = "DMAR:[DMA Write] Request device [04:00.0] fault addr 1000";
  const read = "DMAR:[DMA Read] Request device [05:00.0] fault addr 2000";
  const result = readLog(
    "linux-dmesg",
    text(write, read, "DMAR:[fault reason 05] PTE Write", "DMAR:[fault reason 06] PTE Read"),
  );
  expect(result.diagnostics).toEqual([]);
  expect(result.faults).toMatchObject([
    { line: 1, lastLine: 3, code: "0x05" },
    { line: 2, lastLine: 4, code: "0x06" },
  ]);
  const lost = readLog("linux-dmesg", text(write, "......", write, "DMAR:[fault reason 05] PTE Write"));
  expect(lost.faults).toMatchObject([
    { line: 1, code: null },
    { line: 3, lastLine: 4, code: "0x05" },
  ]);
});

test("a second half comes too late after 64 lines (logs 11.1)", () => {
  const head = "DMAR:[DMA Write] Request device [04:00.0] fault addr 1000";
  const half = "DMAR:[fault reason 05] PTE Write access is not set";
  const apart = (lines: number) => readLog("linux-dmesg", text(head, ...Array(lines - 1).fill("x"), half));
  expect(apart(64).faults).toMatchObject([{ lastLine: 65, code: "0x05" }]);
  expect(apart(65).faults).toMatchObject([{ code: null }]);
  expect(apart(65).diagnostics.map(({ code }) => code)).toEqual(["LOG003", "LOG002"]);
});

describe("interrupt remapping faults are not DMA: an index, no address (logs 2)", () => {
  test.each([
    [
      "DMAR: [INTR-REMAP] Request device [01:05.0] fault index 0x2f [fault reason 0x26] Blocked an interrupt request due to source-id verification failure",
    ],
    ["DMAR: [INTR-REMAP] Request device [0x01:0x05.0] fault index 0x2f [fault reason 0x26] Blocked"],
    [
      "DMAR: [INTR-REMAP] Request device [01:05.0] fault index 2f [fault reason 38] Blocked an interrupt request",
    ],
    ["dmar: INTR-REMAP: Request device [[01:05.0] fault index 2f", "INTR-REMAP:[fault reason 38] Blocked"],
    ["INTR-REMAP: Request device [01:05.0] fault index 2f", "", "INTR-REMAP:[fault reason 38] Blocked"],
  ])("%s", (...lines) => {
    expect(onlyFault("linux-dmesg", ...lines)).toMatchObject({
      kind: "interrupt-remap-fault",
      bdf: "01:05.0",
      access: "interrupt",
      address: null,
      addressGranule: null,
      interruptIndex: "0x2f",
      code: "0x26",
      reason: "interrupt-source-mismatch",
    });
  });

  test("their second half is never that of a DMA fault", () => {
    const read = readLog(
      "linux-dmesg",
      text(
        "DMAR:[DMA Write] Request device [04:00.0] fault addr 1000",
        "INTR-REMAP:[fault reason 38] Blocked",
      ),
    );
    expect(read.faults).toMatchObject([{ code: null }]);
    expect(read.diagnostics.map(({ code }) => code)).toEqual(["LOG002", "LOG003"]);
  });
});

test("a repeated line is a storm of faults, not one (logs 11.6)", () => {
  const line =
    "DMAR: [DMA Write] Request device [00:12.0] fault addr 0 [fault reason 05] PTE Write access is not set";
  expect(readLog("linux-dmesg", text(...Array(500).fill(line))).faults).toHaveLength(500);
});

test("status lines are decoded, and an overflow bit is a loss (hardware 1.6)", () => {
  const read = readLog(
    "linux-dmesg",
    text("DMAR: DRHD: handling fault status reg 703", "dmar: DRHD: handling fault status reg 0x4"),
  );
  expect(read.statuses.map(({ stimulus }) => stimulus)).toMatchObject([
    { fsts: "0x703", primaryPending: true, overflow: true, recordIndex: 7 },
    { fsts: "0x4", primaryPending: false, overflow: false, recordIndex: 0 },
  ]);
  expect(read.losses).toMatchObject([{ stimulus: { what: "overflow" } }, { stimulus: { what: "overflow" } }]);
});

test("what drivers say at boot, and table dumps, are no faults (logs 2)", () => {
  const read = readLog(
    "linux-dmesg",
    text(
      "DMAR: Host address width 39",
      "DMAR: DRHD base: 0x000000fed90000 flags: 0x0",
      "DMAR: RMRR base: 0x0000007b800000 end: 0x0000007fffffff",
      "DMAR: ATSR flags: 0x0",
      "DMAR: RHSA base: 0x000000fed90000 proximity domain: 0x0",
      "DMAR: Dump dmar0 table entries for IOVA 0x7c346000",
      "DMAR: root entry: 0x0000000102ae5001",
      "DMAR: [Firmware Bug]: RMRR entry for device 02:00.0 is broken - applying workaround",
      "DMAR: intel_iommu_map: iommu width (39) is not sufficient for the mapped address (ffff880000000000)",
      "AMD-Vi: Completion-Wait loop timed out",
      "AMD-Vi: Interrupt remapping enabled",
      "AMD-Vi: Control Reg : 0x1",
    ),
  );
  expect(read.told).toEqual([]);
  expect(read.diagnostics).toEqual([]);
});

describe("a cut line is reported, and is no fault with a shorter address (logs 11.7)", () => {
  const line =
    "DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x70ad5000 [fault reason 0x07] Next page table ptr";
  const complete = line.indexOf("] Next") + 1;
  test.each(Array.from({ length: line.length - 8 }, (_, index) => index + 8))(
    "after %i characters",
    (length) => {
      const read = readLog("linux-dmesg", text(line.slice(0, length), "[    1.000000] next"));
      if (length >= complete) {
        expect(read.faults).toMatchObject([{ address: "0x70ad5000", code: "0x07" }]);
        expect(read.diagnostics).toEqual([]);
      } else {
        expect(read.faults).toEqual([]);
        expect(read.diagnostics).toMatchObject([{ code: "LOG001", line: 1 }]);
      }
    },
  );

  test("nor is the oldest form, when its address is not that of a page", () => {
    const read = readLog("linux-dmesg", text("DMAR:[DMA Write] Request device [04:00.0] fault addr 201a556"));
    expect(read.faults).toEqual([]);
    expect(read.diagnostics).toMatchObject([{ code: "LOG001" }]);
  });

  test("nor is a line that the file's end cuts", () => {
    for (const cut of [
      "DMAR:[DMA Write] Request device [04:00.0] fault addr 201a556000",
      "DMAR: DRHD: handling fault status reg 60",
      line.slice(0, complete - 2),
    ]) {
      const read = readLog("linux-dmesg", cut);
      expect(read.told).toEqual([]);
      expect(read.diagnostics).toMatchObject([{ code: "LOG004", line: 1 }]);
    }
    expect(readLog("linux-dmesg", line).faults).toHaveLength(1);
  });

  test("nor is a device that cannot exist", () => {
    const read = readLog("linux-dmesg", text(line.replace("00:02.0", "00:2f.0")));
    expect(read.faults).toEqual([]);
    expect(read.diagnostics).toMatchObject([{ code: "LOG001" }]);
  });
});

test("every number that Linux and Xen name has a word, and no other (hardware 1.5)", () => {
  const ranges = [
    [0x00, 0x0e],
    [0x20, 0x26],
    [0x30, 0x32],
    [0x38, 0x3a],
    [0x40, 0x48],
    [0x50, 0x52],
    [0x58, 0x5d],
    [0x70, 0x7c],
    [0x80, 0x87],
    [0x90, 0x91],
  ] as const;
  for (let code = 0; code < 256; code++) {
    const named = ranges.some(([first, last]) => code >= first && code <= last);
    expect([code, vtdReason(code) !== null]).toEqual([code, named]);
  }
});

test("kernels that print no tag before the status line are read too", () => {
  expect(
    readLog("linux-dmesg", text("[    1.000000] DRHD: handling fault status reg 2")).statuses,
  ).toHaveLength(1);
});
