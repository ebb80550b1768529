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
const range = fc.tuple(address, length).map((parts) => parts.join(","));
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
  readonly use: fc.Arbitrary<string>;
}

const FAMILIES: Readonly<Record<string, Family>> = {
  vtd: {
    smmu: fc.constantFrom("smmu vtd", "smmu vtd require", "smmu smmu-vtd.so ignore", "smmu vtd-safety"),
    unit: (index) => fc.constant(`unit u${index} 0xfed9${index}000`),
    device: pci,
    use: fc.constant("use u0"),
  },
  armsmmu: {
    smmu: fc.constantFrom("smmu armsmmu", "smmu armsmmu-safety.so"),
    unit: (index) =>
      fc
        .tuple(fc.nat(1023), fc.nat(1023), fc.nat(1), fc.constantFrom("", ",4:5", ",4:5,imx8", ",,imx8"))
        .map(
          ([context, global, bypass, rest]) =>
            `unit u${index} 0x5140${index}000,${context},${global},${bypass}${rest}`,
        ),
    device: fc.oneof(mem, pci),
    use: fc.integer({ min: 6, max: 0xffff }).map((sid) => `use u0 ${sid}`),
  },
  rcar3: {
    smmu: fc
      .tuple(fc.nat(1000), fc.nat(31), fc.constantFrom("", ",0x4f.0x20", ",79.32,0x52.16"))
      .map(([vector, bit, socs]) => `smmu rcar3 0xe67b0000,${vector},${bit}${socs}`),
    unit: (index) => fc.nat(31).map((bit) => `unit u${index} 0xfebd${index}000,${bit}`),
    device: fc.oneof(mem, pci),
    use: fc.nat(63).map((tlb) => `use u0 ${tlb}`),
  },
};

/** Configurations of one family, mostly accepted: a list of lines. */
export const configLines: fc.Arbitrary<string[]> = fc
  .constantFrom("vtd", "armsmmu", "rcar3")
  .chain((type) => {
    const family = FAMILIES[type]!;
    const perDevice = fc.oneof(
      family.use,
      range.map((one) => `reserved ${one}`),
    );
    const device = fc
      .tuple(family.device, fc.option(name, { nil: "" }), fc.array(perDevice, { maxLength: 3 }))
      .map(([spec, set, rest]) => ["device", spec, set, ...rest].filter((word) => word !== "").join(" "));
    const allow = fc
      .tuple(name, range, permissions)
      .map(([set, one, letters]) => `allow ${set} ${one}${letters}`);
    const body = fc.array(fc.oneof(running, allow, device), { maxLength: 12 });
    return fc
      .tuple(family.smmu, family.unit(0), fc.array(family.unit(1), { maxLength: 1 }), body)
      .map(([smmu, unit, more, rest]) => [smmu, unit, ...more, ...rest]);
  });
