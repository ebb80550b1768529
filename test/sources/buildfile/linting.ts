import type { Diagnostic } from "../../../base/diagnostic.ts";
import type { HostFile } from "../../../sources/buildfile/image.ts";
import {
  type BuildfileInput,
  type BuildfileLint,
  lintBuildfile,
} from "../../../sources/buildfile/lintBuildfile.ts";

/** What may be given; the rest is a build machine on which nothing is to be had. */
export interface Given extends Partial<Omit<BuildfileInput, "host" | "variables" | "others">> {
  /** Files of the build machine by path; a list is the paths below a folder. */
  readonly host?: Readonly<Record<string, string | readonly string[]>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly others?: Readonly<Record<string, string>>;
}

/** What was said of a buildfile, and of the configurations in it. */
export interface Linted extends BuildfileLint {
  /** Of the buildfile alone. */
  readonly codes: readonly string[];
  /** Each as `CODE@line`. */
  readonly places: readonly string[];
  /** What the service would say of its configuration, at its places in the buildfile. */
  readonly config: readonly Diagnostic[];
}

/** Lints a text as `a.build`. */
export function lint(text: string | Uint8Array, given: Given = {}): Linted {
  const { host = {}, variables = {}, others = {}, ...rest } = given;
  const bytes = (each: string | Uint8Array) =>
    typeof each === "string" ? new TextEncoder().encode(each) : each;
  const result = lintBuildfile({
    name: "a.build",
    bytes: bytes(text),
    others: Object.entries(others).map(([name, other]) => ({ name, bytes: bytes(other) })),
    host: (path) => hostFile(host, path),
    variables: new Map(Object.entries(variables)),
    dmaDrivers: [],
    ignoredDrivers: [],
    placement: "hardware",
    asinfo: null,
    env: null,
    ...rest,
  });
  return {
    ...result,
    codes: result.diagnostics.map(({ code }) => code),
    places: result.diagnostics.map(({ code, line }) => `${code}@${line}`),
    config: result.starts.flatMap(({ config }) => config.parsed.diagnostics.map(config.placed)),
  };
}

function hostFile(host: NonNullable<Given["host"]>, path: string): HostFile | null {
  const found = Object.hasOwn(host, path) ? host[path]! : null;
  if (found === null) return null;
  if (typeof found !== "string") return { kind: "directory", name: path, paths: found };
  return { kind: "file", name: path, bytes: new TextEncoder().encode(found) };
}

/** An image whose chain is whole; parts of it can be replaced. */
export function image({ boot = BOOT, script = SCRIPT, files = FILES }: Partial<ImageParts> = {}): string {
  return `[virtual=x86_64,bios] boot = {\n${boot}\n}\n[+script] start = {\n${script}\n}\n${files}\n`;
}

interface ImageParts {
  readonly boot: string;
  readonly script: string;
  readonly files: string;
}

const BOOT = "PATH=/proc/boot:/bin LD_LIBRARY_PATH=/proc/boot:/lib/dll procnto-smp-instr";
const SCRIPT = "slogger2\nsmmuman @/etc/x.smmu\ndevb-ahci ahci &";
const FILES = "/etc/x.smmu = {\nsmmu vtd\n}\n/bin/smmuman = smmuman\n/lib/dll/smmu-vtd.so = smmu-vtd.so";
