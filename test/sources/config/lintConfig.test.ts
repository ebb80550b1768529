import { describe, expect, test } from "vitest";
import { pointedAt, read } from "./reading.ts";

const ARM = "smmu armsmmu unit u 0x51400000,64,66,0\n";
const message = (text: string, code: string, given = {}) =>
  read(text, given).all.find((one) => one.code === code)?.message;
const hint = (text: string, code: string, given = {}) =>
  read(text, given).all.find((one) => one.code === code)?.hint;
const count = (text: string, code: string) => read(text).codes.filter((one) => one === code).length;

describe("CM-12: regions that are not whole pages", () => {
  test("the message says which bytes are opened, and the hint has the rounded line", () => {
    expect(message("allow a 0x1100,0x200,s", "CFG601")).toBe(
      'allow "a" covers 0x1100-0x12ff, but whole 4 KiB pages are opened: also 0x1000-0x10ff (256 bytes before it) and 0x1300-0x1fff (3328 bytes after it)',
    );
    expect(hint("allow a 0x1100,0x200,s", "CFG601")).toMatch(/: allow a 0x1000,0x1000,s$/);
  });

  test("a neighbour whose bytes are opened is named", () => {
    expect(message("allow a 0x1000,0x800\nallow b 0x1800,0x800", "CFG601")).toContain(
      '0x1800-0x1fff (2048 bytes after it, part of allow "b" (a.smmu:2))',
    );
  });

  test("whole pages are not told, one byte more is", () => {
    expect(count("allow a 0x1000,0x1000", "CFG601")).toBe(0);
    expect(count("allow a 0x1000,0x1001", "CFG601")).toBe(1);
    expect(count("allow a 0x0fff,0x1001", "CFG601")).toBe(1);
    expect(count("allow a 0xfffffffffffff000,0x1000", "CFG601")).toBe(0);
  });

  test("reserved regions as well", () => {
    expect(hint("device pci:0:1.0 reserved 0x1000,1", "CFG601")).toContain("reserved 0x1000,0x1000");
  });
});

describe("sets and devices", () => {
  test("an unused set is told once, with its number of lines", () => {
    expect(message("allow a 0,4K allow a 4K,4K", "CFG602")).toBe(
      'no device uses allow "a" (2 lines): it grants nothing',
    );
    expect(count("allow a 0,4K device pci:0:1.0 a", "CFG602")).toBe(0);
    expect(count("allow a 0,4K device pci:0:bad a", "CFG602")).toBe(0);
  });

  test("SM-3: a device without a grant is a warning only where others have grants", () => {
    const severity = (text: string) => read(text).all.find(({ code }) => code === "CFG603")?.severity;
    expect(severity("device pci:0:1.0")).toBe("note");
    expect(severity("allow a 0,4K device pci:0:1.0 a device pci:0:2.0")).toBe("warning");
    expect(severity("device pci:0:1.0 reserved 0,4K")).toBeUndefined();
  });

  test("G-1: a device without a unit, where the configuration alone decides", () => {
    expect(count(`${ARM}device mem:0x1000`, "CFG621")).toBe(1);
    expect(count(`${ARM}device mem:0x1000 use u 1`, "CFG621")).toBe(0);
    expect(count(`${ARM}device mem:0x1000 use u 70000`, "CFG621")).toBe(0);
    expect(count("smmu armsmmu unit u 0x51400000,64,66,0,,imx8 device mem:0x1000", "CFG621")).toBe(0);
    expect(count("smmu vtd device pci:0:1.0", "CFG621")).toBe(0);
  });

  test("G-9: a set named before its definition", () => {
    expect(pointedAt(read("device pci:0:1.0 a allow a 0,4K"), "CFG615")).toEqual(["a"]);
    expect(count("allow a 0,4K device pci:0:1.0 a allow a 4K,4K", "CFG615")).toBe(0);
  });

  test("lines said twice", () => {
    expect(count("allow a 0,4K allow a 0,0x1000", "CFG612")).toBe(1);
    expect(count("allow a 0,4K allow a 0,4K,s allow b 0,4K", "CFG612")).toBe(0);
    expect(count("device pci:0:1.0 a device pci:0:1.0 a", "CFG612")).toBe(1);
    expect(count("device pci:0:1.0 a device pci:0:1.0 reserved 0,4K device pci:0:1.0 b", "CFG612")).toBe(0);
    expect(count("device pci:0:1.0 reserved 0,4K reserved 0,4K", "CFG612")).toBe(1);
    expect(count("device pci:0:1.0 reserved 0,4K device pci:0:2.0 reserved 0,4K", "CFG612")).toBe(0);
    expect(count(`${ARM}device mem:0x1000 use u 1 use u 1`, "CFG612")).toBe(1);
  });
});

describe("memory of two devices, or of one twice", () => {
  test("a set that several devices can write", () => {
    expect(message("allow a 0,4K device pci:0:1.0 a device pci:0:2.0 a", "CFG613")).toBe(
      'allow "a" lets pci:0:1.0, pci:0:2.0 write the same memory',
    );
    expect(count("allow a 0,4K,s device pci:0:1.0 a device pci:0:2.0 a", "CFG613")).toBe(0);
  });

  test("ranges of two devices that share a page for writing", () => {
    const devices = "device pci:0:1.0 a device pci:0:2.0 b";
    expect(count(`allow a 0,8K allow b 4K,8K ${devices}`, "CFG613")).toBe(1);
    expect(count(`allow a 0,1 allow b 1,1 ${devices}`, "CFG613")).toBe(1);
    expect(count(`allow a 0,4K allow b 4K,4K ${devices}`, "CFG613")).toBe(0);
    expect(count(`allow a 0,8K,s allow b 4K,8K ${devices}`, "CFG613")).toBe(0);
    expect(count("allow a 0,8K allow b 4K,8K device pci:0:1.0 a device pci:0:1.0 b", "CFG613")).toBe(0);
    expect(count("allow a 0,8K device pci:0:1.0 a device pci:0:2.0 reserved 4K,4K", "CFG613")).toBe(1);
  });

  test("an overlap is found behind a longer range of the same owner", () => {
    const text = `allow a 0,64K allow a 0x2000,4K allow b 0x3000,4K
      device pci:0:1.0 a device pci:0:2.0 b`;
    expect(count(text, "CFG613")).toBe(1);
    const three = `allow c 0x1000,60K allow a 0,4K allow a 0x8000,4K
      device pci:0:1.0 a device pci:0:3.0 c`;
    expect(count(three, "CFG613")).toBe(1);
  });

  test("ranges of one set or one device that overlap, and what both say", () => {
    expect(message("allow a 0x1000,8K,s\nallow a 0x2000,8K,t\ndevice pci:0:1.0 a", "CFG614")).toBe(
      'allow "a": 0x2000-0x2fff is in allow "a" here and in allow "a" at a.smmu:1, once with t and once with s: the device has both',
    );
    expect(hint("allow a 0x1000,0x2000\nallow a 0x2000,0x2000\ndevice pci:0:1.0 a", "CFG614")).toBe(
      "let it begin where the other ends: allow a 0x3000,0x1000,st; or join the two",
    );
    expect(hint("allow a 0x1000,0x4000\nallow a 0x2000,0x1000,s\ndevice pci:0:1.0 a", "CFG614")).toBe(
      'remove it: allow "a" holds all of it',
    );
    expect(hint("allow a 0x1000,0x2000,s\nallow a 0x2000,0x2000,t\ndevice pci:0:1.0 a", "CFG614")).toBe(
      "make the ranges meet without overlapping, or join them",
    );
    expect(count("allow a 0,8K allow b 4K,8K device pci:0:1.0 a device pci:0:1.0 b", "CFG614")).toBe(1);
    expect(count("allow a 0,8K allow b 4K,8K device pci:0:1.0 a device pci:0:2.0 b", "CFG614")).toBe(0);
    expect(count("allow a 0,8K device pci:0:1.0 a reserved 4K,4K", "CFG614")).toBe(1);
    expect(count("allow a 0,4K allow a 4K,4K device pci:0:1.0 a", "CFG614")).toBe(0);
  });

  test("a pair of lines is told once, however many devices have both", () => {
    const devices = Array.from(
      { length: 5 },
      (_, at) => `device pci:0:${at}.0 a device pci:0:${at}.0 b`,
    ).join("\n");
    expect(count(`allow a 0,8K allow b 4K,8K\n${devices}`, "CFG614")).toBe(1);
  });

  test("register blocks that overlap", () => {
    expect(count(`${ARM}device mem:0x1000,8K device mem:0x2000`, "CFG622")).toBe(1);
    expect(count(`${ARM}device mem:0x1000,4K device mem:0x2000`, "CFG622")).toBe(0);
  });

  test("the registers of a unit in a grant", () => {
    const vtd = "smmu vtd unit d 0xfed90000\n";
    expect(read(`${vtd}allow a 0xfed90000,4K device pci:0:1.0 a`).errors).toEqual(["CFG624"]);
    expect(read(`${vtd}allow a 0xfed90000,4K,s device pci:0:1.0 a`).errors).toEqual([]);
    expect(count(`${vtd}allow a 0xfed8f000,4K device pci:0:1.0 a`, "CFG624")).toBe(0);
    expect(read("smmu rcar3 0xe67b0000,228,18 allow a 0xe67b0000,4K").errors).toEqual(["CFG624"]);
    expect(read(`${vtd}device pci:0:1.0 reserved 0xfed00000,1M`).errors).toEqual(["CFG624"]);
  });
});

describe("numbers and their radix", () => {
  test("a number that is page-aligned only in the other radix", () => {
    expect(message("allow a 16384,0x1000", "CFG607")).toBe(
      'the start address "16384" is hexadecimal, 0x16384, not page-aligned; as decimal it would be 0x4000, which is',
    );
    expect(message("allow a 0x4000,1000", "CFG607")).toContain("as hexadecimal it would be 0x1000");
    expect(count("allow a 0x16384,0d1000", "CFG607")).toBe(0);
  });

  test("a number that reads in both radixes and differs is a note, one for each option", () => {
    expect(message("allow a 4000,4096", "CFG608")).toBe(
      '"4000" is hexadecimal, 0x4000, "4096" is decimal, 0x1000: the default radix decides',
    );
    expect(message("device pci:0:18.0", "CFG608")).toBe(
      '"18" is decimal, 0x12: lspci shows this function as 00:12.0',
    );
    expect(message(`${ARM}device mem:0x1000 use u 16`, "CFG608")).toContain('"16" is decimal, 0x10');
  });

  test("numbers that do not differ are not told: one digit, a prefix, a decimal length with a multiplier", () => {
    expect(count("allow a 4K,0x1000", "CFG608")).toBe(0);
    expect(count("allow a 0x4000,16M", "CFG608")).toBe(0);
    expect(count("device pci:0:9.7", "CFG608")).toBe(0);
    expect(count("allow a 10K,0x1000", "CFG608")).toBe(1);
  });

  test("NUM-6: hexadecimal without its prefix is a note", () => {
    expect(hint("allow a 7f000000,0x1000", "CFG609")).toContain("0x7f000000");
  });

  test("numbers of options that a guest ignores are not told", () => {
    expect(read("device pci:0:1.0 reserved 16384,1000", { placement: "guest" }).codes).not.toContain(
      "CFG607",
    );
  });
});

describe("start-up", () => {
  test("DSS-3.3: no smmu on hardware; a guest needs none", () => {
    expect(read("debug 1").codes).toEqual(["CFG616"]);
    expect(read("debug 1", { placement: "guest" }).codes).toEqual([]);
    expect(read("smmu vtd bad").codes).toEqual(["CFG314"]);
  });

  test("X86-6: ACPI ignored, and no unit", () => {
    expect(read("smmu vtd ignore").errors).toEqual(["CFG618"]);
    expect(read("smmu vtd ignore unit d 0xfed90000").errors).toEqual([]);
    expect(read("smmu vtd").errors).toEqual([]);
  });

  test("SAF-2: a forced file under the safety variant is fatal where certification is required", () => {
    const codes = (text: string) =>
      read(text, { service: "smmuman-safety" }).all.map(({ code, severity }) => `${code} ${severity}`);
    expect(codes("smmu smmu-vtd.so")).toEqual(["CFG610 error"]);
    expect(codes("smmu smmu-vtd.so safety warn")).toEqual(["CFG610 warning", "CFG619 warning"]);
    expect(codes("smmu smmu-vtd-safety.so")).toEqual([]);
    expect(codes("smmu vtd")).toEqual([]);
    expect(codes("smmu armsmmu unit u 0x51400000,64,66,0,,imx8.so")).toEqual(["CFG610 error"]);
    expect(read("smmu smmu-vtd.so").codes).toEqual(["CFG611"]);
  });

  test("SAF-6: a relaxed requirement is said", () => {
    expect(read("smmu vtd safety none", { service: "smmuman-safety" }).codes).toEqual(["CFG619"]);
    expect(read("smmu vtd safety none").codes).toEqual([]);
    expect(read("smmu vtd safety required", { service: "smmuman-safety" }).codes).toEqual([]);
  });

  test("what only one variant takes is told with the other's reason", () => {
    expect(message("smmu armsmmu unit u 0x51400000,64,66,1", "CFG611")).toMatch(
      /^smmuman-safety would refuse this \(CFG413\): /,
    );
  });

  test("a sound configuration has no finding, for either variant", () => {
    const text = `smmu vtd require
      allow a 0x80000000,0x100000,st
      device pci:0:2.0 a`;
    expect(read(text).codes).toEqual([]);
    expect(read(text, { service: "smmuman-safety" }).codes).toEqual([]);
  });
});
