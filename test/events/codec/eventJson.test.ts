import { expect, test } from "vitest";
import { eventJson } from "../../../events/codec/eventJson.ts";
import type { RecordedEvent } from "../../../events/recordedEvent.ts";

const mark = (extra: RecordedEvent["extra"]): RecordedEvent => ({
  seq: 7,
  t: 1000,
  cause: null,
  origin: { file: "a.jsonl", line: 9 },
  lastLine: null,
  event: { kind: "mark", text: "here" },
  extra,
});

test("a member of a line that the format does not know is told beside the others, whatever its name", () => {
  const extra = JSON.parse('{"cpu":3,"__proto__":{"x":1}}') as RecordedEvent["extra"];
  expect(JSON.stringify(eventJson(mark(extra)))).toBe(
    '{"seq":7,"t":1000,"kind":"mark","text":"here","cpu":3,"__proto__":{"x":1},"origin":{"file":"a.jsonl","line":9}}',
  );
});

test("a member of a line does not hide the event's own seq, kind or time", () => {
  expect(eventJson(mark({ seq: 1, t: "noon", kind: "dma", cause: 3 }))).toMatchObject({
    seq: 7,
    t: 1000,
    kind: "mark",
  });
});

test("unknown members of what was observed stand beside the known ones", () => {
  const recorded: RecordedEvent = {
    ...mark({ observed: { bus: 1, verdict: "lost" } }),
    event: {
      kind: "dma",
      device: "pci:0000:00:12.0" as never,
      bytes: { firstPage: 1, firstOffset: 0, lastPage: 1, lastOffset: 3 } as never,
      access: "r",
      observed: { verdict: "denied", target: null, code: null, reason: "unmapped" } as never,
    },
  };
  expect(eventJson(recorded)["observed"]).toEqual({ bus: 1, verdict: "denied", reason: "unmapped" });
});
