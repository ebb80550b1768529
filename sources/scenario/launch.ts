import { type Diagnostic, quote } from "../../base/diagnostic.ts";
import type { LaunchTiming } from "./scenario.ts";

// A month and a minute: with as many steps as there may be devices, every time stays exact in a number.
const LAUNCHED_MAX = 2_592_000_000_000_000;
const STEP_MAX = 60_000_000_000;

/** Reads the members of the record that stands where the service is launched: `t` and `step`, whole ns; either may be left out. */
export function readLaunch(
  members: { readonly [name: string]: unknown },
  file: string,
  line: number,
  diagnostics: Diagnostic[],
): LaunchTiming | null {
  const { kind: _, t = null, step = null, ...others } = members;
  const refuse = (message: string, hint: string): null => {
    diagnostics.push({ code: "SCN002", severity: "error", file, line, message, hint });
    return null;
  };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    return refuse(`${quote(unknown)} says nothing of a launch`, "it takes t and step, in ns");
  for (const [name, value, max] of [
    ["t", t, LAUNCHED_MAX],
    ["step", step, STEP_MAX],
  ] as const) {
    if (value === null || (Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= max))
      continue;
    return refuse(
      `"${name}" of the launch is ${quote(JSON.stringify(value) ?? "")}, expected whole nanoseconds from 0 to ${max}`,
      "leave it out if the time is not known",
    );
  }
  if (t === null && step === null) return null;
  return { launched: Number(t ?? 0), step: Number(step ?? 0) };
}
