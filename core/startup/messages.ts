import type { OutputChannel, StartupOutcome } from "../../events/startupEvents.ts";
import type { ServiceState } from "./serviceState.ts";

/** Where output goes during initialization (OUT-1). */
export const OUTPUT_STARTING: readonly OutputChannel[] = ["stderr", "slog2"];
/** Where it goes after that (OUT-1). */
export const OUTPUT_RUNNING: readonly OutputChannel[] = ["slog2"];

/** A message of the service, to where its output goes in its phase. */
export function message(
  service: ServiceState | null,
  level: "error" | "warning" | "info" | "debug",
  text: string,
): StartupOutcome {
  const to = service === null || service.phase === "running" ? OUTPUT_RUNNING : OUTPUT_STARTING;
  return { kind: "MessageEmitted", level, text, to };
}

/** A debugging message, where the configuration asks for that much (DBG-1): none without `debug`. */
export function debugMessage(
  service: ServiceState,
  verbosity: 1 | 2,
  text: string,
): readonly StartupOutcome[] {
  return (service.config?.debug ?? 0) >= verbosity ? [message(service, "debug", text)] : [];
}
