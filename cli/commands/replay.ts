import { type Divergence, type ReplayReport, replayBoot } from "../../replay/replayBoot.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { checkSeq, readBoot, withStore } from "../openStore.ts";
import { count, plural, renderTable } from "../render/table.ts";
import { printJson, type Terminal } from "../terminal.ts";

const LISTED_MAX = 10;

/** `smmu replay BOOT`: every verdict decided anew and compared with the recorded one. */
export const replayCommand: Command<{ boot: string; at: number | undefined }> = {
  form: "replay <boot>",
  does: "fold a boot, decide every verdict anew, compare with what was recorded",
  options: (yargs) =>
    yargs
      .positional("boot", { type: "string", demandOption: true, describe: "the boot's name" })
      .option("at", { type: "number", describe: "stop after this seq", requiresArg: true }),
  async run(options, terminal) {
    const started = performance.now();
    const report = await withStore(options.db, "read", (store) => {
      const reader = readBoot(store, options.boot);
      return replayBoot(reader, checkSeq(reader.info, options.at));
    });
    const elapsedMs = Math.round((performance.now() - started) * 10) / 10;
    if (terminal.json) await printJson(terminal, { ...report, elapsedMs });
    else await printReplay(terminal, report, elapsedMs);
    return report.conformance.diverged + report.conformance.stale > 0 ? EXIT.finding : EXIT.ok;
  },
};

/** Tells a replay in words. */
export async function printReplay(
  terminal: Terminal,
  report: ReplayReport,
  elapsedMs: number,
): Promise<void> {
  const { color } = terminal;
  const { transactions: t, conformance: c } = report;
  const rate = elapsedMs > 0 ? ` (${count(Math.round((report.events / elapsedMs) * 1000))} events/s)` : "";
  await terminal.out(
    `${color.bold(report.boot)}: ${plural(report.events, "event")} replayed in ${count(Math.round(elapsedMs))} ms${rate}\n\n`,
  );
  const rows = [
    ["transfers", count(t.total), ""],
    [
      "  permitted",
      count(t.permitted),
      t.unrestricted === 0
        ? ""
        : color.yellow(`${count(t.unrestricted)} of them unrestricted: nothing confined the device`),
    ],
    ["  denied", count(t.denied), ""],
    ...(t.interrupts === 0
      ? []
      : [
          [
            "  interrupts",
            count(t.interrupts),
            "writes into the interrupt range: neither permitted nor denied",
          ],
        ]),
    [
      "compared with the recording",
      count(c.compared),
      c.compared === 0 ? "the recording holds no verdicts" : "",
    ],
    ["  agreed", count(c.agreed), c.agreed === c.compared && c.compared > 0 ? color.green("every one") : ""],
    [
      "  through a stale translation",
      count(c.stale),
      c.stale === 0 ? "" : color.yellow("permitted after the grant was revoked, before it was invalidated"),
    ],
    [
      "  diverged",
      count(c.diverged),
      c.diverged === 0 ? "" : color.red("our rules and the recorded machine part"),
    ],
    ...(c.notComparable === 0
      ? []
      : [["not comparable", count(c.notComparable), "calls that rest on what their recorder did not see"]]),
  ];
  await terminal.out(
    renderTable(terminal, [{ head: "" }, { head: "count", right: true }, { head: "" }], rows),
  );
  await printList(terminal, "diverged", c.divergences, c.diverged);
  await printList(terminal, "stale", c.staleTransfers, c.stale);
  await terminal.out(`\nstate ${report.stateDigest.slice(0, 16)}  log ${report.logDigest.slice(0, 16)}\n`);
}

async function printList(
  terminal: Terminal,
  what: string,
  list: readonly Divergence[],
  total: number,
): Promise<void> {
  if (list.length === 0) return;
  const rows = list
    .slice(0, LISTED_MAX)
    .map(({ seq, expected, actual }) => [String(seq), verdictText(expected), verdictText(actual)]);
  await terminal.out(
    `\n${what}:\n${renderTable(terminal, [{ head: "seq", right: true }, { head: "recorded" }, { head: "by our rules" }], rows)}`,
  );
  if (total > LISTED_MAX)
    await terminal.out(`... and ${count(total - LISTED_MAX)} more; --json lists them\n`);
}

function verdictText(verdict: unknown): string {
  const call = verdict as { readonly [name: string]: string | number | null | undefined };
  if (call["function"] !== undefined)
    return `${call["function"]} = ${call["returns"] ?? "NULL"}${call["errno"] ? ` ${call["errno"]}` : ""}`;
  const { verdict: word, target, code, reason, at } = verdict as { readonly [name: string]: string | null };
  return [word, target && `-> ${target}`, reason, code && `(${code})`, at && `at ${at}`]
    .filter(Boolean)
    .join(" ");
}
