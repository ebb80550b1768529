import type { BootReader } from "../../store/eventStore.ts";
import { compareBoots } from "../diff/diffBoots.ts";
import { earliest } from "../diff/firstDifference.ts";
import type { Aspect } from "../diff/report.ts";
import type { Bisection } from "./bisection.ts";
import { type FaultSignature, signatureText } from "./faultSignature.ts";
import { partingOfFault } from "./partingOfFault.ts";

/** The respects in which two boots can be asked to differ, and what of a comparison each is about. */
export const PROPERTIES: { readonly [name in Property]: readonly Aspect[] } = {
  verdicts: ["verdicts"],
  mappings: ["mappings"],
  devices: ["devices", "objects"],
  translation: ["units", "exposure"],
  faults: ["faults"],
};

/** One respect. */
export type Property = "verdicts" | "mappings" | "devices" | "translation" | "faults";

/** The first event after which two boots differ in a respect. */
export function bisectProperty(a: BootReader, b: BootReader, property: Property): Bisection {
  const { report, anchors } = compareBoots(a, b);
  const [sideA, sideB] = [
    { reader: a, end: a.info.events },
    { reader: b, end: b.info.events },
  ];
  const first = earliest(PROPERTIES[property], report, anchors, sideA, sideB);
  if (first === null) {
    const later = PROPERTIES[property].flatMap((aspect) => report[aspect].changed);
    const text =
      later.length === 0
        ? `they do not differ in ${property}`
        : `they differ in how many, which no single event tells: ${later[0]!.text}`;
    return { ...nothing(a, b, property, text), differ: later.length > 0 };
  }
  const { seqA, seqB, only, text, contextA, contextB } = first;
  return {
    ...nothing(a, b, property, text),
    differ: true,
    seqA,
    seqB,
    only,
    contextA,
    contextB,
  };
}

/** The first event after which a fault that only one boot has becomes possible there and not in the other. */
export function bisectFault(a: BootReader, b: BootReader, signature: FaultSignature): Bisection {
  const comparison = compareBoots(a, b);
  const respect = `fault ${signatureText(signature)}`;
  const parting = partingOfFault(a, b, comparison, signature);
  if (parting === null)
    return nothing(a, b, respect, "no transfer or report of this signature is in one boot alone");
  return { ...nothing(a, b, respect, ""), differ: true, ...parting };
}

function nothing(a: BootReader, b: BootReader, respect: string, text: string): Bisection {
  return {
    a: a.info.name,
    b: b.info.name,
    respect,
    differ: false,
    seqA: null,
    seqB: null,
    only: null,
    text,
    contextA: [],
    contextB: [],
    fault: null,
    statesRebuilt: 0,
  };
}
