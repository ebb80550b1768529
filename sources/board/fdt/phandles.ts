import { quote } from "../../../base/diagnostic.ts";
import type { Findings } from "../findings.ts";
import { hex } from "../hex.ts";
import { cellOf, describe } from "./properties.ts";
import { type FdtNode, type FdtProperty, walkTree } from "./tree.ts";

const PHANDLE_NONE = 0;
const PHANDLE_ERASED = 0xffff_ffff;

/** The nodes of a tree by the number that other nodes name them with. */
export class Phandles {
  readonly #findings: Findings;
  readonly #nodes = new Map<number, FdtNode>();

  constructor(root: FdtNode, findings: Findings) {
    this.#findings = findings;
    for (const node of walkTree(root)) this.#add(node);
  }

  /** The node that a cell of a property names, or null and a finding. */
  follow(phandle: number, node: FdtNode, property: FdtProperty): FdtNode | null {
    const where = describe(node, property.name);
    if (phandle === PHANDLE_NONE) {
      this.#findings.add("FDT051", property.offset, `${where} names phandle 0, which no node can have`);
      return null;
    }
    if (phandle === PHANDLE_ERASED) {
      const hint = "an overlay or a bootloader left a reference unresolved";
      this.#findings.add(
        "FDT052",
        property.offset,
        `${where} names phandle 0xffffffff, which no node can have`,
        hint,
      );
      return null;
    }
    const target = this.#nodes.get(phandle);
    if (target !== undefined) return target;
    this.#findings.add(
      "FDT053",
      property.offset,
      `${where} names phandle ${hex(phandle)}, which no node has`,
    );
    return null;
  }

  #add(node: FdtNode): void {
    const name = node.properties.has("phandle") ? "phandle" : "linux,phandle";
    const property = node.properties.get(name);
    const phandle = cellOf(node, name, this.#findings);
    if (property === undefined || phandle === null) return;
    if (phandle === PHANDLE_NONE || phandle === PHANDLE_ERASED) {
      const code = phandle === PHANDLE_NONE ? "FDT051" : "FDT052";
      this.#findings.add(
        code,
        property.offset,
        `${describe(node, name)} is ${hex(phandle)}, which no node can have`,
      );
      return;
    }
    const first = this.#nodes.get(phandle);
    if (first === undefined) this.#nodes.set(phandle, node);
    else {
      const message = `${describe(node, name)} is ${hex(phandle)}, as is that of ${quote(first.path)}`;
      this.#findings.add("FDT024", property.offset, message, "whoever names it may mean either node");
    }
  }
}
