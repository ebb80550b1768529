import type { DeviceName } from "../../../events/vocabulary/device.ts";
import type { ServiceState } from "../../startup/serviceState.ts";
import type { PageRun } from "./pages.ts";

/** What start-up gives a device: by its sets, and by the regions that it must always be able to use. */
export interface GivenAtStartup {
  readonly startup: readonly PageRun[];
  readonly reserved: readonly PageRun[];
}

/**
 * Read off the configuration and the board (ALW-2 to ALW-4, DEV-2, RSV-1 to RSV-5, HG-3.2, X86-1): whole pages, each with the
 * rights of all that touch it (CM-12, G-26). `unit` null: nothing is in front of the device.
 */
export function givenAtStartup(
  { config, board, placement }: ServiceState,
  device: DeviceName,
  unit: string | null,
): GivenAtStartup {
  if (config === null || board === null) return { startup: [], reserved: [] };
  const lines = config.devices.filter((line) => line.device === device);
  const sets = lines.flatMap(({ allow }) => allow);
  const allowed = config.allow.filter(({ name }) => sets.includes(name));
  const ignoresBoard = config.smmu?.type === "vtd" && config.smmu.parameters[0] === "ignore";
  const isKnown =
    lines.length > 0 || board.devices.some((each) => each.device === device && each.listed && unit !== null);
  const regions =
    placement !== "hardware" || ignoresBoard || !isKnown
      ? []
      : board.reserved.filter(({ devices }) => devices.includes(device));
  return {
    startup: unionOf(
      allowed.map(({ start, length, source, target }) => {
        return { start, length, rights: (source ? 1 : 0) + (target ? 2 : 0) };
      }),
    ),
    reserved: unionOf([
      ...regions.map(({ start, length, access }) => {
        return { start, length, rights: { r: 1, w: 2, rw: 3 }[access] };
      }),
      ...lines.flatMap(({ reserved }) => reserved.map(({ start, length }) => ({ start, length, rights: 3 }))),
    ]),
  };
}

interface Piece {
  readonly start: string;
  readonly length: string;
  readonly rights: number;
}

function unionOf(pieces: readonly Piece[]): PageRun[] {
  const runs = pieces.map(({ start, length, rights }) => {
    const [from, bytes] = [BigInt(start), BigInt(length)];
    return { first: Number(from / 4096n), last: Number((from + bytes - 1n) / 4096n), rights };
  });
  const edges = [...new Set(runs.flatMap(({ first, last }) => [first, last + 1]))].sort((a, b) => a - b);
  return edges.flatMap((first, i) => {
    const touching = runs.filter((run) => run.first <= first && first <= run.last);
    if (touching.length === 0) return [];
    const access = touching.reduce((all, { rights }) => all | rights, 0);
    return [{ first, last: edges[i + 1]! - 1, delta: 0, access }];
  });
}
