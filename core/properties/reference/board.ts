import type { BoardFacts } from "../../../events/vocabulary/boardFacts.ts";
import type { ConfigDevice, ConfigFacts } from "../../../events/vocabulary/configFacts.ts";
import type { DeviceName } from "../../../events/vocabulary/device.ts";
import type { ServiceState } from "../../startup/serviceState.ts";
import { isCovered } from "./judge.ts";
import { pagesText } from "./pages.ts";
import { givenAtStartup } from "./startupGrants.ts";

const FAMILIES: { readonly [type: string]: string } = { vtd: "vtd", armsmmu: "smmuv2", rcar3: "ipmmu" };

/** Why a service cannot start on a board, read off G-1, G-14, G-16, X86-1, X86-6, ARM-7; null: it can. */
export function boardRefusal(service: ServiceState, board: BoardFacts): string | null {
  const { config, placement } = service;
  if (config === null || placement === "guest") return null;
  const type = config.smmu?.type ?? "";
  const word = type === "vtd" ? config.smmu?.parameters[0] : undefined;
  const family = FAMILIES[type];
  const fromBoard =
    word === "ignore" ? [] : board.units.filter((unit) => family === undefined || unit.family === family);
  if (word !== "ignore" && board.damaged.length > 0) return "board-error";
  if (word === "require" && fromBoard.length === 0) return "board-error";
  if (word === "ignore" && config.units.length === 0) return "configuration-error";
  if (fromBoard.length + config.units.length === 0) return "board-error";
  const isBad = config.devices.some(
    (device) =>
      !hasUnit(config, board, fromBoard, device) ||
      hasReservedStream(config, device) ||
      overlapsImage(service, board, device),
  );
  return isBad || hasConflict({ ...service, board }) ? "configuration-error" : null;
}

/** Whether a unit in front of a configured device is known: named, told by the board, covering it, or the only one. */
function hasUnit(
  config: ConfigFacts,
  board: BoardFacts,
  fromBoard: BoardFacts["units"],
  { device, uses }: ConfigDevice,
): boolean {
  if (uses.length > 0) {
    const names = [...config.units, ...fromBoard].map(({ name }) => name as string);
    return names.includes(uses[0]!.unit);
  }
  const told = board.devices.find((each) => each.device === device)?.unit ?? null;
  if (told !== null && fromBoard.some(({ name }) => name === told)) return true;
  if (fromBoard.some(({ covers }) => covers !== null && isCovered(covers, device))) return true;
  const own = config.units.filter(
    ({ base, name }) => !fromBoard.some((unit) => unit.base === base || unit.name === name),
  );
  if (fromBoard.length + own.length !== 1) return false;
  if (fromBoard[0] !== undefined && fromBoard[0].covers !== null) return false;
  const hasLibrary = config.units[0]?.parameters.cfg_dll != null;
  return hasLibrary || (config.smmu?.type === "vtd" && device.startsWith("pci:"));
}

function hasReservedStream({ units }: ConfigFacts, { uses }: ConfigDevice): boolean {
  return uses.some(({ unit, use }) => {
    const ids = units.find(({ name }) => name === unit)?.parameters.res_sid ?? [];
    return use !== null && ids.includes(Number(use));
  });
}

function overlapsImage(
  { placement }: ServiceState,
  board: BoardFacts,
  { device, reserved }: ConfigDevice,
): boolean {
  const spanOf = ({ start, length }: { readonly start: string; readonly length: string }) => {
    const from = BigInt(start);
    return { first: from / 4096n, last: (from + BigInt(length) - 1n) / 4096n };
  };
  return reserved.some((region) => {
    const { first, last } = spanOf(region);
    const isImage = board.image.map(spanOf).some((image) => image.first <= last && first <= image.last);
    const isTold = board.reserved
      .filter(({ devices }) => placement === "hardware" && devices.includes(device as DeviceName))
      .map(spanOf)
      .some((outer) => outer.first <= first && last <= outer.last);
    return isImage && !isTold;
  });
}

/** Two configured devices with one identifier of one unit must have the same grants (G-14, G-23, LIM-6). */
function hasConflict(service: ServiceState): boolean {
  const { devices } = service.config!;
  const known = new Map<string, string>();
  return devices.some(({ device, uses }) => {
    const { startup, reserved } = givenAtStartup(service, device as DeviceName, "a unit");
    const table = `${pagesText(startup)};${pagesText(reserved)}`;
    return uses.some(({ unit, use }) => {
      if (use === null) return false;
      const key = `${unit} ${use}`;
      const other = known.get(key);
      known.set(key, other ?? table);
      return other !== undefined && other !== table;
    });
  });
}
