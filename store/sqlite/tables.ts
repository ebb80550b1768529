import type { Derived } from "../eventStore.ts";
import { type BlockTable, blockTable } from "./blocks.ts";
import { type BootTable, bootTable } from "./boots.ts";
import type { Connection } from "./connection.ts";
import { type FaultTable, faultTable } from "./faults.ts";
import { type FindingTable, findingTable } from "./findings.ts";
import { type LossTable, lossTable } from "./losses.ts";
import { type MappingTable, mappingTable } from "./mappings.ts";
import { type SnapshotTable, snapshotTable } from "./snapshots.ts";
import { type VerdictTable, verdictTable } from "./verdicts.ts";

/** Every table, with its statements prepared. */
export interface Tables {
  readonly boots: BootTable;
  readonly blocks: BlockTable;
  readonly snapshots: SnapshotTable;
  readonly faults: FaultTable;
  readonly mappings: MappingTable;
  readonly verdicts: VerdictTable;
  readonly losses: LossTable;
  readonly findings: FindingTable;
}

/** Prepares all statements; a table or column that is missing shows here. */
export function openTables(db: Connection): Tables {
  return {
    boots: bootTable(db),
    blocks: blockTable(db),
    snapshots: snapshotTable(db),
    faults: faultTable(db),
    mappings: mappingTable(db),
    verdicts: verdictTable(db),
    losses: lossTable(db),
    findings: findingTable(db),
  };
}

/** Adds what a stretch of the log derives. Call inside a transaction. */
export function addDerived(tables: Tables, bootId: number, derived: Derived): void {
  tables.snapshots.add(bootId, derived.snapshots);
  tables.faults.add(bootId, derived.faults);
  tables.mappings.add(bootId, derived.mappings);
  tables.verdicts.add(bootId, derived.verdicts);
  tables.losses.add(bootId, derived.losses);
  tables.findings.add(bootId, derived.findings);
}

/** Removes all that was derived of a boot. Call inside a transaction. */
export function removeDerived(tables: Tables, bootId: number): void {
  tables.snapshots.remove(bootId);
  tables.faults.remove(bootId);
  tables.mappings.remove(bootId);
  tables.verdicts.remove(bootId);
  tables.losses.remove(bootId);
  tables.findings.remove(bootId);
}

/** Removes a boot, its log and all that was derived. Call inside a transaction. */
export function removeBoot(tables: Tables, bootId: number): void {
  removeDerived(tables, bootId);
  tables.blocks.remove(bootId);
  tables.boots.remove(bootId);
}
