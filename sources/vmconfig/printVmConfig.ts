import { hex } from "../config/numbers.ts";
import { decimalForm } from "../config/optionReaders/device.ts";
import { MEMORY_IMPLIES } from "./attributes.ts";
import type { PassedDevice, PassedMemory, VmConfig } from "./vmConfig.ts";

/** A qvm configuration in its own language: read again, it comes to the same. */
export function printVmConfig({ name, ram, pass, smmu, safety }: VmConfig): string {
  const lines = [
    ...(name === null ? [] : [`system ${name.value}`]),
    ...ram.map(({ guest, length }) => `ram ${hex(guest)},${hex(length)}`),
    ...pass.map((entry) => `pass loc ${locationText(entry)}`),
    ...(smmu === null
      ? []
      : [
          [
            "vdev smmu",
            smmu.intr === null ? "" : ` intr ${smmu.intr}`,
            smmu.loc === null ? "" : ` loc ${hex(smmu.loc)}`,
          ].join(""),
        ]),
    ...(safety === null ? [] : [`safety ${safety.value}`]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function locationText(entry: PassedDevice | PassedMemory): string {
  const written = writtenLetters(entry.attributes.letters);
  const letters = written === "" ? "" : `,${written}`;
  const range = entry.kind === "memory" ? entry : entry.registers;
  if (entry.kind === "device" && range === null) return `${decimalForm(entry.device)}${letters}`;
  const { host, guest, length } = range!;
  return `mem:${hex(host)},${hex(length)}${letters}${host === guest ? "" : `=${hex(guest)}`}`;
}

/** `m` turns others on; those that are off must be said to be. */
function writtenLetters(letters: string): string {
  if (!letters.includes("m")) return letters;
  const off = [...MEMORY_IMPLIES].filter((letter) => !letters.includes(letter)).join("");
  return `m${letters.includes("d") ? "d" : ""}${off === "" ? "" : `-${off}`}`;
}
