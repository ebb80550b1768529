import type { Grant } from "../../core/parts/addressSpace.ts";
import type { Interval } from "../../core/parts/intervalMap.ts";
import type { IommuState } from "../../core/state.ts";
import { formatAccess } from "../../events/vocabulary/access.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import { phaseOf } from "../../replay/replayBoot.ts";
import { usersOf } from "../../replay/stateJson.ts";
import type { Terminal } from "../terminal.ts";
import { renderClients } from "./clientsText.ts";
import { count, plural, renderTable } from "./table.ts";
import { renderVms } from "./vmsText.ts";

const MAPPINGS_SHOWN = 8;
const NAMES_SHOWN = 200;

/** A state for people: units, devices, and each object with its first mappings. */
export function renderState(terminal: Terminal, state: IommuState, seq: number, all: boolean): string {
  const { color } = terminal;
  const parts = [`${color.bold(`after event ${seq}`)}: ${phaseOf(state)}, family ${state.family}\n`];
  if (state.units.size > 0) parts.push(section(terminal, "units", unitTable(terminal, state)));
  if (state.devices.size > 0) parts.push(section(terminal, "devices", deviceTable(terminal, state, all)));
  for (const [name, { startup, reserved }] of state.devices) {
    const mappings = [startup, reserved].flatMap((space) => space?.mappings() ?? []);
    if (mappings.length === 0) continue;
    const head = `start-up grants of ${name}; ${plural(mappings.length, "mapping")}`;
    parts.push(section(terminal, head, mappingTable(terminal, mappings, all)));
  }
  const usersOfObject = usersOf(state);
  let objectsShown = 0;
  for (const [name, { client, space }] of state.objects) {
    const mappings = space.mappings();
    const owner = client === null ? "" : ` of ${client}`;
    const users = usersOfObject.get(name) ?? [];
    const head = `object ${name}${owner}: ${users.length === 0 ? "no device" : users.join(", ")}; ${plural(mappings.length, "mapping")}`;
    if (mappings.length === 0 && !all && users.length === 0) continue;
    objectsShown += 1;
    if (objectsShown > NAMES_SHOWN && !all) continue;
    parts.push(section(terminal, head, mappingTable(terminal, mappings, all)));
  }
  if (objectsShown > NAMES_SHOWN && !all)
    parts.push(`\n... and ${plural(objectsShown - NAMES_SHOWN, "more object")}; --all shows them\n`);
  const empty = [...state.objects].filter(
    ([name, { space }]) => space.mappingCount === 0 && !usersOfObject.has(name),
  ).length;
  if (empty > 0 && !all)
    parts.push(`\n${plural(empty, "object")} without device and mapping not shown; --all shows them\n`);
  if (state.clients.size > 0) parts.push(section(terminal, "clients", renderClients(terminal, state)));
  if (state.vms.size > 0) parts.push(renderVms(terminal, state, all));
  if (state.pendingFaults.length > 0) {
    const dropped =
      state.droppedFaults === 0 ? "" : `, ${count(state.droppedFaults)} dropped after them (FLT-3)`;
    parts.push(`\n${plural(state.pendingFaults.length, "pending fault")}${dropped}\n`);
  }
  return parts.join("");
}

function mappingTable(terminal: Terminal, mappings: readonly Interval<Grant>[], all: boolean): string {
  const shown = all ? mappings : mappings.slice(0, MAPPINGS_SHOWN);
  const rows = shown.map(({ first, last, value }) => [
    `${formatAddress(first)}-${formatAddress(last, 0xfff)}`,
    value.delta === 0 ? "unity" : `-> ${formatAddress(first + value.delta)}`,
    formatAccess(value.access),
    String(value.since),
  ]);
  const more =
    mappings.length > shown.length
      ? `  ... and ${count(mappings.length - shown.length)} more; --all shows them\n`
      : "";
  const table =
    rows.length === 0
      ? ""
      : renderTable(
          terminal,
          [{ head: "  address" }, { head: "target" }, { head: "access" }, { head: "since", right: true }],
          rows.map(([a, ...rest]) => [`  ${a}`, ...rest]),
        );
  return table + more;
}

function unitTable(terminal: Terminal, state: IommuState): string {
  const rows = [...state.units].map(([name, unit]) => {
    const on = unit.translation ?? state.translationOfAll;
    return [
      `  ${name}`,
      unit.base === null ? "-" : formatAddress(unit.base.page, unit.base.offset),
      unit.addressWidth === null ? "-" : `${unit.addressWidth} bits`,
      on === null ? "never switched" : on ? "on" : terminal.color.yellow("off"),
    ];
  });
  return renderTable(
    terminal,
    [{ head: "  unit" }, { head: "base" }, { head: "width" }, { head: "translation" }],
    rows,
  );
}

function deviceTable(terminal: Terminal, state: IommuState, all: boolean): string {
  const shown = [...state.devices].slice(0, all ? undefined : NAMES_SHOWN);
  const rows = shown.map(([name, { unit, object, passthrough, counters }]) => [
    `  ${name}`,
    unit ?? "-",
    passthrough ? terminal.color.yellow("pass-through") : (object ?? "-"),
    count(counters.permitted),
    counters.denied === 0 ? "0" : terminal.color.red(count(counters.denied)),
  ]);
  const columns = [
    { head: "  device" },
    { head: "unit" },
    { head: "object" },
    { head: "permitted", right: true },
    { head: "denied", right: true },
  ];
  const more = state.devices.size - shown.length;
  return `${renderTable(terminal, columns, rows)}${more === 0 ? "" : `  ... and ${count(more)} more; --all shows them\n`}`;
}

function section(terminal: Terminal, head: string, body: string): string {
  return `\n${terminal.color.bold(head)}\n${body}`;
}
