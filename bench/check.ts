import type { SafetyProperty } from "../core/properties/property.ts";
import { PROPERTIES } from "../core/properties.ts";
import { CHUNK, Checker } from "../replay/check/checker.ts";
import { SHIPPED } from "../replay/check/rules.ts";
import { smallWorlds } from "../replay/check/worlds.ts";
import type { Row } from "./viewer.ts";

const WARM_UP = 10;
const MEASURED = 40;

/** Whole lives of `smmu check` by the processor time of one thread, so that a busy machine does not change the figure much. */
export function measureCheck(): Row[] {
  return [
    ["check, all properties", livesPerSecond(PROPERTIES), "aim 20 k lives/s of one core"],
    ["  the rules alone, no property", livesPerSecond([]), "the same lives"],
  ];
}

function livesPerSecond(properties: readonly SafetyProperty[]): string {
  const checker = new Checker(properties, SHIPPED, smallWorlds());
  for (let chunk = 0; chunk < WARM_UP; chunk++) checker.chunk(1, chunk, CHUNK);
  const before = process.cpuUsage();
  let steps = 0;
  for (let chunk = WARM_UP; chunk < WARM_UP + MEASURED; chunk++)
    steps += checker.chunk(1, chunk, CHUNK).steps;
  const { user, system } = process.cpuUsage(before);
  const lives = MEASURED * CHUNK;
  const seconds = (user + system) / 1e6;
  return `${(lives / seconds / 1e3).toFixed(1)} k lives/s, ${(steps / lives).toFixed(0)} steps each`;
}
