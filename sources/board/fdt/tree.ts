import { quote } from "../../../base/diagnostic.ts";
import type { ByteReader } from "../byteReader.ts";
import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";
import type { Blob } from "./blob.ts";

/** A property: its bytes as they stand, and where in the blob. */
export interface FdtProperty {
  readonly name: string;
  readonly offset: number;
  readonly value: Uint8Array;
}

/** A node; the root has the empty name and no parent. Of properties with one name the first is kept. */
export interface FdtNode {
  readonly name: string;
  /** From the root, which is `/`. */
  readonly path: string;
  readonly offset: number;
  readonly parent: FdtNode | null;
  readonly properties: ReadonlyMap<string, FdtProperty>;
  readonly children: readonly FdtNode[];
}

/** The deepest nesting that is read; libfdt stops at 64 too. */
export const DEPTH_MAX = 64;
/** The most nodes of a blob; large boards have some five thousand. */
export const NODE_COUNT_MAX = 65_536;
/** The most properties of a blob. */
export const PROPERTY_COUNT_MAX = 262_144;
/** The longest node or property name; the specification allows 31 characters, real ones are a little longer. */
export const NAME_LENGTH_MAX = 255;
/** The longest path of a node. */
export const PATH_LENGTH_MAX = 512;

const BEGIN_NODE = 1;
const END_NODE = 2;
const PROPERTY = 3;
const NOP = 4;
const END = 9;

/** Every node below and including `root`, parents before children, in the order of the blob. */
export function* walkTree(root: FdtNode): Generator<FdtNode> {
  yield root;
  for (const child of root.children) yield* walkTree(child);
}

/** Reads the structure block; null when it is malformed: half a tree would hide devices. */
export function readTree(blob: Blob, findings: Findings): FdtNode | null {
  return new TreeReader(blob, findings).read();
}

interface OpenNode extends FdtNode {
  readonly parent: OpenNode | null;
  readonly properties: Map<string, FdtProperty>;
  readonly children: OpenNode[];
  readonly childNames: Set<string>;
}

class TreeReader {
  readonly #reader: ByteReader;
  readonly #blob: Blob;
  readonly #findings: Findings;
  readonly #end: number;
  #at: number;
  #depth = 0;
  #nodeCount = 0;
  #propertyCount = 0;
  #root: OpenNode | null = null;
  #open: OpenNode | null = null;

  constructor(blob: Blob, findings: Findings) {
    this.#reader = blob.reader;
    this.#blob = blob;
    this.#findings = findings;
    this.#at = blob.header.structOffset;
    this.#end = this.#at + blob.header.structSize;
  }

  read(): FdtNode | null {
    while (this.#at + 4 <= this.#end) {
      const at = this.#at;
      const token = this.#reader.u32(at);
      this.#at += 4;
      if (token === END) return this.#finish(at);
      const fine =
        token === BEGIN_NODE
          ? this.#beginNode(at)
          : token === END_NODE
            ? this.#endNode(at)
            : token === PROPERTY
              ? this.#property(at)
              : token === NOP ||
                this.#refuse("FDT011", at, `token ${hex(token)} is none of 1, 2, 3, 4 and 9`);
      if (!fine) return null;
    }
    this.#refuse("FDT013", this.#end, "structure block ends without the END token");
    return null;
  }

  #finish(at: number): FdtNode | null {
    if (this.#open !== null) {
      this.#refuse("FDT029", at, `END stands inside the node ${quote(this.#open.path)}`);
      return null;
    }
    if (this.#root === null) {
      this.#refuse("FDT026", at, "the tree has no root node");
      return null;
    }
    // A version-16 blob does not say where its structure block ends.
    if (this.#at < this.#end && this.#blob.header.version > 16) {
      this.#refuse("FDT014", this.#at, `${this.#end - this.#at} bytes stand after the END token`);
      return null;
    }
    return this.#root;
  }

  #beginNode(at: number): boolean {
    const name = this.#nodeName();
    if (name === null) return false;
    const parent = this.#open;
    if (parent === null && this.#root !== null) {
      return this.#refuse("FDT027", at, `a second root node ${quote(name)}`);
    }
    if (parent === null && name !== "") {
      return this.#refuse("FDT028", at, `the root node is named ${quote(name)}; its name is empty`);
    }
    this.#depth += 1;
    this.#nodeCount += 1;
    if (this.#depth > DEPTH_MAX)
      return this.#refuse("FDT021", at, `nodes are nested deeper than ${DEPTH_MAX}`);
    if (this.#nodeCount > NODE_COUNT_MAX)
      return this.#refuse("FDT032", at, `more than ${NODE_COUNT_MAX} nodes`);
    const path = parent === null ? "/" : `${parent.parent === null ? "" : parent.path}/${name}`;
    if (path.length > PATH_LENGTH_MAX) {
      return this.#refuse("FDT021", at, `node path is longer than ${PATH_LENGTH_MAX} characters`);
    }
    const node: OpenNode = {
      name,
      path,
      offset: at,
      parent,
      properties: new Map(),
      children: [],
      childNames: new Set(),
    };
    if (parent === null) this.#root = node;
    else {
      if (parent.childNames.has(name)) {
        this.#findings.add("FDT023", at, `a second node ${quote(node.path)}; both are read`);
      }
      parent.childNames.add(name);
      parent.children.push(node);
    }
    this.#open = node;
    return true;
  }

  #nodeName(): string | null {
    const start = this.#at;
    const name = this.#reader.textToNul(start, Math.min(this.#end, start + NAME_LENGTH_MAX + 1));
    if (name === null) {
      this.#refuse(
        "FDT018",
        start,
        `node name has no NUL within ${NAME_LENGTH_MAX} bytes and the structure block`,
      );
      return null;
    }
    this.#at = align(start + name.length + 1);
    return name;
  }

  #endNode(at: number): boolean {
    if (this.#open === null) return this.#refuse("FDT012", at, "END_NODE ends no node");
    this.#open = this.#open.parent;
    this.#depth -= 1;
    return true;
  }

  #property(at: number): boolean {
    if (at + 12 > this.#end) return this.#refuse("FDT019", at, "property header passes the structure block");
    const length = this.#reader.u32(at + 4);
    const nameOffset = this.#reader.u32(at + 8);
    if (at + 12 + length > this.#end) {
      return this.#refuse("FDT019", at, `property value of ${length} bytes passes the structure block`);
    }
    this.#at = align(at + 12 + length);
    this.#propertyCount += 1;
    if (this.#propertyCount > PROPERTY_COUNT_MAX) {
      return this.#refuse("FDT032", at, `more than ${PROPERTY_COUNT_MAX} properties`);
    }
    const name = this.#propertyName(at, nameOffset);
    if (name === null) return false;
    const node = this.#open;
    if (node === null) return this.#refuse("FDT030", at, `property ${quote(name)} stands outside every node`);
    if (node.children.length > 0) {
      return this.#refuse(
        "FDT015",
        at,
        `property ${quote(name)} stands after a child node of ${quote(node.path)}`,
      );
    }
    if (node.properties.has(name)) {
      this.#findings.add(
        "FDT022",
        at,
        `a second property ${quote(name)} of ${quote(node.path)}; the first is kept`,
      );
    } else node.properties.set(name, { name, offset: at, value: this.#reader.slice(at + 12, length) });
    return true;
  }

  #propertyName(at: number, offset: number): string | null {
    const { stringsOffset, stringsSize } = this.#blob.header;
    if (offset >= stringsSize) {
      this.#refuse(
        "FDT016",
        at,
        `property name at ${hex(offset)} lies outside the strings block of ${stringsSize} bytes`,
      );
      return null;
    }
    const start = stringsOffset + offset;
    const end = Math.min(stringsOffset + stringsSize, start + NAME_LENGTH_MAX + 1);
    const name = this.#reader.textToNul(start, end);
    if (name === null) {
      this.#refuse(
        "FDT017",
        at,
        `property name has no NUL within ${NAME_LENGTH_MAX} bytes and the strings block`,
      );
    }
    return name;
  }

  #refuse(code: Parameters<Findings["add"]>[0], at: number, message: string): false {
    this.#findings.add(code, at, message, "the blob is damaged; none of it is used");
    return false;
  }
}

// The structure block itself begins aligned.
function align(at: number): number {
  return (at + 3) & ~3;
}
