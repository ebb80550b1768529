import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import { eventJson } from "../../events/codec/eventJson.ts";
import type { Outcome } from "../../events/outcome.ts";
import type { RecordedEvent } from "../../events/recordedEvent.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import type { BootReader, FaultRow, MappingRow, VerdictRow } from "../../store/eventStore.ts";
import { events } from "../bootEvents.ts";
import { stateBefore } from "../replayBoot.ts";
import { Stepper } from "../stepper.ts";
import type { Stretch } from "./pieces.ts";

/** What a cell holds; null is an empty one. */
export type Cell = string | number | null;

/** One column: its name, and its type for tools that want one. Addresses are hex text; `t` is in nanoseconds. */
export interface TableColumn {
  readonly name: string;
  readonly type: "text" | "integer" | "address";
}

/** A table of a boot. */
export interface Table {
  readonly columns: readonly TableColumn[];
  readonly rows: (reader: BootReader, stretch: Stretch) => Iterable<readonly Cell[]>;
}

/** The tables, by name (docs/exports.md describes each column). */
export const TABLES: { readonly [name in TableName]: Table } = {
  events: {
    columns: columns(
      "boot seq:integer t:integer kind device object unit address:address length:address target:address access",
      "verdict why code conformance cause:integer detail file line:integer",
    ),
    rows: eventRows,
  },
  faults: {
    columns: columns(
      "boot seq:integer t:integer device kind access address:address reason code explanation file line:integer",
    ),
    rows: faultRows,
  },
  mappings: {
    columns: columns(
      "boot object address:address length:address target:address access granted:integer revoked:integer",
    ),
    rows: mappingRows,
  },
  verdicts: {
    columns: columns("boot device outcome why conformance count:integer"),
    rows: verdictRows,
  },
};

/** The name of a table. */
export type TableName = "events" | "faults" | "mappings" | "verdicts";

function columns(...texts: readonly string[]): TableColumn[] {
  return texts
    .join(" ")
    .split(" ")
    .map((text) => {
      const [name, type = "text"] = text.split(":") as [string, TableColumn["type"]?];
      return { name, type };
    });
}

/** Every event in order; a transfer with its verdict by the present rules. */
function* eventRows(reader: BootReader, { from, to }: Stretch): Generator<readonly Cell[]> {
  const stepper = new Stepper(stateBefore(reader, from), reader.info.header.outcomes);
  for (const recorded of events(reader, from, to)) {
    const outcomes = stepper.step(recorded);
    yield eventCells(reader.info.name, recorded, outcomes[0]);
  }
}

// Members with a column of their own; all others are told together as JSON.
const OWN_COLUMN = new Set(
  "seq t kind device object unit address length target access cause origin".split(" "),
);

function eventCells(boot: string, recorded: RecordedEvent, outcome: Outcome | undefined): readonly Cell[] {
  const json = eventJson(recorded);
  const cell = (name: string): Cell => {
    const value = json[name];
    if (value === undefined || value === null) return null;
    return typeof value === "string" || typeof value === "number" ? value : canonicalJson(value);
  };
  const length = json["length"];
  const rest = Object.entries(json).filter(([name, value]) => !OWN_COLUMN.has(name) && value !== undefined);
  const { verdict, why, code, conformance } = verdictCells(
    recorded.event.kind === "dma" ? outcome : undefined,
  );
  return [
    boot,
    recorded.seq,
    recorded.t,
    json["kind"] as string,
    ...["device", "object", "unit", "address"].map(cell),
    typeof length === "number" ? `0x${length.toString(16)}` : cell("length"),
    cell("target"),
    cell("access"),
    verdict,
    why,
    code,
    conformance,
    recorded.cause,
    rest.length === 0 ? null : canonicalJson(Object.fromEntries(rest) as Json),
    recorded.origin?.file ?? null,
    recorded.origin?.line ?? null,
  ];
}

function verdictCells(outcome: Outcome | undefined): {
  [name in "verdict" | "why" | "code" | "conformance"]: Cell;
} {
  switch (outcome?.kind) {
    case "TransferPermitted":
      return { verdict: "permitted", why: outcome.via, code: null, conformance: outcome.conformance };
    case "TransferDenied":
      return { verdict: "denied", why: outcome.reason, code: outcome.code, conformance: outcome.conformance };
    case "InterruptRaised":
      return { verdict: "interrupt", why: "interrupt-range", code: null, conformance: outcome.conformance };
    default:
      return { verdict: null, why: null, code: null, conformance: null };
  }
}

function* faultRows(reader: BootReader, stretch: Stretch): Generator<readonly Cell[]> {
  const boot = reader.info.name;
  for (const row of within(reader.faults(), stretch, ({ seq }) => seq)) {
    const { address, explanation, file, line } = JSON.parse(row.json) as { readonly [name: string]: Cell };
    const { seq, t, device, kind, access, reason, code }: FaultRow = row;
    const place = [file ?? null, line ?? null];
    yield [boot, seq, t, device, kind, access, address ?? null, reason, code, explanation ?? null, ...place];
  }
}

function* mappingRows(reader: BootReader, stretch: Stretch): Generator<readonly Cell[]> {
  const boot = reader.info.name;
  for (const row of reader.allMappings()) {
    const { object, firstPage, lastPage, targetPage, access, grantedSeq, revokedSeq }: MappingRow = row;
    if (grantedSeq < stretch.from || grantedSeq > stretch.to) continue;
    const length = `0x${(BigInt(lastPage - firstPage + 1) << 12n).toString(16)}`;
    yield [
      boot,
      object,
      formatAddress(firstPage),
      length,
      formatAddress(targetPage),
      access,
      grantedSeq,
      revokedSeq,
    ];
  }
}

function* verdictRows(reader: BootReader): Generator<readonly Cell[]> {
  for (const { device, outcome, why, conformance, count } of reader.verdicts() as readonly VerdictRow[])
    yield [reader.info.name, device, outcome, why, conformance, count];
}

function* within<T>(rows: Iterable<T>, { from, to }: Stretch, seqOf: (row: T) => number): Generator<T> {
  for (const row of rows) if (seqOf(row) >= from && seqOf(row) <= to) yield row;
}
