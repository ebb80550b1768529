import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lintVmConfig } from "../../../sources/vmconfig/lintVmConfig.ts";
import { doesDma } from "../../../sources/vmconfig/vmConfig.ts";
import { places, readText, subjectOf } from "./reading.ts";

const letters = (text: string) => {
  const { config, diagnostics } = readText(`pass loc pci:0:18.0,${text}`);
  return diagnostics.length > 0
    ? diagnostics.map(({ code }) => code).join(" ")
    : config.pass[0]!.attributes.letters;
};

describe("what is read of a qvm configuration", () => {
  test("the realistic example, whole", () => {
    const text = readFileSync(new URL("../../../fixtures/vms/net.qvmconf", import.meta.url), "utf8");
    const { config, diagnostics } = readText(text);
    expect(config.name?.value).toBe("net");
    expect(config.ram).toMatchObject([{ guest: 0x80000000n, length: 0x10000000n }]);
    expect(config.pass).toMatchObject([
      { kind: "device", device: "pci:0000:00:12.0", registers: null, attributes: { letters: "rwd" } },
    ]);
    expect(config.smmu).toMatchObject({ intr: 40, loc: null });
    expect(config.safety?.value).toBe("none");
    expect(places(diagnostics)).toEqual(["QVM003 3:1-4"]);
  });

  test("numbers are those of the service's configuration: addresses hexadecimal, lengths decimal, K M G (NUM-1, NUM-4, NUM-5)", () => {
    expect(readText("ram 80000000,4096").config.ram).toMatchObject([{ guest: 0x80000000n, length: 4096n }]);
    expect(readText("ram 0d4096,1k").config.ram).toMatchObject([{ guest: 4096n, length: 1024n }]);
    expect(readText("pass loc pci:0:18.0").config.pass).toMatchObject([{ device: "pci:0000:00:12.0" }]);
    expect(readText("ram 8000,10x").diagnostics.map(({ code }) => code)).toEqual(["CFG301"]);
  });

  test("line breaks carry no meaning, comments end with their line (LANG-2, LANG-5)", () => {
    const { config, diagnostics } = readText(
      "ram # memory\n  0x1000,0x1000 pass\nloc\tpci:0:1.0,rwd vdev smmu",
    );
    expect(diagnostics).toEqual([]);
    expect([config.ram.length, config.pass.length, config.smmu === null]).toEqual([1, 1, false]);
  });

  test("files nest, and an argument is in the file of its option (LANG-4, LANG-6)", () => {
    const files = { "ram.inc": "ram 0x1000,0x1000" };
    expect(readText("@ram.inc pass loc pci:0:1.0,rwd", files).config).toMatchObject({
      ram: [{ guest: 0x1000n }],
    });
    expect(readText("ram @ram.inc", files).diagnostics.map(({ code }) => code)).toEqual(["QVM002"]);
  });

  test("substitutions are those of the language; without a board they are told, and the word has no meaning (SUB-2)", () => {
    const { config, diagnostics } = readText("ram $asinfo_start{g},0x1000");
    expect(config.ram).toEqual([]);
    expect(diagnostics.map(({ code }) => code)).toEqual(["CFG110"]);
  });

  test("what does not concern DMA is passed over, and said to be: quotes in it are no mistake", () => {
    const { config, diagnostics } = readText(
      'cmdline "root=/dev/vda ro"\nvdev virtio-blk hostdev "a b"\nram 0x0,0x1000',
    );
    expect(places(diagnostics)).toEqual(["QVM003 1:1-8"]);
    expect(diagnostics[0]!.message).toContain("cmdline, vdev virtio-blk");
    expect(config.ram.length).toBe(1);
  });

  test("quotes in what is read are one (G-40)", () => {
    expect(readText('ram "0x0,0x1000"').diagnostics.map(({ code }) => code)).toContain("CFG008");
  });

  test("the last safety decides (LANG-8)", () => {
    expect(readText("safety none safety required").config.safety?.value).toBe("required");
  });
});

describe("pass loc (HV-10)", () => {
  test.each([
    ["rwd", "rwd"],
    ["dwr", "rwd"],
    ["m", "rwxcstnm"],
    ["+rw-w", "r"],
    ["m-x", "rwcstnm"],
    ["", ""],
    ["q", "QVM006"],
  ])("%j comes to %s", (text, expected) => {
    expect(letters(text)).toBe(expected);
  });

  test("a device uses DMA unless it says that it does not", () => {
    const dma = (text: string) => {
      const [entry] = readText(`pass loc pci:0:1.0${text}`).config.pass;
      return entry?.kind === "device" && doesDma(entry);
    };
    expect([dma(",rwd"), dma(",rw"), dma(""), dma(",rwn")]).toEqual([true, true, true, false]);
  });

  test("m makes memory of a region, unity-mapped unless it says where the guest has it (HV-9)", () => {
    expect(readText("pass loc mem:0x1000,0x2000,m").config.pass).toMatchObject([
      { kind: "memory", host: 0x1000n, guest: 0x1000n, length: 0x2000n },
    ]);
    expect(readText("pass loc mem:0x1000,0x2000,m=0x80000000").config.pass).toMatchObject([
      { kind: "memory", host: 0x1000n, guest: 0x80000000n },
    ]);
  });

  test("registers name an MMIO device", () => {
    expect(readText("pass loc mem:0xe6ef0000,0x1000,rwd=0x1000").config.pass).toMatchObject([
      { kind: "device", device: "mmio:0xe6ef0000", registers: { host: 0xe6ef0000n, guest: 0x1000n } },
    ]);
  });

  test("several locations and interrupts may follow one pass", () => {
    const { config, diagnostics } = readText(
      "pass loc pci:0:1.0,rwd intr gic:40 loc mem:0x1000,0x1000,rwn intr pic:7",
    );
    expect(diagnostics).toEqual([]);
    expect(config.pass.length).toBe(2);
  });
});

describe("vdev smmu (HG-7)", () => {
  test.each([
    ["vdev smmu", { intr: null, loc: null }],
    ["vdev smmu intr 40", { intr: 40, loc: null }],
    ["vdev smmu loc 0x1c0f0000 intr gic:77", { intr: 77, loc: 0x1c0f0000n }],
  ])("%s", (text, expected) => {
    expect(readText(text).config.smmu).toMatchObject(expected);
    expect(readText(text).diagnostics).toEqual([]);
  });

  test("bad options are told, and the vdev is there all the same", () => {
    const { config, diagnostics } = readText("vdev smmu intr many loc");
    expect(config.smmu).toMatchObject({ intr: null, loc: null });
    expect(diagnostics.map(({ code }) => code)).toEqual(["CFG301", "QVM002"]);
  });
});

test("what lspci shows is told as it is written here (NUM-5)", () => {
  expect(readText("pass loc 00:12.0,rwd").diagnostics[0]?.hint).toContain("pci:0:18.0,rwd");
  expect(readText("pass loc 0000:01:1f.7").diagnostics[0]?.hint).toContain("pci:1:31.7,rwd");
});

describe("findings stand where the mistake is", () => {
  test.each([
    ["ram 0x1000,0x1000\nram 5", "QVM004 2:5-6"],
    ["pass loc pci:0:18.0,rwz", "QVM006 1:23-24"],
    ["pass loc pci:0:40.0,rwd", "CFG302 1:16-18"],
    ["pass loc mem:0xzz,4096,rwd", "CFG301 1:14-18"],
    ["safety perhaps", "QVM007 1:8-15"],
    ["system a b", "QVM001 1:10-11"],
  ])("%j: %s", (text, expected) => {
    expect(places(readText(text).diagnostics)).toEqual([expected]);
  });

  test("rules point at the region or the attributes", () => {
    const text = "ram 0x1000,0x1000\nram 0x1000,100\npass loc pci:0:1.0,d";
    expect(places(lintVmConfig(subjectOf(text))).sort()).toEqual([
      "QVM101 2:5-15",
      "QVM102 2:5-15",
      "QVM104 3:20-21",
      "QVM109 3:10-21",
    ]);
  });
});
