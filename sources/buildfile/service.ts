import type { ServiceName } from "../config/effective.ts";
import { baseName } from "./entry.ts";
import type { Image, ImageFile } from "./image.ts";
import type { StartedCommand, Startup } from "./startedCommand.ts";
import { searchPath } from "./startup.ts";

/** A start of the service. */
export interface ServiceStart {
  readonly command: StartedCommand;
  /** The variant, by the name it is started under. */
  readonly service: ServiceName;
  /** Its file in the image; null where it is not there, or not on PATH. */
  readonly file: ImageFile | null;
}

const SERVICES: ReadonlySet<string> = new Set<ServiceName>(["smmuman", "smmuman-safety"]);

/** True for a name of the service. */
export function isServiceName(name: string): name is ServiceName {
  return SERVICES.has(name);
}

/** The starts of the service, in order; a copy of it under another name is known by the file it comes from. */
export function serviceStarts(image: Image, startup: Startup): readonly ServiceStart[] {
  return startup.commands.flatMap((command) => {
    const file = programFile(image, startup, command);
    const service = isServiceName(command.program) ? command.program : (file?.hostName ?? "");
    return isServiceName(service) ? [{ command, service, file }] : [];
  });
}

/** The file that a command runs. */
export function programFile(image: Image, startup: Startup, command: StartedCommand): ImageFile | null {
  if (command.path.includes("/")) return image.find(command.path);
  const folders = searchPath(command.environment, startup.boot, "PATH");
  // Without any PATH nobody knows where it is looked for; its being in the image is enough then.
  if (folders === null) return image.named(command.program)[0] ?? null;
  for (const folder of folders) {
    const file = image.find(`${folder}/${command.program}`);
    if (file !== null) return file;
  }
  return null;
}

/** The names of services that a command ends: `slay smmuman`, `kill` by name. */
export function slain(command: StartedCommand): readonly string[] {
  if (!["slay", "pkill", "killall"].includes(command.program)) return [];
  return command.options.map(({ text }) => baseName(text)).filter(isServiceName);
}
