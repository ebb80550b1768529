import type { Json } from "../../../base/canonicalJson.ts";
import { type Diagnostic, quote } from "../../../base/diagnostic.ts";
import { err, ok, type Result } from "../../../base/result.ts";
import type { BootHeader } from "../../../events/recordedEvent.ts";
import { FAMILIES, parseFamily } from "../../../events/vocabulary/family.ts";
import { shown } from "./fields.ts";
import { KEPT_DEPTH_MAX, troubleOf } from "./kept.ts";

/** The version of the trace format that we read and write (contract 2). */
export const TRACE_VERSION = 1;

/** The first line of a trace: the boot's name, null where it says none, and what else it says. */
export interface TraceHeader {
  readonly boot: string | null;
  readonly header: BootHeader;
}

const KNOWN = new Set(["format", "version", "boot", "family", "recorder", "note"]);

/** Reads the header line; without a good one the rest cannot be judged, so an error here ends the reading. */
export function readHeader(text: string, file: string): Result<TraceHeader, Diagnostic> {
  const fail = (code: string, message: string, hint: string) =>
    err<Diagnostic>({ file, line: 1, code, severity: "error", message, hint, excerpt: text.slice(0, 200) });
  const wanted = `{"format":"smmu-trace","version":${TRACE_VERSION},"boot":"...","family":"vtd"}`;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return fail(
      "TRC001",
      `the first line is not a trace header but ${quote(text)}`,
      `begin the file with ${wanted}`,
    );
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    return fail(
      "TRC001",
      `the first line is not a trace header but ${quote(text)}`,
      `begin the file with ${wanted}`,
    );
  }
  const header = data as { readonly [name: string]: Json };
  if (header["format"] !== "smmu-trace") {
    return fail(
      "TRC001",
      `the header's format is ${shown(header["format"])}, expected "smmu-trace"`,
      `begin the file with ${wanted}`,
    );
  }
  if (header["version"] !== TRACE_VERSION) {
    return fail(
      "TRC002",
      `the trace is of version ${shown(header["version"])}, this program reads version ${TRACE_VERSION}`,
      "record it again, or use a newer smmu-replay",
    );
  }
  const family = parseFamily(header["family"]);
  if (family === null) {
    return fail(
      "TRC003",
      `the header's family is ${shown(header["family"])}, expected one of ${FAMILIES.join(", ")}`,
      'use "ideal" for a unit without a family',
    );
  }
  for (const name of ["boot", "recorder", "note"]) {
    const value = header[name];
    if (value !== undefined && (typeof value !== "string" || value.length > 1000)) {
      return fail(
        "TRC004",
        `the header's ${name} is ${shown(value)}, expected a text of at most 1000 characters`,
        `correct or leave out "${name}"`,
      );
    }
  }
  const extra = Object.fromEntries(Object.entries(header).filter(([name]) => !KNOWN.has(name)));
  for (const [name, value] of Object.entries(extra)) {
    const trouble = troubleOf(value, KEPT_DEPTH_MAX);
    if (trouble !== null) return fail("TRC004", `the header's ${quote(name)} ${trouble}`, "leave it out");
  }
  return ok({
    boot: (header["boot"] as string | undefined) ?? null,
    header: {
      family,
      recorder: (header["recorder"] as string | undefined) ?? null,
      note: (header["note"] as string | undefined) ?? null,
      outcomes: "derived",
      extra: Object.keys(extra).length === 0 ? null : extra,
    },
  });
}
