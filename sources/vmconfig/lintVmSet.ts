import type { Diagnostic } from "../../base/diagnostic.ts";
import { hex } from "../config/numbers.ts";
import { decimalForm } from "../config/optionReaders/device.ts";
import { formatPlace } from "../config/origin.ts";
import { memoryOf, type VmSubject } from "./lintVmConfig.ts";
import type { PassedDevice, PassedMemory } from "./vmConfig.ts";
import { vmProblem } from "./vmProblem.ts";

/** What is wrong with VMs of one host together: HV-12, and memory that two of them have. */
export function lintVmSet(subjects: readonly VmSubject[]): readonly Diagnostic[] {
  return [...sharedDevices(subjects), ...sharedMemory(subjects), ...sharedNames(subjects)];
}

/** The name of a VM: by `system`, else that of its file. */
export function nameOf({ config, source }: VmSubject): string {
  if (config.name !== null) return config.name.value;
  const base = source.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");
  return base === "" || base === "-" ? "vm" : base;
}

function sharedDevices(subjects: readonly VmSubject[]): Diagnostic[] {
  const owners = new Map<string, { readonly subject: VmSubject; readonly entry: PassedDevice }>();
  return subjects.flatMap((subject) =>
    subject.config.pass.flatMap((entry) => {
      if (entry.kind !== "device") return [];
      const before = owners.get(entry.device);
      if (before === undefined) owners.set(entry.device, { subject, entry });
      if (before === undefined || before.subject === subject) return [];
      const message = `${decimalForm(entry.device)} is passed to VM ${nameOf(before.subject)} already, by ${formatPlace(before.entry.origin)}; the second qvm fails to start (HV-12)`;
      return [vmProblem("QVM201", entry.origin, message, "pass each device to one VM")];
    }),
  );
}

function sharedMemory(subjects: readonly VmSubject[]): Diagnostic[] {
  const passed = subjects.flatMap((subject) =>
    memoryOf(subject.config).flatMap((part): { subject: VmSubject; part: PassedMemory }[] =>
      part.kind === "memory" ? [{ subject, part }] : [],
    ),
  );
  const sorted = passed.sort((a, b) => (a.part.host < b.part.host ? -1 : 1));
  return sorted.flatMap(({ subject, part }, at) => {
    const before = sorted[at - 1];
    if (before === undefined || before.subject === subject) return [];
    if (before.part.host + before.part.length <= part.host) return [];
    const message = `host-physical ${hex(part.host)} is memory of VM ${nameOf(before.subject)} as well, by ${formatPlace(before.part.origin)}: devices of either guest reach the other's memory`;
    return [
      vmProblem(
        "QVM204",
        part.origin,
        message,
        "shared memory of guests is safe only if no device may reach it",
      ),
    ];
  });
}

function sharedNames(subjects: readonly VmSubject[]): Diagnostic[] {
  const names = new Map<string, VmSubject>();
  return subjects.flatMap((subject) => {
    const name = nameOf(subject);
    const before = names.get(name);
    names.set(name, before ?? subject);
    if (before === undefined) return [];
    const message = `VM ${name} is there already, by ${before.source}`;
    return [
      vmProblem(
        "QVM206",
        subject.config.name?.origin ?? subject.place,
        message,
        "give each VM a name by system",
      ),
    ];
  });
}
