import { describe, test } from "vitest";
import { checkClients } from "../../support/clientNotation.ts";

const CLIENT = `
  client c1 attach
  c1: smmu_init(0)
  c1: o1 = smmu_obj_create()
`;

describe("granting (API-8, CM-12, CM-15)", () => {
  test("mappings are unity, rounded out to pages; what is only partly covered is noted (CM-12, CM-15, G-26)", () => {
    checkClients(`
      ${CLIENT}
      c1: smmu_mapping_add(o1, READ, 0x1000+0x2000)         => 0
      c1: smmu_mapping_add(o1, READ|WRITE, 0x5fff+2)        => 0 page-partly-covered
      table o1                                              => 0x1000+0x2000:r 0x5000+0x2000:rw
      c1: smmu_mapping_add(o1, READ|WRITE, 0x5000+0xfff)    => 0
    `);
  });

  test("a page has the rights of all live requests that touch it (G-26)", () => {
    checkClients(`
      ${CLIENT}
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1800)    => 0 page-partly-covered
      c1: smmu_mapping_add(o1, WRITE, 0x2800+0x800)    => 0
      table o1                                         => 0x1000+0x1000:r 0x2000+0x1000:rw
    `);
  });

  test("on bytes that overlap, the later call's flags replace the earlier ones (G-29)", () => {
    checkClients(`
      ${CLIENT}
      c1: smmu_mapping_add(o1, READ|WRITE, 0x1000+0x3000)
      c1: smmu_mapping_add(o1, READ, 0x2000+0x1000)
      table o1                         => 0x1000+0x1000:rw 0x2000+0x1000:r 0x3000+0x1000:rw
      c1: smmu_mapping_add(o1, WRITE, 0x2000+0x800)
      table o1                         => 0x1000+0x3000:rw
    `);
  });

  test("bad flags and arguments are EINVAL or EFAULT, and change nothing (G-27, G-38)", () => {
    checkClients(`
      family smmuv3
      ${CLIENT}
      c1: smmu_mapping_add(o1, READ|VIRT, 0x1000+0x1000)   => -1 EINVAL
      c1: smmu_mapping_add(o1, READ|0x20, 0x1000+0x1000)   => -1 EINVAL
      c1: smmu_mapping_add(o1, 0x80000000, 0x1000+0x1000)  => -1 EINVAL
      c1: smmu_mapping_add(o1, READ, 0x1000+0)             => -1 EINVAL
      c1: smmu_mapping_add(o1, READ, 0xfffffffffffff000+0x2000)   => -1 EINVAL
      c1: smmu_mapping_add(o1, READ, 0x20000000000000+1)   => -1 EINVAL
      c1: smmu_mapping_add(o1, READ, 0x1ffffffffffff0+0x10)       => 0 page-partly-covered
      c1: smmu_mapping_add(NULL, READ, 0x1000+0x1000)      => -1 EINVAL
      {"kind":"call","client":"c1","function":"smmu_mapping_add","args":{"sop":"o1","flags":["SMF_READ"],"entries":null,"num_entries":1}}   => -1 EFAULT
      {"kind":"call","client":"c1","function":"smmu_mapping_add","args":{"sop":"o1","flags":["SMF_READ"],"entries":[{"phys":"0x1000","len":"0x1000"}],"num_entries":2}}   => -1 EFAULT
      {"kind":"call","client":"c1","function":"smmu_mapping_add","args":{"sop":"o1","flags":["SMF_READ"],"entries":[]}}   => -1 EINVAL
      table o1                                             => 0x1ffffffffff000+0x1000:r
    `);
  });

  test("execution can be granted where the tables know it, and is refused where they do not (G-38)", () => {
    checkClients(`
      family smmuv3
      ${CLIENT}
      c1: smmu_mapping_add(o1, EXEC, 0x1000+0x1000)        => 0
      c1: smmu_mapping_add(o1, READ|EXEC, 0x2000+0x1000)   => 0
      table o1                                             => 0x1000+0x1000:x 0x2000+0x1000:rx
    `);
    checkClients(`
      family vtd
      ${CLIENT}
      c1: smmu_mapping_add(o1, READ|EXEC, 0x2000+0x1000)   => -1 EINVAL
    `);
  });

  test("R-Car grants read with write, and says so (RCR-5, G-37)", () => {
    checkClients(`
      family ipmmu
      device mmio:0xe6ef0000
      ${CLIENT}
      c1: smmu_device_add_mmio(o1, 0xe6ef0000, 4096)
      c1: smmu_mapping_add(o1, WRITE, 0x1000+0x1000)       => 0 write-grants-read
      dma mmio:0xe6ef0000 0x1000+4 r                       => permitted
    `);
    checkClients(`
      family vtd
      device 00:12.0
      ${CLIENT}
      c1: smmu_device_add_pci(o1, 0, 18, 0)
      c1: smmu_mapping_add(o1, WRITE, 0x1000+0x1000)       => 0
      dma 00:12.0 0x1000+4 r                               => denied permission 0x06
    `);
  });

  test("a call with several entries does all of them or nothing (G-29)", () => {
    checkClients(`
      ${CLIENT}
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000 0x3000+0x1000)         => 0
      c1: smmu_mapping_add(o1, READ, 0x5000+0x1000 0x7000+0 0x8000+1)     => -1 EINVAL
      table o1                                                            => 0x1000+0x1000:r 0x3000+0x1000:r
      {"kind":"call","client":"c1","function":"smmu_mapping_add","args":{"sop":"o1","flags":["SMF_READ"],"num_entries":1,"entries":[{"phys":"0x9000","len":"0x1000"},{"phys":"0xb000","len":"0x1000"}]}}   => 0
      table o1                                             => 0x1000+0x1000:r 0x3000+0x1000:r 0x9000+0x1000:r
    `);
  });
});

describe("targets (CM-16, PRV-1)", () => {
  const HYPERVISOR = `
    device 00:12.0
    client c1 attach
    client qvm attach target
    c1: smmu_init(0)
    qvm: smmu_init(0)
    c1: o1 = smmu_obj_create()
    qvm: v = smmu_obj_create()
  `;

  test("SMF_TARGET takes the ability smmu/target (CM-16, PRV-1)", () => {
    checkClients(`
      ${HYPERVISOR}
      c1: smmu_mapping_add(o1, READ|TARGET, 0x1000+0x1000, 0x9000)   => -1 EPERM
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000, 0x9000)          => 0
      table o1                                                       => 0x1000+0x1000:r
      qvm: smmu_device_add_pci(v, 0, 18, 0)
      qvm: smmu_mapping_add(v, READ|TARGET, 0x1000+0x1000, 0x9000)   => 0
      dma 00:12.0 0x1004+4 r                                         => permitted 0x9004
    `);
  });

  test("entries lie one after another at the target; all keep their place within a page", () => {
    checkClients(`
      ${HYPERVISOR}
      qvm: smmu_mapping_add(v, READ|TARGET, 0x1000+0x1000 0x5000+0x2000, 0x90000)   => 0
      table v              => 0x1000+0x1000->0x90000:r 0x5000+0x2000->0x91000:r
      qvm: smmu_mapping_add(v, READ|TARGET, 0x1000+0x1000, 0x90004)                 => -1 EINVAL
      qvm: smmu_mapping_add(v, READ|TARGET, 0x1000+0x800 0x3000+0x800, 0x90000)     => -1 EINVAL
      qvm: smmu_mapping_add(v, READ|TARGET, 0x1000+0x1000, 0xfffffffffffff000)      => -1 EINVAL
    `);
  });

  test("one page cannot go to two: such a call is refused", () => {
    checkClients(`
      ${HYPERVISOR}
      qvm: smmu_mapping_add(v, READ|TARGET, 0x1000+0x800, 0x90000)   => 0 page-partly-covered
      qvm: smmu_mapping_add(v, READ|TARGET, 0x1800+0x800, 0x95800)   => -1 EINVAL
      qvm: smmu_mapping_add(v, READ|TARGET, 0x1000+0x1000, 0x95000)  => 0
      table v                                                        => 0x1000+0x1000->0x95000:r
    `);
  });
});

describe("revoking (CM-13, CM-14, G-26, G-29)", () => {
  test("no permission means removal; what was not mapped may be removed (CM-13, G-29)", () => {
    checkClients(`
      ${CLIENT}
      c1: smmu_mapping_add(o1, READ, 0x1000+0x3000)
      c1: smmu_mapping_add(o1, NONE, 0x2000+0x1000)   => 0
      table o1                                        => 0x1000+0x1000:r 0x3000+0x1000:r
      c1: smmu_mapping_add(o1, NONE, 0x2000+0x1000)   => 0
      c1: smmu_mapping_add(o1, NONE, 0x0+0x10000)     => 0
      table o1                                        => empty
    `);
  });

  test("a page stays while a live request touches it, with the rights of those that do and no others (CM-14, G-26)", () => {
    checkClients(`
      ${CLIENT}
      c1: smmu_mapping_add(o1, READ, 0x1000+0x800)
      c1: smmu_mapping_add(o1, WRITE, 0x1800+0x800)
      table o1                                        => 0x1000+0x1000:rw
      c1: smmu_mapping_add(o1, NONE, 0x1000+0x400)    => 0
      table o1                                        => 0x1000+0x1000:rw
      c1: smmu_mapping_add(o1, NONE, 0x1000+0x800)    => 0
      table o1                                        => 0x1000+0x1000:w
      c1: smmu_mapping_add(o1, NONE, 0x1800+0x800)    => 0
      table o1                                        => empty
    `);
  });

  test("removal splits a request: what is left of it keeps its pages (G-29)", () => {
    checkClients(`
      ${CLIENT}
      c1: smmu_mapping_add(o1, READ|WRITE, 0x1000+0x3000)
      c1: smmu_mapping_add(o1, NONE, 0x1800+0x1000)
      table o1                                        => 0x1000+0x3000:rw
      c1: smmu_mapping_add(o1, NONE, 0x1800+0x1800)
      table o1                                        => 0x1000+0x1000:rw 0x3000+0x1000:rw
    `);
  });

  test("a removal of several entries is judged as a whole: a bad one removes nothing (G-29)", () => {
    checkClients(`
      ${CLIENT}
      c1: smmu_mapping_add(o1, READ, 0x1000+0x3000)
      c1: smmu_mapping_add(o1, NONE, 0x1000+0x1000 0x2000+0)   => -1 EINVAL
      table o1                                                 => 0x1000+0x3000:r
    `);
  });
});

test("pages that a trace told of an object stand for requests of their own", () => {
  checkClients(`
    {"kind":"client","client":"c1","abilities":["smmu/attach"]}
    c1: smmu_init(0)
    {"kind":"object.create","object":"d","client":"c1"}
    map d 0x1000+0x3000 rw
    c1: smmu_mapping_add(d, NONE, 0x2000+0x1000)   => 0
    table d                                        => 0x1000+0x1000:rw 0x3000+0x1000:rw
    c1: smmu_mapping_add(d, NONE, 0x1000+0x800)    => 0
    table d                                        => 0x1000+0x1000:rw 0x3000+0x1000:rw
    c1: smmu_mapping_add(d, NONE, 0x1800+0x800)    => 0
    table d                                        => 0x3000+0x1000:rw
  `);
});
