import { BootRecorder } from "../../replay/bootRecorder.ts";
import { readHeader } from "../../sources/trace/smmuTrace/header.ts";
import { TraceReader } from "../../sources/trace/smmuTrace/traceReader.ts";
import type { EventStore } from "../../store/eventStore.ts";
import { memoryEventStore } from "../../store/memoryEventStore.ts";
import { viewerApi } from "../../viewer/api.ts";

/** A store in memory with one boot, told by the records of a trace. */
export function storeOf(boot: string, records: readonly object[], family = "vtd"): EventStore {
  const header = readHeader(JSON.stringify({ format: "smmu-trace", version: 1, family }), "t.jsonl");
  if (!header.ok) throw new Error(header.error.message);
  const store = memoryEventStore();
  const writer = store.create({
    name: boot,
    source: "test",
    sourceDigest: null,
    header: header.value.header,
  });
  const recorder = new BootRecorder(writer, header.value.header);
  const reader = new TraceReader("t.jsonl", {
    stimulus: (event, { t, line, lastLine, extra }) => {
      recorder.add({ t, cause: null, origin: { file: "t.jsonl", line }, lastLine, event, extra });
    },
    diagnostic: ({ code, message }) => {
      throw new Error(`${code}: ${message}`);
    },
  });
  for (const [i, record] of records.entries()) reader.line(JSON.stringify(record), i + 2);
  reader.end();
  recorder.finish(0);
  return store;
}

/** Asks the API of a store; `get` expects an answer, `refused` a refusal and its sentence. */
export function asking(store: EventStore) {
  const api = viewerApi(store, new AbortController().signal);
  const ask = async (path: string) => {
    const response = await api.request(path);
    return { status: response.status, body: (await response.json()) as unknown };
  };
  return {
    async get<T>(path: string): Promise<T> {
      const { status, body } = await ask(path);
      if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
      return body as T;
    },
    async refused(path: string): Promise<{ status: number; error: string }> {
      const { status, body } = await ask(path);
      return { status, error: (body as { error?: string }).error ?? JSON.stringify(body) };
    },
  };
}

const NIC = "pci:0000:00:02.0";
const DISK = "pci:0000:00:03.0";

/** A boot with a little of everything: an unprotected start, grants, revocations, a storm of faults. */
export const SMALL_BOOT: readonly object[] = [
  { t: 0, kind: "unit", unit: "dmar0", addressWidth: 39 },
  { t: 10, kind: "translation", unit: "dmar0", enabled: false },
  { t: 20, kind: "device", device: NIC, unit: "dmar0" },
  { t: 30, kind: "device", device: DISK, unit: "dmar0" },
  { t: 40, kind: "dma", device: NIC, address: "0x1000", length: 64, access: "w" },
  { t: 50, kind: "object.create", object: "domain-1" },
  { t: 60, kind: "attach", device: NIC, object: "domain-1" },
  {
    t: 70,
    kind: "map",
    object: "domain-1",
    address: "0x100000",
    length: "0x4000",
    target: "0x700000",
    access: "rw",
  },
  {
    t: 80,
    kind: "map",
    object: "domain-1",
    address: "0x200000",
    length: "0x1000",
    target: "0x800000",
    access: "r",
  },
  { t: 90, kind: "translation", unit: "dmar0", enabled: true },
  { t: 100, kind: "dma", device: NIC, address: "0x100800", length: 64, access: "w" },
  { t: 110, kind: "unmap", object: "domain-1", address: "0x100000", length: "0x2000" },
  { t: 120, kind: "invalidate", object: "domain-1" },
  ...Array.from({ length: 12 }, (_, i) => ({
    t: 130 + i,
    kind: "dma",
    device: NIC,
    address: `0x${(0x100000 + i * 64).toString(16)}`,
    length: 64,
    access: "w",
  })),
  { t: 150, kind: "dma", device: NIC, address: "0x200000", length: 4, access: "w" },
  { t: 160, kind: "mark", text: "the end" },
];

/** Names in {@link SMALL_BOOT}. */
export const NAMES = { nic: NIC, disk: DISK };
