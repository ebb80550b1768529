import { COMPLETION_LINES_MAX } from "./ftrace/completion.ts";
import { FtraceEvents } from "./ftrace/ftraceEvents.ts";
import { parseFtraceLine } from "./ftrace/ftraceLine.ts";
import { LINE_LENGTH_MAX, type LineReaderFactory } from "./lineReader.ts";
import { LogContext } from "./logContext.ts";
import { lossOf } from "./reportParts.ts";

const CANDIDATE = /IOMMU:|kmap|kattach|qi_submit|kunmap|LOST|entries-written/;
const EVENT_LOST = /^CPU:\d{1,5} \[LOST (\d{1,15}) EVENTS\]/;
const WRITTEN = /^# entries-in-buffer\/entries-written: (\d{1,15})\/(\d{1,15})(?:\s|$)/;
// A line that has one of our event names and then nothing that could be taken apart.
const OURS =
  /\b(?:map|unmap|io_page_fault|(?:add|attach|remove|detach)_device_\w{4,12}): +IOMMU:|\b(?:kmap|kunmap|kattach): \(|\bqi_submit: /;
const LOG_LINE = /(?:DMAR: \[DMA|AMD-Vi: Event logged|arm-smmu(?:-v3)? \S+: (?:Unhandled|event))/;

/** ftrace, trace-cmd and perf texts of the kernel's IOMMU events, format `linux-ftrace` (logs 7). */
export const linuxFtrace: LineReaderFactory = (file, sink) => {
  const context = new LogContext(file, sink, COMPLETION_LINES_MAX);
  const events = new FtraceEvents(context);

  function takeOther(text: string, line: number): void {
    const lost = EVENT_LOST.exec(text);
    const at = { line, t: null };
    if (lost !== null) return context.out.emit(at, lossOf("overflow", { count: Number(lost[1]) }));
    const written = WRITTEN.exec(text);
    if (written !== null) {
      const count = Number(written[2]) - Number(written[1]);
      if (count > 0) context.out.emit(at, lossOf("overflow", { count }));
      return;
    }
    if (OURS.test(text))
      context.diagnose("LOG102", line, "this line names an IOMMU event but is no trace line", text);
  }

  return {
    line(text, lineNumber, terminated = true) {
      context.out.advance(lineNumber);
      if (!CANDIDATE.test(text)) {
        if (LOG_LINE.test(text)) {
          const message = "this file also has lines of the format linux-dmesg, which are not read here";
          context.diagnoseOnce("linux-dmesg", "LOG006", lineNumber, message);
        }
        return;
      }
      if (text.length > LINE_LENGTH_MAX) {
        return context.diagnose(
          "LOG005",
          lineNumber,
          `a line of ${text.length} characters looks like ours`,
          text,
        );
      }
      events.advance(lineNumber);
      const event = parseFtraceLine(text, lineNumber, terminated);
      if (event === null || !events.take(event)) takeOther(text, lineNumber);
      else if (event.t === null && event.task !== "") context.noteLateTime(lineNumber);
    },
    end() {
      context.out.end();
      events.end();
    },
  };
};
