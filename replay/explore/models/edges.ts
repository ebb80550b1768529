import type { DmaStimulus, Observed, Stimulus } from "../../../events/stimulus.ts";
import type { Access, TransferAccess } from "../../../events/vocabulary/access.ts";
import { addressFromBigint, type PageNumber } from "../../../events/vocabulary/address.ts";
import { byteRange, pageRange } from "../../../events/vocabulary/byteRange.ts";
import { pciDevice } from "../../../events/vocabulary/device.ts";
import { FAMILIES } from "../../../events/vocabulary/family.ts";
import { objectName, unitName } from "../../../events/vocabulary/names.ts";
import type { Rules } from "../../check/rules.ts";
import type { Model } from "../model.ts";
import { type WholeAction, wholeMachine } from "./wholeMachine.ts";

const UNIT = unitName("u0");
const OBJECT = objectName("o0");
const DEVICE = pciDevice(0, 0, 1, 0);
/** Two that the hardware cannot tell apart. */
const TWINS = [pciDevice(0, 0, 2, 0), pciDevice(0, 0, 2, 1)] as const;
/** The first page that an address of the unit cannot name. */
const LIMIT = 2 ** 32;
const PAGE = 0x100;
const INTERRUPTS = 0xfee00;
const AMD_INTERRUPTS = 0xfdf8000;

/**
 * A recording of one unit of a family, at its edges: the last page that an address can name, the interrupt range as
 * page and as target, transfers that begin or end within a page, rights of each kind, pass-through, devices that share an
 * identifier, and a cache that may still hold what was revoked (docs/models.md). `family`: its place in the list of families.
 */
export function edges({ family: at = 0 }: { readonly family?: number }, rules: Rules): Model {
  const family = FAMILIES[at]!;
  return wholeMachine({
    name: "edges",
    sizes: { family: at },
    family,
    hasCache: true,
    rules,
    prelude: [
      { kind: "unit", unit: UNIT, base: null, addressWidth: 44 },
      { kind: "device", device: DEVICE, unit: UNIT },
      ...TWINS.map((device): Stimulus => ({ kind: "device", device, unit: UNIT, identifiers: ["0x8"] })),
      // What lies at the edges is granted throughout: it is the edges that refuse.
      map(LIMIT - 1, LIMIT, LIMIT - 1, 3),
      map(INTERRUPTS - 1, INTERRUPTS, INTERRUPTS - 1, 3),
      map(AMD_INTERRUPTS, AMD_INTERRUPTS, AMD_INTERRUPTS, 3),
      map(0x200, 0x202, INTERRUPTS - 1, 3),
      map(0x300, 0x300, 0x300, 2),
      map(0x301, 0x301, 0x301, 1),
    ],
    actions: [
      ...places(),
      told("maps 100 to itself, rw", map(PAGE, PAGE, PAGE, 3)),
      told("maps 100-101 to 900-901, r", map(PAGE, PAGE + 1, 0x900, 1)),
      told("unmaps 100", { kind: "unmap", object: OBJECT, bytes: pageRange(PAGE, PAGE) }),
      told("unmaps 100-101", { kind: "unmap", object: OBJECT, bytes: pageRange(PAGE, PAGE + 1) }),
      told("the unit forgets page 101", {
        kind: "invalidate",
        object: OBJECT,
        device: null,
        bytes: pageRange(PAGE + 1, PAGE + 1),
      }),
      told("the unit forgets all", { kind: "invalidate", object: null, device: null, bytes: null }),
      ...transfers(),
    ],
  });
}

function places(): WholeAction[] {
  return [
    ...[DEVICE, TWINS[0]].flatMap((device) => [
      told(`${device} is attached`, { kind: "attach", device, object: OBJECT }),
      told(`${device} is detached`, { kind: "detach", device, object: OBJECT }),
    ]),
    ...[true, false].map((enabled) =>
      told(`pass-through ${enabled}`, { kind: "passthrough", device: DEVICE, enabled }),
    ),
  ];
}

function transfers(): WholeAction[] {
  const both = ["r", "w"] as const;
  const tried: readonly (readonly [page: number, offset: number, length: number])[] = [
    [PAGE, 0, 0x1000],
    [PAGE, 0x10, 4],
    [PAGE, 0xffc, 8],
    [LIMIT - 1, 0, 0x1000],
    [LIMIT - 1, 0xff0, 0x20],
    [LIMIT, 0, 4],
    [INTERRUPTS, 0, 4],
    [INTERRUPTS, 0, 8],
    [INTERRUPTS, 2, 4],
    [INTERRUPTS - 1, 0xffc, 8],
    [AMD_INTERRUPTS, 0, 8],
    [0x200, 0, 0x1000],
    [0x200, 0xffc, 8],
    [0x201, 0, 4],
    [0x300, 0, 4],
    [0x301, 0, 4],
    [0x300, 0xffc, 8],
  ];
  return [
    ...tried.flatMap(([page, offset, length]) =>
      both.map((access) =>
        told(
          `${access} ${page.toString(16)}+${offset}, ${length} bytes`,
          dma(DEVICE, page, offset, length, access),
        ),
      ),
    ),
    ...TWINS.flatMap((twin) =>
      both.map((access) => told(`${twin} ${access} 300`, dma(twin, 0x300, 0, 4, access))),
    ),
    // What a recorded machine did: through a cache, or not.
    ...[PAGE, 0x900].map((target) =>
      told(`r 100 went to ${target.toString(16)}`, dma(DEVICE, PAGE, 8, 4, "r", went(target))),
    ),
    told("w 100 went to 100", dma(DEVICE, PAGE, 8, 4, "w", went(PAGE))),
    told("r 100-101 passed", dma(DEVICE, PAGE, 0xffc, 8, "r", PASSED)),
    told("r 100 was refused", dma(DEVICE, PAGE, 8, 4, "r", { ...PASSED, verdict: "denied" })),
  ];
}

const PASSED: Observed = { verdict: "permitted", target: null, code: null, reason: null };

function went(page: number): Observed {
  return { ...PASSED, target: { page: page as PageNumber, offset: 8 } };
}

function told(name: string, stimulus: Stimulus): WholeAction {
  return { name, stimulus: () => stimulus };
}

function map(first: number, last: number, target: number, access: number): Stimulus {
  const bytes = pageRange(first, last);
  return {
    kind: "map",
    object: OBJECT,
    bytes,
    targetPage: target as PageNumber,
    access: access as Access,
    requested: null,
  };
}

function dma(
  device: DmaStimulus["device"],
  page: number,
  offset: number,
  length: number,
  access: TransferAccess,
  observed: Observed | null = null,
): Stimulus {
  const bytes = byteRange(addressFromBigint(BigInt(page) * 4096n + BigInt(offset))!, length);
  if (!bytes.ok) throw new RangeError(`no transfer of ${length} bytes`);
  return { kind: "dma", device, bytes: bytes.value, access, observed };
}
