import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import { eventJson } from "../../events/codec/eventJson.ts";
import { events } from "../bootEvents.ts";
import { align } from "./align.ts";
import { Column, Interner } from "./column.ts";
import type { Compared } from "./firstDifference.ts";
import type { StrictReport } from "./report.ts";

/** Compares two logs event by event. The first `known` events are known to be the same. */
export function compareStrictly(a: Compared, b: Compared, known: number): StrictReport {
  const words = new Interner();
  const [inA, inB] = [tokensOf(a, known, words), tokensOf(b, known, words)];
  const shared = Math.min(inA.content.length, inB.content.length);
  let first = 0;
  const same = (i: number, j: number): boolean =>
    inA.content.at(i) === inB.content.at(j) && inA.time.at(i) === inB.time.at(j);
  while (first < shared && same(first, first)) first++;
  if (first === inA.content.length && first === inB.content.length)
    return {
      equal: true,
      samePrefix: known + first,
      firstDifference: null,
      times: 0,
      onlyA: 0,
      onlyB: 0,
      aligned: true,
    };
  const { counterpart, onlyA, onlyB, ordered } = align(inA.content.values(), inB.content.values());
  let times = 0;
  counterpart.forEach((j, i) => {
    if (j >= 0 && !same(i, j)) times += 1;
  });
  return {
    equal: false,
    samePrefix: known + first,
    firstDifference: {
      seqA: first < inA.content.length ? known + first : null,
      seqB: first < inB.content.length ? known + first : null,
    },
    times,
    onlyA: onlyA.length,
    onlyB: onlyB.length,
    aligned: ordered,
  };
}

/** Each event as a number for what it says, and its time; -1: none. Where it was written is no part of it. */
function tokensOf(
  { reader, end }: Compared,
  from: number,
  words: Interner,
): { content: Column; time: Column } {
  const [content, time] = [new Column(), new Column()];
  for (const event of events(reader, from, end - 1)) {
    const { seq: _, t: __, cause, origin: ___, line: ____, lastLine: _____, ...rest } = eventJson(event);
    const after = typeof cause === "number" ? event.seq - cause : null;
    content.push(words.numberOf(canonicalJson({ ...rest, after } as Json)));
    time.push(event.t ?? -1);
  }
  return { content, time };
}
