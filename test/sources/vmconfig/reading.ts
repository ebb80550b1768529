import type { Diagnostic } from "../../../base/diagnostic.ts";
import { err, ok } from "../../../base/result.ts";
import { lintVmConfig, type VmSubject } from "../../../sources/vmconfig/lintVmConfig.ts";
import { lintVmSet } from "../../../sources/vmconfig/lintVmSet.ts";
import { readVmConfig, type VmConfigRead } from "../../../sources/vmconfig/readVmConfig.ts";

/** Reads a text as the file `a.qvmconf`; other files by name. */
export function readText(
  text: string | Uint8Array,
  files: { readonly [name: string]: string } = {},
  name = "a.qvmconf",
): VmConfigRead {
  const bytes = (content: string | Uint8Array) =>
    typeof content === "string" ? new TextEncoder().encode(content) : content;
  return readVmConfig({
    sources: [{ kind: "file", path: name }],
    readFile: (path) => {
      if (path === name) return ok(bytes(text));
      return files[path] === undefined ? err("it does not exist") : ok(bytes(files[path]));
    },
    asinfo: null,
    env: null,
  });
}

/** A text as a subject of rules. */
export function subjectOf(text: string, name = "a.qvmconf"): VmSubject {
  const place = { file: name, line: 1, column: 1, endColumn: 1, excerpt: null, substituted: [] };
  return { source: name, config: readText(text, {}, name).config, place };
}

/** Everything there is to say of the files of VMs on one host. */
export function findingsOf(texts: readonly string[]): readonly Diagnostic[] {
  const named = texts.map((text, i) => ({ text, name: `${String.fromCharCode(97 + i)}.qvmconf` }));
  const subjects = named.map(({ text, name }) => subjectOf(text, name));
  const language = named.flatMap(({ text, name }) => readText(text, {}, name).diagnostics);
  return [...language, ...subjects.flatMap(lintVmConfig), ...lintVmSet(subjects)];
}

/** `code line:column-end`. */
export function places(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ code, line, column, endColumn }) => `${code} ${line}:${column}-${endColumn}`);
}
