import { type Diagnostic, hasErrors } from "../../base/diagnostic.ts";
import type { GuestService } from "../../events/vmEvents.ts";
import { type Component, SERVICE_NAMES, type ServiceName } from "../../events/vocabulary/service.ts";
import type { ToldStimulus } from "../../replay/simulate.ts";
import type { Board } from "../../sources/board/board.ts";
import { decodeText } from "../../sources/config/decodeText.ts";
import type { EffectiveConfig } from "../../sources/config/effective.ts";
import type { FileReader } from "../../sources/config/preprocess.ts";
import { guestServiceOf } from "../../sources/startup/guestService.ts";
import { lintVmConfig, type VmSubject } from "../../sources/vmconfig/lintVmConfig.ts";
import { lintVmSet } from "../../sources/vmconfig/lintVmSet.ts";
import { readVmConfig } from "../../sources/vmconfig/readVmConfig.ts";
import { type HostMemory, vmsToStart } from "../../sources/vmconfig/vmStart.ts";
import { InputError } from "../inputError.ts";

/** The VMs of a host as the command line names them. */
export interface VmRequest {
  /** qvm configurations, in the order in which the VMs start. */
  readonly vms: readonly string[];
  /** `NAME=smmuman @guest.smmu`: the command line of the service in the guest of a VM. */
  readonly inVms: readonly string[];
}

/** What surrounds them. */
export interface VmHost {
  readonly board: Board;
  readonly service: ServiceName;
  readonly config: EffectiveConfig;
  readonly readFile: FileReader;
}

/** Qvm configurations, read. */
export interface ReadVms {
  readonly subjects: readonly VmSubject[];
  readonly diagnostics: readonly Diagnostic[];
  /** A file that cannot be read as what it claims to be. */
  readonly broken: boolean;
}

/** Reads qvm configurations, and tells what is wrong with each and with all together. */
export function readVms(files: readonly string[], readFile: FileReader, board: Board | null): ReadVms {
  const asinfo = board?.json.asinfo.map(({ name, start, length }) => {
    return { name, start: BigInt(start), length: BigInt(length) };
  });
  const read = files.map((source) => {
    const sources = [{ kind: "file", path: source } as const];
    const tables = { asinfo: asinfo ?? null, env: board?.json.env ?? null };
    const { config, diagnostics } = readVmConfig({ sources, readFile, ...tables });
    const place = { file: source, line: 1, column: 1, endColumn: 1, excerpt: null, substituted: [] };
    return { subject: { source, config, place }, diagnostics };
  });
  const subjects = read.map(({ subject }) => subject);
  const language = read.flatMap(({ diagnostics }) => diagnostics);
  return {
    subjects,
    diagnostics: [...language, ...subjects.flatMap(lintVmConfig), ...lintVmSet(subjects)],
    broken: hasErrors(language),
  };
}

/** The VMs as a simulation starts them, once the host's service is up. Throws InputError for an `--in-vm` of no VM. */
export function vmStarts(
  { subjects }: ReadVms,
  { inVms }: VmRequest,
  host: VmHost,
): { readonly told: readonly ToldStimulus[]; readonly diagnostics: readonly Diagnostic[] } {
  const launches = new Map(inVms.map((text) => launchOf(text, host)));
  const used = new Set<string>();
  const starts = vmsToStart(subjects, hostMemory(host), (vm) => {
    used.add(vm);
    return launches.get(vm) ?? null;
  });
  const unknown = [...launches.keys()].find((name) => !used.has(name));
  if (unknown !== undefined)
    throw new InputError(`--in-vm names VM ${unknown}; the VMs are ${[...used].join(", ") || "none"}`);
  return {
    told: starts.flatMap(({ stimulus, line }, at) =>
      stimulus === null ? [] : [{ stimulus, origin: { file: subjects[at]!.source, line } }],
    ),
    diagnostics: starts.flatMap(({ diagnostics }) => diagnostics),
  };
}

function launchOf(text: string, host: VmHost): readonly [string, GuestService] {
  const match = /^([^=]+)=\s*(\S+)\s*(.*)$/s.exec(text);
  const name = SERVICE_NAMES.find((known) => known === match?.[2]);
  if (match === null || name === undefined)
    throw new InputError(
      `--in-vm ${text} is no command line of a service in a VM; write --in-vm "NAME=smmuman @guest.smmu"`,
    );
  const args = match[3]!.split(/\s+/).filter((word) => word !== "");
  const files = new Map<string, string>();
  gather(args, host.readFile, files);
  return [match[1]!.trim(), guestServiceOf({ name, args, files, components: componentsOf(host) })];
}

const FILES_MAX = 64;

/** The files that words name with `@`, and those that they name in turn: the record of the VM holds them all. */
function gather(words: readonly string[], readFile: FileReader, files: Map<string, string>): void {
  for (const word of words) {
    if (!word.startsWith("@") || files.has(word.slice(1)) || files.size >= FILES_MAX) continue;
    const path = word.slice(1);
    const bytes = readFile(path);
    if (!bytes.ok) throw new InputError(`${path} cannot be read: ${bytes.error}`);
    const { text } = decodeText(path, bytes.value).file;
    files.set(path, text);
    gather(text.replace(/#.*/g, "").split(/\s+/), readFile, files);
  }
}

/**
 * What the vdev reports of certification (HG-3.3): what the board says of its components and libraries, the service of
 * the host, and, of qvm and its vdevs, that they are plain where nobody says otherwise (G-2).
 */
function componentsOf({ board, service }: VmHost): readonly Component[] {
  const told = [...board.json.components.map(({ name, certified }) => ({ name, certified }))];
  const libraries = board.json.files
    .filter(({ name }) => name.startsWith("smmu-"))
    .map(({ name, certified }) => ({ name, certified: certified === true }));
  const missing = ["qvm", "vdev-smmu"].filter((name) => !told.some((each) => each.name.startsWith(name)));
  return [
    ...told,
    { name: service, certified: service === "smmuman-safety" },
    ...libraries,
    ...missing.map((name) => ({ name, certified: false })),
  ];
}

function hostMemory(host: VmHost): HostMemory {
  const { board, config } = host;
  const range = ({ start, length }: { readonly start: string; readonly length: string }) => {
    return { start: BigInt(start), length: BigInt(length) };
  };
  const allowed = config.allow.flatMap(({ start, length }) =>
    start === null || length === null ? [] : [{ start, length }],
  );
  return {
    memory: board.json.memory.map(range),
    taken: [...board.json.asinfo.map(range), ...board.json.reserved.map(range), ...allowed],
    uncertified: componentsOf(host).flatMap(({ name, certified }) => (certified ? [] : [name])),
  };
}
