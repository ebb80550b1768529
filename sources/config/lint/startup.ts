import { type Diagnostic, quote } from "../../../base/diagnostic.ts";
import { closest } from "../closest.ts";
import { SMMU_TYPES } from "../optionReaders/smmu.ts";
import type { LibraryName } from "../options.ts";
import type { Origin } from "../origin.ts";
import { problem } from "../problem.ts";
import type { LintSubject } from "./subject.ts";

/** Nothing at all, or nothing that says which hardware there is (DSS-3.3). */
export function missingSmmu({ config, options }: LintSubject): Diagnostic[] {
  if (options.length === 0) {
    const message = "no option is given";
    const place = { file: null, line: null };
    return [
      problem(
        "CFG620",
        place,
        message,
        "give at least smmu, or a file with @; without it start-up ends in the DSS (DSS-3.3)",
      ),
    ];
  }
  if (config.placement === "guest" || options.some((option) => option.word === "smmu")) return [];
  const hint =
    "add smmu vtd, smmu armsmmu or smmu rcar3 ...; only a guest or a file read by another one does without";
  return [
    problem(
      "CFG616",
      options[0]!.origin,
      "no smmu option: on hardware start-up ends in the DSS (DSS-3.3)",
      hint,
    ),
  ];
}

/** A support library of no family we know. */
export function unknownLibrary({ config }: LintSubject): Diagnostic[] {
  const { smmu } = config;
  if (smmu === null || smmu.parameters.type !== "unknown") return [];
  const near = closest(smmu.library.base, SMMU_TYPES);
  const hint = near === null ? `the types are ${SMMU_TYPES.join(", ")}` : `did you mean smmu ${near}?`;
  const message = `smmu ${quote(smmu.library.written)}: no support library of that family is known, so its parameters cannot be checked`;
  return [
    problem(
      "CFG617",
      smmu.origin,
      message,
      `${hint}; a library that cannot be loaded ends start-up in the DSS (DSS-3.2)`,
    ),
  ];
}

/** `smmu vtd ignore` with nothing in place of what is ignored (X86-6). */
export function ignoredAcpi({ config, options }: LintSubject): Diagnostic[] {
  const parameters = config.smmu?.parameters;
  if (config.smmu === null || parameters?.type !== "vtd" || parameters.acpi !== "ignore") return [];
  if (options.some((option) => option.word === "unit")) return [];
  const message =
    "ACPI is ignored and no unit is given: there is no unit to program, and start-up ends in the DSS (X86-6)";
  return [
    problem(
      "CFG618",
      config.smmu.origin,
      message,
      "add unit dmar0 0xfed90000 with the unit's address, or write smmu vtd require",
    ),
  ];
}

/** Streams that pass an ARM unit unchecked; an error of its own under the safety variant (CFG413). */
export function bypass({ config }: LintSubject): Diagnostic[] {
  if (config.service === "smmuman-safety") return [];
  return config.units.flatMap(({ name, parameters }) => {
    if (parameters.type !== "armsmmu" || !parameters.bypass.value) return [];
    const message = `unit ${quote(name)} lets streams that are not identified bypass the SMMU: every DMA master not listed reaches all memory (ARM-6)`;
    return [
      problem(
        "CFG604",
        parameters.bypass.origin,
        message,
        "write 0 and list the devices; smmuman-safety refuses 1 (G-19)",
      ),
    ];
  });
}

/** Write-only grants where writing brings reading; an error of its own under the safety variant (CFG414). */
export function writeOnly({ config, usersOf }: LintSubject): Diagnostic[] {
  if (config.service === "smmuman-safety" || config.smmu?.parameters.type !== "rcar3") return [];
  return config.allow.flatMap((entry) => {
    if (entry.source || !entry.target || !usersOf.has(entry.name)) return [];
    const message = `allow ${quote(entry.name)} is write-only, which R-Car cannot do: its devices can read the range as well (RCR-5)`;
    return [
      problem("CFG606", entry.origin, message, "write st to say so; smmuman-safety refuses t alone (G-37)"),
    ];
  });
}

/** Files forced by name that are not safety variants, under the safety variant (SAF-2, G-6). */
export function forcedFiles({ config }: LintSubject): Diagnostic[] {
  if (config.service !== "smmuman-safety") return [];
  const found: Diagnostic[] = [];
  const check = (library: LibraryName | null, prefix: string, origin: Origin) => {
    if (library === null || !library.forced || library.safetyFile) return;
    const isFatal = config.safety === "required";
    const end = isFatal ? "start-up ends in the DSS" : "it counts as not certified";
    const message = `${quote(library.written)} is forced by name and is not a safety variant: ${end}`;
    const hint = `write ${library.base} to let the service prefer the safety variant, or ${prefix}${library.base}-safety.so`;
    found.push(problem("CFG610", origin, message, hint, isFatal ? "error" : "warning"));
  };
  if (config.smmu !== null) check(config.smmu.library, "smmu-", config.smmu.origin);
  for (const { parameters, origin } of config.units) {
    if (parameters.type === "armsmmu") check(parameters.library, "smmu-cfg-", origin);
  }
  return found;
}

/** A relaxation of what the safety variant requires by default (SAF-6): allowed, but never unsaid. */
export function relaxedSafety({ config, options }: LintSubject): Diagnostic[] {
  if (config.service !== "smmuman-safety" || config.safety === "required") return [];
  const option = options.findLast((one) => one.kind === "safety");
  if (option === undefined) return [];
  const message = `safety ${config.safety}: smmuman-safety starts with components that are not certified`;
  return [
    problem(
      "CFG619",
      option.origin,
      message,
      "write safety required, or leave the option out: that is the default",
    ),
  ];
}
