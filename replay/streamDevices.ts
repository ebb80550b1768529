import type { Outcome } from "../events/outcome.ts";
import type { Stimulus } from "../events/stimulus.ts";
import { type DeviceName, streamIdOf } from "../events/vocabulary/device.ts";
import type { UnitName } from "../events/vocabulary/names.ts";

/**
 * Devices that a scenario names by their StreamID. A stream is what an SMMU sees of a device, so it is behind a unit by its
 * very name; and who is configured with that StreamID cannot be told from it (LIM-6). Learnt from what a start-up comes to.
 */
export class StreamDevices {
  readonly #units: { readonly unit: UnitName; readonly bypass: boolean }[] = [];
  readonly #holders = new Map<number, Set<UnitName>>();
  #isArm = false;

  /** Learns from outcomes of the start-up. */
  take(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      if (outcome.kind === "ConfigAccepted") this.#isArm = outcome.config.smmu?.type === "armsmmu";
      if (outcome.kind === "UnitResolved") this.#units.push(outcome);
      if (outcome.kind === "DeviceResolved")
        for (const identifier of outcome.identifiers) this.#hold(identifier);
    }
  }

  /** The streams that these stimuli speak of, as devices behind their units. */
  of(stimuli: readonly Stimulus[]): readonly Stimulus[] {
    if (!this.#isArm || this.#units.length === 0) return [];
    const told = new Set<DeviceName>();
    const devices: Stimulus[] = [];
    for (const stimulus of stimuli) {
      const device = "device" in stimulus ? stimulus.device : null;
      const id = device === null ? null : streamIdOf(device);
      if (id === null || told.has(device!)) continue;
      told.add(device!);
      devices.push(this.#device(device!, id));
    }
    return devices;
  }

  #hold(identifier: string): void {
    const [unit, id] = identifier.split(" ");
    const holders = this.#holders.get(Number(id)) ?? new Set();
    this.#holders.set(Number(id), holders.add(unit as UnitName));
  }

  #device(device: DeviceName, id: number): Stimulus {
    const candidates = this.#holders.get(id) ?? new Set(this.#units.map(({ unit }) => unit));
    if (candidates.size === 1) {
      const [unit] = candidates;
      return { kind: "device", device, unit: unit!, identifiers: [`${id}`] };
    }
    // Several units know that number, or none of several: nobody's grants are meant, and doubt denies (G-33).
    const { unit } = this.#units.find(({ bypass }) => !bypass) ?? this.#units[0]!;
    return { kind: "device", device, unit };
  }
}
