import { quote } from "../../../base/diagnostic.ts";
import type { LibraryName } from "../../config/options.ts";
import { formatPlace, type Origin } from "../../config/origin.ts";
import type { BuildCode } from "../codes.ts";
import type { ImageFile } from "../image.ts";
import { libraryFiles } from "../libraryNames.ts";
import { smmuVdevs } from "../qvmConfig.ts";
import { searchPath } from "../startup.ts";
import { checkChainFile, plainUnderSafetyName } from "./contents.ts";
import { absence, type BuildSubject, type ReadStart } from "./subject.ts";

/** The libraries that a start loads: in the image, on the library path, and certified where that is required. */
export function checkLibraries(subject: BuildSubject, start: ReadStart): void {
  if (subject.placement === "guest") {
    deviceTreeLibrary(subject, start);
  } else {
    const { smmu, units } = start.config.parsed.effective;
    if (smmu !== null) check(subject, start, smmu.library, smmu.origin, "support");
    const boards = new Map<string, { library: LibraryName; origin: Origin }>();
    for (const { parameters, origin } of units) {
      if (parameters.type !== "armsmmu" || parameters.library === null) continue;
      if (!boards.has(parameters.library.written))
        boards.set(parameters.library.written, { library: parameters.library, origin });
    }
    for (const { library, origin } of boards.values())
      check(subject, start, library, origin, "configuration");
  }
}

const ROLES = {
  support: { prefix: "smmu-", code: "BLD204", what: "support library", requirement: "DSS-3.2" },
  configuration: {
    prefix: "smmu-cfg-",
    code: "BLD206",
    what: "board configuration library",
    requirement: "G-20",
  },
} as const;

function check(
  subject: BuildSubject,
  start: ReadStart,
  library: LibraryName,
  origin: Origin,
  role: keyof typeof ROLES,
): void {
  const { findings } = subject;
  const { prefix, code, what, requirement } = ROLES[role];
  const files = libraryFiles(start.service, library, prefix);
  const found = lookUp(subject, start, files);
  if (found === null)
    return missing(subject, start, files, code, `${what} of ${quote(library.written)}`, requirement);
  checkChainFile(subject, found.file);
  plainUnderSafetyName(subject, found.file, "");
  const isPlain = start.service === "smmuman-safety" && !library.forced && !found.name.endsWith("-safety.so");
  if (!isPlain) return;
  const required = start.config.parsed.effective.safety === "required";
  const end = required ? "start-up ends in the DSS (SAF-5, G-6)" : "it counts as not certified";
  const message = `smmuman-safety finds only the plain ${quote(found.name)} for ${quote(library.written)} (${placeOf(start, origin)}): ${end}`;
  const hint = `add the safety variant: ${folderOf(found.file.path)}/${files[0]} = ${files[0]}`;
  findings.add("BLD208", found.file.entry.place, message, hint, required ? "error" : "warning");
}

// Where a line of the configuration stands in the buildfile, or in the build machine's file.
function placeOf({ config }: ReadStart, origin: Origin): string {
  const { file, line } = config.placed({ ...origin, code: "", severity: "note", message: "", excerpt: "" });
  return file === null || line === null ? formatPlace(origin) : `${file}:${line}`;
}

// HG-6: a guest on ARM reads its device tree with libfdt.so.
function deviceTreeLibrary(subject: BuildSubject, start: ReadStart): void {
  const { processor } = subject.image.buildfile;
  if (processor === null || !/^(arm|aarch64)/.test(processor)) return;
  const found = lookUp(subject, start, ["libfdt.so"]);
  if (found !== null) return checkChainFile(subject, found.file);
  missing(subject, start, ["libfdt.so"], "BLD207", "library that the service of an ARM guest loads,", "HG-6");
}

/** A VM whose configuration asks for a virtual IOMMU needs its library in the host's image (HV-7). */
export function checkVirtualIommus(subject: BuildSubject): void {
  const { image, startup, findings } = subject;
  for (const command of startup.commands) {
    if (command.program !== "qvm" && command.program !== "qvm-safety") continue;
    for (const { files, place } of smmuVdevs(image, command)) {
      const found = lookUp(subject, { command }, files);
      if (found !== null) {
        checkChainFile(subject, found.file);
        plainUnderSafetyName(subject, found.file, "");
        continue;
      }
      const elsewhere = files.flatMap((name) => image.named(name)).at(0);
      const folders = searchPath(command.environment, startup.boot, "LD_LIBRARY_PATH") ?? [];
      const { severity, unless } = absence(subject, paths(folders, files), command.index);
      const where =
        elsewhere === undefined
          ? "is not in the image"
          : `is in the image as ${quote(elsewhere.path)}, which is on no folder of the library path`;
      const message = `a VM has a vdev smmu, and its library ${quote(files[0]!)} ${where}${unless}: ${command.program} does not start the VM (HV-7)`;
      const hint =
        elsewhere === undefined
          ? `add it: ${folders.find((folder) => folder.endsWith("dll")) ?? folders[0] ?? "/lib/dll"}/${files[0]} = ${files[0]}`
          : `add ${folderOf(elsewhere.path)} to LD_LIBRARY_PATH, or move the library`;
      findings.add("BLD216", place, message, hint, severity);
    }
  }
}

interface Found {
  readonly file: ImageFile;
  readonly name: string;
}

// A library's file is often a link, or has a version behind its name, with the plain name as a link.
function lookUp(
  { image, startup }: BuildSubject,
  { command }: Pick<ReadStart, "command">,
  names: readonly string[],
): Found | null {
  const folders = searchPath(command.environment, startup.boot, "LD_LIBRARY_PATH");
  for (const name of names) {
    const file = folders === null ? (image.named(name)[0] ?? null) : firstIn(image, folders, name);
    if (file !== null) return { file, name };
  }
  return null;
}

function firstIn(image: BuildSubject["image"], folders: readonly string[], name: string): ImageFile | null {
  for (const folder of folders) {
    const file = image.find(`${folder}/${name}`);
    if (file !== null) return file;
  }
  return null;
}

function missing(
  subject: BuildSubject,
  start: ReadStart,
  names: readonly string[],
  code: BuildCode,
  what: string,
  requirement: string,
): void {
  const { image, startup, findings } = subject;
  const { command } = start;
  const folders = searchPath(command.environment, startup.boot, "LD_LIBRARY_PATH");
  const elsewhere = names.flatMap((name) => image.named(name)).at(0);
  const told = names.map((name) => quote(name)).join(" or ");
  if (elsewhere !== undefined && folders !== null) {
    const { severity, unless } = absence(subject, paths(folders, names), command.index);
    const message = `the ${what} ${told} is in the image as ${quote(elsewhere.path)}, which is on no folder of the library path ${folders.join(":").slice(0, 300)}${unless}`;
    const hint = `add ${folderOf(elsewhere.path)} to LD_LIBRARY_PATH in the bootstrap file, or move the library`;
    return findings.add("BLD205", elsewhere.entry.place, message, hint, severity);
  }
  const { severity, unless } = absence(subject, paths(folders ?? [], names), command.index);
  const guest = code === "BLD204" ? "; if this is the image of a guest, give --guest" : "";
  const message = `the ${what} ${told} is not in the image${unless} (${requirement})`;
  findings.add(
    code,
    command.place,
    message,
    `add it: ${folders?.find((folder) => folder.endsWith("dll")) ?? folders?.[0] ?? "/lib/dll"}/${names[0]} = ${names[0]}${guest}`,
    severity,
  );
}

function paths(folders: readonly string[], names: readonly string[]): string[] {
  return folders.flatMap((folder) => names.map((name) => `${folder}/${name}`));
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** What the safety variant needs beside its libraries; the same for every start. */
export function checkSafetyParts(
  { image, startup, placement, findings }: BuildSubject,
  { command, config, service }: ReadStart,
): void {
  if (service !== "smmuman-safety") return;
  const { kernel } = startup;
  const { processor } = image.buildfile;
  if (kernel !== null && !kernel.name.includes("-safety") && config.parsed.effective.safety !== "none") {
    const message = `${kernel.name} does not bear the name of a safety variant; where it is not certified, smmuman-safety does not start (SAF-9, G-6)`;
    findings.add(
      "BLD214",
      kernel.place,
      message,
      "take the system process of the safety product, or check that this one is it",
    );
  }
  const isX86 = processor?.startsWith("x86") === true;
  if (!isX86 || placement === "guest" || image.named("pci_server-qvm_support.so").length > 0) return;
  const message =
    "smmuman-safety on x86 needs pci_server-qvm_support.so (SAF-11; from release 7.1 on only in a hypervisor host)";
  findings.add(
    "BLD212",
    command.place,
    message,
    "add it: /lib/dll/pci_server-qvm_support.so = pci_server-qvm_support.so",
  );
}

/** The library path must be set where a library is looked for at all. */
export function checkLibraryPath(subject: BuildSubject, start: ReadStart): void {
  const { startup, placement, findings } = subject;
  if (placement === "guest" || start.config.parsed.effective.smmu === null) return;
  if (searchPath(start.command.environment, startup.boot, "LD_LIBRARY_PATH") !== null) return;
  const message =
    "LD_LIBRARY_PATH is set neither in the bootstrap file nor in the script: where the support library is looked for is not known";
  findings.add(
    "BLD213",
    startup.kernel?.place ?? start.command.place,
    message,
    "set it on the line of the system process: LD_LIBRARY_PATH=/proc/boot:/lib:/usr/lib:/lib/dll",
  );
}
