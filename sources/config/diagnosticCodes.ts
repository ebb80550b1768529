import type { Severity } from "../../base/diagnostic.ts";

/** What is fixed about a code. */
export interface CodeInfo {
  /** How bad it is, unless the finding says otherwise. */
  readonly severity: Severity;
  readonly title: string;
  /** The gap of the guide that the refusal rests on: the strict reading was taken. */
  readonly gap?: string;
  /** The looser reading that a real file may rely on; the hint says so. */
  readonly looser?: string;
}

/** Every diagnostic of the configuration language; docs/diagnostics-config.md explains each, with an example. */
export const CONFIG_CODES = {
  // Input: files, bytes, words.
  CFG001: { severity: "error", title: "file cannot be read" },
  CFG002: { severity: "error", title: "not UTF-8" },
  CFG003: { severity: "error", title: "byte-order mark" },
  CFG004: { severity: "error", title: "NUL byte" },
  CFG005: { severity: "warning", title: "CR LF line ends" },
  CFG006: { severity: "error", title: "lone carriage return" },
  CFG007: { severity: "error", title: "invisible or control character in a word" },
  CFG008: { severity: "error", title: "quote or escape character", gap: "G-40" },
  CFG009: { severity: "error", title: "stray @" },
  CFG010: { severity: "error", title: "file reads itself", gap: "G-39" },
  CFG011: { severity: "error", title: "files nested too deep", gap: "G-39" },
  CFG012: { severity: "error", title: "too many files" },
  CFG013: { severity: "error", title: "too many bytes" },
  CFG014: { severity: "error", title: "too many words" },
  CFG015: { severity: "error", title: "word too long" },
  CFG016: { severity: "note", title: "more of the same" },
  CFG017: { severity: "warning", title: "file not read, its name is unknown" },
  CFG018: { severity: "error", title: "comment on the command line" },
  // Substitution.
  CFG101: { severity: "error", title: "unknown substitution" },
  CFG102: { severity: "error", title: "unterminated substitution", gap: "G-11" },
  CFG103: { severity: "error", title: "substitution without a name", gap: "G-11" },
  CFG104: { severity: "error", title: "nested substitution", gap: "G-11" },
  CFG105: { severity: "error", title: "path instead of a leaf name" },
  CFG106: { severity: "error", title: "undefined name", gap: "G-11" },
  CFG107: {
    severity: "error",
    title: "ambiguous asinfo name",
    gap: "G-11",
    looser: "a reader that takes the first entry would accept it",
  },
  CFG108: {
    severity: "error",
    title: "substituted text that cannot be part of a word",
    gap: "G-11",
    looser: "a purely textual substitution would accept it",
  },
  CFG109: {
    severity: "error",
    title: "substituted number glued to other text",
    gap: "G-11",
    looser: "a purely textual substitution would accept it",
  },
  CFG110: { severity: "note", title: "substitution not looked up" },
  CFG111: {
    severity: "error",
    title: "substitution where an option belongs",
    gap: "G-11",
    looser: "a purely textual substitution would accept it",
  },
  // Options and their arguments.
  CFG201: { severity: "error", title: "unknown option" },
  CFG202: { severity: "error", title: "missing argument" },
  CFG203: { severity: "error", title: "unexpected word" },
  CFG204: { severity: "error", title: "arguments in another file" },
  CFG205: {
    severity: "error",
    title: "option word used as a name",
    looser: "a reader that counts arguments would accept it",
  },
  CFG206: { severity: "error", title: "empty field" },
  CFG207: { severity: "error", title: "wrong number of fields" },
  // Fields.
  CFG301: { severity: "error", title: "malformed number" },
  CFG302: { severity: "error", title: "number out of range" },
  CFG303: { severity: "error", title: "range past 2^64", gap: "G-12" },
  CFG304: { severity: "error", title: "length zero", gap: "G-12" },
  CFG305: { severity: "error", title: "bad permissions" },
  CFG306: {
    severity: "error",
    title: "device form not accepted",
    gap: "G-15",
    looser:
      "the hypervisor's guide has forms with vendor and device ids and without a function, and the API has wildcards; a file may use them",
  },
  CFG307: {
    severity: "error",
    title: "reserved takes no permissions",
    gap: "G-16",
    looser: "the syntax of this option is not public; a file may use more of it",
  },
  CFG308: { severity: "error", title: "bad name" },
  CFG309: { severity: "error", title: "debug level", gap: "G-43" },
  CFG310: {
    severity: "error",
    title: "unknown safety response",
    gap: "G-6",
    looser: "the service's own words are not public, these are the hypervisor's; a file may use others",
  },
  CFG311: {
    severity: "error",
    title: "bad user",
    gap: "G-4",
    looser: "the syntax of this option is not public; a file may use more of it",
  },
  CFG312: {
    severity: "error",
    title: "SMMUv3 is not supported",
    gap: "G-21",
    looser: "release 8.0 has the library, and a file for it may be right",
  },
  CFG313: { severity: "error", title: "bad library name", gap: "G-5", looser: "a loader may accept a path" },
  CFG314: { severity: "error", title: "bad smmu parameter" },
  CFG315: { severity: "error", title: "bypass is not 0 or 1", gap: "G-19" },
  CFG316: { severity: "error", title: "cfg_dll without res_sid", gap: "G-20" },
  CFG317: { severity: "error", title: "malformed device", gap: "G-15" },
  // What options say together; start-up refuses these.
  CFG401: {
    severity: "error",
    title: "unit before smmu",
    gap: "G-9",
    looser: "a reader that resolves names at the end would accept it",
  },
  CFG402: { severity: "error", title: "no current device" },
  CFG403: {
    severity: "error",
    title: "undeclared unit",
    gap: "G-9",
    looser: "a reader that resolves names at the end, or knows the board's units by name, would accept it",
  },
  CFG404: { severity: "error", title: "undefined allow name", gap: "G-9" },
  CFG405: {
    severity: "error",
    title: "two smmu types",
    gap: "G-17",
    looser: "a board with two kinds of unit may need both",
  },
  CFG406: { severity: "error", title: "unit name declared twice" },
  CFG407: { severity: "error", title: "two units at one address" },
  CFG408: { severity: "error", title: "use parameter missing or not permitted" },
  CFG409: {
    severity: "error",
    title: "device repeated with a different use",
    gap: "G-23",
    looser: "the guide's rule is not public; a file may spread the uses of a device over several lines",
  },
  CFG410: {
    severity: "error",
    title: "shared identifier, different grants",
    gap: "G-14",
    looser: "on a board with too few identifiers the service may merge the grants instead",
  },
  CFG411: { severity: "error", title: "reserved StreamID used" },
  CFG412: {
    severity: "error",
    title: "MMIO device under VT-d",
    gap: "G-18",
    looser: "a service may ignore the line instead",
  },
  CFG413: {
    severity: "error",
    title: "bypass under the safety variant",
    gap: "G-19",
    looser: "a service may only log it",
  },
  CFG414: {
    severity: "error",
    title: "write-only grant on R-Car under the safety variant",
    gap: "G-37",
    looser: "the documented behaviour is to grant reading as well",
  },
  CFG415: { severity: "error", title: "one device, two lengths" },
  // Options without effect.
  CFG501: { severity: "warning", title: "ignored in a guest" },
  CFG502: { severity: "warning", title: "replaced by a later option" },
  // Lint: accepted, and likely not what was meant, or a loss of protection.
  CFG601: { severity: "warning", title: "region not page-aligned" },
  CFG602: { severity: "warning", title: "allow set that no device uses" },
  CFG603: { severity: "warning", title: "device without any grant" },
  CFG604: { severity: "warning", title: "bypass on" },
  CFG605: { severity: "warning", title: "devices share an identifier" },
  CFG606: { severity: "warning", title: "write-only grant on R-Car" },
  CFG607: { severity: "warning", title: "number that reads better in the other radix" },
  CFG608: { severity: "note", title: "number whose meaning hangs on the default radix" },
  CFG609: { severity: "note", title: "hexadecimal number without 0x" },
  CFG610: { severity: "warning", title: "non-safety file forced under the safety variant" },
  CFG611: { severity: "note", title: "only one variant accepts this" },
  CFG612: { severity: "warning", title: "duplicate" },
  CFG613: { severity: "warning", title: "two devices can write the same memory" },
  CFG614: { severity: "warning", title: "overlap inside one owner" },
  CFG615: { severity: "warning", title: "allow set defined after its use", gap: "G-9" },
  CFG616: { severity: "warning", title: "no smmu option" },
  CFG617: { severity: "error", title: "unknown support library" },
  CFG618: { severity: "error", title: "ACPI ignored and no unit given" },
  CFG619: { severity: "warning", title: "safety requirement relaxed" },
  CFG620: { severity: "warning", title: "nothing is configured" },
  CFG621: { severity: "warning", title: "no unit named for a device" },
  CFG622: { severity: "warning", title: "register blocks of two devices overlap" },
  CFG623: { severity: "note", title: "too large to check" },
  CFG624: { severity: "error", title: "grant on the registers of a unit" },
  CFG625: { severity: "warning", title: "two units with one status bit" },
  CFG626: { severity: "warning", title: "unit in the place of the main IPMMU" },
} as const satisfies Record<string, CodeInfo>;

/** One code of {@link CONFIG_CODES}. */
export type ConfigCode = keyof typeof CONFIG_CODES;
