import type { Outcome } from "../../events/outcome.ts";
import { formatAccess } from "../../events/vocabulary/access.ts";
import { formatRange } from "../../events/vocabulary/byteRange.ts";
import { outcomeText, verdictText } from "./outcomeText.ts";

/** An outcome as a sentence that needs no other beside it: in a list of events, its question stands far away. */
export function aloneText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "CallReturned":
      return `${outcome.function} of ${outcome.client} ${verdictText(outcome)}`;
    case "RangeGranted":
      return `${outcome.object}: ${formatRange(outcome.bytes)} is asked for with ${formatAccess(outcome.access)}`;
    case "RangeRevoked":
      return `${outcome.object}: ${formatRange(outcome.bytes)} is given back`;
    case "MappingsRealised":
      return `the mappings of ${outcome.object} stand in the tables of ${outcome.units.map((unit) => unit ?? "its unit").join(", ") || "no unit yet"}`;
    case "FaultRegistersRead":
      return `the fault records of ${outcome.unit} are read, and free again`;
    case "FaultLogged":
      return outcomeText(outcome) ?? "the unit records the refusal";
    case "Ignored":
      return outcomeText(outcome) ?? "noted";
    case "InGuest":
      return `in the guest of VM ${outcome.vm}: ${aloneText(outcome.outcome)}`;
    case "PlacementDecided":
      return outcome.placement === "guest"
        ? "the service runs in a guest, and loads no support library (HG-2)"
        : "the service runs on hardware (HG-2)";
    case "ConfigOptionRead":
      return `option ${outcome.option} counts`;
    case "ConfigOptionReplaced":
      return `option ${outcome.option} is replaced by a later one`;
    case "ConfigOptionIgnored":
      return `option ${outcome.option} is ignored${because(outcome)}`;
    case "ConfigOptionRefused":
      return `option ${outcome.option} is refused${because(outcome)}`;
    case "ConfigAccepted":
      return "the configuration is accepted";
    case "LibraryRefused":
    case "LibraryLoaded":
      return `${outcome.name}: ${outcomeText(outcome)}`;
    case "ComponentsTold":
      return `components that the ${outcome.by === "vdev" ? "vdev-smmu" : "system"} tells of: ${outcome.count}`;
    case "VdevConfirmed":
      return outcome.fact === "attached"
        ? "vdev-smmu: this VM is attached to it"
        : "vdev-smmu: a service runs in the host";
    case "BoardRead":
      return `the board's units: ${outcome.board.units.map(({ name }) => name).join(", ") || "none"}`;
    case "TablesBuilt":
      return `the tables of ${outcome.device ?? `unit ${outcome.unit}`} are built`;
    case "UnitProgrammed":
      return `unit ${outcome.unit} is programmed`;
    case "UnitEnabled":
      return `translation of unit ${outcome.unit} is enabled`;
    case "NameAttached":
      return `clients find the service at ${outcome.name}`;
    case "UserChanged":
      return `the service is user ${outcome.user} now`;
    case "AbilitiesCreated":
      return `abilities created: ${outcome.abilities.join(", ")}`;
    case "MessageEmitted":
      return `to ${outcome.to.join(" and ")}: ${outcome.text}`;
    case "SystemDssRequested":
      return `the system is told to enter its own Design Safe State (${outcome.requirement})`;
    case "VmStarted":
    case "VmRefused":
    case "VmEnded":
      return `VM ${outcome.vm}: ${outcomeText(outcome)}`;
    default:
      return outcomeText(outcome) ?? outcome.kind;
  }
}

function because({ because: why }: { readonly because: string | null }): string {
  return why === null ? "" : `: ${why}`;
}
