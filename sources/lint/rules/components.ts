import { type Diagnostic, quote, type Severity } from "../../../base/diagnostic.ts";
import type { BoardFile } from "../../../events/vocabulary/boardFacts.ts";
import { libraryFiles } from "../../buildfile/libraryNames.ts";
import type { EffectiveConfig } from "../../config/effective.ts";
import type { LibraryName } from "../../config/options.ts";
import type { Origin } from "../../config/origin.ts";
import type { BoardSubject } from "../boardSubject.ts";
import { lintProblem, NOWHERE } from "../problem.ts";

/** The libraries that the configuration asks for: on the board, loadable, and certified where that is required. */
export function libraries({ config, around }: BoardSubject): Diagnostic[] {
  const { smmu, units, service } = config;
  if (smmu === null) return [];
  const boards = new Map<string, { readonly library: LibraryName; readonly origin: Origin }>();
  for (const { parameters, origin } of units) {
    if (parameters.type !== "armsmmu" || parameters.library === null) continue;
    const { library } = parameters;
    if (!boards.has(library.written)) boards.set(library.written, { library, origin });
  }
  const needed = [
    { names: libraryFiles(service, smmu.library, "smmu-"), what: "support library", origin: smmu.origin },
    ...[...boards.values()].map(({ library, origin }) => {
      return { names: libraryFiles(service, library, "smmu-cfg-"), what: "configuration library", origin };
    }),
  ];
  return needed.flatMap(({ names, what, origin }) => judgeLibrary(config, around.files, names, what, origin));
}

function judgeLibrary(
  config: EffectiveConfig,
  files: readonly BoardFile[],
  names: readonly string[],
  what: string,
  origin: Origin,
): Diagnostic[] {
  const there = names.flatMap((name) => files.filter((file) => file.name === name));
  const told = names.map((name) => quote(name)).join(" or ");
  if (there.length === 0) {
    const some = files
      .filter(({ name }) => name.startsWith("smmu-"))
      .slice(0, 6)
      .map(({ name }) => name);
    const hint =
      some.length === 0
        ? `put ${names[0]} on the library path`
        : `put ${names[0]} on the library path; the board has ${some.join(", ")}`;
    return [
      lintProblem(
        "LNT401",
        origin,
        `the board has no ${what} ${told}: start-up ends in the DSS (DSS-3.2)`,
        hint,
      ),
    ];
  }
  const loaded = there.find(({ loadable }) => loadable);
  if (loaded === undefined) {
    const message = `the ${what} ${told} is there, but cannot be loaded: start-up ends in the DSS (DSS-3.2)`;
    return [lintProblem("LNT402", origin, message, "check its release and what it needs itself")];
  }
  const severity = severityOf(config);
  if (loaded.certified || severity === null) return [];
  const end = severity === "error" ? "start-up ends in the DSS" : "the service warns of it";
  const message = `the ${what} that is loaded, ${quote(loaded.name)}, is not certified: ${end}`;
  return [lintProblem("LNT403", origin, message, `provide the safety variant, ${names[0]}`, severity)];
}

// What the response to a component that is not certified makes of it (SAF-8).
function severityOf({ safety }: EffectiveConfig): Severity | null {
  return safety === "required" ? "error" : safety === "warn" ? "warning" : null;
}

/** Components that the service depends on beside its libraries (SAF-9). */
export function components({ config, around }: BoardSubject): Diagnostic[] {
  const severity = severityOf(config);
  if (severity === null) return [];
  const end = severity === "error" ? "start-up ends in the DSS" : "the service warns of it";
  return around.components.flatMap(({ name, certified }) => {
    if (certified) return [];
    const renamed = /-safety(\.so|\.a)?$/.test(name) ? "; its name alone does not make it so (SAF-8a)" : "";
    const message = `the component ${quote(name)} is not certified${renamed}: ${end}`;
    const hint =
      config.service === "smmuman-safety"
        ? "take its safety variant, or relax the requirement on purpose: safety warn"
        : "take its safety variant";
    return [lintProblem("LNT404", safetyOrigin(config), message, hint, severity)];
  });
}

function safetyOrigin({ smmu }: EffectiveConfig) {
  return smmu?.origin ?? NOWHERE;
}

/** A second instance refuses to start. */
export function secondInstance({ around }: BoardSubject): Diagnostic[] {
  const running = around.services.find((name) => name.startsWith("smmuman"));
  if (running === undefined) return [];
  const message = `${running} runs already: a second instance refuses to start`;
  return [lintProblem("LNT406", NOWHERE, message, "start it once")];
}
