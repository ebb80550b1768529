import type { Grant } from "../../core/parts/addressSpace.ts";
import type { Interval } from "../../core/parts/intervalMap.ts";
import type { IommuState } from "../../core/state.ts";
import { managedDevices } from "../../core/vms/guestEvents.ts";
import type { VmState } from "../../core/vms/vmState.ts";
import { formatAccess } from "../../events/vocabulary/access.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import { phaseOf } from "../../replay/replayBoot.ts";
import { usersOf } from "../../replay/stateJson.ts";
import type { Terminal } from "../terminal.ts";
import { count, plural, renderTable } from "./table.ts";

const ROWS_SHOWN = 8;

/** The virtual machines of a host for people: memory, devices, and the guest's own tables with both of their stages. */
export function renderVms(terminal: Terminal, state: IommuState, all: boolean): string {
  return [...state.vms].map(([name, vm]) => vmText(terminal, state, name, vm, all)).join("");
}

function vmText(terminal: Terminal, state: IommuState, name: string, vm: VmState, all: boolean): string {
  const { color } = terminal;
  const parts = [`\n${color.bold(`VM ${name}`)}: ${aboutText(terminal, vm)}\n`];
  const memory = vm.memory.mappings();
  if (memory.length > 0)
    parts.push(
      cut(memory, all, (shown) =>
        renderTable(
          terminal,
          [{ head: "  guest-physical" }, { head: "host-physical" }],
          shown.map((run) => [`  ${rangeText(run)}`, rangeText(run, run.value.delta)]),
        ),
      ),
    );
  if (vm.running && vm.pass.length > 0) parts.push(devicesText(terminal, state, vm));
  if (vm.guest !== null) parts.push(guestText(terminal, vm.guest, vm, all));
  return parts.join("");
}

function aboutText({ color }: Terminal, { running, vdev, unity, client, guest }: VmState): string {
  if (!running) return "ended";
  return [
    "running",
    ...(unity ? [color.yellow("unity-mapped (HV-9)")] : []),
    client === null ? color.yellow("confined by nobody (HV-8)") : `client ${client}`,
    vdev ? "vdev-smmu" : "no vdev-smmu",
    guest?.service == null
      ? "no service in the guest"
      : `${guest.service.name} in the guest: ${phaseOf(guest)}`,
  ].join(", ");
}

function devicesText(terminal: Terminal, state: IommuState, vm: VmState): string {
  const managed = managedDevices(state, vm);
  const rows = vm.pass.map((device) => [
    `  ${device}`,
    vm.guest === null ? "-" : (vm.guest.devices.get(device)?.object ?? "none"),
    managed.includes(device)
      ? (state.devices.get(device)?.object ?? "none")
      : terminal.color.yellow("not confined"),
  ]);
  return renderTable(
    terminal,
    [{ head: "  device" }, { head: "object in the guest" }, { head: "object in the host" }],
    rows,
  );
}

/** The guest's objects: where its addresses lie for the guest, and where that is for the host. */
function guestText(terminal: Terminal, guest: IommuState, vm: VmState, all: boolean): string {
  const users = usersOf(guest);
  const parts: string[] = [];
  for (const [device, { startup }] of guest.devices)
    if (startup !== null && startup.mappingCount > 0)
      parts.push(tableText(terminal, `start-up grants of ${device}`, startup.mappings(), vm, all));
  for (const [name, { client, space }] of guest.objects) {
    const mappings = space.mappings();
    const owner = client === null ? "" : ` of ${client}`;
    const its = users.get(name) ?? [];
    const head = `object ${name}${owner}: ${its.length === 0 ? "no device" : its.join(", ")}; ${plural(mappings.length, "mapping")}`;
    parts.push(tableText(terminal, head, mappings, vm, all));
  }
  return parts.join("");
}

function tableText(
  terminal: Terminal,
  head: string,
  mappings: readonly Interval<Grant>[],
  { memory }: VmState,
  all: boolean,
): string {
  const rows = mappings.flatMap((run) => {
    const { delta, access, since } = run.value;
    return memory.within(run.first + delta, run.last + delta).map((part) => ({
      first: part.first - delta,
      last: part.last - delta,
      value: { guest: delta, host: delta + part.value.delta, access, since },
    }));
  });
  if (rows.length === 0) return `  in the guest, ${head}\n`;
  const columns = [
    { head: "    address" },
    { head: "guest-physical" },
    { head: "host-physical" },
    { head: "access" },
    { head: "since", right: true },
  ];
  const table = cut(rows, all, (shown) =>
    renderTable(
      terminal,
      columns,
      shown.map((row) => [
        `    ${rangeText(row)}`,
        row.value.guest === 0 ? "unity" : formatAddress(row.first + row.value.guest),
        formatAddress(row.first + row.value.host),
        formatAccess(row.value.access),
        String(row.value.since),
      ]),
    ),
  );
  return `  in the guest, ${head}\n${table}`;
}

function cut<T>(rows: readonly T[], all: boolean, render: (shown: readonly T[]) => string): string {
  const shown = all ? rows : rows.slice(0, ROWS_SHOWN);
  const more = rows.length - shown.length;
  return `${render(shown)}${more === 0 ? "" : `  ... and ${count(more)} more; --all shows them\n`}`;
}

function rangeText({ first, last }: { first: number; last: number }, delta = 0): string {
  return `${formatAddress(first + delta)}-${formatAddress(last + delta, 0xfff)}`;
}
