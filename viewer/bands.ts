import { initialState } from "../core/state.ts";
import { isOutcome } from "../events/recordedEvent.ts";
import type { DeviceName } from "../events/vocabulary/device.ts";
import { Stepper } from "../replay/stepper.ts";
import type { BootReader } from "../store/eventStore.ts";
import { type BootIndex, FAULT, NONE } from "./bootIndex.ts";
import type { Band } from "./viewModel.ts";

/** The most bands that are told; the longest of them. */
export const BANDS_MAX = 2000;
/** A storm is at least so many faults of one device ... */
const STORM_FAULTS_MIN = 10;
/** ... with at most so many other events between two of them. */
const STORM_GAP_MAX = 64;
const STEPS_TOGETHER = 2000;

/** Phases, unprotected windows, the DSS and fault storms of a boot, by first seq; made from the rare events alone. */
export function* bandsOf(
  reader: BootReader,
  index: BootIndex,
): Generator<void, { bands: Band[]; omitted: number }> {
  const bands = [...(yield* machineBands(reader, index)), ...stormBands(index)];
  const length = (band: Band) => (band.toSeq ?? index.events) - band.fromSeq;
  // Phases and the DSS are few, and everything else is seen against them.
  const kept = bands.filter((band) => band.kind === "phase" || band.kind === "dss").slice(0, BANDS_MAX);
  const others = bands.filter((band) => !kept.includes(band)).sort((a, b) => length(b) - length(a));
  kept.push(...others.slice(0, Math.max(0, BANDS_MAX - kept.length)));
  kept.sort((a, b) => a.fromSeq - b.fromSeq || a.lane - b.lane);
  return { bands: kept, omitted: bands.length - kept.length };
}

interface Open {
  readonly fromSeq: number;
  readonly text: string;
}

/** Folds what decides who is restricted by what: routes do not depend on tables, so transfers and grants are left out. */
function* machineBands(reader: BootReader, index: BootIndex): Generator<void, Band[]> {
  const { header } = reader.info;
  const { folding, step } = stepperOf(new Stepper(initialState(header.family), header.outcomes));
  const laneOf = new Map(index.laneList.map((lane, number) => [`${lane.kind} ${lane.name}`, number]));
  const bands: Band[] = [];
  const open = new Map<DeviceName, Open>();
  let phase: Open = { fromSeq: 0, text: "unstarted" };
  let dss: Open | null = null;
  const turn = (seq: number, text: string) => {
    if (phase.text === text) return;
    if (seq > phase.fromSeq) bands.push({ kind: "phase", lane: 0, ...phase, toSeq: seq - 1 });
    phase = { fromSeq: seq, text };
  };
  const close = (device: DeviceName, { fromSeq, text }: Open, toSeq: number | null) => {
    const lane = laneOf.get(`device ${device}`);
    if (lane !== undefined && (toSeq === null || toSeq >= fromSeq))
      bands.push({ kind: "unprotected", lane, fromSeq, toSeq, text: `${device}: ${text}` });
  };
  let taken = 0;
  for (const recorded of index.rare) {
    const { seq, event } = recorded;
    const outcomes = isOutcome(event) ? [event] : step(recorded);
    if (isOutcome(event)) step(recorded);
    for (const outcome of outcomes) {
      if (outcome.kind !== "DssEntered" || dss !== null) continue;
      dss = {
        fromSeq: seq,
        text: `Design Safe State: ${outcome.reason} (${outcome.requirement}), ${outcome.detail}`,
      };
    }
    const { state } = folding;
    turn(seq, state.service?.phase ?? (state.described ? "running" : "unstarted"));
    for (const device of state.devices.keys()) {
      const route = folding.route(device);
      const why = route.kind === "unrestricted" ? (WHY[route.via] ?? route.via) : null;
      const known = open.get(device);
      if ((known?.text ?? null) === why) continue;
      if (known !== undefined) close(device, known, seq - 1);
      if (why === null) open.delete(device);
      else open.set(device, { fromSeq: seq, text: why });
    }
    if (++taken % STEPS_TOGETHER === 0) yield;
  }
  for (const [device, known] of open) close(device, known, null);
  bands.push({ kind: "phase", lane: 0, ...phase, toSeq: null });
  if (dss !== null) bands.push({ kind: "dss", lane: 0, ...dss, toSeq: null });
  return bands;
}

function stepperOf(stepper: Stepper) {
  return { folding: stepper.folding, step: stepper.step.bind(stepper) };
}

const WHY: { readonly [via: string]: string } = {
  undescribed: "nothing restricts any device yet",
  "translation-off": "translation is off",
  "pass-through": "the unit lets it through untranslated",
  bypass: "the unit lets streams that it does not know bypass it",
  "no-unit": "no unit controls it",
};

interface Run {
  readonly first: number;
  last: number;
  count: number;
}

function stormBands(index: BootIndex): Band[] {
  const bands: Band[] = [];
  const runs = new Map<number, Run>();
  const end = (lane: number, { first, last, count }: Run) => {
    if (count < STORM_FAULTS_MIN) return;
    const text = `storm: ${count} faults of ${index.laneList[lane]!.name}`;
    bands.push({ kind: "storm", lane, fromSeq: first, toSeq: last, text });
  };
  for (let seq = 0; seq < index.events; seq++) {
    if (!(index.marks[seq]! & FAULT)) continue;
    const lane = index.lanes[0][seq]!;
    if (lane === NONE) continue;
    const run = runs.get(lane);
    if (run !== undefined && seq - run.last <= STORM_GAP_MAX) {
      run.last = seq;
      run.count += 1;
      continue;
    }
    if (run !== undefined) end(lane, run);
    runs.set(lane, { first: seq, last: seq, count: 1 });
  }
  for (const [lane, run] of runs) end(lane, run);
  return bands;
}
