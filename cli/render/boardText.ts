import type { Surroundings } from "../../events/vocabulary/boardFacts.ts";
import type { Terminal } from "../terminal.ts";
import { renderTable } from "./table.ts";

const ROWS_MAX = 64;

/** What a service would learn of a board: units, the devices behind them, reserved memory, files, components, the vdev. */
export function renderBoard(
  terminal: Terminal,
  { board, files, components, soc, vdev }: Surroundings,
): string {
  const { color } = terminal;
  const parts: string[] = [];
  const section = (title: string, columns: readonly string[], rows: readonly (readonly string[])[]) => {
    if (rows.length === 0) return;
    const heads = columns.map((head, index) => ({ head: index === 0 ? `  ${head}` : head }));
    const shown = rows.slice(0, ROWS_MAX).map(([first, ...rest]) => [`  ${first}`, ...rest]);
    const more = rows.length > ROWS_MAX ? `  ... and ${rows.length - ROWS_MAX} more\n` : "";
    parts.push(`${color.bold(title)}\n${renderTable(terminal, heads, shown)}${more}`);
  };
  section(
    "units",
    ["unit", "family", "base", "width", "in front of", "told by"],
    board.units.map(({ name, family, base, addressWidth, covers, source }) => [
      name,
      family,
      base ?? "-",
      addressWidth === null ? "-" : `${addressWidth} bits`,
      covers === null
        ? "not said"
        : covers.length === 0
          ? "the devices that name it"
          : covers
              .map((range) =>
                range.kind === "all" ? "every device" : `PCI segment ${range.segment}${rangeText(range)}`,
              )
              .join(", "),
      source,
    ]),
  );
  section(
    "devices",
    ["device", "unit", "identifiers", "note"],
    board.devices.map(({ device, unit, answer, identifiers, note }) => [
      device,
      unit === null ? color.yellow(NO_UNIT[answer]) : unit,
      identifiers.join(", "),
      note ?? "",
    ]),
  );
  section(
    "reserved memory",
    ["start", "length", "access", "devices", "told by"],
    board.reserved.map(({ start, length, access, devices, undecided, source }) => [
      start,
      length,
      access,
      [...devices, ...undecided.map((device) => `${device} (behind a bridge?)`)].join(", "),
      source,
    ]),
  );
  section(
    "files",
    ["file", "certified", "loadable"],
    files.map(({ name, certified, loadable }) => [name, yes(certified), yes(loadable)]),
  );
  section(
    "components",
    ["component", "certified"],
    components.map(({ name, certified }) => [name, yes(certified)]),
  );
  if (soc !== null) parts.push(`${color.bold("chip")} ${soc.id}.${soc.revision}\n`);
  if (vdev !== null) {
    const facts = `host service ${yes(vdev.hostService)}, attached ${yes(vdev.attached)}, answers ${yes(vdev.answers)}`;
    parts.push(`${color.bold("vdev-smmu")} ${facts}\n`);
    section(
      "components that the vdev reports",
      ["component", "certified"],
      (vdev.components ?? []).map(({ name, certified }) => [name, yes(certified)]),
    );
  }
  return parts.length === 0 ? "nothing is said of this board\n" : parts.join("\n");
}

const NO_UNIT = {
  unit: "-",
  none: "none: unrestricted",
  unknown: "not said",
  undecided: "behind a bridge",
} as const;

function rangeText({ first, last }: { readonly first: number; readonly last: number }): string {
  if (first === 0 && last === 0xffff) return "";
  return `, requester ids 0x${first.toString(16)} to 0x${last.toString(16)}`;
}

function yes(value: boolean): string {
  return value ? "yes" : "no";
}
