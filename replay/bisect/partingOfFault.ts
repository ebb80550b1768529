import type { BootReader } from "../../store/eventStore.ts";
import { eventAt } from "../bootEvents.ts";
import { verdictMembers } from "../diff/compareVerdicts.ts";
import type { Comparison } from "../diff/diffBoots.ts";
import { contexts } from "../diff/firstDifference.ts";
import { isWrite, type Portrait, type Transfers } from "../diff/portrait.ts";
import type { Bisection } from "./bisection.ts";
import type { FaultSignature } from "./faultSignature.ts";
import { lastAgreement, type Moment, type PagePair } from "./lastAgreement.ts";

type Parting = Pick<
  Bisection,
  "seqA" | "seqB" | "only" | "text" | "contextA" | "contextB" | "fault" | "statesRebuilt"
>;

/** A fault of one boot alone, with its counterpart in the other. */
interface LoneFault {
  readonly boot: "a" | "b";
  readonly at: Moment;
  readonly pages: PagePair;
  readonly write: boolean;
}

/** The first fault of a signature that only one boot has, and the event that made the difference; null: there is none. */
export function partingOfFault(
  a: BootReader,
  b: BootReader,
  comparison: Comparison,
  signature: FaultSignature,
): Parting | null {
  const fault = loneFault(comparison, signature);
  if (fault === null) return null;
  const { device } = signature;
  const told = {
    boot: fault.boot,
    seqA: fault.at.a,
    seqB: fault.at.b,
    text: `only ${fault.boot === "a" ? a.info.name : b.info.name} refuses the ${fault.write ? "write" : "read"}`,
  };
  const found = lastAgreement(a, b, comparison, {
    device,
    write: fault.write,
    pages: fault.pages,
    at: fault.at,
  });
  const sides = [
    { reader: a, end: a.info.events },
    { reader: b, end: b.info.events },
  ] as const;
  const at = found.change ?? fault.at;
  const only = found.side;
  const words = found.change === null ? found.why : whatHappened(a, b, found.change, found.side);
  return {
    seqA: at.a,
    seqB: at.b,
    only,
    text: words,
    ...contexts(at.a, at.b, sides[0], sides[1]),
    fault: told,
    statesRebuilt: found.statesRebuilt,
  };
}

/** The earliest transfer that one boot refuses so and the other does not, by its place in A. */
function loneFault(
  { match, transfers, anchors, words }: Comparison,
  signature: FaultSignature,
): LoneFault | null {
  const refused = (list: Transfers, i: number): boolean => {
    const { verdict, reason } = verdictMembers(words.textOf(list.verdict.at(i)));
    return verdict === "denied" && (signature.reason === null || signature.reason === reason);
  };
  const inPage = (list: Transfers, i: number): boolean =>
    signature.page === null || list.page.at(i) === signature.page;
  let first: LoneFault | null = null;
  const consider = (fault: LoneFault): void => {
    if (first === null || fault.at.a < first.at.a) first = fault;
  };
  const lone = (list: Transfers, i: number, boot: "a" | "b"): void => {
    if (!refused(list, i) || !inPage(list, i)) return;
    const seq = list.seq.at(i);
    const page = list.page.at(i);
    const at = boot === "a" ? { a: seq, b: anchors.toB(seq) } : { a: anchors.toA(seq), b: seq };
    consider({ boot, at, pages: { a: page, b: page }, write: isWrite(list.shape.at(i)) });
  };
  const aligned = transfers.find(({ device }) => device === signature.device);
  if (aligned === undefined) {
    const alone = (portrait: Portrait, boot: "a" | "b"): void => {
      const list = portrait.devices.get(signature.device)?.transfers;
      for (let i = 0; list !== undefined && i < list.seq.length; i++) lone(list, i, boot);
    };
    alone(match.a, "a");
    alone(match.b, "b");
    return first;
  }
  const { a, b, alignment } = aligned;
  for (const i of alignment.onlyA) lone(a, i, "a");
  for (const i of alignment.onlyB) lone(b, i, "b");
  alignment.counterpart.forEach((j, i) => {
    if (j < 0 || a.verdict.at(i) === b.verdict.at(j) || !(inPage(a, i) || inPage(b, j))) return;
    const [inA, inB] = [refused(a, i), refused(b, j)];
    if (inA === inB) return;
    const at = { a: a.seq.at(i), b: b.seq.at(j) };
    const pages = { a: a.page.at(i), b: b.page.at(j) };
    consider({ boot: inA ? "a" : "b", at, pages, write: isWrite(a.shape.at(i)) });
  });
  return first;
}

function whatHappened(a: BootReader, b: BootReader, change: Moment, side: "a" | "b" | null): string {
  const reader = side === "b" ? b : a;
  const event = eventAt(reader, side === "b" ? change.b : change.a)?.event;
  const word = event === undefined ? "an event" : `"${event.kind}"`;
  return `${word}${side === null ? "" : ` of ${reader.info.name}`} makes the difference: up to it both boots judge such a transfer alike, after it they do not`;
}
