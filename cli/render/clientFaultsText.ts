import type { BlindReason, ClientFaults } from "../../replay/clientFaults.ts";
import type { Terminal } from "../terminal.ts";
import { count, plural, renderTable } from "./table.ts";

const BLIND_TEXT: { readonly [why in BlindReason]: string } = {
  silent: "the unit leaves no record of such a refusal",
  merged: "the unit had a record of that requester or context already",
  overflow: "the unit's records or event queue were full",
  "no-service": "no service ran that would have read the unit's record (DSS-1)",
  "nobody-connected": "no client was connected (FLT-6)",
  dropped: "64 records were waiting for each client (FLT-3)",
  gone: "the clients that had the record left before they fetched it",
  lost: "the service ended before a client had fetched the record (DSS-1)",
};

/** What clients could learn of the faults of a boot, and the post-mortem's blind spot; empty for a boot without clients. */
export function renderClientFaults(terminal: Terminal, told: ClientFaults | null): string {
  if (told === null || told.refused === 0) return "";
  const { color } = terminal;
  const lines = [
    `\n${color.bold("what clients could learn")}: of ${plural(told.refused, "fault")}, ${count(told.learnt)} fetched, ${count(told.waiting)} waiting\n`,
  ];
  if (told.clients.length > 0) {
    const rows = told.clients.map(({ client, fetched, waiting, dropped, gone, lost }) => [
      `  ${client}`,
      ...[fetched, waiting, dropped, gone + lost].map(count),
    ]);
    const numbers = ["fetched", "waiting", "dropped", "left behind"].map((head) => ({ head, right: true }));
    lines.push(renderTable(terminal, [{ head: "  client" }, ...numbers], rows));
  }
  lines.push(...blindText(terminal, told));
  return lines.join("");
}

function blindText({ color }: Terminal, { blind, hidden, learnt, waiting }: ClientFaults): string[] {
  const reasons = (Object.entries(blind) as [BlindReason, number][]).filter(([, many]) => many > 0);
  const total = reasons.reduce((sum, [, many]) => sum + many, 0);
  const lines: string[] = [];
  if (total > 0) {
    lines.push(`${color.yellow("blind spot")}: ${plural(total, "fault")} that no client can ever learn of\n`);
    for (const [why, many] of reasons) lines.push(`  ${count(many)}: ${BLIND_TEXT[why]}\n`);
  }
  const part = (many: number, one: string, more: string) =>
    many === 0 ? [] : [`${count(many)} ${many === 1 ? one : more}`];
  const parts = [
    ...part(hidden.device, "does not name the device", "do not name the device"),
    ...part(hidden.address, "has no address", "have no address"),
    ...part(hidden["page-offset"], "lacks the offset in the page", "lack the offset in the page"),
  ];
  if (parts.length > 0)
    lines.push(
      `${color.yellow("half seen")}: of the ${plural(learnt + waiting, "record")}, ${parts.join(", ")} (FLT-4)\n`,
    );
  return lines;
}
