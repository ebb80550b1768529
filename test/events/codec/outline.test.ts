import fc from "fast-check";
import { expect, test } from "vitest";
import { BlockEncoder, decodeBlock, OUTLINED_KINDS, outlineBlock } from "../../../events/codec/blockCodec.ts";
import { recordedEvents } from "../../support/recordedEvents.ts";

test("an outline tells of each event what the event itself tells: kind, time, name, pages", () => {
  fc.assert(
    fc.property(fc.array(recordedEvents, { minLength: 1, maxLength: 40 }), (events) => {
      const files = new Map<string, number>();
      const encoder = new BlockEncoder(files);
      for (const event of events) encoder.add(event);
      const bytes = encoder.finish();
      const decoded = decodeBlock(bytes, 7, events.length, [...files.keys()]);
      const outline = outlineBlock(bytes, 7, events.length, [...files.keys()]);
      for (const [i, recorded] of decoded.entries()) {
        expect(outline.event(i)).toEqual(recorded);
        expect(outline.t[i]).toBe(recorded.t ?? -1);
        const kind = OUTLINED_KINDS[outline.kind[i]!];
        if (kind === null) continue;
        const event = recorded.event as {
          kind: string;
          device?: string;
          object?: string;
          bytes: Pages | null;
        };
        expect(kind).toBe(event.kind);
        expect(outline.names[outline.name[i]!] ?? null).toBe(
          (kind === "dma" ? event.device : event.object) ?? null,
        );
        expect(outline.firstPage[i]).toBe(event.bytes?.firstPage ?? -1);
        if (event.bytes) expect(outline.pages[i]).toBe(event.bytes.lastPage - event.bytes.firstPage);
      }
    }),
  );
});

interface Pages {
  readonly firstPage: number;
  readonly lastPage: number;
}
