import type { FailedStep } from "../../replay/failEach.ts";
import { questionText } from "../../replay/tell/startupText.ts";
import type { Terminal } from "../terminal.ts";
import { plural, renderTable } from "./table.ts";

/** The runs of `--fail-each` as a table, and a last line that says whether all ended as they must. */
export function renderFailEach(terminal: Terminal, steps: readonly FailedStep[]): string {
  const { color } = terminal;
  const rows = steps.map(({ step, question, phase, dss, harmless, ok }) => [
    String(step),
    questionText(question),
    dss === null ? phase : dss.reason,
    dss?.requirement ?? harmless ?? "",
    ok ? color.green(dss === null ? "harmless" : "DSS") : color.red("runs on"),
  ]);
  const columns = [
    { head: "step", right: true },
    { head: "that fails" },
    { head: "ends" },
    { head: "by" },
    { head: "verdict" },
  ];
  const bad = steps.filter(({ ok }) => !ok).length;
  const last =
    bad === 0
      ? color.green(`${plural(steps.length, "step")}: each failure ends in the DSS or is harmless`)
      : color.red(`${plural(bad, "step")} of ${steps.length} may fail without the DSS`);
  return `${renderTable(terminal, columns, rows)}\n${last}\n`;
}
