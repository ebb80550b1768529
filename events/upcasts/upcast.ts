import type { Json } from "../../base/canonicalJson.ts";
import type { IommuEvent } from "../recordedEvent.ts";

type Upcast = (event: Json) => Json;

/** One step for each version but the newest: `STEPS[0]` takes an event of version 1 to version 2. */
const STEPS: readonly Upcast[] = [];

/** An event told as JSON in an older version, in the words of today. */
export function upcastCold(event: Json, version: number): IommuEvent {
  let current = event;
  for (const step of STEPS.slice(version - 1)) current = step(current);
  return current as unknown as IommuEvent;
}
