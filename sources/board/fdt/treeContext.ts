import type { Findings } from "../findings.ts";
import type { AddressDecoder } from "./addresses.ts";
import type { Phandles } from "./phandles.ts";
import type { FdtNode } from "./tree.ts";

/** What every part of the reading needs. */
export interface TreeContext {
  readonly root: FdtNode;
  /** The nodes in use, in the order of the blob. */
  readonly enabled: ReadonlySet<FdtNode>;
  readonly phandles: Phandles;
  readonly addresses: AddressDecoder;
  readonly findings: Findings;
}
