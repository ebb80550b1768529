import type { Diagnostic } from "../../../base/diagnostic.ts";
import { quote } from "../../../base/diagnostic.ts";
import type { BoardUnit } from "../../../events/vocabulary/boardFacts.ts";
import type { EffectiveUnit } from "../../config/effective.ts";
import { hex } from "../../config/numbers.ts";
import { type BoardSubject, familyOf } from "../boardSubject.ts";
import { lintProblem } from "../problem.ts";

const LISTED_MAX = 6;

/** Whether there is a unit to program at all (G-1), and whether firmware may be relied on (X86-6, DSS-1). */
export function anyUnit({ config, around, usesBoardUnits }: BoardSubject): Diagnostic[] {
  const { smmu } = config;
  if (smmu === null) return [];
  const { board } = around;
  const family = familyOf(config);
  if (usesBoardUnits && board.damaged.length > 0) {
    const message = `start-up ends in the DSS: firmware is damaged, ${board.damaged[0]}`;
    const hint =
      "dump the table again; where the firmware itself is wrong, write smmu vtd ignore and declare the units (X86-1)";
    return [lintProblem("LNT307", smmu.origin, message, hint)];
  }
  const driven = board.units.filter((unit) => family === null || unit.family === family);
  const isRequired = smmu.parameters.type === "vtd" && smmu.parameters.acpi === "require";
  if (isRequired && driven.length === 0) {
    const message =
      "smmu vtd require: the board describes no usable VT-d unit, so start-up ends in the DSS (X86-6)";
    return [
      lintProblem(
        "LNT303",
        smmu.origin,
        message,
        "enable VT-d in the firmware, or declare the units: smmu vtd ignore, unit dmar0 0xfed90000",
      ),
    ];
  }
  if (config.units.length > 0 || (usesBoardUnits && driven.length > 0)) return [];
  if (usesBoardUnits && board.units.length > 0) {
    const kinds = [...new Set(board.units.map((unit) => unit.family))].join(", ");
    const message = `smmu ${smmu.library.written} drives none of the board's units, which are of the family ${kinds}: start-up ends in the DSS (G-1)`;
    const type = TYPES[board.units[0]!.family];
    const hint = type === undefined ? `no support library for ${kinds} is known` : `write smmu ${type}`;
    return [lintProblem("LNT302", smmu.origin, message, hint)];
  }
  if (!usesBoardUnits) return []; // CFG618
  const message = "neither the board nor the configuration has a unit to program: start-up ends in the DSS";
  return [
    lintProblem(
      "LNT304",
      smmu.origin,
      message,
      "give the board's firmware table with --board, or declare the units",
    ),
  ];
}

const TYPES: { readonly [family in BoardUnit["family"]]?: string } = {
  vtd: "vtd",
  smmuv2: "armsmmu",
  ipmmu: "rcar3 ...",
};

/** Units of the configuration that stand at no address where the board has one. */
export function unitAddresses({ config, around, options }: BoardSubject): Diagnostic[] {
  const family = familyOf(config);
  const known = around.board.units.filter(
    (unit) => unit.base !== null && (family === null || unit.family === family),
  );
  if (known.length === 0) return [];
  return config.units.flatMap((unit) => {
    if (unit.parameters.type === "unknown") return [];
    const base = hex(unit.parameters.base);
    if (known.some((each) => each.base === base)) return [];
    const same = known.find(({ name }) => name === unit.name) ?? (known.length === 1 ? known[0] : undefined);
    const list = known
      .slice(0, LISTED_MAX)
      .map(({ name, base: at }) => `${name} ${at}`)
      .join(", ");
    const message = `unit ${quote(unit.name)} is declared at ${base}; the board has ${list}${known.length > LISTED_MAX ? ", ..." : ""}`;
    const hint =
      same === undefined
        ? "check the address: what is written there would not be the unit's registers"
        : `write ${corrected(unit, same.base!, options)}`;
    return [lintProblem("LNT301", unit.origin, message, hint)];
  });
}

// The line as it was written, with the board's address in place of the first field.
function corrected(unit: EffectiveUnit, base: string, options: BoardSubject["options"]): string {
  const option = options.find((each) => each.kind === "unit" && each.name.value === unit.name);
  const written = option?.arguments[1]?.value ?? "";
  const rest = written.includes(",") ? written.slice(written.indexOf(",")) : "";
  return `unit ${unit.name} ${base}${rest}`;
}

/** Units of the board that are left to themselves: what is behind them is unrestricted. */
export function undriven({ config, around, usesBoardUnits }: BoardSubject): Diagnostic[] {
  const { smmu } = config;
  const family = familyOf(config);
  if (smmu === null || family === null) return [];
  const declared = new Set(
    config.units.map(({ parameters }) => (parameters.type === "unknown" ? null : hex(parameters.base))),
  );
  const left = around.board.units.filter((unit) => {
    if (unit.family !== family)
      return config.units.length > 0 || around.board.units.some((other) => other.family === family);
    return !usesBoardUnits && !declared.has(unit.base);
  });
  if (left.length === 0 || (!usesBoardUnits && config.units.length === 0)) return [];
  const some = left
    .slice(0, LISTED_MAX)
    .map(({ name, base, family: kind }) => `${name}${base === null ? "" : ` at ${base}`} (${kind})`)
    .join(", ");
  const message = `nothing drives the board's ${some}${left.length > LISTED_MAX ? ", ..." : ""}: devices behind ${left.length === 1 ? "it" : "them"} reach all memory`;
  const [first] = left;
  const hint =
    first!.family === family
      ? `declare it: unit ${first!.name} ${first!.base ?? "0x..."}`
      : "one service drives units of one family (G-17)";
  return [lintProblem("LNT308", smmu.origin, message, hint)];
}

/** The chip must be among those that `smmu rcar3` lists, where it lists any (RCR-6). */
export function supportedChip({ config, around }: BoardSubject): Diagnostic[] {
  const { smmu } = config;
  if (smmu === null || smmu.parameters.type !== "rcar3" || smmu.parameters.socs.length === 0) return [];
  const list = smmu.parameters.socs.map(
    ({ id, revision }) => `0x${id.toString(16)}.0x${revision.toString(16)}`,
  );
  const { soc } = around;
  if (soc === null) {
    const message = `the configuration is for the chips ${list.join(", ")}, and the board does not say which one it has`;
    return [lintProblem("LNT306", smmu.origin, message, 'add "soc" to the board file')];
  }
  const chip = `${soc.id}.${soc.revision}`;
  if (list.includes(chip)) return [];
  const message = `the board's chip ${chip} is not among those that the configuration is for, ${list.join(", ")}: start-up ends in the DSS (RCR-6)`;
  return [
    lintProblem("LNT305", smmu.origin, message, `add ,${chip} if the other parameters hold for it as well`),
  ];
}
