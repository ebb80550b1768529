import type { Grant } from "../../../core/parts/addressSpace.ts";
import type { Interval } from "../../../core/parts/intervalMap.ts";
import type { IommuState } from "../../../core/state.ts";
import { formatAccess } from "../../../events/vocabulary/access.ts";
import { formatAddress } from "../../../events/vocabulary/address.ts";
import { escapeHtml } from "./html.ts";

const ROW = 26;
const COLUMN = 260;
const BOX = 220;
const ROWS_DRAWN_MAX = 60;

/** Units, devices and objects with their connections, as SVG. */
export function topologyPicture(state: IommuState): string {
  const units = [...state.units.keys()].slice(0, ROWS_DRAWN_MAX);
  const devices = [...state.devices.keys()].slice(0, ROWS_DRAWN_MAX);
  const used = new Set([...state.devices.values()].map((device) => device.object));
  const objects = [...state.objects.keys()].filter((name) => used.has(name)).slice(0, ROWS_DRAWN_MAX);
  const height = Math.max(units.length, devices.length, objects.length, 1) * ROW + 40;
  const y = (list: readonly string[], name: string | null): number | null => {
    const index = name === null ? -1 : list.indexOf(name);
    return index < 0 ? null : 40 + index * ROW;
  };
  const boxes = (list: readonly string[], column: number, note: (name: string) => string): string =>
    list
      .map(
        (name, i) =>
          `<rect class="box" x="${column * COLUMN + 4}" y="${28 + i * ROW}" width="${BOX}" height="${ROW - 4}" rx="4"/><text x="${column * COLUMN + 12}" y="${43 + i * ROW}">${escapeHtml(name)}<tspan class="dimtext"> ${escapeHtml(note(name))}</tspan></text>`,
      )
      .join("");
  const edges: string[] = [];
  for (const name of devices) {
    const device = state.devices.get(name)!;
    const at = y(devices, name)!;
    for (const [to, from] of [
      [y(units, device.unit), 0],
      [y(objects, device.object), 1],
    ] as const) {
      if (to === null) continue;
      const [x1, x2, y1, y2] =
        from === 0 ? [BOX + 4, COLUMN + 4, to, at] : [COLUMN + BOX + 4, 2 * COLUMN + 4, at, to];
      edges.push(`<path class="edge" d="M${x1} ${y1} C ${x1 + 18} ${y1} ${x2 - 18} ${y2} ${x2} ${y2}"/>`);
    }
  }
  const heads = ["units", "devices", "objects"]
    .map((text, i) => `<text class="dimtext" x="${i * COLUMN + 8}" y="16">${text}</text>`)
    .join("");
  const unitNote = (name: string) => (state.units.get(name as never)!.translation === false ? "(off)" : "");
  const deviceNote = (name: string) => {
    const { passthrough, startup } = state.devices.get(name as never)!;
    return passthrough ? "(pass-through)" : startup === null ? "" : "(own)";
  };
  const objectNote = (name: string) => `(${state.objects.get(name as never)!.space.mappingCount} mappings)`;
  return `<svg viewBox="0 0 ${3 * COLUMN} ${height}" width="${3 * COLUMN}" role="img" aria-label="units, devices and objects">${edges.join("")}${boxes(units, 0, unitNote)}${boxes(devices, 1, deviceNote)}${boxes(objects, 2, objectNote)}${heads}</svg>`;
}

/** A fault's page on a map. */
export interface FaultMark {
  readonly page: number;
  readonly text: string;
}

const WIDTH = 1000;
const CLUSTERS_MAX = 40;

/**
 * An object's address space: runs of grants in order, each as wide as the logarithm of its pages; gaps between them are
 * drawn short, since nearly all of 2^64 is empty. Red lines are refused addresses.
 */
export function addressSpacePicture(
  name: string,
  mappings: readonly Interval<Grant>[],
  faults: readonly FaultMark[],
): string {
  const all = clusters(mappings);
  const runs = all.slice(0, CLUSTERS_MAX);
  if (runs.length === 0) return "<p>no grants at the end of the boot</p>";
  const widths = runs.map((run) => 14 + 8 * Math.log2(run.last - run.first + 1));
  const total = widths.reduce((sum, width) => sum + width, 0);
  // A few runs do not need the whole width; many share it.
  const scale = Math.min(2.5, (WIDTH - 20 - runs.length * 8) / total);
  const places: {
    readonly first: number;
    readonly last: number;
    readonly x: number;
    readonly width: number;
  }[] = [];
  let x = 10;
  const boxes = runs.map((run, i) => {
    const width = widths[i]! * scale;
    places.push({ first: run.first, last: run.last, x, width });
    const title = `${formatAddress(run.first)}-${formatAddress(run.last, 0xfff)} ${run.access} (${run.grants} ${run.grants === 1 ? "grant" : "grants"})`;
    const box = `<g><title>${escapeHtml(title)}</title><rect class="${run.access.replace("x", "") || "r"}" x="${x.toFixed(1)}" y="22" width="${width.toFixed(1)}" height="22" rx="2"/></g>`;
    // Each run says where it begins, as far as there is room.
    const start = formatAddress(run.first);
    const label =
      width < start.length * 7.4 ? "" : `<text class="dimtext" x="${x.toFixed(1)}" y="62">${start}</text>`;
    x += width + 8;
    return box + label;
  });
  const marks = faults.slice(0, 200).map(({ page, text }) => {
    const at = markX(places, page);
    return `<g><title>${escapeHtml(text)}</title><line class="fault" x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="14" y2="52"/></g>`;
  });
  const [first, last] = [formatAddress(all[0]!.first), formatAddress(all.at(-1)!.last, 0xfff)];
  const more = all.length > runs.length ? `; the first ${runs.length} of ${all.length} runs are drawn` : "";
  return `<svg viewBox="0 10 ${WIDTH} 56" width="${WIDTH}" role="img" aria-label="address space of ${escapeHtml(name)}">${boxes.join("")}${marks.join("")}</svg><p class="dim"><code>${first}</code> to <code>${last}</code>${more}</p>`;
}

interface Cluster {
  readonly first: number;
  last: number;
  readonly access: string;
  grants: number;
}

function clusters(mappings: readonly Interval<Grant>[]): Cluster[] {
  const all: Cluster[] = [];
  for (const { first, last, value } of mappings) {
    const access = formatAccess(value.access);
    const open = all.at(-1);
    if (open !== undefined && open.last + 1 === first && open.access === access) {
      open.last = last;
      open.grants += 1;
    } else all.push({ first, last, access, grants: 1 });
  }
  return all;
}

function markX(
  places: readonly { first: number; last: number; x: number; width: number }[],
  page: number,
): number {
  let at = 5;
  for (const place of places) {
    if (page < place.first) return at;
    if (page <= place.last)
      return place.x + (place.width * (page - place.first + 0.5)) / (place.last - place.first + 1);
    at = place.x + place.width + 4;
  }
  return at;
}
