import { availableParallelism } from "node:os";
import { MUTANTS } from "../../replay/mutants/catalogue.ts";
import type { Catch, Hunt } from "../../replay/mutants/hunt.ts";
import type { Mutant } from "../../replay/mutants/mutant.ts";
import { HUNTS } from "../../replay/mutants/plan.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { InputError } from "../inputError.ts";
import { huntMutants, type MutantResult } from "../mutants/runMutants.ts";
import { count, plural, renderTable } from "../render/table.ts";
import { printJson, type Terminal } from "../terminal.ts";

interface MutantsOptions {
  readonly only: string[];
  readonly list: boolean;
  readonly budget: number;
  readonly workers: number;
}

/** `smmu mutants`: one safety rule bent at a time, and the property that notices. */
export const mutantsCommand: Command<MutantsOptions> = {
  form: "mutants",
  does: "bend one safety rule at a time and show that check or explore notices",
  options: (yargs) =>
    yargs
      .option("only", {
        type: "string",
        array: true,
        nargs: 1,
        default: [],
        requiresArg: true,
        describe: "only this mutant; repeatable (--list names them)",
      })
      .option("list", { type: "boolean", default: false, describe: "name all mutants and run none" })
      .option("budget", {
        type: "number",
        default: 300,
        requiresArg: true,
        describe: "seconds for each mutant; one that is not noticed by then survives",
      })
      .option("workers", {
        type: "number",
        default: Math.min(availableParallelism(), 8),
        requiresArg: true,
        describe: "processes that hunt side by side",
      }),
  async run({ only, list, budget, workers }, terminal) {
    if (!(budget > 0)) throw new InputError(`--budget ${budget} is not a number of seconds`);
    if (!(Number.isInteger(workers) && workers >= 1 && workers <= 64))
      throw new InputError(`--workers ${workers} is not a whole number from 1 to 64`);
    const chosen = chosenOf(only);
    if (list) {
      if (terminal.json) await printJson(terminal, { mutants: chosen.map(described), hunts: HUNTS });
      else await terminal.out(renderList(terminal, chosen));
      return EXIT.ok;
    }
    const started = performance.now();
    const ids = [AS_SHIPPED, ...chosen.map(({ id }) => id)];
    let over = 0;
    const [shipped, ...results] = await huntMutants(ids, { workers, budgetMs: budget * 1000 }, (result) => {
      if (result.id === AS_SHIPPED) return;
      over += 1;
      terminal.note(`${over} of ${chosen.length}: ${told(result)}`);
    });
    const elapsedMs = performance.now() - started;
    const sound = shipped !== undefined && shipped.killedBy === null && shipped.lost === null;
    if (terminal.json) await printJson(terminal, reportJson(chosen, results, shipped, elapsedMs));
    else await terminal.out(renderReport(terminal, chosen, results, shipped, elapsedMs));
    return sound && results.length === chosen.length && results.every(({ killedBy }) => killedBy !== null)
      ? EXIT.ok
      : EXIT.finding;
  },
};

// The machine without a mutant is hunted, too: what it breaks by itself would prove nothing.
const AS_SHIPPED = "";

function chosenOf(only: readonly string[]): readonly Mutant[] {
  if (only.length === 0) return MUTANTS;
  return only.map((id) => {
    const mutant = MUTANTS.find((each) => each.id === id);
    if (mutant === undefined)
      throw new InputError(`there is no mutant ${id}; smmu mutants --list names them`);
    return mutant;
  });
}

function described({ id, rule, requirements, module }: Mutant): object {
  return { name: id, rule, requirements, module: `core/${module}` };
}

function reportJson(
  chosen: readonly Mutant[],
  results: readonly MutantResult[],
  shipped: MutantResult | undefined,
  elapsedMs: number,
): object {
  return {
    mutants: chosen.map((mutant, i) => {
      const { killedBy = null, survived = [], lost = null, elapsedMs: its = 0 } = results[i] ?? {};
      return {
        ...described(mutant),
        killedBy: killedBy === null ? null : `${huntText(killedBy.hunt)}: ${killedBy.property}`,
        property: killedBy?.property ?? null,
        by: killedBy?.hunt ?? null,
        after: killedBy?.after ?? null,
        survived: survived.map(({ hunt, after }) => ({ hunt, after })),
        lost,
        elapsedMs: Math.round(its),
      };
    }),
    killed: results.filter(({ killedBy }) => killedBy !== null).length,
    total: chosen.length,
    shippedHolds: shipped !== undefined && shipped.killedBy === null && shipped.lost === null,
    shippedBreaks: shipped?.killedBy?.property ?? shipped?.lost ?? null,
    elapsedMs: Math.round(elapsedMs),
  };
}

function renderList(terminal: Terminal, chosen: readonly Mutant[]): string {
  const rows = chosen.map(({ id, rule, requirements }) => [id, rule, requirements.join(" ")]);
  return `${renderTable(terminal, [{ head: "mutant" }, { head: "what the machine does" }, { head: "breaks" }], rows)}\n${plural(chosen.length, "mutant")}; each is hunted by ${HUNTS.map(huntText).join(", then ")}\n`;
}

function renderReport(
  terminal: Terminal,
  chosen: readonly Mutant[],
  results: readonly MutantResult[],
  shipped: MutantResult | undefined,
  elapsedMs: number,
): string {
  const { color } = terminal;
  const rows = results.map(({ id, killedBy, elapsedMs: its }) => [
    killedBy === null ? color.red("SURVIVED") : color.green("killed"),
    id,
    killedBy === null ? "" : huntText(killedBy.hunt),
    killedBy === null ? "" : afterText(killedBy),
    `${(its / 1000).toFixed(1)} s`,
    killedBy?.property ?? "",
  ]);
  const killed = results.filter(({ killedBy }) => killedBy !== null).length;
  const survivors = results.filter(({ killedBy }) => killedBy === null);
  const lines = [
    renderTable(
      terminal,
      [
        { head: "" },
        { head: "mutant" },
        { head: "by" },
        { head: "after", right: true },
        { head: "time", right: true },
        { head: "the sentence that it breaks" },
      ],
      rows,
    ),
    `${count(killed)} of ${plural(chosen.length, "mutant")} killed in ${(elapsedMs / 1000).toFixed(0)} s`,
  ];
  for (const { id, survived, lost } of survivors) {
    const rule = chosen.find((mutant) => mutant.id === id)?.rule ?? "";
    const how =
      lost ??
      `all held: ${survived.map((found) => `${huntText(found.hunt)}, ${afterText(found)}`).join("; ")}`;
    lines.push(color.red(`${id} survived: ${rule}`), `  ${how}`);
  }
  const without = shipped?.killedBy?.property ?? shipped?.lost ?? null;
  if (without !== null)
    lines.push(
      color.red(`Without any mutant the machine breaks a sentence, so that this proves nothing: ${without}`),
    );
  return `${lines.join("\n")}\n`;
}

function told({ id, killedBy, lost, elapsedMs }: MutantResult): string {
  const time = `${(elapsedMs / 1000).toFixed(1)} s`;
  if (killedBy === null) return `${id} SURVIVED${lost === null ? "" : ` (${lost})`}, ${time}`;
  return `${id} killed by ${huntText(killedBy.hunt)}, ${time}`;
}

function huntText(hunt: Hunt): string {
  if (hunt.by === "check") return `check --runs ${hunt.runs} --seed ${hunt.seed}`;
  const sizes = Object.entries(hunt.sizes).map(([what, size]) => ` --set ${what}=${size}`);
  return `explore --model ${hunt.model}${sizes.join("")}`;
}

function afterText({ hunt, after }: Catch): string {
  return hunt.by === "check" ? plural(after, "life", "lives") : plural(after, "state");
}
