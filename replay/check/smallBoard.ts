import type { BoardFacts, Surroundings } from "../../events/vocabulary/boardFacts.ts";
import type { ConfigFacts, ConfigPlace } from "../../events/vocabulary/configFacts.ts";
import { type DeviceName, pciDevice } from "../../events/vocabulary/device.ts";
import { unitName } from "../../events/vocabulary/names.ts";
import type { Placement, SafetyResponse, ServiceName } from "../../events/vocabulary/service.ts";
import type { Environment } from "../environment.ts";

/** A small machine: PCI devices 1.0, 2.0, ... behind its units, the first of them configured. */
export interface SmallBoard {
  readonly devices: number;
  /** VT-d units; devices are behind them in turn. */
  readonly units: number;
  /** Of the devices, how many the configuration grants a page each: page 0x10 to the first, 0x11 to the second, ... */
  readonly configured: number;
  /** A page that firmware wants the first device to reach: 0x20. */
  readonly reserved: boolean;
}

/** The d-th device of a small board. */
export function deviceAt(d: number): DeviceName {
  return pciDevice(0, 0, d + 1, 0);
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
  return {
    service,
    placement,
    debug: 0 as ConfigFacts["debug"],
    foreground: false,
    safety,
    user: null,
    smmu:
      placement === "guest"
        ? null
        : { type: "vtd", parameters: ["require"], library: null, origin: placeAt(1) },
    units: [],
    allow: configured.map((d) => ({
      name: `region${d}`,
      start: hex(startupPage(d)),
      length: "0x1000",
      source: true,
      // The second device may only read what it has.
      target: d % 2 === 0,
      origin: placeAt(2 + d),
    })),
    devices: configured.map((d) => ({
      device: deviceAt(d),
      length: null,
      allow: [`region${d}`],
      unit: null,
      use: null,
      uses: [],
      reserved: [],
      origin: placeAt(20 + d),
    })),
  };
}

/** What surrounds the service on a small board; everything works, and everything is certified. */
export function smallEnvironment(board: SmallBoard, guest: boolean): Environment {
  return { ...surroundings(board, guest), inGuest: guest };
}

function surroundings(board: SmallBoard, guest: boolean): Surroundings {
  return {
    board: boardFacts(board),
    files: [
      { name: "smmu-vtd.so", certified: false, loadable: true },
      { name: "smmu-vtd-safety.so", certified: true, loadable: true },
    ],
    components: [{ name: "procnto-smp-instr", certified: true }],
    soc: null,
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

function boardFacts({ devices, units, reserved }: SmallBoard): BoardFacts {
  return {
    architecture: "x86",
    units: Array.from({ length: units }, (_, u) => ({
      name: unitName(`dmar${u}`),
      family: "vtd",
      base: `0x${(0xfed9_0000 + u * 0x1000).toString(16)}`,
      addressWidth: 39,
      covers: u === 0 ? [{ kind: "all" }] : [],
      source: "board",
    })),
    devices: Array.from({ length: devices }, (_, d) => ({
      device: deviceAt(d),
      listed: true,
      unit: unitName(`dmar${d % units}`),
      answer: "unit",
      identifiers: [],
      note: null,
    })),
    reserved: reserved
      ? [
          {
            start: hex(RESERVED_PAGE),
            length: "0x1000",
            access: "rw",
            devices: [deviceAt(0)],
            undecided: [],
            source: "board",
          },
        ]
      : [],
    image: [],
    damaged: [],
  };
}

function placeAt(line: number): ConfigPlace {
  return { file: "check.smmu", line, column: 1 };
}

function hex(page: number): string {
  return `0x${(page * 4096).toString(16)}`;
}
