import { FAILURES } from "../../events/startupEvents.ts";
import type { VmStartStimulus } from "../../events/vmEvents.ts";
import { addressFromBigint } from "../../events/vocabulary/address.ts";
import type { ConfigFacts } from "../../events/vocabulary/configFacts.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import type { ServiceName } from "../../events/vocabulary/service.ts";
import type { Word } from "./alphabet.ts";
import type { Cast } from "./cast.ts";
import { guestConfig } from "./smallBoard.ts";

/** Host page minus guest page of the memory of a VM that is not unity-mapped. */
const AWAY = 0x800;

/** What happens to virtual machines: each has the pages that clients map as its memory. */
export function vmWords(cast: Cast): readonly Word[] {
  const { vms } = cast;
  return [
    {
      does: "begins",
      weight: 1,
      sizes: [vms.length, GUESTS.length, PASSED.length, 2, 2],
      tells: ([vm, guest, passed, isUnity, hasNoVdev]) => {
        const pass = PASSED[passed!]!.map((d) => cast.devices[Math.min(d, cast.devices.length - 1)]!);
        const shown = { vdev: hasNoVdev === 0, delta: isUnity === 1 ? 0 : AWAY };
        return {
          kind: "vm",
          vm: vms[vm!]!,
          memory: memoryOf(cast, shown.delta),
          pass,
          vdev: shown.vdev,
          service: serviceOf(cast, GUESTS[guest!]!, pass),
        };
      },
    },
    {
      does: "ends",
      weight: 1,
      sizes: [vms.length, 2],
      tells: ([vm, crashed]) => ({ kind: "vm.stop", vm: vms[vm!]!, crashed: crashed === 1 }),
    },
    {
      does: "fails in the guest",
      weight: 1,
      sizes: [vms.length, FAILURES.length],
      tells: ([vm, what]) => ({ kind: "guest.fail", vm: vms[vm!]!, what: FAILURES[what!]!, name: null }),
    },
  ];
}

interface Guest {
  readonly service: ServiceName | null;
  /** Which of the pages its configuration grants each device; null: it grants none. */
  readonly grants: number | "outside" | null;
  readonly certified: boolean;
}

const GUESTS: readonly Guest[] = [
  { service: null, grants: null, certified: true },
  { service: "smmuman", grants: null, certified: true },
  { service: "smmuman", grants: 4, certified: true },
  { service: "smmuman-safety", grants: null, certified: true },
  { service: "smmuman-safety", grants: null, certified: false },
  { service: "smmuman", grants: "outside", certified: true },
];

// By number of the device: mostly the last one, which no configuration of a small board mentions.
const PASSED: readonly (readonly number[])[] = [[2], [1, 2], [0]];

function memoryOf({ pages }: Cast, delta: number): VmStartStimulus["memory"] {
  // As much as lies in one piece from the first page on.
  const count = pages.findIndex((page, i) => page !== pages[0]! + i);
  const length = addressOf(count < 0 ? pages.length : count);
  return [{ guest: addressOf(pages[0]!), host: addressOf(pages[0]! + delta), length }];
}

function serviceOf(
  { pages }: Cast,
  { service, grants, certified }: Guest,
  pass: readonly DeviceName[],
): VmStartStimulus["service"] {
  if (service === null) return null;
  const page =
    grants === "outside" ? pages[0]! + 0x40 : grants === null ? null : pages[grants % pages.length]!;
  const config: ConfigFacts = guestConfig(service, pass, page);
  return {
    name: service,
    arguments: [],
    files: {},
    config: [{ kind: "config.end", config }],
    components: [{ name: "smmuman-safety", certified }],
  };
}

function addressOf(page: number): NonNullable<ReturnType<typeof addressFromBigint>> {
  return addressFromBigint(BigInt(page) * 4096n)!;
}
