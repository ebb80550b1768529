import type { CallReturned } from "../../events/clientEvents.ts";
import type { Outcome } from "../../events/outcome.ts";

/** The return among the outcomes of a call, be it answered in a guest. */
export function returnAmong(outcomes: readonly Outcome[]): CallReturned | null {
  for (const outcome of outcomes) {
    if (outcome.kind === "CallReturned") return outcome;
    if (outcome.kind === "InGuest" && outcome.outcome.kind === "CallReturned") return outcome.outcome;
  }
  return null;
}

/** What a call wrote through its pointers, in lines. */
export function wroteLines({ wrote, errno }: CallReturned): string[] {
  if (wrote === null || errno !== null) return [];
  if (Array.isArray(wrote))
    return wrote.map((region) => {
      const { phys, len } = region as { readonly phys: string; readonly len: string };
      return `{ phys = ${phys}, len = ${len} }`;
    });
  const { hw_specific, fault_addr, devid, flags } = wrote as {
    readonly hw_specific: string;
    readonly fault_addr: string;
    readonly devid: { readonly [name: string]: unknown } | null;
    readonly flags: readonly string[];
  };
  const device =
    devid === null
      ? "not told by the hardware (FLT-4)"
      : `{ ${Object.entries(devid)
          .map(([name, value]) => (name === "type" ? String(value) : `${name} = ${String(value)}`))
          .join(", ")} }`;
  return [
    `fault_addr = ${fault_addr}`,
    `devid = ${device}`,
    `hw_specific = ${hw_specific}`,
    `flags = ${flags.join("|") || "0"}`,
  ];
}
