import { describe, test } from "vitest";
import { check } from "../support/notation.ts";

const GRANTED = `
  attach 00:02.0 o1
  map o1 0x1000+0x2000 -> 0x81000 r
`;

describe("contract 2: agreement means the same verdict and, where recorded, the same target, code and reason", () => {
  test("of a permitted transfer: its target, the low bits too", () => {
    check(`${GRANTED}
      dma 00:02.0 0x1004+4 r                            => uncompared
      dma 00:02.0 0x1004+4 r saw permitted              => agreed
      dma 00:02.0 0x1004+4 r saw permitted 0x81004      => agreed
      dma 00:02.0 0x1004+4 r saw permitted 0x81000      => diverged
      dma 00:02.0 0x1004+4 r saw permitted 0x91004      => diverged
      dma 00:02.0 0x1004+4 r saw denied                 => diverged
    `);
  });
  test("of a denied transfer: its reason class, in our words or the words of logs", () => {
    check(`${GRANTED}
      dma 00:02.0 0x1004+4 w saw denied                 => agreed
      dma 00:02.0 0x1004+4 w saw permitted              => diverged
      dma 00:02.0 0x1004+4 w saw denied reason=permission      => agreed
      dma 00:02.0 0x1004+4 w saw denied reason=unmapped        => diverged
      dma 00:02.0 0x1004+4 w saw denied reason=write-denied    => agreed
      dma 00:02.0 0x1004+4 w saw denied reason=not-granted     => agreed
      dma 00:02.0 0x5000+4 w saw denied reason=not-mapped      => agreed
      dma 00:02.0 0x5000+4 w saw denied reason=read-denied     => agreed
      dma 00:03.0 0x5000+4 w saw denied reason=context-not-present => agreed
      dma 00:03.0 0x5000+4 w saw denied reason=unmapped        => diverged
      dma 00:03.0 0x5000+4 w saw denied reason=gremlins        => diverged
      dma 00:03.0 0x5000+4 w saw denied reason=constructor     => diverged
    `);
  });
  test("of a denied transfer: its code; a unit that records none agrees with no code", () => {
    check(`
      family vtd
      ${GRANTED}
      dma 00:02.0 0x1004+4 w saw denied code=0x05       => agreed
      dma 00:02.0 0x1004+4 w saw denied code=0x5        => agreed
      dma 00:02.0 0x1004+4 w saw denied code=5          => agreed
      dma 00:02.0 0x1004+4 w saw denied code=0x06       => diverged
      dma 00:02.0 0x5000+4 r saw denied code=0x06 reason=unmapped   => agreed
      dma 00:02.0 0x5000+4 r saw denied code=0x06 reason=permission => diverged
      dma 00:03.0 0x5000+4 r saw denied code=0x02       => agreed
    `);
    check(`
      family smmuv3
      attach 00:02.0 o1
      dma 00:03.0 0x5000+4 w saw denied                 => denied no-code agreed
      dma 00:03.0 0x5000+4 w saw denied code=F_TRANSLATION => diverged
      dma 00:02.0 0x5000+4 w saw denied code=f_translation => agreed
    `);
  });
  test("unrestricted transfers are compared like any other", () => {
    check(`
      dma 00:02.0 0x1004+4 r saw permitted 0x1004       => agreed
      dma 00:02.0 0x1004+4 r saw permitted 0x2004       => diverged
      dma 00:02.0 0x1004+4 r saw denied                 => diverged
    `);
  });
});

describe("contract 2 rule 6: a transfer through a cached translation counts as stale, neither agreed nor diverged", () => {
  test("after the unmap, until an invalidation covers the page", () => {
    check(`${GRANTED}
      dma 00:02.0 0x1004+4 r saw permitted 0x81004      => agreed
      unmap o1 0x1000+0x2000
      dma 00:02.0 0x1004+4 r saw permitted 0x81004      => denied unmapped stale
      dma 00:02.0 0x2004+4 r saw permitted 0x82004      => denied unmapped stale
      invalidate o1 0x1fff+1
      dma 00:02.0 0x1004+4 r saw permitted 0x81004      => denied unmapped diverged
      dma 00:02.0 0x2004+4 r saw permitted 0x82004      => denied unmapped stale
      invalidate
      dma 00:02.0 0x2004+4 r saw permitted 0x82004      => denied unmapped diverged
    `);
  });
  test("only with that very target and access", () => {
    check(`${GRANTED}
      unmap o1 0x1000+0x2000
      dma 00:02.0 0x1004+4 r saw permitted              => stale
      dma 00:02.0 0x1004+4 r saw permitted 0x81000      => diverged
      dma 00:02.0 0x1004+4 r saw permitted 0x82004      => diverged
      dma 00:02.0 0x1004+4 w saw permitted 0x81004      => diverged
      dma 00:02.0 0x1004+4 r saw denied                 => agreed
      dma 00:02.0 0x3004+4 r saw permitted              => diverged
    `);
  });
  test("a grant replaced by a narrower one may live on in a cache, too", () => {
    check(`
      attach 00:02.0 o1
      map o1 0x1000+0x1000 rw
      map o1 0x1000+0x1000 r
      dma 00:02.0 0x1000+4 w saw permitted 0x1000       => denied permission stale
      invalidate o1
      dma 00:02.0 0x1000+4 w saw permitted 0x1000       => denied permission diverged
    `);
  });
  test("rule 6 asks for a denial: a cached target beside a valid grant is a divergence", () => {
    check(`
      attach 00:02.0 o1
      map o1 0x1000+0x1000 -> 0x81000 r
      map o1 0x1000+0x1000 -> 0x91000 r
      dma 00:02.0 0x1000+4 r saw permitted 0x81000      => permitted 0x91000 diverged
    `);
  });
  test("of several grants since the invalidation each may be the one", () => {
    check(`
      attach 00:02.0 o1
      map o1 0x1000+0x1000 -> 0x81000 r
      map o1 0x1000+0x1000 -> 0x91000 rw
      unmap o1 0x1000+0x1000
      map o1 0x1000+0x1000 -> 0xa1000 w
      unmap o1 0x1000+0x1000
      dma 00:02.0 0x1000+4 r saw permitted 0x81000      => stale
      dma 00:02.0 0x1000+4 r saw permitted 0x91000      => stale
      dma 00:02.0 0x1000+4 w saw permitted 0x91000      => stale
      dma 00:02.0 0x1000+4 r saw permitted 0xa1000      => diverged
    `);
  });
  test("a grant that was there at the invalidation and revoked after it counts", () => {
    check(`${GRANTED}
      invalidate o1
      unmap o1 0x1000+0x2000
      dma 00:02.0 0x1004+4 r saw permitted 0x81004      => stale
    `);
  });
  test("an invalidation of one device concerns that device alone; of another object, nobody here", () => {
    check(`${GRANTED}
      attach 00:03.0 o1
      unmap o1 0x1000+0x2000
      invalidate o2
      invalidate 00:02.0 0x1000+0x1000
      dma 00:02.0 0x1004+4 r saw permitted 0x81004      => diverged
      dma 00:02.0 0x2004+4 r saw permitted 0x82004      => stale
      dma 00:03.0 0x1004+4 r saw permitted 0x81004      => stale
      invalidate 00:02.0
      dma 00:02.0 0x2004+4 r saw permitted 0x82004      => diverged
      dma 00:03.0 0x2004+4 r saw permitted 0x82004      => stale
      invalidate o1
      dma 00:03.0 0x2004+4 r saw permitted 0x82004      => diverged
    `);
  });
  test("what a device forgot in ranges and what it forgot altogether add up", () => {
    check(`${GRANTED}
      unmap o1 0x1000+0x2000
      invalidate 00:02.0
      invalidate 00:02.0 0x7000+0x1000
      dma 00:02.0 0x1004+4 r saw permitted              => diverged
      map o1 0x5000+0x4000 r
      unmap o1 0x5000+0x4000
      invalidate 00:02.0 0x7000+0x1000
      dma 00:02.0 0x5000+0x2000 r saw permitted         => stale
      dma 00:02.0 0x5000+0x2001 r saw permitted         => diverged
      dma 00:02.0 0x6fff+2 r saw permitted 0x6fff       => diverged
      dma 00:02.0 0x7000+1 r saw permitted              => diverged
      dma 00:02.0 0x8000+1 r saw permitted              => stale
    `);
  });
  test("what is revoked after the invalidation of a device can be stale for it again", () => {
    check(`${GRANTED}
      unmap o1 0x1000+0x1000
      invalidate 00:02.0
      map o1 0x1000+0x1000 -> 0x81000 r
      unmap o1 0x1000+0x2000
      dma 00:02.0 0x1004+4 r saw permitted 0x81004      => stale
      dma 00:02.0 0x2004+4 r saw permitted 0x82004      => stale
    `);
  });
  test("every page that is denied must be explained; the target speaks of the first", () => {
    check(`
      attach 00:02.0 o1
      map o1 0x1000+0x1000 -> 0x81000 r
      map o1 0x2000+0x1000 -> 0x30000 r
      unmap o1 0x2000+0x1000
      dma 00:02.0 0x1ffc+8 r saw permitted 0x81ffc      => denied unmapped at 0x2000 stale
      dma 00:02.0 0x1ffc+8 r saw permitted 0x30ffc      => diverged
      dma 00:02.0 0x1ffc+0x1005 r saw permitted 0x81ffc => diverged
      dma 00:02.0 0x1ffc+8 w saw permitted 0x81ffc      => diverged
    `);
  });
  test("the object of the device counts: destroyed, it takes its cached translations with it", () => {
    check(`${GRANTED}
      unmap o1 0x1000+0x2000
      object.destroy o1
      dma 00:02.0 0x1004+4 r saw permitted 0x81004      => denied no-object diverged
      attach 00:02.0 o1
      dma 00:02.0 0x1004+4 r saw permitted 0x81004      => denied unmapped diverged
    `);
  });
  test("only what the table denies can be stale: not what is too wide, nor the interrupt range", () => {
    check(`
      family vtd
      unit u0 width=32
      attach 00:02.0 o1
      map o1 0xfee00000+0x200000000 rw
      unmap o1 0xfee00000+0x200000000
      dma 00:02.0 0xffffffff+1 r saw permitted          => denied unmapped stale
      dma 00:02.0 0xffffffff+2 r saw permitted          => denied unmapped diverged
      dma 00:02.0 0x100000000+1 r saw permitted         => denied address-size diverged
      dma 00:02.0 0xfee00000+1 r saw permitted          => denied interrupt-range diverged
    `);
  });
  test("more different revoked grants of one page than are remembered: the oldest counts as diverged", () => {
    const grants = Array.from({ length: 66 }, (_, i) => `map o1 0x1000+1 -> 0x${(i + 16).toString(16)}000 r`);
    check(`
      attach 00:02.0 o1
      ${grants.join("\n")}
      unmap o1 0x1000+1
      dma 00:02.0 0x1000+1 r saw permitted 0x51000      => stale
      dma 00:02.0 0x1000+1 r saw permitted 0x12000      => stale
      dma 00:02.0 0x1000+1 r saw permitted 0x11000      => diverged
    `);
  });
});
