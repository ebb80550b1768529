import type { Diagnostic } from "../../base/diagnostic.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import type { ExportCount, Stretch } from "../../replay/export/pieces.ts";
import { foldStorms, type Storm } from "../../replay/storms.ts";
import type { BootReader } from "../../store/eventStore.ts";
import type { Explanation } from "../linting/explanations.ts";
import { versionOfPackage } from "../packageVersion.ts";
import { sarifLog } from "../render/sarif.ts";

/** How many results a log holds: code-scanning systems take no more. */
export const SARIF_RESULTS_MAX = 5_000;

/** The faults of a boot as a SARIF 2.1.0 log: one result for each storm, at the line that told its first fault. */
export function faultSarif(reader: BootReader, stretch: Stretch): { readonly text: string } & ExportCount {
  const storms = foldStorms(reader, stretch.from, stretch.to);
  const told = storms.slice(0, SARIF_RESULTS_MAX);
  const diagnostics = told.map((storm) => diagnosticOf(reader.info.name, storm));
  const explanations = new Map(told.map((storm) => [codeOf(storm), explanationOf(storm)]));
  const omitted = storms.length - told.length;
  const skipped =
    omitted === 0
      ? []
      : [{ check: `${omitted} more storms`, because: `a log holds ${SARIF_RESULTS_MAX} results` }];
  const log = sarifLog({ diagnostics, version: versionOfPackage(), explanations, skipped }) as SarifLog;
  log.runs[0]!.results.forEach((result, i) => {
    const { firstSeq, lastSeq, count, device, access } = told[i]!;
    result.occurrenceCount = count;
    result.properties = {
      boot: reader.info.name,
      device,
      access,
      firstSeq,
      lastSeq,
    };
  });
  return { text: `${JSON.stringify(log, null, 2)}\n`, events: told.length };
}

interface SarifLog {
  readonly runs: readonly { readonly results: { occurrenceCount?: number; properties?: object }[] }[];
}

function diagnosticOf(boot: string, storm: Storm): Diagnostic {
  const { first, count, firstPage, lastPage } = storm;
  const who = storm.device ?? String(first["unit"] ?? "an unknown device");
  const where = firstPage === null ? "" : ` at ${String(first["address"])}`;
  const run =
    firstPage === null || firstPage === lastPage
      ? ""
      : `, pages ${formatAddress(firstPage)} to ${formatAddress(lastPage!)}`;
  const times = count === 1 ? "" : ` (${count} times${run})`;
  return {
    file: (first["file"] as string | null) ?? null,
    line: (first["line"] as number | null) ?? null,
    code: codeOf(storm),
    severity: "error",
    message: `${who}: ${storm.access}${where} refused${times}: ${String(first["explanation"])}`,
    hint: `smmu why ${boot} ${storm.firstSeq} tells the causes`,
  };
}

function codeOf({ first, reason }: Storm): string {
  return `fault/${reason ?? String(first["kind"] ?? "unknown")}`;
}

function explanationOf(storm: Storm): Explanation {
  const reason = storm.reason ?? "a reason that the report does not tell";
  return {
    title: `a transfer refused: ${reason}`,
    text: `The unit refused transfers of a device: ${reason}. The result stands at the first of them; its count says how many are alike.`,
    page: "docs/exports.md",
  };
}
