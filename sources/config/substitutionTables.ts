import { quote } from "../../base/diagnostic.ts";
import { closest } from "./closest.ts";
import type { ConfigCode } from "./diagnosticCodes.ts";
import type { SubstitutionForm } from "./origin.ts";
import { printable } from "./sourceFile.ts";

/** One entry of the system page's address-space information; `name` is its leaf name (SUB-3). */
export interface AsinfoEntry {
  readonly name: string;
  readonly start: bigint;
  readonly length: bigint;
}

/** What substitutions are looked up in. Null: not known (no board was given), which is not the same as empty. */
export interface SubstitutionTables {
  readonly asinfo: readonly AsinfoEntry[] | null;
  readonly env: Readonly<Record<string, string>> | null;
}

/** Tables made ready for many look-ups. */
export interface TableIndex {
  readonly asinfo: ReadonlyMap<string, readonly AsinfoEntry[]> | null;
  readonly env: ReadonlyMap<string, string> | null;
}

/** The answer of a look-up: the text, why there is none, or that there is no table to look in. */
export type LookUp =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "no-table"; readonly table: string }
  | { readonly kind: "problem"; readonly code: ConfigCode; readonly message: string; readonly hint: string };

/** Indexes the tables once. */
export function indexTables(tables: SubstitutionTables): TableIndex {
  let asinfo: Map<string, AsinfoEntry[]> | null = null;
  if (tables.asinfo !== null) {
    asinfo = new Map();
    for (const entry of tables.asinfo) {
      const same = asinfo.get(entry.name);
      if (same === undefined) asinfo.set(entry.name, [entry]);
      else same.push(entry);
    }
  }
  return { asinfo, env: tables.env === null ? null : new Map(Object.entries(tables.env)) };
}

/** Looks up a substitution (SUB-2, SUB-3, G-11). Numbers come with `0x`, so no default radix can change them. */
export function lookUp(tables: TableIndex, form: SubstitutionForm, name: string): LookUp {
  return form === "env" ? lookUpEnv(tables, name) : lookUpAsinfo(tables, form, name);
}

function refused(code: ConfigCode, message: string, hint: string): LookUp {
  return { kind: "problem", code, message, hint };
}

function lookUpAsinfo({ asinfo }: TableIndex, form: SubstitutionForm, name: string): LookUp {
  if (name.includes("/")) {
    const leaf = name.slice(name.lastIndexOf("/") + 1).slice(0, 64) || "name";
    const message = `${quote(name)} is a path, expected the leaf name of an asinfo entry`;
    return refused("CFG105", message, `write the leaf name only: $${form}{${leaf}} (SUB-3)`);
  }
  if (asinfo === null) return { kind: "no-table", table: "no asinfo table" };
  const entries = asinfo.get(name) ?? [];
  const [entry] = entries;
  if (entry === undefined) {
    const near = closest(name, asinfo.keys());
    const hint =
      near === null
        ? `add the entry in the start-up code (as_add), or correct the name; ${listed(asinfo)}`
        : `did you mean $${form}{${near}}?`;
    return refused("CFG106", `the system page has no asinfo entry ${quote(name)}`, hint);
  }
  if (entries.length > 1) {
    const message = `${entries.length} asinfo entries have the leaf name ${quote(name)}`;
    return refused("CFG107", message, "give the entries different leaf names, or write the numbers");
  }
  const value = form === "asinfo_start" ? entry.start : entry.length;
  return { kind: "text", text: `0x${value.toString(16)}` };
}

function lookUpEnv({ env }: TableIndex, name: string): LookUp {
  if (env === null) return { kind: "no-table", table: "no environment" };
  const value = env.get(name);
  if (value === undefined) {
    const near = closest(name, env.keys());
    const hint =
      near === null
        ? "export it before the service starts, or write the value"
        : `did you mean $env{${near}}?`;
    return refused("CFG106", `the environment has no variable ${quote(name)}`, hint);
  }
  const wrong = unfit(value);
  if (wrong === null) return { kind: "text", text: value };
  const message = `the value of ${quote(name)}, ${quote(printable(value))}, ${wrong}`;
  const hint = "set the variable to one piece of a word: no white space, no # @ $, no quotes";
  return refused("CFG108", message, hint);
}

// G-11: the result is one piece of one word; it brings no white space, comment, file, further substitution or quote.
function unfit(value: string): string | null {
  if (value === "") return "is empty";
  if (/\s/.test(value)) return "holds white space";
  const mark = /[#@$"'`\\]/.exec(value)?.[0];
  if (mark !== undefined) return `holds ${mark === "`" ? "a back quote" : mark}`;
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u.test(value)) return "holds an invisible or control character";
  return null;
}

function listed(asinfo: ReadonlyMap<string, unknown>): string {
  if (asinfo.size === 0) return "the board has no entries";
  const names = [...asinfo.keys()].slice(0, 8).map((name) => quote(name));
  return `the board's entries are ${names.join(", ")}${asinfo.size > 8 ? ", ..." : ""}`;
}
