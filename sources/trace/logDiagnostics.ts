import { type Diagnostic, quote, type Severity } from "../../base/diagnostic.ts";

/** The codes of the log readers; docs/diagnostics-logs.md tells each with an example and what to do. */
export const LOG_CODES = {
  LOG001: {
    severity: "error",
    hint: "the line is skipped; compare it with the original log, it may be wrapped or cut",
  },
  LOG002: { severity: "warning", hint: "import the whole log, so that both halves of the report are in it" },
  LOG003: {
    severity: "warning",
    hint: "what the missing lines would tell stays unknown; import the whole log",
  },
  LOG004: {
    severity: "error",
    hint: "the line is skipped; fetch the file again, or end it with a newline if it is whole",
  },
  LOG005: { severity: "error", hint: "the line is skipped; look whether line ends were lost" },
  LOG006: { severity: "note", hint: "import the file a second time with --format, or split it by format" },
  LOG007: { severity: "note", hint: "the order of lines stays; import a log of the last boot to have times" },
  LOG101: {
    severity: "note",
    hint: "record with the kprobes kmap, kunmap and kattach, set on the kernel command line, to have domains and rights",
  },
  LOG102: { severity: "error", hint: "the line is skipped; compare it with the original trace" },
  LOG103: { severity: "note", hint: "the kernel refused the request, or the trace lost its end" },
  LOG104: {
    severity: "note",
    hint: "devices are PCI functions, or named by their unit address in the device tree",
  },
  LOG105: { severity: "note", hint: "such invalidations are left out: no object is invented for them" },
  LOG106: { severity: "note", hint: "only what the kernel says it unmapped is revoked" },
  LOG107: {
    severity: "warning",
    hint: "record the events iommu:* beside the kprobes; requests alone change nothing",
  },
} as const satisfies { readonly [code: string]: { readonly severity: Severity; readonly hint: string } };

/** One of {@link LOG_CODES}. */
export type LogCode = keyof typeof LOG_CODES;

/** A diagnostic about one line; `seen` is a piece of that line and is quoted. */
export function logDiagnostic(
  code: LogCode,
  file: string,
  line: number | null,
  message: string,
  seen: string | null = null,
): Diagnostic {
  const { severity, hint } = LOG_CODES[code];
  return {
    code,
    severity,
    file,
    line,
    message: seen === null ? message : `${message}: ${quote(seen)}`,
    hint,
  };
}
