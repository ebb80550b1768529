import { initialState } from "../core/state.ts";
import { stateDigest } from "../core/stateDigest.ts";
import { eventBlocks } from "../replay/bootEvents.ts";
import { Stepper } from "../replay/stepper.ts";
import { tell } from "../replay/why/tell.ts";
import type { BootReader } from "../store/eventStore.ts";
import { RequestProblem } from "./problem.ts";
import { GRAPH_EVENTS_MAX, type GraphView } from "./viewModel.ts";

/** The states of a short boot, such as a counterexample, and the events that lead from one to the next. */
export function graphOf(reader: BootReader): GraphView {
  const { header, events, name } = reader.info;
  if (events > GRAPH_EVENTS_MAX)
    throw new RequestProblem(
      413,
      `boot ${name} has ${events} events; a graph of states is drawn of up to ${GRAPH_EVENTS_MAX}`,
    );
  const stepper = new Stepper(initialState(header.family), header.outcomes);
  const nodes: { digest: string; firstSeq: number }[] = [];
  const known = new Map<string, number>();
  const nodeOf = (seq: number): number => {
    const digest = stateDigest(stepper.folding.checkpoint());
    const number = known.get(digest) ?? nodes.length;
    if (number === nodes.length) {
      known.set(digest, number);
      nodes.push({ digest, firstSeq: seq });
    }
    return number;
  };
  let from = nodeOf(-1);
  const edges: { seq: number; from: number; to: number; text: string }[] = [];
  for (const block of eventBlocks(reader)) {
    for (const event of block) {
      stepper.step(event);
      const to = nodeOf(event.seq);
      edges.push({ seq: event.seq, from, to, text: tell(event).slice(0, 200) });
      from = to;
    }
  }
  return { nodes, edges };
}
