import { BootRecorder } from "../../replay/bootRecorder.ts";
import { smmuTracePieces } from "../../replay/export/smmuTrace.ts";
import { readHeader } from "../../sources/trace/smmuTrace/header.ts";
import { TraceReader } from "../../sources/trace/smmuTrace/traceReader.ts";
import type { BootReader } from "../../store/eventStore.ts";
import { memoryEventStore } from "../../store/memoryEventStore.ts";

/** A boot from the text of a trace as an import makes it; lines that cannot be read are left out. */
export function importText(text: string, file = "t.jsonl"): BootReader {
  const [first, ...lines] = text.split("\n") as [string, ...string[]];
  const header = readHeader(first, file);
  if (!header.ok) throw new Error(header.error.message);
  const store = memoryEventStore();
  const name = header.value.boot ?? "t";
  const writer = store.create({ name, source: "test", sourceDigest: null, header: header.value.header });
  const recorder = new BootRecorder(writer, header.value.header);
  const reader = new TraceReader(file, {
    stimulus: (event, { t, line, lastLine, extra }) => {
      recorder.add({ t, cause: null, origin: { file, line }, lastLine, event, extra });
    },
    diagnostic: () => {},
  });
  lines.forEach((line, i) => {
    reader.line(line, i + 2);
  });
  reader.end();
  recorder.finish(0);
  return store.read(name);
}

/** A boot as the text of a trace. */
export function exportText(reader: BootReader): string {
  return [...smmuTracePieces(reader, { from: 0, to: reader.info.events - 1 })].join("");
}
