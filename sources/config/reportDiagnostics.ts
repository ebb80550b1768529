import type { Diagnostic } from "../../base/diagnostic.ts";
import { CONFIG_CODES } from "./diagnosticCodes.ts";
import { DIAGNOSTICS_PER_CODE_MAX } from "./limits.ts";

/**
 * The diagnostics as a reader wants them: by file in the order of their first mention, then by line and column; of
 * one code only so many, and one more that counts the rest (CFG016), so that nothing is left out in silence.
 */
export function reportDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const fileOrder = new Map<string | null, number>();
  for (const { file } of diagnostics) if (!fileOrder.has(file)) fileOrder.set(file, fileOrder.size);
  const sorted = [...diagnostics].sort(
    (a, b) =>
      fileOrder.get(a.file)! - fileOrder.get(b.file)! ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  );
  const counts = new Map<string, number>();
  const said = new Set<string>();
  const kept = sorted.filter((diagnostic) => {
    // A file read twice has the same to say twice.
    const { code, severity, message, file, line, column } = diagnostic;
    const key = JSON.stringify([code, severity, message, file, line, column]);
    if (said.has(key)) return false;
    said.add(key);
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    return count <= DIAGNOSTICS_PER_CODE_MAX;
  });
  for (const [code, count] of counts) {
    if (count <= DIAGNOSTICS_PER_CODE_MAX) continue;
    const first = kept.find((diagnostic) => diagnostic.code === code)!;
    kept.push({
      code: "CFG016",
      severity: CONFIG_CODES.CFG016.severity,
      message: `${count - DIAGNOSTICS_PER_CODE_MAX} more of ${code} are not listed`,
      file: first.file,
      line: null,
      hint: "mend those listed and run again",
    });
  }
  return kept;
}
