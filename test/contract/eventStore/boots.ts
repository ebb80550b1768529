import { describe, expect, test } from "vitest";
import { sha256 } from "../../../base/digest.ts";
import { NOTHING_DERIVED } from "../../../store/eventStore.ts";
import { bootStart, bytes, EVERYTHING, HEADER, imported, reasonOf, SUMMARY } from "../../store/stored.ts";
import { asRead, contents, type Suite } from "./suite.ts";

/** Boots as a whole: what is known of them, their order, their removal. */
export function bootRules(suite: Suite): void {
  describe("boots", () => {
    test("a new store holds no boot", () => {
      expect(suite.store.boots()).toEqual([]);
      expect(suite.store.boot("a")).toBeNull();
      expect(suite.store.verifyChains()).toEqual([]);
      expect(suite.store.storageFaults()).toEqual([]);
    });

    test("a boot has a name, a source and a header from its creation, and a summary from its finish", () => {
      const header = { ...HEADER, note: "n", extra: { z: [1, { y: null }] } };
      const start = bootStart("a", { sourceDigest: sha256("x"), header });
      const writer = suite.store.create(start);
      const text =
        '{"extra":{"z":[1,{"y":null}]},"family":"vtd","note":"n","outcomes":"derived","recorder":null}';
      expect(suite.store.boot("a")).toEqual({
        ...start,
        events: 0,
        complete: false,
        logDigest: sha256(text),
        summary: null,
        files: [],
      });
      writer.append({ count: 3, bytes: bytes("one") }, NOTHING_DERIVED);
      const finished = writer.finish(SUMMARY);
      expect(finished).toMatchObject({ events: 3, complete: true, summary: SUMMARY });
      expect(suite.store.boot("a")).toEqual(finished);
      suite.reopen();
      expect(suite.store.boots()).toEqual([finished]);
    });

    test("the DSS of a summary is any JSON", () => {
      const dss = { reason: "terminated", requirement: "DSS-3.2", seq: 4 };
      imported(suite.store, "a", [], { ...SUMMARY, dss });
      expect(suite.store.boot("a")?.summary?.dss).toEqual(dss);
    });

    test("boots are listed by name, in the order of code units", () => {
      for (const name of ["b", "a", "\u{1f600}", "\uff5e", "B"]) imported(suite.store, name, []);
      expect(suite.store.boots().map((boot) => boot.name)).toEqual(["B", "a", "b", "\u{1f600}", "\uff5e"]);
    });

    test("names, sources and files are any text", () => {
      const odd = "a'\";--\u0000 \u{1f600}\n%s";
      const writer = suite.store.create(bootStart(odd, { source: odd }));
      writer.files([odd, ""]);
      writer.finish(SUMMARY);
      expect(suite.store.boot(odd)).toMatchObject({ name: odd, source: odd, files: [odd, ""] });
      expect(suite.store.remove(odd)).toBe(true);
    });

    test("a boot that is not there can be neither read nor rebuilt nor removed", () => {
      expect(reasonOf(() => suite.store.read("a"))).toBe("missing");
      expect(reasonOf(() => suite.store.rebuild("a", NOTHING_DERIVED, SUMMARY))).toBe("missing");
      expect(suite.store.remove("a")).toBe(false);
    });

    test("a complete boot is not replaced", () => {
      const info = imported(suite.store, "a", ["one"]);
      expect(reasonOf(() => suite.store.create(bootStart("a")))).toBe("exists");
      expect(suite.store.boots()).toEqual([info]);
      // and the refusal leaves no writer behind
      suite.store.create(bootStart("b")).abandon();
    });

    test("a removed boot is gone with everything derived from it, and others stay", () => {
      const kept = imported(suite.store, "kept", ["one"], SUMMARY, EVERYTHING);
      imported(suite.store, "gone", ["one"], SUMMARY, EVERYTHING);
      expect(suite.store.remove("gone")).toBe(true);
      expect(suite.store.boots()).toEqual([kept]);
      expect(contents(suite.store.read("kept"))).toEqual(asRead(EVERYTHING));
      imported(suite.store, "gone", ["one"]);
      expect(contents(suite.store.read("gone"))).toEqual(asRead(NOTHING_DERIVED));
    });
  });
}
