import { serves } from "../../core/clients/deliverFault.ts";
import type { IommuState } from "../../core/state.ts";
import { machineOf } from "../../core/vms/vmState.ts";
import type { Terminal } from "../terminal.ts";
import { renderTable } from "./table.ts";

/** The processes that are, or may become, clients; empty where there are none. */
export function renderClients(terminal: Terminal, state: IommuState): string {
  if (state.clients.size === 0) return "";
  const rows = [...state.clients].map(([name, { abilities, vm }]) => {
    const machine = machineOf(state, name);
    const client = machine.clients.get(name)!;
    const served = serves(machine);
    const objects = [...machine.objects].flatMap(([object, { client: owner }]) =>
      owner === name ? [object] : [],
    );
    const records = served ? client.records.length : 0;
    return [
      `  ${name}`,
      vm ?? "-",
      abilities.join(" ") || "none",
      client.connected && served ? "yes" : "no",
      objects.join(" ") || "-",
      `${records}${client.dropped && served ? terminal.color.yellow(", some dropped") : ""}`,
      client.notify && served ? "once" : "no",
    ];
  });
  return renderTable(
    terminal,
    [
      { head: "  client" },
      { head: "in" },
      { head: "abilities" },
      { head: "connected" },
      { head: "objects" },
      { head: "records waiting" },
      { head: "notified" },
    ],
    rows,
  );
}
