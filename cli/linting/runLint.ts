import { type Diagnostic, hasErrors } from "../../base/diagnostic.ts";
import type { Placement, ServiceName } from "../../events/vocabulary/service.ts";
import type { Board } from "../../sources/board/board.ts";
import { lintBuildfile } from "../../sources/buildfile/lintBuildfile.ts";
import type { ReadStart } from "../../sources/buildfile/rules/subject.ts";
import { toConfigJson } from "../../sources/config/configJson.ts";
import { lintConfig } from "../../sources/config/lintConfig.ts";
import { type ParsedConfig, parseConfig } from "../../sources/config/parseConfig.ts";
import type { ConfigSource, FileReader } from "../../sources/config/preprocess.ts";
import { reportDiagnostics } from "../../sources/config/reportDiagnostics.ts";
import { lintBoard } from "../../sources/lint/lintBoard.ts";
import { lintProblem, NOWHERE } from "../../sources/lint/problem.ts";
import { type SkippedCheck, WITHOUT_BOARD } from "../../sources/lint/skippedChecks.ts";
import { vmConfigJson } from "../../sources/vmconfig/vmConfigJson.ts";
import { readVms } from "../booting/hostedVms.ts";
import { ConfigFiles } from "../booting/readFiles.ts";
import { dryRun } from "./dryRun.ts";
import { hostFiles } from "./hostFiles.ts";
import { isBuildfile, type LintInputs, type LintRequest, readInputs } from "./lintInputs.ts";
import { isVmConfig, type TriedHost, tryVms } from "./lintVms.ts";

/** An effective configuration and where it is read: a file, or the command of a buildfile that starts the service. */
export interface LintedConfig {
  readonly source: string;
  readonly config: { readonly [member: string]: unknown };
}

/** What there is to say. */
export interface LintReport {
  /** No error among the findings. */
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly configs: readonly LintedConfig[];
  /** What was read of each qvm configuration. */
  readonly vms: readonly { readonly [member: string]: unknown }[];
  readonly skipped: readonly SkippedCheck[];
}

/** Reads everything named and checks it. Throws InputError where a named file cannot be read. */
export async function runLint(request: LintRequest): Promise<LintReport> {
  const inputs = await readInputs(request);
  const run = new LintRun(request, inputs);
  for (const file of request.files.filter(isBuildfile)) run.buildfile(file);
  run.configuration();
  run.vms();
  return run.report();
}

/** One configuration, wherever it stands, and how its findings come to their places. */
interface Subject {
  readonly parsed: ParsedConfig;
  readonly source: string;
  readonly service: ServiceName;
  readonly sources: readonly ConfigSource[];
  readonly readFile: FileReader;
  readonly env: Readonly<Record<string, string>> | null;
  /** Parts of it are not known, so that what hangs on the whole cannot be told. */
  readonly isPartial: boolean;
  readonly placed: (diagnostic: Diagnostic) => Diagnostic;
}

// What these say is wrong only if the whole configuration is known.
const NEED_THE_WHOLE = new Set(
  "CFG401 CFG402 CFG403 CFG404 CFG602 CFG603 CFG615 CFG616 CFG618 CFG620 CFG621".split(" "),
);

// What these can only suppose the rules about the board know.
const TOLD_BY_BOARD = new Set(["CFG621"]);

class LintRun {
  readonly #request: LintRequest;
  readonly #inputs: LintInputs;
  readonly #placement: Placement;
  readonly #diagnostics: Diagnostic[];
  readonly #configs: LintedConfig[] = [];
  readonly #skipped: SkippedCheck[] = [];
  readonly #used = new Set<string>();
  readonly #vmFiles: ReadonlySet<string>;
  #host: TriedHost | null = null;
  #vms: LintReport["vms"] = [];

  constructor(request: LintRequest, inputs: LintInputs) {
    this.#request = request;
    this.#inputs = inputs;
    this.#placement = request.guest || (inputs.board?.json.vdev ?? null) !== null ? "guest" : "hardware";
    this.#diagnostics = [...inputs.diagnostics];
    const vmFiles = request.files.filter((file) => isVmConfig(file, inputs.contents.get(file)!));
    this.#vmFiles = new Set(vmFiles);
  }

  /** The virtual machines of a host, all together; with its configuration and board they are tried. */
  vms(): void {
    if (this.#vmFiles.size === 0) return;
    const reader = new ConfigFiles();
    for (const file of this.#vmFiles) reader.give(file, this.#inputs.contents.get(file)!);
    const read = readVms([...this.#vmFiles], reader.read, this.#inputs.board);
    this.#vms = read.subjects.map(vmConfigJson);
    this.#diagnostics.push(...read.diagnostics);
    if (this.#host !== null && !read.broken) this.#diagnostics.push(...tryVms(read, this.#host));
  }

  buildfile(file: string): void {
    const { contents } = this.#inputs;
    const { with: others, roots, variables, dmaDrivers, ignoredDrivers, files } = this.#request;
    const given = files.filter((each) => !isBuildfile(each));
    const { diagnostics, starts } = lintBuildfile({
      name: file,
      bytes: contents.get(file)!,
      others: others.map((name) => ({ name, bytes: contents.get(name)! })),
      host: hostFiles({ buildfile: file, roots, given, onUse: (each) => this.#used.add(each) }),
      variables,
      dmaDrivers,
      ignoredDrivers,
      placement: this.#placement,
      ...this.#inputs.tables,
    });
    this.#diagnostics.push(...diagnostics);
    for (const start of starts) this.#subject(subjectOf(start));
  }

  /** The configuration files, read one after the other as one configuration; those that stand for a buildfile's were read there. */
  configuration(): void {
    const { files, words, service } = this.#request;
    const own = files.filter(
      (file) => !isBuildfile(file) && !this.#used.has(file) && !this.#vmFiles.has(file),
    );
    if (own.length === 0 && (words.length === 0 || files.length > this.#vmFiles.size)) return;
    const reader = new ConfigFiles();
    for (const file of own) reader.give(file, this.#inputs.contents.get(file)!);
    const sources: ConfigSource[] = [
      ...(words.length === 0 ? [] : [{ kind: "words", words } as const]),
      ...own.map((path) => ({ kind: "file", path }) as const),
    ];
    const { tables } = this.#inputs;
    const parsed = parseConfig({
      sources,
      readFile: reader.read,
      ...tables,
      service,
      placement: this.#placement,
    });
    const [first = null] = own;
    const placed = (diagnostic: Diagnostic) => ({ ...diagnostic, file: diagnostic.file ?? first });
    const source = own.join(" ") || "command line";
    const { env } = tables;
    this.#subject({ parsed, source, service, sources, readFile: reader.read, env, isPartial: false, placed });
  }

  report(): LintReport {
    const { board } = this.#inputs;
    // VMs alone have nothing that these checks are about.
    const isVmsAlone = this.#vmFiles.size === this.#request.files.length && this.#configs.length === 0;
    const withoutBoard = isVmsAlone ? [] : WITHOUT_BOARD;
    const skipped = board === null ? [...withoutBoard] : unique(this.#skipped);
    if (board?.json.vdev != null && !this.#request.guest) {
      const hint = "give --guest to say so, or the board of the host";
      this.#diagnostics.push(
        lintProblem(
          "LNT506",
          this.#somewhere(),
          "the board has a vdev-smmu, so everything is read as in a guest (HG-2)",
          hint,
        ),
      );
    }
    if (skipped.length > 0) this.#diagnostics.push(this.#tellSkipped(skipped));
    const diagnostics = reportDiagnostics(this.#diagnostics);
    return { ok: !hasErrors(diagnostics), diagnostics, configs: this.#configs, vms: this.#vms, skipped };
  }

  #subject(subject: Subject): void {
    const { parsed, source, isPartial, placed } = subject;
    const { effective, options } = parsed;
    const { board } = this.#inputs;
    const own = [...parsed.diagnostics, ...lintConfig(effective, options, parsed.diagnostics)];
    const found = own.filter(({ code }) => {
      return !(isPartial && NEED_THE_WHOLE.has(code)) && !(board !== null && TOLD_BY_BOARD.has(code));
    });
    if (board !== null) {
      const held = lintBoard(effective, options, board);
      found.push(...held.diagnostics);
      this.#skipped.push(...held.skipped);
      const isWhole =
        !isPartial && !held.skipped.some(({ check }) => check === "libraries and certification");
      if (isWhole && !hasErrors(found)) found.push(...this.#tried(subject, board));
    }
    this.#diagnostics.push(...found.map(placed));
    this.#configs.push({ source, config: placedOrigins(toConfigJson(effective), placed) });
  }

  // Only what no rule has told already is worth a run: a configuration with errors does not start anyway.
  #tried({ service, sources, readFile, env }: Subject, board: Board): Diagnostic[] {
    const { scenario } = this.#inputs;
    const scenarioFile = this.#request.scenario ?? "";
    const withEnvironment = { ...board, json: { ...board.json, env: { ...board.json.env, ...env } } };
    const guest = this.#placement === "guest";
    this.#host = { service, guest, sources, readFile, board: withEnvironment };
    const found = dryRun({ ...this.#host, scenario, scenarioFile });
    return found === null ? [] : [found];
  }

  #tellSkipped(skipped: readonly SkippedCheck[]): Diagnostic {
    const isAll = this.#inputs.board === null;
    const told = skipped.map(({ check, because }) => (isAll ? check : `${check} (${because})`)).join("; ");
    const hint = isAll
      ? "give the board with --board: a board file, firmware tables, a .dtb, or example:NAME"
      : "say it in a board file, a further --board";
    return lintProblem(
      "LNT001",
      this.#somewhere(),
      `not checked${isAll ? ", because no board was given" : ""}: ${told}`,
      hint,
    );
  }

  #somewhere() {
    return { ...NOWHERE, file: this.#request.files[0] ?? null };
  }
}

function subjectOf({ config, command, service }: ReadStart): Subject {
  const { parsed, sources, readFile, env, missing, unseen, placed } = config;
  const { file, line } = command.place;
  const isPartial = missing.length + unseen.length > 0;
  return { parsed, source: `${file}:${line}`, service, sources, readFile, env, isPartial, placed };
}

/** Origins inside a configuration, brought to where their lines stand. */
function placedOrigins<T>(value: T, placed: Subject["placed"]): T {
  if (Array.isArray(value)) return value.map((each) => placedOrigins(each, placed)) as T;
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => {
    if (name !== "origin") return [name, placedOrigins(member, placed)];
    const origin = member as { file: string; line: number; column: number };
    const { file, line, column } = placed({ ...origin, code: "", severity: "note", message: "" });
    return [name, { file, line, column }];
  });
  return Object.fromEntries(members) as T;
}

function unique(skipped: readonly SkippedCheck[]): SkippedCheck[] {
  return skipped.filter(({ check }, at) => skipped.findIndex((other) => other.check === check) === at);
}
