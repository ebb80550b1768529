import type { IommuState } from "../../core/state.ts";
import { isOutcome } from "../../events/recordedEvent.ts";
import type { Stimulus } from "../../events/stimulus.ts";
import type { DeviceName } from "../../events/vocabulary/device.ts";
import { clientName, objectName, type VmName, vmName } from "../../events/vocabulary/names.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { events } from "../bootEvents.ts";
import { stateAt } from "../replayBoot.ts";
import { Alphabet } from "./alphabet.ts";
import type { Cast, CastClient } from "./cast.ts";
import { clientWords } from "./clientWords.ts";
import { traceWords } from "./traceWords.ts";
import { vmWords } from "./vmWords.ts";
import type { World } from "./world.ts";

/** A boot as it was recorded up to some event, and that event's seq. */
export interface Past {
  readonly boot: string;
  readonly state: IommuState;
  readonly seq: number;
}

/** A boot at event `at`, and at the last outcome of it: nothing can happen amid the outcomes of one stimulus. */
export function pastOf(reader: BootReader, at: number): Past {
  let seq = at;
  for (const { event, seq: next } of events(reader, at + 1)) {
    if (!isOutcome(event)) break;
    seq = next;
  }
  return { boot: reader.info.name, state: stateAt(reader, seq), seq };
}

/** The stimuli of a boot up to event `at`. */
export function* stimuliUpTo(reader: BootReader, at: number): Generator<Stimulus> {
  for (const { event } of events(reader, 0, at)) if (!isOutcome(event)) yield event;
}

/** The world in which the futures of a boot take place: its own devices, clients, objects and virtual machines. */
export function futureWorld({ boot, state, seq }: Past): World {
  const cast = castOf(state);
  const isServed = state.service !== null || state.clients.size > 0 || state.vms.size > 0;
  const alphabet = new Alphabet(isServed ? [...clientWords(cast), ...vmWords(cast)] : [...traceWords(cast)]);
  const plain = { focus: 0, codes: [] };
  const newcomer = cast.clients.length - 1;
  const arrives = {
    focus: newcomer,
    codes: isServed
      ? [
          alphabet.code("starts", newcomer, 0),
          alphabet.code("init", newcomer),
          alphabet.code("creates", newcomer, 0, 0),
        ]
      : [],
  };
  return {
    name: `${boot} after event ${seq}`,
    family: state.family,
    state,
    told: [],
    seq: seq + 1,
    board: null,
    alphabet,
    prologues: isServed ? [plain, plain, arrives] : [plain],
    storm: alphabet.code("transfers", 0, 1, 0, 0),
  };
}

// As many of each as keep chance from being spread too thin.
const DEVICES_MAX = 6;
const CLIENTS_MAX = 4;
const PAGES_MAX = 8;
const OBJECTS = 3;
const FIRST_FREE_PAGE = 0x100;

function castOf(state: IommuState): Cast {
  const devices = [...state.devices]
    // What somebody uses comes first.
    .sort(([a, one], [b, other]) => rank(one.object) - rank(other.object) || (a < b ? -1 : 1))
    .slice(0, DEVICES_MAX)
    .map(([name]) => name);
  const pages = pagesOf(state);
  const objects = [...state.objects.keys()].sort().slice(0, DEVICES_MAX);
  const vms = [...state.vms.keys()].sort().slice(0, 2);
  return {
    devices: devices.length > 0 ? devices : ["pci:0000:00:01.0" as DeviceName],
    clients: clientsOf(state),
    pages,
    otherPages: [pages.at(-1)! + 1],
    targets: [FIRST_FREE_PAGE + 0x700],
    units: [...state.units.keys()].sort().slice(0, 2),
    objects: objects.length > 0 ? objects : [objectName("o0")],
    vms: [...vms, freeVm(state)],
  };
}

function rank(object: unknown): number {
  return object === null ? 1 : 0;
}

/** The edges of what is granted, and one page that may not be. */
function pagesOf({ objects, devices }: IommuState): readonly number[] {
  const pages = new Set<number>();
  const tables = [
    ...[...objects.values()].map(({ space }) => space),
    ...[...devices.values()].flatMap(({ startup, reserved }) => [startup, reserved]),
  ];
  for (const table of tables)
    for (const { first, last } of table?.mappings().slice(0, PAGES_MAX) ?? []) {
      pages.add(first);
      pages.add(last);
    }
  const all = [...pages].slice(0, PAGES_MAX - 1).sort((a, b) => a - b);
  return [...all, all.length === 0 ? FIRST_FREE_PAGE : all.at(-1)! + 1];
}

function clientsOf({ clients, vms }: IommuState): readonly CastClient[] {
  const hypervisors = new Set([...vms.values()].map(({ client }) => client));
  const known = [...clients]
    .filter(([name]) => !hypervisors.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, CLIENTS_MAX)
    .map(([name, { vm, handles }]) => ({ name, vm, handles: [...handles.keys()].sort() }));
  let newcomer = "newcomer";
  for (let n = 2; clients.has(clientName(newcomer)); n++) newcomer = `newcomer${n}`;
  const all = [...known, { name: clientName(newcomer), vm: null, handles: [] as string[] }];
  return all.map(({ name, vm, handles }, c) => {
    const others = all[(c + 1) % all.length]!;
    const objects = [...handles.slice(0, OBJECTS - 1)];
    while (objects.length < OBJECTS - 1) objects.push(`${name}.o${objects.length}`);
    return { name, vm, objects: [...objects, others.handles[0] ?? `${others.name}.o0`] };
  });
}

function freeVm({ vms }: IommuState): VmName {
  let name = vmName("newvm");
  for (let n = 2; vms.has(name); n++) name = vmName(`newvm${n}`);
  return name;
}
