import type { Json } from "../../base/canonicalJson.ts";
import { hex } from "../config/numbers.ts";
import { isUnityMapped, memoryOf, type VmSubject } from "./lintVmConfig.ts";
import { nameOf } from "./lintVmSet.ts";
import { printVmConfig } from "./printVmConfig.ts";
import { doesDma } from "./vmConfig.ts";

/**
 * What was read of a qvm configuration: addresses and lengths in hex, `host` null where the hypervisor chooses it; `text`
 * is the same in the configuration's own language.
 */
export function vmConfigJson(subject: VmSubject): { readonly [member: string]: Json } {
  const { source, config } = subject;
  return {
    source,
    vm: nameOf(subject),
    unity: isUnityMapped(config),
    memory: memoryOf(config).map((part) => ({
      guest: hex(part.guest),
      host: part.kind === "memory" ? hex(part.host) : null,
      length: hex(part.length),
    })),
    devices: config.pass.flatMap((entry) =>
      entry.kind === "memory"
        ? []
        : [{ device: entry.device, dma: doesDma(entry), attributes: entry.attributes.letters }],
    ),
    vdev:
      config.smmu === null
        ? null
        : { intr: config.smmu.intr, loc: config.smmu.loc === null ? null : hex(config.smmu.loc) },
    safety: config.safety?.value ?? null,
    text: printVmConfig(config),
  };
}
