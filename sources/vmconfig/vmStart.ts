import { assert } from "../../base/assert.ts";
import { type Diagnostic, hasErrors } from "../../base/diagnostic.ts";
import type { GuestService, VmMemory, VmStartStimulus } from "../../events/vmEvents.ts";
import { addressFromBigint } from "../../events/vocabulary/address.ts";
import { NAME_LENGTH_MAX, vmName } from "../../events/vocabulary/names.ts";
import { hex } from "../config/numbers.ts";
import { dmaDevices, memoryOf, type VmSubject } from "./lintVmConfig.ts";
import { nameOf } from "./lintVmSet.ts";
import { type HostRange, placeRam } from "./placeRam.ts";
import { vmProblem } from "./vmProblem.ts";

/** A VM to be started, and where it is told of; null `stimulus`: the diagnostic says why it cannot be. */
export interface VmToStart {
  readonly stimulus: VmStartStimulus | null;
  readonly line: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** What there is in the host for its VMs: memory, and of it what others have. */
export interface HostMemory {
  readonly memory: readonly HostRange[];
  readonly taken: readonly HostRange[];
  /** Components that a VM depends on and that nobody says are certified (G-2). */
  readonly uncertified: readonly string[];
}

/**
 * The VMs of a host as `qvm` starts them, one after the other. Which host memory is behind `ram` is the hypervisor's
 * choice, of which the file says nothing: here it is taken from the top of the board's memory, past what others have.
 */
export function vmsToStart(
  subjects: readonly VmSubject[],
  host: HostMemory,
  serviceOf: (vm: string) => GuestService | null,
): readonly VmToStart[] {
  const taken = [...host.taken];
  for (const { config } of subjects)
    for (const part of memoryOf(config))
      if (part.kind === "memory") taken.push({ start: part.host, length: part.length });
  return subjects.map((subject) => {
    const { config, place } = subject;
    const diagnostics = uncertified(subject, host);
    const memory: VmMemory[] = [];
    for (const part of memoryOf(config)) {
      const start = part.kind === "memory" ? part.host : placeRam(part.length, host.memory, taken);
      if (start === null) {
        const message = `there is no host memory in one piece for ${hex(part.length)} bytes of ram`;
        const hint = "say more memory in the board file, or where the ram is: pass loc mem:host,len,m=guest";
        diagnostics.push(vmProblem("QVM205", part.origin, message, hint));
        continue;
      }
      if (part.kind === "ram") taken.push({ start, length: part.length });
      memory.push({ guest: address(part.guest), host: address(start), length: address(part.length) });
    }
    const name = nameOf(subject).slice(0, NAME_LENGTH_MAX);
    const stimulus: VmStartStimulus = {
      kind: "vm",
      vm: vmName(name),
      memory,
      pass: [...new Set(dmaDevices(config).map(({ device }) => device))],
      vdev: config.smmu !== null,
      service: serviceOf(name),
    };
    const line = config.name?.origin.line ?? place.line;
    return { stimulus: hasErrors(diagnostics) ? null : stimulus, line, diagnostics };
  });
}

/** What `safety` asks of components: `required` refuses to start, `warn` says so (SAF-8). */
function uncertified({ config: { safety } }: VmSubject, host: HostMemory): Diagnostic[] {
  const [first] = host.uncertified;
  if (safety === null || safety.value === "none" || first === undefined) return [];
  const more = host.uncertified.length === 1 ? "" : ` and ${host.uncertified.length - 1} more`;
  const isRequired = safety.value === "required";
  const message = `${first}${more}: nobody says that it is certified${isRequired ? ", so qvm does not start the VM" : ""} (SAF-8)`;
  const hint = "say in the board file which components are certified, or ask for less by safety";
  return [vmProblem("QVM207", safety.origin, message, hint, isRequired ? "error" : "warning")];
}

function address(value: bigint): VmMemory["guest"] {
  const parts = addressFromBigint(value);
  assert(parts !== null, "a number of a configuration fits in 64 bits");
  return parts;
}
