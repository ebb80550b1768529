import { register } from "node:module";
import { MUTANTS } from "../../replay/mutants/catalogue.ts";
import { HUNTS } from "../../replay/mutants/plan.ts";

// A process of its own for each mutant: bent rules may run wild, and must not meet straight ones.
const [id = ""] = process.argv.slice(2);
const mutant = MUTANTS.find((each) => each.id === id);
if (mutant !== undefined) {
  const url = new URL(`../../core/${mutant.module}.js`, import.meta.url).href;
  register(new URL("./switchWorker.js", import.meta.url), { data: { url, mutant } });
}
const { goHunting } = await import("../../replay/mutants/hunt.ts");
for (const [i, hunt] of HUNTS.entries()) {
  const found = goHunting(hunt);
  process.send?.({ ...found, last: found.property !== null || i === HUNTS.length - 1 });
  if (found.property !== null) break;
}
process.disconnect?.();
