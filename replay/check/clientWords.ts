import type { ApiCall } from "../../events/clientEvents.ts";
import { FAILURES } from "../../events/startupEvents.ts";
import { addressFromBigint } from "../../events/vocabulary/address.ts";
import { rangeOf } from "../../events/vocabulary/byteRange.ts";
import { ABILITY_ATTACH, ABILITY_TARGET, SMF, SOCF } from "../../events/vocabulary/clientApi.ts";
import type { FaultReport } from "../../events/vocabulary/faultReport.ts";
import type { Word } from "./alphabet.ts";
import { addDevice, addMapping, callOf, deviceId, transfer } from "./calls.ts";
import type { Cast, CastClient } from "./cast.ts";

const RIGHTS = [3, 1, 2, 0, 4, 8];
const SPANS = [1, 2, 3];

/** What clients, devices and failing parts do where a service runs. */
export function clientWords(cast: Cast): readonly Word[] {
  const { clients, devices, pages } = cast;
  const C = clients.length;
  const O = clients[0]!.objects.length;
  const D = devices.length;
  const by = (c: number): CastClient => clients[c]!;
  const call = (does: string, weight: number, api: ApiCall): Word => {
    return { does, weight, sizes: [C], byClient: true, tells: ([c]) => callOf(by(c!).name, api) };
  };
  return [
    {
      does: "starts",
      weight: 2,
      sizes: [C, 3],
      byClient: true,
      tells: ([c, may]) => {
        const abilities = [[ABILITY_ATTACH], [ABILITY_ATTACH, ABILITY_TARGET], []][may!]!;
        return { kind: "client", client: by(c!).name, abilities, vm: by(c!).vm };
      },
    },
    call("init", 2, { function: "smmu_init", flags: 0 }),
    call("init badly", 1, { function: "smmu_init", flags: 1 }),
    call("fini", 1, { function: "smmu_fini" }),
    {
      does: "exits",
      weight: 2,
      sizes: [C],
      byClient: true,
      tells: ([c]) => ({ kind: "exit", client: by(c!).name }),
    },
    call("status", 2, { function: "smmu_xfer_status" }),
    call("notify", 2, { function: "smmu_xfer_notify", evp: "pulse" }),
    call("notify badly", 1, { function: "smmu_xfer_notify", evp: null }),
    call("safety", 1, { function: "smmu_safety" }),
    {
      does: "creates",
      weight: 4,
      sizes: [C, O, 3],
      byClient: true,
      tells: ([c, o, kind]) => {
        const flags = [SOCF.SOCF_NONE, SOCF.SOCF_RESERVED_MANUAL, 2][kind!]!;
        return callOf(by(c!).name, { function: "smmu_obj_create", flags }, by(c!).objects[o!]!);
      },
    },
    {
      does: "destroys",
      weight: 1,
      sizes: [C, O],
      byClient: true,
      tells: ([c, o]) => callOf(by(c!).name, { function: "smmu_obj_destroy", sop: by(c!).objects[o!]! }),
    },
    {
      does: "attaches",
      weight: 5,
      sizes: [C, O, D],
      byClient: true,
      tells: ([c, o, d]) => addDevice(by(c!).name, by(c!).objects[o!]!, devices[d!]!),
    },
    {
      does: "detaches",
      weight: 2,
      sizes: [C, D],
      byClient: true,
      tells: ([c, d]) => addDevice(by(c!).name, null, devices[d!]!),
    },
    {
      does: "attaches generically",
      weight: 1,
      sizes: [C, O, D + 1],
      byClient: true,
      tells: ([c, o, d]) => {
        const devid = d! < D ? deviceId(devices[d!]!) : null;
        return callOf(by(c!).name, { function: "smmu_device_add_generic", sop: by(c!).objects[o!]!, devid });
      },
    },
    {
      does: "maps",
      weight: 8,
      sizes: [C, O, RIGHTS.length, SPANS.length, cast.targets.length + 1, pages.length],
      byClient: true,
      tells: ([c, o, right, span, target, page]) => {
        const flags = RIGHTS[right!]! | (target === 0 ? 0 : SMF.SMF_TARGET);
        const to = target === 0 ? 0 : cast.targets[target! - 1]!;
        return addMapping(by(c!).name, by(c!).objects[o!]!, flags, pages[page!]!, SPANS[span!]!, to);
      },
    },
    {
      does: "maps badly",
      weight: 1,
      sizes: [C, O, 3],
      byClient: true,
      tells: ([c, o, how]) =>
        callOf(by(c!).name, {
          function: "smmu_mapping_add",
          sop: by(c!).objects[o!]!,
          flags: SMF.SMF_READ,
          pid: 0,
          ...[
            { num_entries: 1, entries: null },
            { num_entries: 0, entries: [] },
            { num_entries: 1, entries: [{ phys: LAST_BYTE, len: LAST_BYTE }] },
          ][how!]!,
          target: addressFromBigint(0n)!,
        }),
    },
    {
      does: "asks what is reserved",
      weight: 1,
      sizes: [C, D + 1, 2],
      byClient: true,
      tells: ([c, d, offset]) =>
        callOf(by(c!).name, {
          function: "smmu_device_report_reserved",
          devid: d! < D ? deviceId(devices[d!]!) : null,
          offset: offset!,
          nresv: 4,
        }),
    },
    transferWord(cast),
    interruptWord(cast),
    {
      does: "fails",
      weight: 1,
      sizes: [FAILURES.length],
      tells: ([what]) => ({ kind: "fail", what: FAILURES[what!]!, name: null, at: null }),
    },
    {
      does: "signals harmlessly",
      weight: 1,
      sizes: [],
      tells: () => ({ kind: "fail", what: "signal", name: "SIGCHLD", at: null }),
    },
    {
      does: "answers what nobody asked",
      weight: 1,
      sizes: [],
      tells: () => ({ kind: "answer", step: 1, answer: { to: "enable", done: true } }),
    },
    reportWord(cast),
  ];
}

/** A device tries one page or several. */
export function transferWord({ devices, pages, otherPages }: Cast): Word {
  const tried = [...pages, ...otherPages];
  return {
    does: "transfers",
    weight: 10,
    sizes: [devices.length, 2, SPANS.length, tried.length],
    tells: ([d, access, span, page]) =>
      transfer(devices[d!]!, access === 0 ? "r" : "w", tried[page!]!, SPANS[span!]!),
  };
}

/** A device writes four bytes where VT-d takes writes for interrupts (hardware 1.4). */
export function interruptWord({ devices }: Cast): Word {
  return {
    does: "raises an interrupt",
    weight: 1,
    sizes: [devices.length],
    tells: ([d]) => ({
      kind: "dma",
      device: devices[d!]!,
      bytes: rangeOf(addressFromBigint(0xfee0_0000n)!, addressFromBigint(0xfee0_0003n)!),
      access: "w",
      observed: null,
    }),
  };
}

/** A fault that somebody reports without the transfer. */
export function reportWord({ devices, pages }: Cast): Word {
  return {
    does: "reports",
    weight: 1,
    sizes: [devices.length, pages.length],
    tells: ([d, page]) => ({
      kind: "fault",
      device: devices[d!]!,
      report: { ...REPORT, address: `0x${(pages[page!]! * 4096).toString(16)}` },
    }),
  };
}

const LAST_BYTE = addressFromBigint(2n ** 64n - 1n)!;

const REPORT: FaultReport = {
  format: "smmu-trace",
  kind: "dma-fault",
  unit: null,
  segment: null,
  bdf: null,
  sourceId: null,
  streamId: null,
  pasid: null,
  address: null,
  addressGranule: 4096,
  access: "write",
  code: null,
  reason: null,
  raw: {},
};
