import fc from "fast-check";

const name = fc.constantFrom("smbs0", "xhci", "gpu", "vpu", "a", "b-1", "ü", "0x1000", "none");
const hex = (max: bigint) => fc.bigInt({ min: 0n, max }).map((value) => `0x${value.toString(16)}`);
const address = fc.oneof(
  hex(0xffff_ffff_f000n),
  fc.bigInt({ min: 0n, max: 0xffff_ffffn }).map((value) => value.toString(16).replace(/^0d/, "d")),
  fc.nat(1000).map((value) => `${value}K`),
);
const length = fc.oneof(
  fc.bigInt({ min: 1n, max: 0x1_0000_0000n }).map((value) => `${value}`),
  fc.integer({ min: 1, max: 64 }).map((value) => `${value}M`),
  fc.integer({ min: 1, max: 16 }).map((value) => `0x${value.toString(16)}000`),
);
const range = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(address, length).map((parts) => parts.join(",")) },
  fc.constantFrom(
    "$asinfo_start{smbs0},$asinfo_length{smbs0}",
    "$asinfo_start{smbs0},64K",
    "$env{FOUR}000,$env{FOUR}K",
    "0d16384,0d4096",
    "0xfffffffffffff000,0x1000",
  ),
);
const permissions = fc.constantFrom("", ",s", ",t", ",st", ",ts");
const pci = fc
  .tuple(fc.nat(255), fc.nat(31), fc.nat(7))
  .map(([bus, device, fn]) => `pci:${bus}:${device}.${fn}`);
const mem = fc.oneof(
  fc.nat(8).map((at) => `mem:0x${(0xe6ef0000 + at * 0x10000).toString(16)}`),
  fc.nat(8).map((at) => `mem:0x${(0xe7ef0000 + at * 0x10000).toString(16)},64K`),
);
const running = fc.oneof(
  fc.constantFrom("debug 1", "debug 2", "foreground", "safety none", "safety warn", "safety required"),
  fc.constantFrom("user root", "user 100", "user 100:200", "user 100:200,201"),
);

interface Family {
  readonly smmu: fc.Arbitrary<string>;
  readonly unit: (index: number) => fc.Arbitrary<string>;
  readonly device: fc.Arbitrary<string>;
  /** A use of the unit of that index. */
  readonly use: (index: number) => fc.Arbitrary<string>;
}

/** What the generated configurations may look up. */
export const CONFIG_ASINFO = [{ name: "smbs0", start: 0x7f000000n, length: 0x100000n }];
export const CONFIG_ENV = { SET: "smbs0", FOUR: "4", UNIT: "u0" };

const FAMILIES: Readonly<Record<string, Family>> = {
  vtd: {
    smmu: fc.constantFrom("smmu vtd", "smmu vtd require", "smmu smmu-vtd.so ignore", "smmu vtd-safety"),
    unit: (index) => fc.constant(`unit u${index} 0xfed9${index}000`),
    device: pci,
    use: (index) => fc.constant(`use u${index}`),
  },
  armsmmu: {
    smmu: fc.constantFrom("smmu armsmmu", "smmu armsmmu-safety.so", "smmu armsmmu-safety"),
    unit: (index) =>
      fc
        .tuple(
          fc.nat(1023),
          fc.nat(1023),
          fc.nat(1),
          fc.constantFrom("", ",4:5", ",4:5,imx8", ",,imx8", ",0x4,smmu-cfg-imx8.so", ",,imx8-safety"),
        )
        .map(
          ([context, global, bypass, rest]) =>
            `unit u${index} 0x5140${index}000,${context},${global},${bypass}${rest}`,
        ),
    device: fc.oneof(mem, pci),
    use: (index) =>
      fc.oneof(
        fc.integer({ min: 6, max: 0xffff }).map((sid) => `use u${index} ${sid}`),
        fc.constantFrom(`use u${index}`, `use u${index} 0x1f`, "use $env{UNIT} 7"),
      ),
  },
  rcar3: {
    smmu: fc
      .tuple(fc.nat(1000), fc.nat(31), fc.constantFrom("", ",0x4f.0x20", ",79.32,0x52.16"))
      .map(([vector, bit, socs]) => `smmu rcar3 0xe67b0000,${vector},${bit}${socs}`),
    unit: (index) => fc.nat(31).map((bit) => `unit u${index} 0xfebd${index}000,${bit}`),
    device: fc.oneof(mem, pci),
    use: (index) => fc.nat(63).map((tlb) => `use u${index} ${tlb}`),
  },
  // A library of a family that is not known takes parameters of no known form.
  unknown: {
    smmu: fc.constantFrom("smmu smmu-acme.so", "smmu acme 1,two,0x3", "smmu acme"),
    unit: (index) => fc.constantFrom(`unit u${index} 0xfeed${index}000,x:y`, `unit u${index} any,thing`),
    device: fc.oneof(mem, pci),
    use: (index) => fc.constantFrom(`use u${index}`, `use u${index} 9`),
  },
};

/** Configurations of one family, mostly accepted: a list of lines. */
export const configLines: fc.Arbitrary<string[]> = fc
  .constantFrom("vtd", "armsmmu", "rcar3", "vtd", "armsmmu", "rcar3", "unknown")
  .chain((type) => {
    const family = FAMILIES[type]!;
    const perDevice = fc.oneof(
      { weight: 3, arbitrary: family.use(0) },
      family.use(1),
      range.map((one) => `reserved ${one}`),
    );
    const device = fc
      .tuple(family.device, fc.option(name, { nil: "" }), fc.array(perDevice, { maxLength: 3 }))
      .map(([spec, set, rest]) => ["device", spec, set, ...rest].filter((word) => word !== "").join(" "));
    const allow = fc
      .tuple(name, range, permissions)
      .map(([set, one, letters]) => `allow ${set} ${one}${letters}`);
    // Of a repeated smmu the last one counts (G-17), wherever it stands.
    const line = fc.oneof({ weight: 4, arbitrary: running }, allow, device, family.smmu);
    const body = fc.array(fc.oneof({ weight: 3, arbitrary: allow }, device, line), { maxLength: 12 });
    return fc
      .tuple(family.smmu, family.unit(0), fc.array(family.unit(1), { maxLength: 1 }), body)
      .map(([smmu, unit, more, rest]) => [smmu, unit, ...more, ...rest]);
  });
