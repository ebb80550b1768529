import { computed, type ReadonlySignal } from "@preact/signals";
import type { BootView, DiffLine } from "../../viewModel.ts";
import {
  comparison,
  fromOther,
  goToOther,
  otherCursor,
  otherStretch,
  showOther,
  toOther,
} from "../compare.ts";
import { cursor, type Stretch, stretch } from "../model.ts";
import { goTo, showStretch } from "../navigate.ts";

/** What a timeline shows and moves: the boot itself, or the one that it is compared with. */
export interface Track {
  readonly view: BootView;
  readonly title: string;
  readonly cursor: ReadonlySignal<number>;
  readonly stretch: ReadonlySignal<Stretch>;
  /** Seqs of differences, in order. */
  readonly marks: ReadonlySignal<readonly number[]>;
  readonly goTo: (seq: number) => void;
  readonly show: (stretch: Stretch) => void;
}

// What only one boot has is marked in the other at the place that stands for it.
const marksOf = (seqOf: (line: DiffLine) => number | null) =>
  computed(() => {
    const seqs = (comparison.value?.lines ?? []).map(seqOf).filter((seq) => seq !== null);
    return [...new Set(seqs)].sort((a, b) => a - b);
  });
const marksA = marksOf(
  ({ seqA, seqB }) => seqA ?? (seqB === null ? null : Math.floor(fromOther(seqB + 0.5))),
);
const marksB = marksOf(({ seqA, seqB }) => seqB ?? (seqA === null ? null : Math.floor(toOther(seqA + 0.5))));

/** The boot that is looked at. */
export function mainTrack(view: BootView): Track {
  return { view, title: `Timeline of ${view.boot}`, cursor, stretch, marks: marksA, goTo, show: showStretch };
}

/** The boot that it is compared with, moved along with it. */
export function otherTrack(view: BootView): Track {
  const title = `Timeline of ${view.boot}, compared`;
  return {
    view,
    title,
    cursor: otherCursor,
    stretch: otherStretch,
    marks: marksB,
    goTo: goToOther,
    show: showOther,
  };
}
