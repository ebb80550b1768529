import { describe, expect, test } from "vitest";
import { OPTION_SHAPES, OPTION_WORDS } from "../../../sources/config/optionWords.ts";
import { pointedAt, read } from "./reading.ts";

const ARM = "smmu armsmmu\n";
const RCAR = "smmu rcar3 0xe67b0000,228,18\n";

function effective(text: string) {
  const reading = read(text);
  expect(reading.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return reading.effective;
}

test.each(OPTION_WORDS)("the example of %s in hints is written as its option takes it", (word) => {
  const context =
    word === "use" ? `${RCAR}unit vi0 0xfebd0000,14\ndevice mem:0xe6ef0000\n` : "device pci:0:1.0\n";
  const prelude = word === "unit" ? ARM : context;
  const reading = read(`${prelude}${OPTION_SHAPES[word].example}`);
  expect(reading.errors.filter((code) => code !== "CFG404")).toEqual([]);
});

describe("allow", () => {
  test("ALW-1, ALW-2: every line is kept, in order, before rounding; lines of one name make one set", () => {
    const { allow } = effective("allow a 0x1001,5 allow b 0x2000,4K,s allow a 0x3000,4K,t");
    expect(
      allow.map(({ name, start, length, source, target }) => [name, start, length, source, target]),
    ).toEqual([
      ["a", 0x1001n, 5n, true, true],
      ["b", 0x2000n, 4096n, true, false],
      ["a", 0x3000n, 4096n, false, true],
    ]);
  });

  test("ALW-3: s, t, both in any order; neither means both", () => {
    const { allow } = effective("allow a 0,4K allow a 0,4K,st allow a 0,4K,ts allow a 0,4K,s allow a 0,4K,t");
    expect(allow.map(({ source, target }) => `${source}-${target}`)).toEqual([
      "true-true",
      "true-true",
      "true-true",
      "true-false",
      "false-true",
    ]);
  });

  test.each([
    ["rwx", "no letter grants execute (G-13)"],
    ["r", "write s;"],
    ["W", "write t;"],
    ["ST", "write st;"],
    ["ss", "write s;"],
    ["q", "s: the device may read"],
  ])("permissions %s are refused with the letters to use", (letters, hint) => {
    const reading = read(`allow a 0x1000,0x1000,${letters}`);
    expect(reading.errors).toEqual(["CFG305"]);
    expect(reading.all.find(({ code }) => code === "CFG305")?.hint).toContain(hint);
  });

  test("a range may end at the last address and not one byte past it", () => {
    expect(effective("allow a 0xfffffffffffff000,0x1000").allow[0]?.length).toBe(0x1000n);
    expect(read("allow a 0xfffffffffffff000,0x1001").errors).toEqual(["CFG303"]);
  });

  test.each([
    ["allow a 0x1000", "CFG207", "0x1000"],
    ["allow a 0x1000,,st", "CFG206", ","],
    ["allow a ,4K", "CFG206", ","],
    ["allow a 0x1000,4K,", "CFG206", ","],
    ["allow a 0x1000,4K,st,x", "CFG207", "x"],
    ["allow a 0x1000,0", "CFG304", "0"],
    ["allow a,b 0x1000,4K", "CFG308", "a,b"],
  ])("%s is refused at %s", (text, code, at) => {
    const reading = read(text);
    expect(reading.errors).toEqual([code]);
    expect(pointedAt(reading, code)).toEqual([at]);
  });

  test("each bad field of a line is told", () => {
    expect(read("allow a zz,0,q").errors).toEqual(["CFG301", "CFG304", "CFG305"]);
  });
});

describe("debug, foreground, safety, user", () => {
  test("DBG-1, FGD-1, SAF-8, USR-1", () => {
    expect(effective("debug 2 foreground safety warn user 100:200,0d201")).toMatchObject({
      debug: 2,
      foreground: true,
      safety: "warn",
      user: "100:200,201",
    });
  });

  test("LANG-8, SAF-8: of these the last one counts", () => {
    const reading = read("debug 1 safety none user 1 debug 2 safety required user root");
    expect(reading.effective).toMatchObject({ debug: 2, safety: "required", user: "root" });
    expect(reading.steps.map(({ word, outcome, replacedBy }) => `${word} ${outcome} ${replacedBy}`)).toEqual([
      "debug replaced-by-later 3",
      "safety replaced-by-later 4",
      "user replaced-by-later 5",
      "debug read null",
      "safety read null",
      "user read null",
    ]);
    expect(reading.codes.filter((code) => code === "CFG502")).toHaveLength(3);
  });

  test("a later instance that cannot be read does not undo an earlier one, and is an error", () => {
    const reading = read("debug 2 debug 3");
    expect(reading.errors).toEqual(["CFG309"]);
    expect(reading.steps.map(({ outcome }) => outcome)).toEqual(["read", "refused"]);
  });

  test("SAF-5, G-6: without the option the safety variant requires, the plain one does not", () => {
    expect(read("", { service: "smmuman-safety" }).effective.safety).toBe("required");
    expect(read("", { service: "smmuman" }).effective.safety).toBe("none");
  });

  test.each([
    ["debug 0", "CFG309"],
    ["debug 3", "CFG309"],
    ["debug two", "CFG301"],
    ["safety Required", "CFG310"],
    ["safety 1", "CFG310"],
    ["user 1:", "CFG206"],
    ["user 1:2:3", "CFG311"],
    ["user root:1", "CFG311"],
    ["user 4294967296", "CFG302"],
    ["user :1", "CFG311"],
  ])("G-43, G-6, G-4: %s is refused", (text, code) => {
    expect(read(text).errors).toEqual([code]);
  });
});

describe("device", () => {
  test("DEV-3, NUM-5: PCI numbers are decimal, device names are hexadecimal", () => {
    const { devices } = effective(
      "device pci:0:18.0 device pci:255:31.7 device pci:0x10:0x1f.1 device mem:E6EF0000",
    );
    expect(devices.map(({ device }) => device)).toEqual([
      "pci:0000:00:12.0",
      "pci:0000:ff:1f.7",
      "pci:0000:10:1f.1",
      "mmio:0xe6ef0000",
    ]);
  });

  test("DEV-2, DEV-6: a repeated device adds to what was said of it", () => {
    const { devices } = effective(
      "allow a 0,4K allow b 4K,4K device pci:0:1.0 a device pci:0:2.0 device pci:0:1.0 b",
    );
    expect(devices.map(({ device, allow }) => [device, allow.map(({ name }) => name)])).toEqual([
      ["pci:0000:00:01.0", ["a", "b"]],
      ["pci:0000:00:02.0", []],
    ]);
  });

  test("G-15: an MMIO device may have a length", () => {
    expect(effective("device mem:0x5b010000,64K").devices[0]?.length).toBe(65536n);
    expect(read("device mem:0x5b010000,0").errors).toEqual(["CFG304"]);
    expect(read("device mem:0xffffffffffffffff,2").errors).toEqual(["CFG303"]);
    expect(read("device mem:0x1000,0x100 device mem:0x1000,0x200").errors).toEqual(["CFG415"]);
  });

  test.each([
    ["pci:0:18", "CFG306", "pci:0:18.0"],
    ["pci:0", "CFG317", "pci:bus:dev.func"],
    ["pci:", "CFG317", "pci:bus:dev.func"],
    ["pci:0000:00:1f.2", "CFG317", "pci:0:31.2"],
    ["pci:8086/9d03", "CFG306", "pci:bus:dev.func"],
    ["pci:8086/9d03/0", "CFG306", "pci:bus:dev.func"],
    ["pci:0:*.0", "CFG306", "pci:bus:dev.func"],
    ["pci:*", "CFG306", "pci:bus:dev.func"],
    ["pci:0:1.2.3", "CFG317", "pci:bus:dev.func"],
    ["PCI:0:1.2", "CFG317", "pci:0:1.2"],
    ["00:1f.2", "CFG317", "pci:0:31.2"],
    ["0000:00:1f.2", "CFG317", "pci:0:31.2"],
    ["mmio:0x1000", "CFG317", "mem:0x1000"],
    ["0xe6ef0000", "CFG317", "mem:0xe6ef0000"],
    ["stream:5", "CFG317", "mem:paddr[,len]"],
    ["pci:256:0.0", "CFG302", "0 to 255"],
    ["pci:0:32.0", "CFG302", "0 to 31"],
    ["pci:0:0.8", "CFG302", "0 to 7"],
    ["pci:0:1f.2", "CFG301", "0x1f, which is 31"],
    ["pci::1.0", "CFG206", "write it"],
    ["mem:", "CFG206", "write it"],
    ["mem:0x1000,4,5", "CFG207", "mem:paddr[,len]"],
  ])("G-15: device %s is refused with a cure", (spec, code, cure) => {
    const reading = read(`device ${spec}`);
    expect(reading.errors).toEqual([code]);
    expect(reading.all.find((one) => one.code === code)?.hint).toContain(cure);
  });

  test("a looser reading is told where there is one, and not of a plain mistake", () => {
    const hints = (text: string) => read(text).all.map(({ hint }) => hint ?? "");
    expect(hints("device pci:0:18").join()).toContain("The guide leaves this open");
    expect(hints("device 00:12.0").join()).not.toContain("The guide leaves this open");
  });

  test("what follows a device that could not be read is not given to the one before", () => {
    const reading = read(
      `${ARM}unit u 0x51400000,64,66,0\ndevice mem:0x1000 device junk use u 5 reserved 0x8000,4K`,
    );
    expect(reading.errors).toEqual(["CFG317"]);
    expect(reading.effective.devices).toMatchObject([{ device: "mmio:0x1000", uses: [], reserved: [] }]);
  });
});

describe("reserved", () => {
  test("RSV-3, G-16: for the current device, read and write", () => {
    const { devices } = effective(
      "device pci:0:2.0 reserved 0x7b800000,0x4800000 reserved 0x1000,4K device pci:0:3.0",
    );
    expect(devices.map(({ reserved }) => reserved.map(({ start, length }) => [start, length]))).toEqual([
      [
        [0x7b800000n, 0x4800000n],
        [0x1000n, 0x1000n],
      ],
      [],
    ]);
  });

  test("without a device it is an error", () => {
    expect(read("reserved 0x1000,4K").errors).toEqual(["CFG402"]);
  });
});

describe("smmu", () => {
  test.each([
    ["smmu vtd", { type: "vtd", acpi: "optional" }],
    ["smmu vtd require", { type: "vtd", acpi: "require" }],
    ["smmu vtd ignore", { type: "vtd", acpi: "ignore" }],
    ["smmu armsmmu", { type: "armsmmu" }],
    [
      "smmu rcar3 0xe67b0000,228,18",
      { type: "rcar3", base: 0xe67b0000n, faultVector: 228, faultBit: 18, socs: [] },
    ],
    [
      "smmu rcar3 e67b0000,228,18,0x4f.0x20,79.32",
      {
        socs: [
          { id: 0x4f, revision: 0x20 },
          { id: 0x4f, revision: 0x20 },
        ],
      },
    ],
  ])("X86-1, ARM-1, RCR-1: %s", (text, parameters) => {
    expect(effective(text).smmu?.parameters).toMatchObject(parameters);
  });

  test.each([
    ["vtd", { base: "vtd", forced: false, safetyFile: false }],
    ["smmu-vtd.so", { base: "vtd", forced: true, safetyFile: false }],
    ["vtd.so", { base: "vtd", forced: true, safetyFile: false }],
    ["vtd-safety.so", { base: "vtd", forced: true, safetyFile: true }],
    ["smmu-vtd-safety.so", { base: "vtd", forced: true, safetyFile: true }],
    ["vtd-safety", { base: "vtd", forced: false, safetyFile: true }],
  ])("SAF-1, SAF-3: library %s", (name, library) => {
    expect(effective(`smmu ${name} require`).smmu).toMatchObject({
      library: { written: name, ...library },
      parameters: { acpi: "require" },
    });
  });

  test("G-17: the same type twice: the last one counts", () => {
    const reading = read("smmu vtd require unit dmar0 0xfed90000 smmu vtd ignore");
    expect(reading.errors).toEqual([]);
    expect(reading.effective.smmu?.parameters).toEqual({ type: "vtd", acpi: "ignore" });
    expect(reading.effective.units).toHaveLength(1);
    expect(reading.steps[0]).toMatchObject({
      outcome: "replaced-by-later",
      replacedBy: 2,
      requirement: "G-17",
    });
  });

  test("G-17: different types are an error", () => {
    expect(read("smmu vtd smmu rcar3 0xe67b0000,228,18").errors).toEqual(["CFG405"]);
  });

  test.each([
    ["smmu armsmmuv3", "CFG312"],
    ["smmu smmu-armsmmuv3.so", "CFG312"],
    ["smmu smmuv3", "CFG312"],
    ["smmu ./smmu-vtd.so", "CFG313"],
    ["smmu /lib/dll/smmu-vtd.so", "CFG313"],
    ["smmu smmu-vtd", "CFG313"],
    ["smmu .so", "CFG313"],
    ["smmu vtd required", "CFG314"],
    ["smmu vtd 0xfed90000", "CFG314"],
    ["smmu armsmmu 0x51400000", "CFG314"],
    ["smmu rcar3", "CFG314"],
    ["smmu rcar3 0xe67b0000,228", "CFG207"],
    ["smmu rcar3 0xe67b0000,228,32", "CFG302"],
    ["smmu rcar3 0xe67b0000,228,18,0x4f", "CFG314"],
    ["smmu rcar3 0xe67b0000,228,18,0x4f.0x20.1", "CFG314"],
    ["smmu rcar3 0xe67b0000,228,18,", "CFG206"],
    ["smmu rcar3 0xe67b0000,228,18,0x10000.0", "CFG302"],
  ])("G-5, G-21: %s is refused", (text, code) => {
    expect(read(text).errors).toEqual([code]);
  });

  test("a library of no known family is kept for the search to fail on, and linted", () => {
    const reading = read("smmu xyz any unit u whatever");
    expect(reading.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(reading.errors).toEqual(["CFG617"]);
    expect(reading.effective).toMatchObject({
      smmu: { library: { written: "xyz" } },
      units: [{ parameters: { text: "whatever" } }],
    });
  });
});

describe("unit", () => {
  test("X86-2, ARM-2 to ARM-4, RCR-3", () => {
    expect(effective("smmu vtd unit dmar0 fed90000").units).toMatchObject([
      { name: "dmar0", parameters: { base: 0xfed90000n } },
    ]);
    expect(effective(`${ARM}unit mmu500 0x51400000,64,66,1,4:5:16,imx8`).units[0]?.parameters).toMatchObject({
      type: "armsmmu",
      base: 0x51400000n,
      contextInterrupt: 64,
      globalInterrupt: 66,
      bypass: { value: true },
      reservedStreamIds: [4, 5, 16],
      library: { base: "imx8", forced: false },
    });
    expect(effective(`${RCAR}unit vi0 0xfebd0000,14`).units[0]?.parameters).toMatchObject({
      base: 0xfebd0000n,
      statusBit: 14,
    });
  });

  test("ARM-3, G-20: the library needs the StreamIDs, which two commas leave empty", () => {
    expect(effective(`${ARM}unit u 0x51400000,64,66,0,,imx8`).units[0]?.parameters).toMatchObject({
      reservedStreamIds: [],
      library: { base: "imx8" },
    });
    expect(effective(`${ARM}unit u 0x51400000,64,66,0`).units[0]?.parameters).toMatchObject({
      reservedStreamIds: [],
      library: null,
    });
  });

  test("SAF-4: a configuration library may be forced by its file name", () => {
    const unit = effective(`${ARM}unit u 0x51400000,64,66,0,4,smmu-cfg-imx8-safety.so`).units[0];
    expect(unit?.parameters).toMatchObject({ library: { base: "imx8", forced: true, safetyFile: true } });
  });

  test.each([
    [`${ARM}unit u 0x51400000,64,66`, "CFG207"],
    [`${ARM}unit u 0x51400000,64,66,0,4,imx8,x`, "CFG207"],
    [`${ARM}unit u 0x51400000,64,66,`, "CFG206"],
    [`${ARM}unit u 0x51400000,,66,0`, "CFG206"],
    [`${ARM}unit u 0x51400000,64,66,2`, "CFG315"],
    [`${ARM}unit u 0x51400000,64,66,yes`, "CFG301"],
    [`${ARM}unit u 0x51400000,64,66,0,`, "CFG206"],
    [`${ARM}unit u 0x51400000,64,66,0,4:,imx8`, "CFG206"],
    [`${ARM}unit u 0x51400000,64,66,0,4,`, "CFG206"],
    [`${ARM}unit u 0x51400000,64,66,0,65536`, "CFG302"],
    [`${ARM}unit u 0x51400000,64,66,0,imx8`, "CFG316"],
    [`${ARM}unit u 0x51400000,64,66,0,4,lib/imx8`, "CFG313"],
    [`${ARM}unit u 0x51400000,64K,66,0`, "CFG301"],
    ["smmu vtd unit u 0xfed90000,1", "CFG207"],
    [`${RCAR}unit u 0xfebd0000`, "CFG207"],
    [`${RCAR}unit u 0xfebd0000,32`, "CFG302"],
    ["unit u 0x1000", "CFG401"],
    [`unit u 0x51400000,64,66,0\n${ARM}`, "CFG401"],
    [`${ARM}unit u 0x51400000,64,66,0 unit u 0x51500000,64,66,0`, "CFG406"],
    [`${ARM}unit u 0x51400000,64,66,0 unit v 0x51400000,64,66,0`, "CFG407"],
  ])("%s is refused", (text, code) => {
    expect(read(text).errors).toEqual([code]);
  });
});

describe("use", () => {
  const UNIT = `${ARM}unit u 0x51400000,64,66,0,4:5\n`;
  const WITH_LIBRARY = `${ARM}unit u 0x51400000,64,66,0,4:5,imx8\n`;
  const VI0 = `${RCAR}unit vi0 0xfebd0000,14\n`;

  test("X86-3, ARM-5, RCR-4: nothing, the StreamID, the micro-TLB", () => {
    expect(effective("smmu vtd unit d 0xfed90000 device pci:0:2.0 use d").devices[0]?.uses).toMatchObject([
      { unit: "d", parameter: null },
    ]);
    expect(effective(`${UNIT}device mem:0x1000 use u 0x10`).devices[0]?.uses).toMatchObject([
      { unit: "u", parameter: 16 },
    ]);
    expect(effective(`${VI0}device mem:0xE6EF0000 use vi0 0`).devices[0]?.uses).toMatchObject([
      { unit: "vi0", parameter: 0 },
    ]);
  });

  test("ARM-5: the StreamID may come from the unit's configuration library, and only from there", () => {
    expect(read(`${WITH_LIBRARY}device mem:0x1000 use u`).errors).toEqual([]);
    expect(read(`${UNIT}device mem:0x1000 use u`).errors).toEqual(["CFG408"]);
  });

  test("G-23: several uses of one device line apply together; another line with others is an error", () => {
    expect(effective(`${VI0}device mem:0x1000 use vi0 0 use vi0 1`).devices[0]?.uses).toHaveLength(2);
    expect(effective(`${VI0}device mem:0x1000 use vi0 0 device mem:0x1000`).devices[0]?.uses).toHaveLength(1);
    expect(read(`${VI0}device mem:0x1000 use vi0 0 device mem:0x1000 use vi0 0`).errors).toEqual([]);
    expect(read(`${VI0}device mem:0x1000 use vi0 0 device mem:0x1000 use vi0 1`).errors).toEqual(["CFG409"]);
    expect(read(`${VI0}device mem:0x1000 use vi0 0 use vi0 1 device mem:0x1000 use vi0 1`).errors).toEqual([
      "CFG409",
    ]);
  });

  test.each([
    [`${UNIT}use u 1`, "CFG402"],
    [`${UNIT}device mem:0x1000 use v 1`, "CFG403"],
    [`${ARM}device mem:0x1000 use u 1\nunit u 0x51400000,64,66,0`, "CFG403"],
    ["smmu vtd unit d 0xfed90000 device pci:0:2.0 use d 1", "CFG408"],
    [`${VI0}device mem:0x1000 use vi0`, "CFG408"],
    [`${VI0}device mem:0x1000 use vi0 64`, "CFG302"],
    [`${UNIT}device mem:0x1000 use u 0x10000`, "CFG302"],
    [`${UNIT}device mem:0x1000 use u 5`, "CFG411"],
    ["smmu vtd unit d 0xfed90000 unit e 0xfed91000 device pci:0:2.0 use d use e", "CFG409"],
  ])("G-9, USE-2, ARM-7: %s is refused", (text, code) => {
    expect(read(text).errors).toEqual([code]);
  });
});
