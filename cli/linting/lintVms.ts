import type { Diagnostic } from "../../base/diagnostic.ts";
import type { VmRefused, VmReported } from "../../events/vmEvents.ts";
import { MemoryRun } from "../../replay/memoryRun.ts";
import { simulate } from "../../replay/simulate.ts";
import { NO_SCENARIO } from "../../sources/scenario/scenario.ts";
import type { VmSubject } from "../../sources/vmconfig/lintVmConfig.ts";
import { nameOf } from "../../sources/vmconfig/lintVmSet.ts";
import { vmProblem } from "../../sources/vmconfig/vmProblem.ts";
import { assembleBoot, type BootParts } from "../booting/assembleBoot.ts";
import { type ReadVms, vmStarts } from "../booting/hostedVms.ts";

/** True for a file that is a qvm configuration: by its name, or, of a name that says nothing, by its first words. */
export function isVmConfig(file: string, bytes: Uint8Array): boolean {
  if (/\.(qvmconf|qvm)$/.test(file)) return true;
  if (/\.(smmu|build|bld)$/.test(file)) return false;
  const text = new TextDecoder().decode(bytes.subarray(0, CONTENT_LOOKED_AT));
  const first = text.replace(/#.*/g, "").match(/\S+/)?.[0] ?? "";
  return FIRST_WORDS.has(first);
}

const CONTENT_LOOKED_AT = 64 * 1024;

// Words with which no configuration of the service begins.
const FIRST_WORDS: ReadonlySet<string> = new Set([
  "system",
  "ram",
  "pass",
  "vdev",
  "cpu",
  "load",
  "cmdline",
  "rom",
]);

/** The host on which VMs are tried. */
export type TriedHost = Omit<BootParts, "vms" | "scenario" | "scenarioFile">;

/**
 * The VMs tried on the host whose configuration and board are given: what a qvm would refuse there (HV-8, HV-12). A host
 * that does not come up has findings of its own.
 */
export function tryVms(read: ReadVms, host: TriedHost): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const { board, service, readFile } = host;
  const { simulation, family } = assembleBoot({
    ...host,
    scenario: NO_SCENARIO,
    scenarioFile: "",
    vms: (config) => {
      const starts = vmStarts(read, { vms: [], inVms: [] }, { board, service, config, readFile });
      found.push(...starts.diagnostics);
      return starts.told;
    },
  });
  const run = new MemoryRun(family);
  simulate(run, simulation);
  if (run.state.service?.phase !== "running") return [];
  for (const event of run.events)
    if (event.kind === "VmRefused" || event.kind === "VmReported")
      found.push(...findingOf(read.subjects, event));
  return found;
}

/** What a qvm says, at the line that it says it of; none for what the files tell by themselves. */
function findingOf(subjects: readonly VmSubject[], event: VmRefused | VmReported): Diagnostic[] {
  const { vm, device, requirement, detail } = event;
  const subject = subjects.find((each) => nameOf(each) === vm);
  const entry = subject?.config.pass.find((each) => each.kind === "device" && each.device === device);
  if (subject === undefined || entry === undefined) return [];
  const message = `${detail} (${requirement})`;
  if (requirement === "HV-8") {
    const hint =
      "declare its unit in the host's configuration, or check the device's numbers: they are decimal";
    const severity = event.kind === "VmRefused" ? "error" : "warning";
    return [vmProblem("QVM203", entry.origin, message, hint, severity)];
  }
  const isOfTwo = subjects.some(
    (each) =>
      each !== subject && each.config.pass.some((pass) => pass.kind === "device" && pass.device === device),
  );
  if (requirement !== "HV-12" || isOfTwo) return [];
  const hint = "take it out of the host's configuration, or do not pass it through";
  return [vmProblem("QVM202", entry.origin, message, hint)];
}
