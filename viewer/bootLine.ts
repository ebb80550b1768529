import type { BootInfo } from "../store/eventStore.ts";
import type { BootLine } from "./viewModel.ts";

/** A boot in the list of boots. */
export function bootLine({ name, source, header, events, complete, summary }: BootInfo): BootLine {
  const dss = summary?.dss as { readonly reason?: unknown } | null | undefined;
  return {
    boot: name,
    source,
    family: header.family,
    events,
    faults: summary?.faults ?? 0,
    complete,
    dss: typeof dss?.reason === "string" ? dss.reason : null,
  };
}
