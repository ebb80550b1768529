import type { BoardFacts, Surroundings } from "../../events/vocabulary/boardFacts.ts";
import type { ConfigFacts, ConfigPlace } from "../../events/vocabulary/configFacts.ts";
import { type DeviceName, pciDevice } from "../../events/vocabulary/device.ts";
import { unitName } from "../../events/vocabulary/names.ts";
import type { Placement, SafetyResponse, ServiceName } from "../../events/vocabulary/service.ts";
import type { Environment } from "../environment.ts";

/** A small machine: devices behind its units, the first of them configured. */
export interface SmallBoard {
  readonly devices: number;
  /** Units; devices are behind them in turn. */
  readonly units: number;
  /** Of the devices, how many the configuration grants a page each: page 0x10 to the first, 0x11 to the second, ... */
  readonly configured: number;
  /** A page that firmware wants the first device to reach: 0x20. */
  readonly reserved: boolean;
  /** Absent: VT-d, with PCI devices 1.0, 2.0, ...; of the others devices are register blocks from 0xe6ef0000 on. */
  readonly family?: "smmuv2" | "smmuv3" | "ipmmu";
  /** SMMUv2: streams that nobody identified pass its units (ARM-2). */
  readonly bypass?: boolean;
  /** What the configuration grants may be written and not read. */
  readonly writeOnly?: boolean;
  /** The last two devices have one identifier (LIM-4). */
  readonly shared?: boolean;
}

/** The d-th device of a small board with VT-d. */
export function deviceAt(d: number): DeviceName {
  return pciDevice(0, 0, d + 1, 0);
}

/** The d-th device of a small board. */
export function deviceOn({ family }: Pick<SmallBoard, "family">, d: number): DeviceName {
  return family === undefined
    ? deviceAt(d)
    : (`mmio:0x${(0xe6ef_0000 + d * 0x1000).toString(16)}` as DeviceName);
}

/** The page that start-up grants the d-th device, where it is configured. */
export function startupPage(d: number): number {
  return 0x10 + d;
}

/** The page that is reserved for the first device. */
export const RESERVED_PAGE = 0x20;

/** What the configuration of a small board comes to. */
export function smallConfig(
  board: SmallBoard,
  service: ServiceName,
  placement: Placement,
  safety: SafetyResponse,
): ConfigFacts {
  const configured = Array.from({ length: board.configured }, (_, d) => d);
  const isGuest = placement === "guest";
  return {
    service,
    placement,
    debug: 0 as ConfigFacts["debug"],
    foreground: false,
    safety,
    user: null,
    smmu: isGuest ? null : { ...TYPES[board.family ?? "vtd"], library: null, origin: placeAt(1) },
    units: isGuest ? [] : configUnits(board),
    allow: configured.map((d) => ({
      name: `region${d}`,
      start: hex(startupPage(d)),
      length: "0x1000",
      source: board.writeOnly !== true,
      // The second device may only read what it has.
      target: d % 2 === 0,
      origin: placeAt(2 + d),
    })),
    devices: configured.map((d) => {
      const use =
        board.family === undefined || isGuest ? null : { unit: unitAt(board, d), use: `${idAt(board, d)}` };
      return {
        device: deviceOn(board, d),
        length: null,
        allow: [`region${d}`],
        unit: use?.unit ?? null,
        use: use?.use ?? null,
        uses: use === null ? [] : [use],
        reserved: [],
        origin: placeAt(20 + d),
      };
    }),
  };
}

/** What a guest's configuration comes to that grants each of these devices one page; `page` null: none. */
export function guestConfig(
  service: ServiceName,
  devices: readonly DeviceName[],
  page: number | null,
): ConfigFacts {
  const board: SmallBoard = { devices: 0, units: 0, configured: 0, reserved: false };
  const safety = service === "smmuman-safety" ? "required" : "none";
  const config = smallConfig(board, service, "guest", safety);
  if (page === null) return config;
  const region = { name: "own", start: hex(page), length: "0x1000", source: true, target: true };
  return {
    ...config,
    allow: [{ ...region, origin: placeAt(2) }],
    devices: devices.map((device, d) => {
      const none = { length: null, unit: null, use: null, uses: [], reserved: [] };
      return { device, allow: ["own"], ...none, origin: placeAt(20 + d) };
    }),
  };
}

/** What surrounds the service on a small board; everything works, and everything is certified. */
export function smallEnvironment(board: SmallBoard, guest: boolean): Environment {
  return { ...surroundings(board, guest), inGuest: guest };
}

const TYPES = {
  vtd: { type: "vtd", parameters: ["require"] },
  smmuv2: { type: "armsmmu", parameters: [] },
  smmuv3: { type: "armsmmuv3", parameters: [] },
  ipmmu: { type: "rcar3", parameters: ["0xe67b0000", "228", "18", "0x4f.0x20"] },
} as const;

function configUnits(board: SmallBoard): ConfigFacts["units"] {
  if (board.family === undefined) return [];
  const parameters =
    board.family === "smmuv2"
      ? {
          NScIrpt: 64,
          NSgIrpt: 66,
          bypass: board.bypass ? (1 as const) : (0 as const),
          res_sid: [4],
          cfg_dll: null,
        }
      : board.family === "ipmmu"
        ? { intr_status_bit: 14 }
        : {};
  return Array.from({ length: board.units }, (_, u) => ({
    name: unitAt(board, u),
    base: unitBase(u),
    parameters,
    origin: placeAt(10 + u),
  }));
}

function surroundings(board: SmallBoard, guest: boolean): Surroundings {
  const { type } = TYPES[board.family ?? "vtd"];
  return {
    board: boardFacts(board),
    files: [
      { name: `smmu-${type}.so`, certified: false, loadable: true },
      { name: `smmu-${type}-safety.so`, certified: true, loadable: true },
      { name: "libfdt.so", certified: true, loadable: true },
    ],
    components: [{ name: "procnto-smp-instr", certified: true }],
    soc: board.family === "ipmmu" ? { id: "0x4f", revision: "0x20" } : null,
    vdev: guest
      ? {
          hostService: true,
          attached: true,
          answers: true,
          components: [{ name: "smmuman-safety", certified: true }],
        }
      : null,
    services: [],
  };
}

function boardFacts(board: SmallBoard): BoardFacts {
  const { devices, units, reserved, family = "vtd" } = board;
  return {
    architecture: family === "vtd" ? "x86" : "arm",
    units: Array.from({ length: units }, (_, u) => ({
      name: unitName(unitAt(board, u)),
      family,
      base: unitBase(u),
      addressWidth: 39,
      covers: family === "vtd" && u === 0 ? [{ kind: "all" }] : [],
      source: "board",
    })),
    devices: Array.from({ length: devices }, (_, d) => ({
      device: deviceOn(board, d),
      listed: true,
      unit: unitName(unitAt(board, d)),
      answer: "unit",
      identifiers: family === "vtd" && board.shared !== true ? [] : [idAt(board, d)],
      note: null,
    })),
    reserved: reserved
      ? [
          {
            start: hex(RESERVED_PAGE),
            length: "0x1000",
            access: "rw",
            devices: [deviceOn(board, 0)],
            undecided: [],
            source: "board",
          },
        ]
      : [],
    image: [],
    damaged: [],
  };
}

function unitAt({ units, family }: SmallBoard, n: number): string {
  return `${family === undefined ? "dmar" : "unit"}${n % units}`;
}

function unitBase(u: number): string {
  return `0x${(0xfed9_0000 + u * 0x1000).toString(16)}`;
}

/** StreamIDs and micro-TLBs from 5 on; devices that share one are behind one unit. */
function idAt({ devices, shared }: SmallBoard, d: number): number {
  return 5 + (shared && d === devices - 1 ? d - 1 : d);
}

function placeAt(line: number): ConfigPlace {
  return { file: "check.smmu", line, column: 1 };
}

function hex(page: number): string {
  return `0x${(page * 4096).toString(16)}`;
}
