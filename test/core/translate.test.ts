import { describe, test } from "vitest";
import { check } from "../support/notation.ts";

describe("contract 2 rule 1: before the first description nothing restricts a device", () => {
  test("a transfer before any unit, switch, attachment or grant is permitted where it aims", () => {
    check(`
      dma 00:02.0 0x12345+8 w                    => permitted 0x12345 undescribed @null
      device 00:02.0
      object.create o1
      dma 00:02.0 0x12345+8 w                    => permitted 0x12345 undescribed
    `);
  });
  test.each([
    ["translation on", "a switch"],
    ["attach 00:09.0 o1", "an attachment of any device"],
    ["map o1 0x1000+1 rw", "a grant to anybody"],
    ["unit u0", "a unit"],
  ])("from %s on, translation counts as on", (record) => {
    check(`
      dma 00:02.0 0x5000+8 w                     => permitted undescribed
      ${record}
      dma 00:02.0 0x5000+8 w                     => denied no-object at 0x5000
    `);
  });
  test("neither a pass-through nor an invalidation nor an unmap describes anything", () => {
    check(`
      passthrough 00:03.0 on
      invalidate
      unmap o1 0x1000+1
      dma 00:02.0 0x5000+8 w                     => permitted undescribed
    `);
  });
});

describe("contract 2 rule 2: translation off, or the device in pass-through", () => {
  test("off: permitted untranslated, whatever is granted; on again: judged again", () => {
    check(`
      attach 00:02.0 o1
      map o1 0x1000+0x1000 -> 0x9000 r
      translation off
      dma 00:02.0 0x1000+8 w                     => permitted 0x1000 translation-off @null
      dma 00:07.0 0x1000+8 w                     => permitted 0x1000 translation-off
      translation on
      dma 00:02.0 0x1000+8 w                     => denied permission
      dma 00:07.0 0x1000+8 w                     => denied no-object
    `);
  });
  test("the switch of one unit concerns its own devices", () => {
    check(`
      unit u0
      unit u1
      device 00:02.0 u0
      device 00:03.0 u1
      translation off u0
      dma 00:02.0 0x1000+8 w                     => permitted translation-off
      dma 00:03.0 0x1000+8 w                     => denied no-object
      translation off u1
      dma 00:03.0 0x1000+8 w                     => permitted translation-off
      translation on
      dma 00:02.0 0x1000+8 w                     => denied no-object
      dma 00:03.0 0x1000+8 w                     => denied no-object
    `);
  });
  test("a device of no known unit is restricted while any unit translates: doubt denies (G-33)", () => {
    check(`
      unit u0
      unit u1
      translation off u0
      dma 00:02.0 0x1000+8 w                     => denied no-object
      translation off u1
      dma 00:02.0 0x1000+8 w                     => permitted translation-off
    `);
  });
  test("a switch of a unit that no record described makes the unit known", () => {
    check(`
      translation off u7                         => UnitAdded TranslationSwitched
      device 00:02.0 u7
      dma 00:02.0 0x1000+8 w                     => permitted translation-off
      unit u7 width=39                           => UnitAdded
      dma 00:02.0 0x1000+8 w                     => permitted translation-off
    `);
  });
  test("pass-through needs no object and sees no grants; it can be taken back", () => {
    check(`
      attach 00:02.0 o1
      passthrough 00:02.0 on
      dma 00:02.0 0xffffffffffffffff+1 w         => permitted 0xffffffffffffffff pass-through
      passthrough 00:02.0 off
      dma 00:02.0 0xffffffffffffffff+1 w         => denied unmapped
    `);
  });
});

describe("contract 2 rule 3: a device attached to no object", () => {
  test("is denied with no-object, at its address", () => {
    check(`
      map o1 0x0+0x10000 rw
      dma 00:02.0 0x5678+8 r                     => denied no-object at 0x5678
    `);
  });
  test("a detached device is denied; a detach from another object is not one", () => {
    check(`
      attach 00:02.0 o1
      map o1 0x1000+1 rw
      detach 00:02.0 o2                          => ignored not-attached-there
      dma 00:02.0 0x1000+1 r                     => permitted 0x1000
      detach 00:02.0 o1                          => DeviceDetached
      dma 00:02.0 0x1000+1 r                     => denied no-object
      detach 00:02.0 o1                          => ignored not-attached-there
    `);
  });
  test("attaching to another object moves the device", () => {
    check(`
      attach 00:02.0 o1
      map o1 0x1000+1 rw
      map o2 0x2000+1 rw
      attach 00:02.0 o2                          => DeviceDetached DeviceAttached
      dma 00:02.0 0x1000+1 r                     => denied unmapped
      dma 00:02.0 0x2000+1 r                     => permitted 0x2000
      detach 00:02.0 o1                          => ignored not-attached-there
    `);
  });
  test("a destroyed object leaves its devices without one, and its grants do not come back with its name", () => {
    check(`
      attach 00:02.0 o1
      attach 00:03.0 o1
      map o1 0x1000+1 rw
      object.destroy o1                          => DeviceDetached ObjectDestroyed
      dma 00:02.0 0x1000+1 r                     => denied no-object
      object.create o1                           => ObjectCreated
      object.create o1                           => ignored object-exists
      attach 00:03.0 o1
      dma 00:03.0 0x1000+1 r                     => denied unmapped
      object.destroy o9                          => ignored object-unknown
    `);
  });
});

describe("contract 2 rule 4: every page must be granted for that access", () => {
  test("nothing granted: unmapped; something granted, but not this: permission", () => {
    check(`
      attach 00:02.0 o1
      map o1 0x1000+0x1000 r
      map o1 0x2000+0x1000 w
      map o1 0x3000+0x1000 x
      dma 00:02.0 0x1000+1 r                     => permitted
      dma 00:02.0 0x1000+1 w                     => denied permission at 0x1000
      dma 00:02.0 0x2000+1 w                     => permitted
      dma 00:02.0 0x2000+1 r                     => denied permission
      dma 00:02.0 0x3000+1 r                     => denied permission
      dma 00:02.0 0x4000+1 r                     => denied unmapped
      dma 00:02.0 0x0+1 r                        => denied unmapped at 0x0
    `);
  });
  test("the transfer is denied whole, at the first byte of the first page that is not granted", () => {
    check(`
      attach 00:02.0 o1
      map o1 0x1000+0x2000 rw
      map o1 0x4000+0x1000 r
      dma 00:02.0 0x1800+0x1800 w                => permitted 0x1800
      dma 00:02.0 0x1800+0x1801 w                => denied unmapped at 0x3000
      dma 00:02.0 0x4fff+2 w                     => denied permission at 0x4fff
      dma 00:02.0 0x4fff+2 r                     => denied unmapped at 0x5000
      dma 00:02.0 0xfff+2 r                      => denied unmapped at 0xfff
    `);
  });
  test("the last page of the space", () => {
    check(`
      attach 00:02.0 o1
      map o1 0xfffffffffffff000+0x1000 rw
      dma 00:02.0 0xfffffffffffffff0+0x10 w      => permitted 0xfffffffffffffff0
      dma 00:02.0 0xffffffffffffefff+2 w         => denied unmapped at 0xffffffffffffefff
      unmap o1 0xffffffffffffffff+1
      dma 00:02.0 0xfffffffffffffff0+0x10 w      => denied unmapped
    `);
  });
  test("a transfer may cross grants that lead to different places: each page is looked up", () => {
    check(`
      attach 00:02.0 o1
      map o1 0x1000+0x1000 -> 0x80000 rw
      map o1 0x2000+0x1000 -> 0x30000 r
      dma 00:02.0 0x1ffc+8 r                     => permitted 0x80ffc @1
      dma 00:02.0 0x1ffc+8 w                     => denied permission at 0x2000
    `);
  });
});

describe("contract 2 rule 5: where a permitted transfer goes", () => {
  test("to the translation of its address; unity without a target; seq of the grant told", () => {
    check(`
      attach 00:02.0 o1
      map o1 0x1234+0x10 -> 0xabcde234 rw
      map o1 0x7000+0x1000 rw
      dma 00:02.0 0x1fff+1 r                     => permitted 0xabcdefff grant @1
      dma 00:02.0 0x7008+8 r                     => permitted 0x7008 grant @2
    `);
  });
  test("downwards as upwards, over the whole 64 bits", () => {
    check(`
      attach 00:02.0 o1
      map o1 0xfffffffffffff000+0x1000 -> 0x0 rw
      map o1 0x0+0x1000 -> 0xfffffffffffff000 rw
      dma 00:02.0 0xfffffffffffffabc+4 r         => permitted 0xabc
      dma 00:02.0 0xabc+4 r                      => permitted 0xfffffffffffffabc
    `);
  });
});

describe("contract 2, map and unmap", () => {
  test("start is rounded down and end up to 4 KiB", () => {
    check(`
      map o1 0x1fff+2 r
      mappings o1                                => 0x1000+0x2000->0x1000:r@0
      unmap o1 0x2000+1
      mappings o1                                => 0x1000+0x1000->0x1000:r@0
      map o1 0x5fff+1 r
      mappings o1                                => 0x1000+0x1000->0x1000:r@0 0x5000+0x1000->0x5000:r@2
    `);
  });
  test("over an existing grant the later one replaces it there", () => {
    check(`
      map o1 0x1000+0x5000 rw
      map o1 0x3000+0x1000 -> 0x90000 r
      mappings o1  => 0x1000+0x2000->0x1000:rw@0 0x3000+0x1000->0x90000:r@1 0x4000+0x2000->0x4000:rw@0
      map o1 0x0+0x10000 w
      mappings o1  => 0x0+0x10000->0x0:w@2
    `);
  });
  test("unmap splits what it cuts; unmapping the unmapped is not an error", () => {
    check(`
      map o1 0x1000+0x5000 -> 0x11000 rw
      unmap o1 0x3000+0x1000                     => MappingRemoved
      mappings o1  => 0x1000+0x2000->0x11000:rw@0 0x4000+0x2000->0x14000:rw@0
      unmap o1 0x3000+0x1000                     => MappingRemoved
      unmap o1 0x0+0x10000000000000000
      mappings o1  => none
      unmap o2 0x1000+0x1000                     => ignored object-unknown
    `);
  });
  test("the same grant again is a new grant, not a longer old one", () => {
    check(`
      map o1 0x1000+0x1000 rw
      map o1 0x2000+0x1000 rw
      map o1 0x1000+0x1000 rw
      mappings o1  => 0x1000+0x1000->0x1000:rw@2 0x2000+0x1000->0x2000:rw@1
    `);
  });
  test("a grant to an object that no record created makes the object", () => {
    check(`
      map o1 0x1000+0x1000 rw                    => ObjectCreated MappingAdded
      map o1 0x2000+0x1000 rw                    => MappingAdded
      attach 00:02.0 o7                          => ObjectCreated DeviceAdded DeviceAttached
    `);
  });
  test("objects do not see each other's grants; devices of one object see the same", () => {
    check(`
      attach 00:02.0 o1
      attach 00:03.0 o1
      attach 00:04.0 o2
      map o1 0x1000+0x1000 rw
      dma 00:02.0 0x1000+1 r                     => permitted
      dma 00:03.0 0x1000+1 r                     => permitted
      dma 00:04.0 0x1000+1 r                     => denied unmapped
    `);
  });
});

describe("input width (hardware 1.4 rule 6, 2.2, 3.4): an address wider than the unit takes", () => {
  test.each(["vtd", "smmuv2", "smmuv3", "ipmmu", "amdvi", "ideal"])("family %s", (family) => {
    check(`
      family ${family}
      unit u0 width=39
      attach 00:02.0 o1
      map o1 0x7ffffff000+0x2000 rw
      dma 00:02.0 0x7fffffffff+1 w               => permitted 0x7fffffffff
      dma 00:02.0 0x7fffffffff+2 w               => denied address-size at 0x8000000000
      dma 00:02.0 0x8000000000+1 r               => denied address-size at 0x8000000000
    `);
  });
  test("the unit of the device counts, not its neighbour's; with one unit there is no doubt which", () => {
    check(`
      unit u0 width=32
      unit u1 width=48
      device 00:02.0 u0
      device 00:03.0 u1
      attach 00:02.0 o1
      attach 00:03.0 o1
      attach 00:04.0 o1
      map o1 0x100000000+0x1000 rw
      dma 00:02.0 0x100000000+1 w                => denied address-size
      dma 00:03.0 0x100000000+1 w                => permitted
      dma 00:04.0 0x100000000+1 w                => permitted
    `);
  });
  test("a unit described anew has its newest width", () => {
    check(`
      unit u0 width=32
      attach 00:02.0 o1
      map o1 0x100000000+0x1000 rw
      unit u0 width=40
      dma 00:02.0 0x100000000+1 w                => permitted
      unit u0 width=64
      dma 00:02.0 0xffffffffffffffff+1 w         => denied unmapped
      unit u0 width=12
      dma 00:02.0 0x1000+1 w                     => denied address-size
      dma 00:02.0 0xfff+1 w                      => denied unmapped
    `);
  });
  test("pass-through is looked at before the width (hardware 1.4 rule 5)", () => {
    check(`
      unit u0 width=32
      passthrough 00:02.0 on
      dma 00:02.0 0x100000000+1 w                => permitted pass-through
    `);
  });
});
