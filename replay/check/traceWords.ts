import { type Access, READ, READ_WRITE, WRITE } from "../../events/vocabulary/access.ts";
import type { PageNumber } from "../../events/vocabulary/address.ts";
import { pageRange } from "../../events/vocabulary/byteRange.ts";
import type { Word } from "./alphabet.ts";
import { transfer } from "./calls.ts";
import type { Cast } from "./cast.ts";
import { interruptWord, reportWord, transferWord } from "./clientWords.ts";

const ACCESS: readonly Access[] = [READ_WRITE, READ, WRITE];
const SPANS = [1, 2, 3];

/** What a recording of another system tells (contract 2). */
export function traceWords(cast: Cast): readonly Word[] {
  const { devices, objects, pages, units } = cast;
  const [D, O, P, U] = [devices.length, objects.length, pages.length, units.length];
  const bytesAt = (page: number, span: number) => pageRange(pages[page]!, pages[page]! + SPANS[span]! - 1);
  return [
    {
      does: "attaches",
      weight: 5,
      sizes: [D, O],
      tells: ([d, o]) => ({ kind: "attach", device: devices[d!]!, object: objects[o!]! }),
    },
    {
      does: "detaches",
      weight: 2,
      sizes: [D, O],
      tells: ([d, o]) => ({ kind: "detach", device: devices[d!]!, object: objects[o!]! }),
    },
    {
      does: "maps",
      weight: 8,
      sizes: [O, ACCESS.length, SPANS.length, cast.targets.length + 1, P],
      tells: ([o, access, span, target, page]) => ({
        kind: "map",
        object: objects[o!]!,
        bytes: bytesAt(page!, span!),
        targetPage: (target === 0 ? pages[page!]! : cast.targets[target! - 1]!) as PageNumber,
        access: ACCESS[access!]!,
        requested: null,
      }),
    },
    {
      does: "unmaps",
      weight: 4,
      sizes: [O, SPANS.length, P],
      tells: ([o, span, page]) => ({ kind: "unmap", object: objects[o!]!, bytes: bytesAt(page!, span!) }),
    },
    transferWord(cast),
    {
      does: "creates",
      weight: 1,
      sizes: [O],
      tells: ([o]) => ({ kind: "object.create", object: objects[o!]!, client: null }),
    },
    {
      does: "destroys",
      weight: 1,
      sizes: [O],
      tells: ([o]) => ({ kind: "object.destroy", object: objects[o!]!, client: null }),
    },
    {
      does: "invalidates an object",
      weight: 2,
      sizes: [O, P + 1],
      tells: ([o, page]) => ({
        kind: "invalidate",
        object: objects[o!]!,
        device: null,
        bytes: page === 0 ? null : bytesAt(page! - 1, 0),
      }),
    },
    {
      does: "invalidates a device",
      weight: 1,
      sizes: [D + 1, P + 1],
      tells: ([d, page]) => ({
        kind: "invalidate",
        object: null,
        device: d === 0 ? null : devices[d! - 1]!,
        bytes: page === 0 ? null : bytesAt(page! - 1, 0),
      }),
    },
    {
      does: "switches",
      weight: 1,
      sizes: [U + 1, 2],
      tells: ([u, off]) => ({
        kind: "translation",
        unit: u === 0 ? null : units[u! - 1]!,
        enabled: off === 0,
      }),
    },
    {
      does: "lets pass",
      weight: 1,
      sizes: [D, 2],
      tells: ([d, off]) => ({ kind: "passthrough", device: devices[d!]!, enabled: off === 0 }),
    },
    {
      does: "has a unit",
      weight: 1,
      sizes: [U, 3],
      tells: ([u, kind]) => ({
        kind: "unit",
        unit: units[u!]!,
        base: null,
        addressWidth: 39,
        ...[{}, { faultRecords: 1 }, { faultRecords: 2, faultMerging: true }][kind!]!,
      }),
    },
    {
      does: "is behind the unit",
      weight: 1,
      sizes: [D, U, 2],
      tells: ([d, u, isShared]) => ({
        kind: "device",
        device: devices[d!]!,
        unit: units[u!]!,
        ...(isShared === 1 ? { identifiers: ["7"] } : {}),
      }),
    },
    {
      does: "is seen to pass",
      weight: 3,
      sizes: [D, 2, P],
      tells: ([d, verdict, page]) => ({
        ...transfer(devices[d!]!, "r", pages[page!]!),
        observed: { verdict: verdict === 0 ? "permitted" : "denied", target: null, code: null, reason: null },
      }),
    },
    reportWord(cast),
    interruptWord(cast),
    {
      does: "lost reports",
      weight: 1,
      sizes: [],
      tells: () => ({ kind: "loss", what: "overflow", unit: null, function: null, count: null }),
    },
    {
      does: "shows a status",
      weight: 1,
      sizes: [],
      tells: () => ({
        kind: "status",
        unit: null,
        fsts: "0x2",
        primaryPending: true,
        overflow: false,
        recordIndex: 0,
      }),
    },
    {
      does: "tells what nobody knows",
      weight: 1,
      sizes: [],
      tells: () => ({ kind: "unknown", name: "new", fields: {} }),
    },
    { does: "notes", weight: 1, sizes: [], tells: () => ({ kind: "mark", text: "a note" }) },
  ];
}
