import { BootRecorder } from "../../replay/bootRecorder.ts";
import { readHeader } from "../../sources/trace/smmuTrace/header.ts";
import { TraceReader } from "../../sources/trace/smmuTrace/traceReader.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { memoryEventStore } from "../../store/memoryEventStore.ts";

/** A boot in memory from the records of a trace, told as an import tells them; seq 0 is the first record. */
export function bootFrom(records: readonly object[], family = "ideal"): BootReader {
  const header = readHeader(JSON.stringify({ format: "smmu-trace", version: 1, family }), "t.jsonl");
  if (!header.ok) throw new Error(header.error.message);
  const store = memoryEventStore();
  const writer = store.create({ name: "t", source: "test", sourceDigest: null, header: header.value.header });
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
  return store.read("t");
}
