import { initialState } from "../../core/state.ts";
import type { Family } from "../../events/vocabulary/family.ts";
import { clientName, objectName, unitName, vmName } from "../../events/vocabulary/names.ts";
import { Alphabet } from "./alphabet.ts";
import type { Cast } from "./cast.ts";
import { clientWords } from "./clientWords.ts";
import { deviceAt, deviceOn, RESERVED_PAGE, type SmallBoard, startupPage } from "./smallBoard.ts";
import { textWorld } from "./texts.ts";
import { traceWords } from "./traceWords.ts";
import { vmWords } from "./vmWords.ts";
import type { Prologue, World } from "./world.ts";

// The first of each kind is the simplest, to which lives shrink.
const BOARDS: readonly (readonly [string, SmallBoard])[] = [
  ["VT-d, one device", { devices: 1, units: 1, configured: 0, reserved: false }],
  ["VT-d, a reserved region", { devices: 1, units: 1, configured: 1, reserved: true }],
  ["VT-d, two devices", { devices: 2, units: 1, configured: 1, reserved: false }],
  ["VT-d, two units", { devices: 2, units: 2, configured: 2, reserved: true }],
  ["VT-d, three devices", { devices: 3, units: 1, configured: 2, reserved: true }],
  ["VT-d, three devices of clients", { devices: 3, units: 2, configured: 0, reserved: false }],
  [
    "VT-d, devices that share an identifier",
    { devices: 3, units: 1, configured: 1, reserved: false, shared: true },
  ],
  ["SMMUv2", { devices: 3, units: 1, configured: 1, reserved: true, family: "smmuv2" }],
  [
    "SMMUv2, bypass",
    { devices: 3, units: 1, configured: 1, reserved: false, family: "smmuv2", bypass: true },
  ],
  [
    "SMMUv2, a shared StreamID",
    { devices: 3, units: 1, configured: 0, reserved: false, family: "smmuv2", shared: true },
  ],
  ["SMMUv3", { devices: 3, units: 1, configured: 1, reserved: true, family: "smmuv3" }],
  ["R-Car", { devices: 3, units: 2, configured: 1, reserved: false, family: "ipmmu" }],
  [
    "R-Car, write-only",
    { devices: 2, units: 1, configured: 1, reserved: false, family: "ipmmu", writeOnly: true },
  ],
];

const RECORDED: readonly Family[] = ["ideal", "vtd", "smmuv2", "smmuv3", "ipmmu", "amdvi"];

/** The first page that 39 bits of address do not reach. */
const TOO_WIDE = 2 ** 27;

/** Pages that clients map: six from here on. */
const FIRST_PAGE = 0x100;
const PAGES = Array.from({ length: 6 }, (_, i) => FIRST_PAGE + i);

/**
 * The worlds of a check: small boards on which a service starts, recordings of systems without one, and texts of
 * configurations.
 */
export function smallWorlds(): readonly World[] {
  return [
    ...BOARDS.map(([name, board]) => serviceWorld(name, board)),
    ...RECORDED.map(recordedWorld),
    textWorld(),
  ];
}

function serviceWorld(name: string, board: SmallBoard): World {
  const cast: Cast = {
    // One more than there are is a device that nobody knows.
    devices: [0, 1, 2].map((d) => deviceOn(board, d)),
    clients: ["c0", "c1", "c2", "g0"].map((client, c, all) => ({
      name: clientName(client),
      vm: client === "g0" ? vmName("vm0") : null,
      objects: [`${client}.o0`, `${client}.o1`, `${all[(c + 1) % 3]}.o0`],
    })),
    pages: PAGES,
    otherPages: [startupPage(0), startupPage(1), RESERVED_PAGE, 0xf_ee00, TOO_WIDE],
    targets: [FIRST_PAGE + 0x700, FIRST_PAGE + 0x701],
    units: [],
    objects: [],
    vms: [vmName("vm0"), vmName("vm1")],
  };
  const alphabet = new Alphabet([...clientWords(cast), ...vmWords(cast)]);
  const family = board.family ?? "vtd";
  return {
    name,
    family,
    state: initialState(family),
    told: [],
    seq: 0,
    board,
    alphabet,
    prologues: servicePrologues(alphabet),
    storm: alphabet.code("transfers", 0, 1, 0, 5),
  };
}

/** Beginnings of lives where a service runs. */
function servicePrologues(alphabet: Alphabet): readonly Prologue[] {
  const code = (does: string, ...numbers: number[]) => alphabet.code(does, ...numbers);
  const connected = (c: number, may = 0) => [
    code("starts", c, may),
    code("init", c),
    code("creates", c, 0, 0),
  ];
  const mapped = (c: number, page: number) => code("maps", c, 0, 0, 0, 0, page);
  const guest = (service: number, passed: number) => code("begins", 0, service, passed, 0, 0);
  return [
    { focus: 0, codes: [] },
    { focus: 0, codes: [...connected(0), code("attaches", 0, 0, 0), mapped(0, 0)] },
    { focus: 0, codes: [...connected(0, 1), code("attaches", 0, 0, 0), code("maps", 0, 0, 0, 2, 1, 0)] },
    // Mapping first, so that the mappings must be issued again (CM-9).
    { focus: 2, codes: [...connected(2), mapped(2, 5), code("attaches", 2, 0, 0)] },
    { focus: 1, codes: [...connected(0), ...connected(1), code("attaches", 0, 0, 0)] },
    { focus: 0, codes: [...connected(0), code("notify", 0), code("transfers", 0, 0, 0, 3)] },
    {
      focus: 0,
      codes: [code("starts", 0, 0), code("init", 0), code("creates", 0, 0, 1), code("attaches", 0, 0, 0)],
    },
    {
      focus: 0,
      codes: [
        ...connected(0),
        code("attaches", 0, 0, 0),
        mapped(0, 0),
        mapped(0, 1),
        code("maps", 0, 0, 3, 0, 0, 0),
      ],
    },
    { focus: 3, codes: [guest(1, 0), ...connected(3), code("attaches", 3, 0, 2), mapped(3, 0)] },
    { focus: 3, codes: [guest(1, 1), ...connected(3), code("attaches", 3, 0, 2)] },
    { focus: 0, codes: [guest(0, 0), code("transfers", 2, 0, 0, 0)] },
    { focus: 3, codes: [guest(2, 0)] },
    { focus: 0, codes: [...connected(0), code("attaches", 0, 0, 0), guest(3, 0)] },
  ];
}

function recordedWorld(family: Family): World {
  const cast: Cast = {
    devices: [0, 1, 2].map(deviceAt),
    clients: [],
    pages: PAGES,
    otherPages: [0xf_ee00, TOO_WIDE],
    targets: [FIRST_PAGE + 0x700, FIRST_PAGE + 0x701],
    units: [unitName("u0")],
    objects: [objectName("o0"), objectName("o1")],
    vms: [],
  };
  const alphabet = new Alphabet(traceWords(cast));
  const mapped = (o: number, page: number) => alphabet.code("maps", o, 0, 0, 0, page);
  return {
    name: `a recording, ${family}`,
    family,
    state: initialState(family),
    told: [],
    seq: 0,
    board: null,
    alphabet,
    prologues: [
      { focus: 0, codes: [] },
      { focus: 0, codes: [alphabet.code("attaches", 0, 0), mapped(0, 0)] },
      { focus: 0, codes: [alphabet.code("attaches", 0, 0), mapped(0, 0), alphabet.code("unmaps", 0, 0, 0)] },
    ],
    storm: alphabet.code("transfers", 0, 1, 0, 5),
  };
}
