import type { Diagnostic } from "../../base/diagnostic.ts";

/** How many diagnostics of one code are listed. */
export const LISTED_MAX = 50;

/** The first diagnostics of each code, and for the others one that counts them: nothing is left out in silence. */
export function boundedDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const counts = new Map<string, number>();
  const listed = diagnostics.filter(({ code }) => {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    return count <= LISTED_MAX;
  });
  for (const [code, count] of counts) {
    if (count <= LISTED_MAX) continue;
    const { severity, file } = listed.find((each) => each.code === code)!;
    const message = `${count - LISTED_MAX} more of ${code} are not listed`;
    listed.push({ code, severity, file, line: null, message, hint: "mend those listed and run again" });
  }
  return listed;
}
