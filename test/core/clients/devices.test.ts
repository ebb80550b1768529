import { describe, test } from "vitest";
import { checkClients } from "../../support/clientNotation.ts";

const TWO_CLIENTS = `
  client c1 attach
  client c2 attach
  c1: smmu_init(0)
  c2: smmu_init(0)
  c1: o1 = smmu_obj_create()
  c1: o2 = smmu_obj_create()
  c2: p1 = smmu_obj_create()
`;

describe("attaching and detaching (API-5, API-6, API-7, CM-2, CM-3, CM-8)", () => {
  test("devices in an object share its mappings, and changes reach all of them (CM-2, CM-3, CM-4)", () => {
    checkClients(`
      device 00:12.0
      device 00:14.0
      ${TWO_CLIENTS}
      c1: smmu_device_add_pci(o1, 0, 18, 0)          => 0
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)  => 0
      c1: smmu_device_add_pci(o1, 0, 20, 0)          => 0
      dma 00:14.0 0x1000+4 r                         => permitted
      c1: smmu_mapping_add(o1, WRITE, 0x1000+0x1000) => 0
      dma 00:12.0 0x1000+4 w                         => permitted
      dma 00:14.0 0x1000+4 r                         => denied permission
    `);
  });

  test("a device has one owner; in another client's object it is EBUSY (CM-7, API-5)", () => {
    checkClients(`
      device 00:12.0
      ${TWO_CLIENTS}
      c1: smmu_device_add_pci(o1, 0, 18, 0)   => 0
      c2: smmu_device_add_pci(p1, 0, 18, 0)   => -1 EBUSY
      c2: smmu_device_add_pci(NULL, 0, 18, 0) => -1 ENOENT
      c1: smmu_device_add_pci(o1, 0, 18, 0)   => 0
    `);
  });

  test("a client moves a device between its own objects, and it then has the new object's mappings (CM-7)", () => {
    checkClients(`
      device 00:12.0
      device 00:14.0
      ${TWO_CLIENTS}
      c1: smmu_device_add_pci(o1, 0, 18, 0)
      c1: smmu_device_add_pci(o2, 0, 20, 0)
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)
      c1: smmu_mapping_add(o2, READ, 0x5000+0x1000)
      c1: smmu_device_add_pci(o2, 0, 18, 0)   => 0
      dma 00:12.0 0x1000+4 r                  => denied unmapped
      dma 00:12.0 0x5000+4 r                  => permitted
    `);
  });

  test("with sop NULL the owner removes it from whichever of its objects it is in (CM-8)", () => {
    checkClients(`
      device 00:12.0
      ${TWO_CLIENTS}
      c1: smmu_device_add_pci(NULL, 0, 18, 0)  => -1 ENOENT
      c1: smmu_device_add_pci(o2, 0, 18, 0)    => 0
      c1: smmu_device_add_pci(NULL, 0, 18, 0)  => 0
      dma 00:12.0 0x1000+4 r                   => denied no-object
      c1: smmu_device_add_pci(NULL, 0, 18, 0)  => -1 ENOENT
    `);
  });

  test("a device whose unit the service does not know is ENOENT (API-5)", () => {
    checkClients(`
      family smmuv2
      unit u0
      unit u1
      device 00:12.0 u0
      device 00:14.0
      ${TWO_CLIENTS}
      c1: smmu_device_add_pci(o1, 0, 18, 0)           => 0
      c1: smmu_device_add_pci(o1, 0, 20, 0)           => -1 ENOENT
      c1: smmu_device_add_pci(o1, 0, 30, 0)           => -1 ENOENT
      c1: smmu_device_add_mmio(o1, 0xe6ef0000, 4096)  => -1 ENOENT
      c1: smmu_device_add_mmio(NULL, 0xe6ef0000, 1)   => -1 ENOENT
    `);
  });

  test("with one unit there is no doubt which one a device is behind; one that nobody told of is still unknown", () => {
    checkClients(`
      family smmuv2
      unit u0
      device 00:12.0
      ${TWO_CLIENTS}
      c1: smmu_device_add_pci(o1, 0, 18, 0)   => 0
      c1: smmu_device_add_pci(o1, 0, 20, 0)   => -1 ENOENT
    `);
  });

  test("VT-d cannot confine an MMIO device: ENOENT (LIM-3, G-18)", () => {
    checkClients(`
      family vtd
      unit dmar0
      device mmio:0xe6ef0000 dmar0
      ${TWO_CLIENTS}
      c1: smmu_device_add_mmio(o1, 0xe6ef0000, 4096)  => -1 ENOENT
    `);
    checkClients(`
      family smmuv2
      unit u0
      device mmio:0xe6ef0000 u0
      ${TWO_CLIENTS}
      c1: smmu_device_add_mmio(o1, 0xe6ef0000, 0)     => -1 EINVAL
      c1: smmu_device_add_mmio(o1, 0xe6ef0000, 4096)  => 0
    `);
  });

  test("arguments that are no device are EINVAL, NULL pointers EFAULT (G-27)", () => {
    checkClients(`
      device 00:12.0
      ${TWO_CLIENTS}
      c1: smmu_device_add_pci(o1, 256, 0, 0)  => -1 EINVAL
      c1: smmu_device_add_pci(o1, 0, 32, 0)   => -1 EINVAL
      c1: smmu_device_add_pci(o1, 0, 0, 8)    => -1 EINVAL
      {"kind":"call","client":"c1","function":"smmu_device_add_generic","args":{"sop":"o1","devid":null}}  => -1 EFAULT
      {"kind":"call","client":"c1","function":"smmu_device_add_generic","args":{"sop":"o1","devid":{"type":["0x2"]}}}  => -1 EINVAL
      {"kind":"call","client":"c1","function":"smmu_device_add_generic","args":{"sop":"o1","devid":{"type":["SDT_PCI"],"bus":0,"dev":18,"func":0}}}  => 0
    `);
  });
});

describe("the +1 return and the reissue (CM-9, CM-10, CM-11, G-25)", () => {
  test("devices first, then mappings: nothing needs reissuing (CM-1, CM-10)", () => {
    checkClients(`
      family vtd
      unit dmar0
      device 00:12.0 dmar0
      ${TWO_CLIENTS}
      c1: smmu_device_add_pci(o1, 0, 18, 0)          => 0
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)  => 0
      dma 00:12.0 0x1000+4 r                         => permitted
    `);
  });

  test("mappings first: +1, and no access through the object until one successful grant (CM-9, CM-11)", () => {
    checkClients(`
      family vtd
      unit dmar0
      device 00:12.0 dmar0
      ${TWO_CLIENTS}
      c1: smmu_mapping_add(o1, READ, 0x1000+0x2000)  => 0
      c1: smmu_device_add_pci(o1, 0, 18, 0)          => 1
      dma 00:12.0 0x1000+4 r                         => denied no-object
      c1: smmu_device_add_pci(o1, 0, 18, 0)          => 1
      c1: smmu_mapping_add(o1, VIRT, 0x1000+0x1000)  => -1 EINVAL
      dma 00:12.0 0x1000+4 r                         => denied no-object
      c1: smmu_mapping_add(o1, NONE, 0x2000+0x1000)  => 0
      dma 00:12.0 0x1000+4 r                         => denied no-object
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)  => 0
      dma 00:12.0 0x1000+4 r                         => permitted
      c1: smmu_device_add_pci(o1, 0, 18, 0)          => 0
    `);
  });

  test("a device behind a unit whose tables lack the mappings gets +1, one behind a unit that has them 0 (CM-10)", () => {
    checkClients(`
      family smmuv2
      unit u0
      unit u1
      device 00:12.0 u0
      device 00:13.0 u0
      device 00:14.0 u1
      ${TWO_CLIENTS}
      c1: smmu_device_add_pci(o1, 0, 18, 0)          => 0
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)  => 0
      c1: smmu_device_add_pci(o1, 0, 19, 0)          => 0
      c1: smmu_device_add_pci(o1, 0, 20, 0)          => 1
      dma 00:12.0 0x1000+4 r                         => permitted
      dma 00:13.0 0x1000+4 r                         => permitted
      dma 00:14.0 0x1000+4 r                         => denied no-object
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)  => 0
      dma 00:14.0 0x1000+4 r                         => permitted
      c1: smmu_device_add_pci(NULL, 0, 20, 0)        => 0
      c1: smmu_device_add_pci(o1, 0, 20, 0)          => 0
    `);
  });

  test("an object whose mappings are all removed has nothing to reissue", () => {
    checkClients(`
      device 00:12.0
      ${TWO_CLIENTS}
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)
      c1: smmu_mapping_add(o1, NONE, 0x1000+0x1000)
      c1: smmu_device_add_pci(o1, 0, 18, 0)          => 0
    `);
  });

  test("waiting ends with the object: elsewhere the device is as it would be", () => {
    checkClients(`
      device 00:12.0
      ${TWO_CLIENTS}
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)
      c1: smmu_device_add_pci(o1, 0, 18, 0)          => 1
      c1: smmu_device_add_pci(o2, 0, 18, 0)          => 0
      c1: smmu_mapping_add(o2, READ, 0x5000+0x1000)  => 0
      dma 00:12.0 0x5000+4 r                         => permitted
      c1: smmu_device_add_pci(o1, 0, 18, 0)          => 1
    `);
  });
});

describe("wildcards (API-6, G-41)", () => {
  const DEVICES = `
    device 00:12.0
    device 00:12.1
    device 00:14.0
    device 01:12.0
    device pci:0001:00:12.0
    ${TWO_CLIENTS}
  `;

  test("a wildcard matches the devices of segment 0 that exist now (API-6, G-41)", () => {
    checkClients(`
      ${DEVICES}
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)
      c1: smmu_device_add_pci(o1, 0, 18, ANY)        => 1
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)  => 0
      dma 00:12.0 0x1000+4 r                         => permitted
      dma 00:12.1 0x1000+4 r                         => permitted
      dma 00:14.0 0x1000+4 r                         => denied no-object
      dma 01:12.0 0x1000+4 r                         => denied no-object
      dma pci:0001:00:12.0 0x1000+4 r                => denied no-object
      device 00:12.3
      dma 00:12.3 0x1000+4 r                         => denied no-object
    `);
  });

  test("one device of another client makes the whole call EBUSY, and none is attached (G-41)", () => {
    checkClients(`
      ${DEVICES}
      c2: smmu_device_add_pci(p1, 0, 18, 1)     => 0
      c1: smmu_device_add_pci(o1, ANY, 18, ANY) => -1 EBUSY
      c2: smmu_device_add_pci(p1, 0, 18, 0)     => 0
    `);
  });

  test("nothing that matches is ENOENT; a unit unknown for one is ENOENT for all", () => {
    checkClients(`
      ${DEVICES}
      c1: smmu_device_add_pci(o1, 7, ANY, ANY)  => -1 ENOENT
      c1: smmu_device_add_pci(o1, ANY, 32, 0)   => -1 EINVAL
    `);
    checkClients(`
      family smmuv2
      unit u0
      unit u1
      device 00:12.0 u0
      device 00:12.1
      ${TWO_CLIENTS}
      c1: smmu_device_add_pci(o1, 0, 18, ANY)   => -1 ENOENT
      c2: smmu_device_add_pci(p1, 0, 18, 0)     => 0
    `);
  });

  test("removing with wildcards takes all of the caller's that match, or none (CM-8, G-41)", () => {
    checkClients(`
      ${DEVICES}
      c1: smmu_device_add_pci(o1, 0, 18, ANY)         => 0
      c2: smmu_device_add_pci(p1, 1, 18, 0)           => 0
      c1: smmu_device_add_pci(NULL, ANY, 18, ANY)     => -1 ENOENT
      c1: smmu_device_add_pci(NULL, 0, ANY, ANY)      => 0
      c2: smmu_device_add_pci(p1, 0, 18, 0)           => 0
      c1: smmu_device_add_pci(NULL, 0, ANY, ANY)      => -1 ENOENT
    `);
  });
});

describe("identifiers that devices share (LIM-4, LIM-6, G-14, G-23)", () => {
  const SHARED = `
    family smmuv2
    unit u0
    unit u1
    {"kind":"device","device":"mmio:0x1000000","unit":"u0","identifiers":["0x5"]}
    {"kind":"device","device":"mmio:0x2000000","unit":"u0","identifiers":["0x5","0x6"]}
    {"kind":"device","device":"mmio:0x3000000","unit":"u1","identifiers":["0x5"]}
    ${TWO_CLIENTS}
  `;

  test("they cannot be in different objects, not even of one client: EBUSY (G-14)", () => {
    checkClients(`
      ${SHARED}
      c1: smmu_device_add_mmio(o1, 0x1000000, 4096)   => 0
      c2: smmu_device_add_mmio(p1, 0x2000000, 4096)   => -1 EBUSY
      c1: smmu_device_add_mmio(o2, 0x2000000, 4096)   => -1 EBUSY
      c1: smmu_device_add_mmio(o1, 0x2000000, 4096)   => 0
      c2: smmu_device_add_mmio(p1, 0x3000000, 4096)   => 0
    `);
  });

  test("they have identical access, whichever of them it was given to (LIM-6)", () => {
    checkClients(`
      ${SHARED}
      c1: smmu_device_add_mmio(o1, 0x1000000, 4096)
      c1: smmu_mapping_add(o1, READ, 0x1000+0x1000)
      dma mmio:0x1000000 0x1000+4 r     => permitted
      dma mmio:0x2000000 0x1000+4 r     => permitted
      dma mmio:0x3000000 0x1000+4 r     => denied no-object
      c1: smmu_device_add_mmio(NULL, 0x1000000, 4096)   => 0
      dma mmio:0x2000000 0x1000+4 r     => denied no-object
    `);
  });
});

test("until a device or a mapping is programmed, devices are unrestricted (CM-17, PUR-5)", () => {
  checkClients(`
    device 00:12.0
    dma 00:12.0 0x1000+4 r                    => permitted undescribed
    client c1 attach
    c1: smmu_init(0)
    c1: o1 = smmu_obj_create()
    dma 00:12.0 0x1000+4 r                    => permitted undescribed
    c1: smmu_device_add_pci(o1, 0, 18, 0)     => 0
    dma 00:12.0 0x1000+4 r                    => denied unmapped
  `);
});
