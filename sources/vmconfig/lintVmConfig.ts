import type { Diagnostic } from "../../base/diagnostic.ts";
import { hex } from "../config/numbers.ts";
import { decimalForm } from "../config/optionReaders/device.ts";
import { formatPlace, type Origin } from "../config/origin.ts";
import { doesDma, type PassedDevice, type PassedMemory, type Ram, type VmConfig } from "./vmConfig.ts";
import { vmProblem } from "./vmProblem.ts";

/** One VM and where its configuration is. */
export interface VmSubject {
  readonly source: string;
  readonly config: VmConfig;
  /** Where the whole file is told of. */
  readonly place: Origin;
}

/** What is wrong with one VM whatever its host is: HV-9 to HV-11, and what its guest will lack. */
export function lintVmConfig({ config, place }: VmSubject): readonly Diagnostic[] {
  return [
    ...wholePages(config),
    ...memoryTwice(config),
    ...config.pass.flatMap(attributesOf),
    ...devicesTwice(config),
    ...unityMapped(config),
    ...withoutMemory(config),
    ...withoutVdev(config),
    ...relaxed(config),
  ].map((diagnostic) => ({ ...diagnostic, file: diagnostic.file ?? place.file }));
}

/** The devices of a VM that may do DMA. */
export function dmaDevices({ pass }: VmConfig): readonly PassedDevice[] {
  return pass.filter((entry): entry is PassedDevice => entry.kind === "device" && doesDma(entry));
}

/** The VM's memory: what the hypervisor gives it, and what is passed to it. */
export function memoryOf({ ram, pass }: VmConfig): readonly (Ram | PassedMemory)[] {
  return [...ram, ...pass.filter((entry): entry is PassedMemory => entry.kind === "memory")];
}

/** All of its memory is passed to it where it is (HV-9). */
export function isUnityMapped(config: VmConfig): boolean {
  const memory = memoryOf(config);
  return memory.length > 0 && memory.every((part) => part.kind === "memory" && part.host === part.guest);
}

const PAGE = 4096n;

/** HV-11; what the hypervisor maps it maps by pages. */
function wholePages({ ram, pass }: VmConfig): Diagnostic[] {
  const ranges = [
    ...ram.map((part) => ({ origin: part.origin, numbers: [part.guest, part.length] })),
    ...pass.flatMap((entry) => {
      const range = entry.kind === "memory" ? entry : entry.registers;
      return range === null
        ? []
        : [{ origin: entry.origin, numbers: [range.host, range.guest, range.length] }];
    }),
  ];
  return ranges.flatMap(({ origin, numbers }) => {
    const bad = numbers.find((number) => number % PAGE !== 0n);
    if (bad === undefined) return [];
    const hint = `the next page begins at ${hex((bad / PAGE + 1n) * PAGE)}; a length without 0x is decimal`;
    return [vmProblem("QVM102", origin, `${hex(bad)} is no multiple of the page size 0x1000 (HV-11)`, hint)];
  });
}

function memoryTwice(config: VmConfig): Diagnostic[] {
  const parts = [...memoryOf(config)].sort((a, b) => (a.guest < b.guest ? -1 : 1));
  return parts.flatMap((part, at) => {
    const before = parts[at - 1];
    if (before === undefined || before.guest + before.length <= part.guest) return [];
    const message = `guest-physical ${hex(part.guest)} is memory already by ${formatPlace(before.origin)}`;
    return [vmProblem("QVM101", part.origin, message, "give each address to one region")];
  });
}

function attributesOf(entry: PassedDevice | PassedMemory): Diagnostic[] {
  const { letters, origin } = entry.attributes;
  const at = origin ?? entry.origin;
  const has = (letter: string) => letters.includes(letter);
  if (entry.kind === "memory") {
    return has("d")
      ? [
          vmProblem(
            "QVM105",
            at,
            "m is system memory, which excludes d: memory does no DMA (HV-10)",
            "leave out d",
          ),
        ]
      : [];
  }
  if (has("d") && has("n"))
    return [
      vmProblem("QVM105", at, "d says that the device uses DMA, n that it does not (HV-10)", "leave out one"),
    ];
  if (!has("d") && !has("n")) {
    const hint = `add d if ${entry.device} uses DMA, n if it does not; it is taken to use it`;
    return [
      vmProblem("QVM103", at, "neither d nor n: the service cannot tell whether it uses DMA (HV-10)", hint),
    ];
  }
  if (!has("d") || (has("r") && has("w"))) return [];
  const missing = ["r", "w"].filter((letter) => !has(letter)).join(" and ");
  return [vmProblem("QVM104", at, `a device with d needs ${missing} as well (HV-10)`, "write rwd")];
}

function devicesTwice({ pass }: VmConfig): Diagnostic[] {
  const first = new Map<string, PassedDevice>();
  return pass.flatMap((entry) => {
    if (entry.kind !== "device") return [];
    const before = first.get(entry.device);
    first.set(entry.device, before ?? entry);
    if (before === undefined) return [];
    const message = `${decimalForm(entry.device)} is passed through already by ${formatPlace(before.origin)}`;
    return [vmProblem("QVM106", entry.origin, message, "one line for each device, with all its attributes")];
  });
}

function unityMapped(config: VmConfig): Diagnostic[] {
  if (!isUnityMapped(config)) return [];
  const message =
    "all of the VM's memory is where it is in the host: it is unity-mapped, which must not be used in production (HV-9)";
  const hint = "a qvm starts such a VM even where nothing confines its devices (HV-8); use ram instead";
  return [vmProblem("QVM107", memoryOf(config)[0]!.origin, message, hint)];
}

function withoutMemory(config: VmConfig): Diagnostic[] {
  const [device] = dmaDevices(config);
  if (device === undefined || memoryOf(config).length > 0) return [];
  const message = `the VM has no memory that ${decimalForm(device.device)} could reach: all its DMA would be refused`;
  return [vmProblem("QVM108", device.origin, message, "say ram start,len")];
}

function withoutVdev(config: VmConfig): Diagnostic[] {
  const [device] = dmaDevices(config);
  if (device === undefined || config.smmu !== null) return [];
  const message =
    "there is no vdev smmu: the guest cannot confine its devices further than to all of its memory (HV-3, RUN-5)";
  return [
    vmProblem("QVM109", device.origin, message, "add vdev smmu, unless the guest has no service, as Linux"),
  ];
}

function relaxed({ safety }: VmConfig): Diagnostic[] {
  if (safety === null || safety.value === "required") return [];
  const message = `safety ${safety.value}: components that are not certified are accepted${safety.value === "warn" ? " with a warning" : ""} (SAF-8)`;
  return [
    vmProblem("QVM110", safety.origin, message, "safety required is the default of the safety product"),
  ];
}
