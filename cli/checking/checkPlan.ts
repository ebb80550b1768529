import type { SafetyProperty } from "../../core/properties/property.ts";
import { readState } from "../../core/stateText.ts";
import { Checker, SentenceError } from "../../replay/check/checker.ts";
import { futureWorld } from "../../replay/check/future.ts";
import { SHIPPED } from "../../replay/check/rules.ts";
import { SUITES } from "../../replay/check/suites.ts";
import type { World } from "../../replay/check/world.ts";
import { smallWorlds } from "../../replay/check/worlds.ts";
import { InputError } from "../inputError.ts";
import { readConfiguration } from "./readConfiguration.ts";
import { userProperties } from "./userProperties.ts";

/** What is checked, as plain data that a thread can be handed. */
export interface CheckPlan {
  readonly suite: string;
  /** A file with properties of the user's; null: none. */
  readonly properties: string | null;
  /** The boot whose futures are lived, as a state's text; null: small boards. */
  readonly from: { readonly boot: string; readonly seq: number; readonly state: string } | null;
}

/** A plan as a line that another plan has not. */
export function planText({ suite, properties, from }: CheckPlan): string {
  const files = properties === null ? "" : `, properties of ${properties}`;
  return `suite ${suite}${files}${from === null ? "" : `, futures of ${from.boot} at ${from.seq}`}`;
}

/** What it takes to live lives by a plan. */
export interface PreparedCheck {
  readonly properties: readonly SafetyProperty[];
  readonly worlds: readonly World[];
  readonly checker: Checker;
}

/** Loads properties and builds worlds; the same in every thread. */
export async function prepareCheck(plan: CheckPlan): Promise<PreparedCheck> {
  const own = plan.properties === null ? [] : await userProperties(plan.properties);
  const properties = [...SUITES[plan.suite]!, ...own];
  const names = new Set<string>();
  for (const { name } of properties) {
    if (names.has(name))
      throw new InputError(
        `${plan.properties}: there is a property "${name}" already; give yours another name`,
      );
    names.add(name);
  }
  const worlds = plan.from === null ? smallWorlds() : [futureOf(plan.from)];
  const checker = ownErrors(() => new Checker(properties, SHIPPED, worlds, readConfiguration));
  return { properties, worlds, checker };
}

/** Does a task; a property of the user's that throws is the user's to mend. */
export function ownErrors<T>(task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw error instanceof SentenceError ? new InputError(error.message) : error;
  }
}

function futureOf({ boot, seq, state }: NonNullable<CheckPlan["from"]>): World {
  return futureWorld({ boot, seq, state: readState(state)! });
}
