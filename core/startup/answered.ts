import type { Outcome } from "../../events/outcome.ts";
import type { DssCause } from "./dss.ts";

/** What an answer comes to: facts, the first of which settles the question; or facts and a reason to stop. */
export type Answered =
  | { readonly kind: "facts"; readonly facts: readonly Outcome[] }
  | { readonly kind: "dss"; readonly facts: readonly Outcome[]; readonly cause: DssCause };
