import { quote } from "../../../base/diagnostic.ts";
import { closest } from "../../config/closest.ts";
import { isOn } from "../attributes.ts";
import { baseName } from "../entry.ts";
import type { ImageFile } from "../image.ts";
import { searchPath } from "../startup.ts";
import { absence, type BuildSubject, type ReadStart } from "./subject.ts";

/** What must be in the image for a start to succeed: the service and the configuration that it reads. */
export function checkContents(subject: BuildSubject, start: ReadStart): void {
  serviceFile(subject, start);
  for (const path of start.config.missing) missingConfig(subject, start, path);
  for (const file of start.config.unseen) unseenConfig(subject, file);
  for (const file of [start.file, ...start.config.files]) if (file !== null) checkChainFile(subject, file);
}

/** What holds of every file that the start needs: it may not be left out, and one line must give it. */
export function checkChainFile({ image, findings }: BuildSubject, file: ImageFile): void {
  const { entry, path } = file;
  if (isOn(entry.attributes, "optional")) {
    const message = `${quote(path)} is optional: where the build machine lacks it, the image is built without it and the start fails`;
    findings.add("BLD211", entry.place, message, "write [-optional] before it");
  }
  const other = image.repeats.find((repeat) => repeat.path === path);
  if (other === undefined) return;
  const message = `${quote(path)} is given twice, by different files; only one of them comes into the image`;
  findings.add("BLD215", other.entry.place, message, "keep the line that is meant");
}

function serviceFile(subject: BuildSubject, { command, service, file }: ReadStart): void {
  const { image, startup, findings } = subject;
  if (file !== null) return plainUnderSafetyName(subject, file, service);
  const folders = searchPath(command.environment, startup.boot, "PATH") ?? [];
  const paths = command.path.includes("/")
    ? [command.path]
    : folders.map((folder) => `${folder}/${command.program}`);
  const { severity, unless } = absence(subject, paths, command.index);
  const [elsewhere] = image.named(command.program);
  if (elsewhere !== undefined) {
    const where = command.path.includes("/")
      ? `not at ${quote(command.path)}`
      : `on no folder of PATH (${folders.join(":").slice(0, 200)})`;
    const message = `${service} is in the image as ${quote(elsewhere.path)}, but ${where}${unless}`;
    return findings.add(
      "BLD201",
      command.place,
      message,
      `start it as ${elsewhere.path}, or add its folder to PATH`,
      severity,
    );
  }
  const message = `${service} is started, but it is not in the image${unless}`;
  findings.add("BLD201", command.place, message, `add it: /bin/${service} = ${service}`, severity);
}

/** A plain file that bears the name of a safety variant does not become one (SAF-8a). */
export function plainUnderSafetyName({ findings }: BuildSubject, file: ImageFile, name: string): void {
  const { hostName, path, entry } = file;
  if (!/-safety(\.so)?$/.test(baseName(path)) && !name.endsWith("-safety")) return;
  if (hostName === null || hostName.includes("-safety")) return;
  const message = `${quote(path)} is made from ${quote(hostName)}: a plain file does not become certified by a safety name (SAF-8a)`;
  findings.add("BLD209", entry.place, message, `take the safety variant's own file`);
}

function missingConfig(subject: BuildSubject, { command }: ReadStart, path: string): void {
  const { image, findings } = subject;
  const place = command.options.find(({ text }) => text.slice(1) === path)?.place ?? command.place;
  const { severity, unless } = absence(subject, [path], command.index);
  const [elsewhere] = image.named(baseName(path));
  if (elsewhere !== undefined) {
    const message = `@${path}: the image has this file as ${quote(elsewhere.path)}${unless}`;
    return findings.add("BLD203", place, message, `write @${elsewhere.path}`, severity);
  }
  const configs = image.buildfile.entries
    .map(({ target }) => target)
    .filter((target) => target.endsWith(".smmu"));
  const near = closest(baseName(path), configs.map(baseName));
  const meant = near === null ? null : configs.find((target) => baseName(target) === near);
  const message = `@${path}: the image has no such file${unless}; without its configuration the service does not start (G-7)`;
  const hint =
    meant === null
      ? `add it: ${path} = the file on the build machine`
      : `did you mean @${meant}? Else add it: ${path} = the file on the build machine`;
  findings.add("BLD202", place, message, hint, severity);
}

function unseenConfig({ findings }: BuildSubject, { entry, path }: ImageFile): void {
  const source = entry.content.kind === "host" ? quote(entry.content.path) : "its file";
  const variable = entry.unknownVariable;
  const why = variable === null ? `${source} is not to be had here` : `\${${variable}} is not set here`;
  const message = `the configuration ${quote(path)} is not checked: ${why}`;
  const hint = `give the file beside the buildfile (smmu lint x.build ${baseName(path)}), its folder with --root, or set the variable`;
  findings.add("BLD210", entry.place, message, hint);
}
