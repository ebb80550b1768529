import type { Severity } from "../../../base/diagnostic.ts";
import type { Placement } from "../../config/effective.ts";
import { tidyTarget } from "../entry.ts";
import type { BuildFindings } from "../findings.ts";
import type { Image } from "../image.ts";
import type { ImageConfig } from "../imageConfig.ts";
import type { ServiceStart } from "../service.ts";
import type { StartedCommand, Startup } from "../startedCommand.ts";

/** A start of the service and the configuration that it reads. */
export interface ReadStart extends ServiceStart {
  readonly config: ImageConfig;
}

/** A command that makes a device start DMA. */
export interface DriverStart {
  readonly command: StartedCommand;
  readonly drives: string;
}

/** What the rules about a buildfile look at. */
export interface BuildSubject {
  readonly image: Image;
  readonly startup: Startup;
  readonly starts: readonly ReadStart[];
  readonly drivers: readonly DriverStart[];
  readonly placement: Placement;
  readonly findings: BuildFindings;
}

/** How sure it is that something is missing, and what could bring it all the same. */
export interface Absence {
  readonly severity: Severity;
  readonly unless: string;
}

/**
 * How bad it is that none of the paths is in the image: an error, unless a folder taken in whole, a file system mounted
 * before (ST-4), a script that could not be followed, or a part of the buildfile that is left out may bring it.
 */
export function absence({ image, startup }: BuildSubject, paths: readonly string[], before: number): Absence {
  for (const path of paths) {
    const folder = image.folderOver(path);
    if (folder !== null) {
      const where = `${folder.place.file}:${folder.place.line}`;
      return { severity: "warning", unless: `, unless the folder taken in whole at ${where} holds it` };
    }
  }
  for (const command of startup.commands.slice(0, before)) {
    const point = mountPoint(command);
    if (point === null || !paths.some((path) => isUnder(image.resolve(path), image.resolve(point)))) continue;
    return { severity: "warning", unless: `, unless the file system mounted at ${point} holds it (ST-4)` };
  }
  if (image.buildfile.isExcerpt)
    return { severity: "warning", unless: ", unless a part that is left out brings it" };
  return { severity: "error", unless: "" };
}

function mountPoint({ program, options }: StartedCommand): string | null {
  const words = options.map(({ text }) => text);
  if (program === "mount" || program.startsWith("fs-")) {
    const last = words.at(-1);
    return last?.startsWith("/") && last !== "/" && !last.startsWith("/dev/") ? last : null;
  }
  if (!program.startsWith("devb-")) return null;
  const mounted = words
    .map((word) => /(?:^|,)mount=(?:[^,:]*:)?(\/[^,]+)/.exec(word)?.[1])
    .find((path) => path !== undefined);
  return mounted ?? null;
}

function isUnder(path: string, folder: string): boolean {
  return tidyTarget(path).startsWith(`${tidyTarget(folder)}/`);
}
