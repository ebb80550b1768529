import { API_FUNCTIONS, SMF, SOCF } from "../../events/vocabulary/clientApi.ts";
import type { ShellState } from "./shellState.ts";
import { VERBS } from "./verbs.ts";

const FLAGS = Object.keys(SMF);
const OBJECT_FLAGS = Object.keys(SOCF);
const TRANSFERS = ["dma", "read", "write"];

/** What the word before the cursor may become, and that word: what a prompt asks at Tab. */
export function complete(shell: ShellState, line: string): [string[], string] {
  const word = /[^\s(,|&={[]*$/.exec(line)![0];
  const before = line.slice(0, line.length - word.length);
  const found = candidates(shell, before).filter((candidate) => candidate.startsWith(word));
  return [[...new Set(found)].sort(), word];
}

function candidates(shell: ShellState, before: string): string[] {
  const { state, branches } = shell.session;
  const first = /^\s*(?:[\w.-]+\s*=\s*)?(\w*)/.exec(before)![1]!;
  if (/^\s*$/.test(before)) return [...VERBS.keys(), ...API_FUNCTIONS.map(open)];
  if (/^\s*[\w.-]+\s*=\s*$/.test(before)) return ["smmu_obj_create("];
  if (/=>\s*$/.test(before)) return TRANSFERS.includes(first) ? ["permitted", "denied"] : ["0", "-1", "NULL"];
  const objects = [...state.objects].flatMap(([name, { client }]) => (client === shell.client ? [name] : []));
  const devices = [...state.devices.keys()];
  switch (first) {
    case "smmu_obj_create":
      return OBJECT_FLAGS;
    case "smmu_mapping_add":
      return /[(\s]\s*$/.test(before) && !before.includes(",") && !/\S\s+\S/.test(before)
        ? [...objects, "NULL", ...FLAGS]
        : FLAGS;
    case "smmu_device_report_reserved":
      return [...devices, "{SDT_PCI, ", "{SDT_MMIO, "];
    case "smmu_device_add_generic":
      return [...objects, "NULL", ...devices, "{SDT_PCI, ", "{SDT_MMIO, "];
    case "smmu_device_add_pci":
      return [...objects, "NULL", "SMMU_PCI_FIELD_ANY"];
    case "smmu_device_add_mmio":
    case "smmu_obj_destroy":
      return [...objects, "NULL"];
    case "dma":
    case "read":
    case "write":
    case "why":
      return devices;
    case "client":
    case "kill":
      return [...state.clients.keys(), "smmu/attach", "smmu/target"];
    case "switch":
      return branches.map(({ name }) => name);
    case "save":
      return ["all", shell.session.branch.name];
    case "goto":
      return ["start", "end"];
    case "state":
      return ["all"];
    case "fail":
      return ["unit", "vdev", "memory", "procnto", "signal", "interrupt"];
    case "help":
      return [...VERBS.keys(), ...API_FUNCTIONS];
    default:
      return [];
  }
}

function open(name: string): string {
  return `${name}(`;
}
