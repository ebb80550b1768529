import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Buildfile, HostVariables } from "./buildfile.ts";
import { dmaStartedBy } from "./dmaDrivers.ts";
import { BuildFindings } from "./findings.ts";
import { type HostFiles, Image } from "./image.ts";
import type { ConfigSurroundings } from "./imageConfig.ts";
import { readImageConfig } from "./imageConfig.ts";
import { STARTS_MAX } from "./limits.ts";
import { readBuildfile } from "./readBuildfile.ts";
import { checkContents } from "./rules/contents.ts";
import { checkLibraries, checkLibraryPath, checkSafetyParts, checkVirtualIommus } from "./rules/libraries.ts";
import { checkOrder } from "./rules/order.ts";
import type { BuildSubject, DriverStart, ReadStart } from "./rules/subject.ts";
import { serviceStarts } from "./service.ts";
import type { Startup } from "./startedCommand.ts";
import { readStartup } from "./startup.ts";

/** A buildfile, and what is known around it. */
export interface BuildfileInput extends ConfigSurroundings {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Buildfiles of further file systems of the same target. */
  readonly others: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly host: HostFiles;
  readonly variables: HostVariables;
  /** Programs that start DMA beside the known ones, and those that do not although their name says so. */
  readonly dmaDrivers: readonly string[];
  readonly ignoredDrivers: readonly string[];
}

/** What there is to say of a buildfile, and the starts of the service with the configurations they read. */
export interface BuildfileLint {
  readonly diagnostics: readonly Diagnostic[];
  readonly starts: readonly ReadStart[];
}

/** Checks that an image starts the service rightly: section 14's chain, link by link. Never throws on bad input. */
export function lintBuildfile(input: BuildfileInput): BuildfileLint {
  const findings = new BuildFindings(input.name);
  const buildfile = readBuildfile(input.name, input.bytes, input.variables, findings);
  const others = input.others.map(({ name, bytes }) => readBuildfile(name, bytes, input.variables, findings));
  const image = new Image(buildfile, others, input.host);
  const startup = readStartup(image, findings);
  if (!startup.hasScript && !isImage(buildfile, startup, findings))
    return { diagnostics: findings.list(), starts: [] };
  const found = serviceStarts(image, startup);
  const starts = found
    .slice(0, STARTS_MAX)
    .map((start) => ({ ...start, config: readImageConfig(image, start, input) }));
  const next = found[STARTS_MAX];
  if (next !== undefined) {
    const message = `the service is started ${found.length} times; from here on its configurations are not read`;
    findings.add("BLD107", next.command.place, message, "keep one start");
  }
  const drivers = driverStarts(startup, input);
  const subject: BuildSubject = { image, startup, starts, drivers, placement: input.placement, findings };
  checkOrder(subject);
  for (const start of starts) {
    checkContents(subject, start);
    checkLibraries(subject, start);
    checkLibraryPath(subject, start);
  }
  checkVirtualIommus(subject);
  const [first] = starts;
  if (first !== undefined) checkSafetyParts(subject, first);
  return { diagnostics: findings.list(), starts };
}

function isImage(buildfile: Buildfile, startup: Startup, findings: BuildFindings): boolean {
  if (!startup.hasBootstrap) {
    const message =
      "neither a bootstrap file ([virtual=...]) nor a start-up script ([+script]): this describes no boot image";
    const hint = "lint the buildfile of the boot image, and give this one with --with";
    findings.add("BLD013", null, message, hint);
    return false;
  }
  const boot = buildfile.entries.find(({ role }) => role === "bootstrap");
  const message = "the image has no start-up script, so nothing starts the service";
  const severity = buildfile.hasMacros ? "warning" : "error";
  findings.add("BLD101", boot?.place ?? null, message, "add one: [+script] startup-script = {", severity);
  return false;
}

function driverStarts({ commands }: Startup, { dmaDrivers, ignoredDrivers }: BuildfileInput): DriverStart[] {
  return commands.flatMap((command) => {
    if (ignoredDrivers.includes(command.program)) return [];
    const drives = dmaStartedBy(
      command.program,
      command.options.map(({ text }) => text),
      dmaDrivers,
    );
    return drives === null ? [] : [{ command, drives }];
  });
}
