import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import { eventJson } from "../../events/codec/eventJson.ts";
import { events } from "../bootEvents.ts";
import { align } from "./align.ts";
import { Column, Interner } from "./column.ts";
import type { Compared } from "./firstDifference.ts";
import type { StrictReport } from "./report.ts";

/** Compares two logs event by event. The first `same` events are known to be the same. */
export function compareStrictly(a: Compared, b: Compared, same: number): StrictReport {
  const words = new Interner();
  const [inA, inB] = [tokensOf(a, same, words), tokensOf(b, same, words)];
  const shared = Math.min(inA.whole.length, inB.whole.length);
  let first = 0;
  while (first < shared && inA.whole.at(first) === inB.whole.at(first)) first++;
  if (first === inA.whole.length && first === inB.whole.length)
    return {
      equal: true,
      samePrefix: same + first,
      firstDifference: null,
      times: 0,
      onlyA: 0,
      onlyB: 0,
      aligned: true,
    };
  const { counterpart, onlyA, onlyB, ordered } = align(inA.content.values(), inB.content.values());
  let times = 0;
  counterpart.forEach((j, i) => {
    if (j >= 0 && inA.whole.at(i) !== inB.whole.at(j)) times += 1;
  });
  return {
    equal: false,
    samePrefix: same + first,
    firstDifference: {
      seqA: first < inA.whole.length ? same + first : null,
      seqB: first < inB.whole.length ? same + first : null,
    },
    times,
    onlyA: onlyA.length,
    onlyB: onlyB.length,
    aligned: ordered,
  };
}

/** Each event as a number, with its time and without. Where it was written is no part of it. */
function tokensOf(
  { reader, end }: Compared,
  from: number,
  words: Interner,
): { whole: Column; content: Column } {
  const [whole, content] = [new Column(), new Column()];
  for (const event of events(reader, from, end - 1)) {
    const { seq: _, t, origin: __, line: ___, lastLine: ____, ...rest } = eventJson(event);
    const number = words.numberOf(canonicalJson(rest as Json));
    content.push(number);
    whole.push(words.numberOf(`${number} ${t}`));
  }
  return { whole, content };
}
