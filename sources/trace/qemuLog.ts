import { grammarReader } from "./grammarReader.ts";
import type { LineReaderFactory } from "./lineReader.ts";
import { CUT, type LogLine, parseLogLine, trimLine } from "./logLine.ts";
import { qemuSmmuv3 } from "./qemu/qemuSmmuv3.ts";
import { type HostTime, nanosecondsSince, parseHostTime, TRACE_PREFIX, traceTime } from "./qemu/qemuTime.ts";
import { qemuVtd } from "./qemu/qemuVtd.ts";

const CANDIDATE =
  /vtd_dmar_fault|: detected |New fault|vtd_dmar_enable|vtd_fault_disabled|_event |translation failed|translate_abort|Invalid (?:read|write) at|DMAR: |AMD-Vi: Event|arm-smmu/;
const PROGRAM = /^(?:qemu-system-\w+(?:-\w+)?|qemu-kvm|\S{1,80}\/qemu-\S{1,40}): /;
const GUEST_LINE = /DMAR: \[|AMD-Vi: Event logged|arm-smmu(?:-v3)? \S+: (?:Unhandled|event)/;

/** QEMU's trace events and error lines about its IOMMUs, format `qemu-log` (logs 8). Times count from the file's first. */
export const qemuLog: LineReaderFactory = (file, sink) => {
  let start: HostTime | null = null;

  function timeOf(moment: HostTime | null): number | null {
    return moment === null || start === null ? null : nanosecondsSince(start, moment);
  }

  function parseLine(text: string, line: number, terminated: boolean): LogLine {
    const trimmed = trimLine(text);
    const trace = TRACE_PREFIX.exec(trimmed);
    if (trace !== null) {
      const message = trimmed.slice(trace[0].length);
      const t = timeOf(traceTime(trace[1]!, trace[2]!));
      const ended = terminated ? message : `${message}${CUT}`;
      return { line, lastLine: line, t, tooLate: false, message: ended, prefixed: true };
    }
    const t = timeOf(parseHostTime(trimmed));
    const parsed = parseLogLine(text, line, terminated);
    const message = parsed.message.replace(PROGRAM, "");
    return { ...parsed, t, tooLate: false, message, prefixed: parsed.prefixed || message !== parsed.message };
  }

  const reader = grammarReader(file, sink, {
    candidate: CANDIDATE,
    continuation: /Invalid (?:read|write) at/,
    foreign: [{ pattern: GUEST_LINE, format: "linux-dmesg" }],
    grammars: (context) => {
      const all = [qemuVtd(context), qemuSmmuv3(context)];
      return () => all;
    },
    parseLine,
  });
  return {
    line(text, lineNumber, terminated) {
      start ??= parseHostTime(text);
      reader.line(text, lineNumber, terminated);
    },
    end: () => reader.end(),
  };
};
