import type { Diagnostic, Severity } from "../../base/diagnostic.ts";
import type { Origin } from "../config/origin.ts";
import { printable } from "../config/sourceFile.ts";
import { VM_CODES, type VmCode } from "./vmCodes.ts";

/** A diagnostic at a place of a qvm configuration. What comes from the input is made safe to print. */
export function vmProblem(
  code: VmCode,
  origin: Origin,
  message: string,
  hint: string,
  severity: Severity = VM_CODES[code].severity,
): Diagnostic {
  const { file, line, column, endColumn, excerpt } = origin;
  return {
    code,
    severity,
    message: printable(message),
    hint: printable(hint),
    file,
    line,
    column,
    endColumn,
    ...(excerpt === null ? {} : { excerpt }),
  };
}
