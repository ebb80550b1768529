import { viewOf } from "../core/decide.ts";
import type { Folding } from "../core/evolve.ts";
import type { MachineView } from "../core/machineView.ts";
import type { Grant } from "../core/parts/addressSpace.ts";
import type { Interval } from "../core/parts/intervalMap.ts";
import { type IommuState, inputWidth } from "../core/state.ts";
import { translate } from "../core/translate.ts";
import { rulesOf } from "../core/units/families.ts";
import type { TransferDenied } from "../events/outcome.ts";
import type { FaultStimulus } from "../events/stimulus.ts";
import { formatAccess } from "../events/vocabulary/access.ts";
import { formatAddress, parseAddress } from "../events/vocabulary/address.ts";
import type { DeviceName } from "../events/vocabulary/device.ts";
import type { ReportKnowledge } from "./faultText.ts";
import { mistakenAddress, mistakenText, stageText } from "./vmStage.ts";

/** One sentence on why a transfer was refused, from what the machine knew at that moment. */
export function explainDenial(folding: Explained, denied: TransferDenied): string {
  const staged = stageText(folding.state, denied, (guest) => {
    return explainByTable(viewOf(guest), denied);
  });
  if (staged === null) return explainByTable(folding, denied);
  const mistaken = mistakenAddress(folding.state, denied);
  return mistaken === null ? staged : `${staged}; ${mistakenText(mistaken)}`;
}

/** What of a machine an explanation is drawn from. */
type Explained = Pick<MachineView, "state" | "space">;

function explainByTable(folding: Explained, denied: TransferDenied): string {
  const device = folding.state.devices.get(denied.device);
  const at = formatAddress(denied.at.page, denied.at.offset);
  const object = device?.object ?? null;
  switch (denied.reason) {
    case "no-object":
      return `${denied.device} is attached to no object, so nothing is granted to it`;
    case "address-size":
      return `${at} is wider than the ${inputWidth(folding.state, device) ?? "?"} bits that the unit takes`;
    case "interrupt-range":
      return `${at} lies in, or is translated into, the range that the unit keeps for interrupts`;
    case "permission": {
      const run = object === null ? null : (folding.space(object)?.at(denied.at.page) ?? null);
      const held = run === null ? "?" : formatAccess(run.value.access);
      return `${at} is granted ${held} in ${object}${run === null ? "" : ` (seq ${run.value.since})`}, but the transfer is a ${denied.access === "w" ? "write" : "read"}`;
    }
    case "unmapped":
      return object === null
        ? `nothing is granted at ${at}`
        : explainUnmapped(folding, object, denied.at.page, at);
    default:
      return `refused: ${denied.reason}`;
  }
}

/**
 * What the machine knew of a report that no recorded transfer explains: the tables of that moment are asked in its
 * stead, where the report names device, address and access.
 */
export function knowledgeOf(folding: Folding, fault: FaultStimulus, sawTransfers: boolean): ReportKnowledge {
  const { report } = fault;
  const device = knownDevice(folding.state, fault);
  const object = device === null ? null : (folding.state.devices.get(device)?.object ?? null);
  const address = report.address === null ? null : parseAddress(report.address);
  const said = report.reason === null ? "a fault" : `a fault (${report.reason})`;
  const open = (why: string): ReportKnowledge => ({
    device: device ?? fault.device,
    object,
    judged: null,
    explanation: `${said} reported; ${why}`,
  });
  if (report.kind !== "dma-fault") return open("it is not about a transfer");
  if (device === null)
    return open("the recording does not know the device, so there are no grants to compare with");
  if (address === null) return open("it names no address");
  if (report.access !== "read" && report.access !== "write")
    return open("it does not say whether it was a read or a write");
  if (!folding.state.described)
    return open("the recording holds neither transfers nor grants to compare with");
  const at = {
    firstPage: address.page,
    firstOffset: address.offset,
    lastPage: address.page,
    lastOffset: address.offset,
  };
  const access = report.access === "read" ? "r" : "w";
  const translation = translate(rulesOf(folding.state.family), folding.route(device), at, access);
  const matched = sawTransfers ? "no recorded transfer matches it" : "the recording holds no transfers";
  if (translation.verdict !== "denied") {
    const why =
      "the tables of that moment permit it: the report came after the refusal, or another unit refused";
    return { device, object, judged: null, explanation: `${said} reported; ${matched}; ${why}` };
  }
  const denied: TransferDenied = {
    kind: "TransferDenied",
    device,
    access,
    reason: translation.reason,
    code: null,
    at: translation.at,
    conformance: null,
  };
  return {
    device,
    object,
    judged: translation.reason,
    explanation: `${explainDenial(folding, denied)} (${matched})`,
  };
}

/** The device of the boot that a report names: by its name, or by bus, device and function where only one has them. */
export function knownDevice(state: IommuState, { device, report }: FaultStimulus): DeviceName | null {
  if (device !== null && state.devices.has(device)) return device;
  // A decoded SMMUv3 report names its client beside the stream ID.
  const client =
    typeof report.raw["client"] === "string" ? (`pci:${report.raw["client"]}` as DeviceName) : null;
  if (client !== null && state.devices.has(client)) return client;
  if (report.bdf === null || device !== null) return null;
  const ending = `:${report.bdf}`;
  let found: DeviceName | null = null;
  for (const name of state.devices.keys()) {
    if (!name.startsWith("pci:") || !name.endsWith(ending)) continue;
    if (found !== null) return null;
    found = name;
  }
  return found;
}

function explainUnmapped(
  folding: Explained,
  object: NonNullable<ReturnType<Folding["state"]["devices"]["get"]>>["object"] & string,
  page: number,
  at: string,
): string {
  const space = folding.space(object);
  if (space === undefined) return `nothing is granted at ${at}`;
  const stale = space.staleAt(page)?.value[0];
  if (stale !== undefined) {
    return `nothing is granted at ${at} in ${object}: its grant of seq ${stale.grant.since} was revoked at seq ${stale.revokedAt}`;
  }
  const near = [runText("below", space.below(page)), runText("above", space.above(page))].filter(
    (text) => text !== null,
  );
  return `nothing is granted at ${at} in ${object}${near.length === 0 ? ", which has no grants" : `; the nearest grants are ${near.join(" and ")}`}`;
}

function runText(where: string, run: Interval<Grant> | null): string | null {
  if (run === null) return null;
  return `${formatAddress(run.first)}-${formatAddress(run.last, 0xfff)} ${where} (seq ${run.value.since})`;
}
