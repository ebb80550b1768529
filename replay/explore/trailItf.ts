import { AddressSpace } from "../../core/parts/addressSpace.ts";
import type { Model } from "./model.ts";
import type { TrailStep } from "./report.ts";

/**
 * A way through a model in the Informal Trace Format (Apalache ADR 015): the initial state, then the state after each
 * step; the variables are the step and the model's components.
 */
export function trailItf(model: Model, property: string, trail: readonly TrailStep[]): string {
  const names = model.components.map(({ name }) => name.replace(/[^A-Za-z0-9]+/g, "_"));
  const stateOf = (index: number, action: string, values: readonly unknown[]): object => ({
    "#meta": { index },
    action,
    ...Object.fromEntries(names.map((name, i) => [name, encoded(values[i])])),
  });
  const document = {
    "#meta": {
      format: "ITF",
      "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
      source: `smmu explore --model ${model.name} ${Object.entries(model.sizes)
        .map(([what, size]) => `--set ${what}=${size}`)
        .join(" ")}`,
      description: property,
    },
    params: [],
    vars: ["action", ...names],
    states: [
      stateOf(
        0,
        "",
        model.components.map(({ initial }) => initial),
      ),
      ...trail.map(({ action, values }, i) => stateOf(i + 1, action, values)),
    ],
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

/** What is unknown is `""`; maps are `#map`, whole numbers `#bigint`, so that each kind of value has one form. */
function encoded(value: unknown): unknown {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return { "#bigint": String(value) };
  if (value instanceof AddressSpace) return value.canonicalRuns();
  if (Array.isArray(value)) return value.map(encoded);
  if (value instanceof Map) return { "#map": [...value].map(([key, held]) => [encoded(key), encoded(held)]) };
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, encoded(member)]));
}
