import { describe, expect, test } from "vitest";
import { BLOB_LENGTH_MAX } from "../../../../sources/board/fdt/blob.ts";
import {
  DEPTH_MAX,
  NAME_LENGTH_MAX,
  NODE_COUNT_MAX,
  PROPERTY_COUNT_MAX,
} from "../../../../sources/board/fdt/tree.ts";
import { inspectTable } from "../../../../sources/board/inspect.ts";
import { ascii } from "../acpiBuilder.ts";
import { check, patched } from "../check.ts";
import { BEGIN, be32, blob, END, END_NODE, NOP, PROPERTY, padded } from "../fdtBuilder.ts";

/** A structure block in words: numbers are cells, texts are names. */
function words(...parts: readonly (number | string)[]): number[] {
  return parts.flatMap((part) => (typeof part === "number" ? be32(part) : padded([...ascii(part), 0])));
}

/** A property whose name stands at an offset of the strings block. */
function property(nameOffset: number, ...cells: readonly number[]): number[] {
  return [PROPERTY, 4 * cells.length, nameOffset, ...cells].flatMap(be32);
}

const STRINGS = [...ascii("a"), 0, ...ascii("b"), 0];
const EMPTY = words(BEGIN, "", END_NODE, END);
const GOOD = blob(EMPTY, STRINGS);

describe("each malformed header case of tables 5 has its own code", () => {
  test("none in a good blob, with content in every block", () => {
    check(GOOD);
    check(blob(words(NOP, BEGIN, "", NOP, BEGIN, "soc@0", END_NODE, NOP, END_NODE, NOP, END), STRINGS));
  });
  test("wrong magic, byte-swapped magic", () => {
    check(patched(GOOD, 0, 0xd0, 0x0d, 0xfe, 0xee), "FDT001");
    check(patched(GOOD, 0, 0xed, 0xfe, 0x0d, 0xd0), "FDT002");
  });
  test("file shorter than the header", () => {
    for (const length of [4, 39]) check(GOOD.subarray(0, length), "FDT003");
  });
  test("total size below the header, or past the file; bytes behind it", () => {
    check(patched(GOOD, 4, ...be32(39)), "FDT004");
    check(patched(GOOD, 4, ...be32(GOOD.length + 1)), "FDT005");
    check(GOOD.subarray(0, GOOD.length - 1), "FDT005");
    check(Uint8Array.from([...GOOD, 0]), "FDT006");
  });
  test("block outside the blob", () => {
    check(patched(GOOD, 8, ...be32(0x1000)), "FDT007");
    check(patched(GOOD, 12, ...be32(GOOD.length - 1)), "FDT007");
    check(patched(GOOD, 16, ...be32(0x1000)), "FDT007");
    check(patched(GOOD, 16, ...be32(8)), "FDT007");
    check(patched(GOOD, 32, ...be32(0xffffffff)), "FDT007");
    check(patched(GOOD, 36, ...be32(0xfffffffc)), "FDT007");
  });
  test("blocks that overlap", () => {
    check(patched(GOOD, 12, ...be32(56)), "FDT008");
    check(patched(GOOD, 36, ...be32(20)), "FDT008");
    check(patched(GOOD, 8, ...be32(40)), "FDT008");
  });
  test("version below 16, last compatible version above 17", () => {
    check(blob(EMPTY, [], { version: 15 }), "FDT009");
    check(blob(EMPTY, [], { version: 18, compatible: 18 }), "FDT010");
    check(blob(EMPTY, [], { version: 18, compatible: 17 }));
  });
  test("version 16, which does not tell the size of its structure block", () => {
    check(patched(blob(EMPTY, STRINGS, { version: 16 }), 36, 0, 0, 0, 0));
  });
  test("block that is not aligned", () => {
    check(patched(GOOD, 8, ...be32(57)), "FDT025");
    check(patched(GOOD, 16, ...be32(44)), "FDT025");
  });
  test("memory reservations, and a list without its end", () => {
    const kept = blob(EMPTY, STRINGS, { reservations: [[0x80000000, 0x10000]] });
    expect(inspectTable(kept, "test").facts).toMatchObject({
      memoryReservations: [["0x80000000", "0x10000"]],
    });
    const none = blob(EMPTY.map(() => 1));
    check(patched(none, 40, 1), "FDT020");
  });
  test("a blob larger than any credible one", () => {
    const long = new Uint8Array(BLOB_LENGTH_MAX + 1);
    long.set(GOOD);
    check(patched(long, 4, ...be32(long.length)), "FDT031");
  });
});

describe("each malformed structure case of tables 5 has its own code, and none of the tree is used", () => {
  test.each([
    ["unknown token", words(BEGIN, "", 5, END_NODE, END), "FDT011"],
    ["END_NODE without BEGIN_NODE", words(END_NODE, END), "FDT012"],
    ["END_NODE behind the root's", words(BEGIN, "", END_NODE, END_NODE, END), "FDT012"],
    ["no END", words(BEGIN, "", END_NODE), "FDT013"],
    ["nothing at all", [], "FDT013"],
    ["content after END", [...EMPTY, ...words(NOP)], "FDT014"],
    [
      "property after a child",
      [...words(BEGIN, "", BEGIN, "a", END_NODE), ...property(0), ...words(END_NODE, END)],
      "FDT015",
    ],
    [
      "property name outside the strings",
      [...words(BEGIN, ""), ...property(4), ...words(END_NODE, END)],
      "FDT016",
    ],
    ["node name without NUL", [...words(BEGIN), ...ascii("abcd")], "FDT018"],
    ["node name that is too long", words(BEGIN, "", BEGIN, "x".repeat(NAME_LENGTH_MAX + 1)), "FDT018"],
    ["property header past the block", words(BEGIN, "", PROPERTY, 0), "FDT019"],
    ["value past the block", [...words(BEGIN, ""), ...property(0, 1).slice(0, -4)], "FDT019"],
    ["value of 2^32-1 bytes", words(BEGIN, "", PROPERTY, 0xffffffff, 0, END_NODE, END), "FDT019"],
    [
      "nesting too deep",
      words(
        ...Array(DEPTH_MAX + 1)
          .fill([BEGIN, ""])
          .flat(),
      ),
      "FDT021",
    ],
    [
      "path too long",
      words(
        BEGIN,
        "",
        ...Array(6)
          .fill([BEGIN, "x".repeat(100)])
          .flat(),
      ),
      "FDT021",
    ],
    ["no root", words(NOP, END), "FDT026"],
    ["a second root", words(BEGIN, "", END_NODE, BEGIN, "", END_NODE, END), "FDT027"],
    ["a root with a name", words(BEGIN, "soc", END_NODE, END), "FDT028"],
    ["END inside a node", words(BEGIN, "", END), "FDT029"],
    ["property before the root", [...property(0), ...EMPTY], "FDT030"],
  ])("%s", (_, struct, code) => {
    const bytes = blob(struct, STRINGS);
    check(bytes, code);
    expect(inspectTable(bytes, "test").facts).toBeNull();
  });

  test("property name without NUL", () => {
    check(blob([...words(BEGIN, ""), ...property(0), ...words(END_NODE, END)], ascii("ab")), "FDT017");
  });
  test("nesting to the limit is read", () => {
    const deep = Array(DEPTH_MAX - 1)
      .fill([BEGIN, "a"])
      .flat();
    check(blob(words(BEGIN, "", ...deep, ...Array(DEPTH_MAX).fill(END_NODE), END)));
  });
  test("too many nodes, too many properties", () => {
    const node = words(BEGIN, "", END_NODE);
    const nodes = new Uint8Array(node.length * NODE_COUNT_MAX);
    for (let at = 0; at < nodes.length; at += node.length) nodes.set(node, at);
    const { diagnostics } = inspectTable(blob([...words(BEGIN, ""), ...nodes]), "test");
    expect(diagnostics.filter(({ code }) => code === "FDT032")).toHaveLength(1);
    const properties = new Uint8Array(12 * (PROPERTY_COUNT_MAX + 1));
    for (let at = 0; at < properties.length; at += 12) properties.set(be32(PROPERTY), at);
    const many = inspectTable(blobOf(properties), "test").diagnostics;
    expect(many.filter(({ code }) => code === "FDT032")).toHaveLength(1);
  });
  test("duplicate properties: the first is kept; duplicate nodes: both are read", () => {
    const struct = [...words(BEGIN, ""), ...property(0, 1), ...property(0, 2), ...words(END_NODE, END)];
    check(blob(struct, STRINGS), "FDT022");
    check(blob(words(BEGIN, "", BEGIN, "a", END_NODE, BEGIN, "a", END_NODE, END_NODE, END)), "FDT023");
  });
});

// Spreading megabytes of arguments is not for every engine; only the size of the block differs from `blob`.
function blobOf(struct: Uint8Array): Uint8Array {
  const frame = blob(words(BEGIN, ""), STRINGS);
  const bytes = new Uint8Array(frame.length + struct.length);
  const structAt = 56;
  bytes.set(frame.subarray(0, structAt + 8));
  bytes.set(struct, structAt + 8);
  bytes.set(STRINGS, structAt + 8 + struct.length);
  bytes.set(be32(bytes.length), 4);
  bytes.set(be32(structAt + 8 + struct.length), 12);
  bytes.set(be32(8 + struct.length), 36);
  return bytes;
}
