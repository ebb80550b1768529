import type { LogContext } from "../logContext.ts";
import { DeviceEvents } from "./deviceEvents.ts";
import type { FtraceLine } from "./ftraceLine.ts";
import { FtraceState } from "./ftraceState.ts";
import { Invalidations } from "./invalidations.ts";
import { MapEvents } from "./mapEvents.ts";

/** The `iommu:*` and `intel_iommu:*` events and the three kprobes, joined into what happened to domains (logs 7). */
export class FtraceEvents {
  readonly #maps: MapEvents;
  readonly #devices: DeviceEvents;
  readonly #invalidations: Invalidations;

  constructor(context: LogContext) {
    const state = new FtraceState(context);
    const devices = new DeviceEvents(state);
    this.#devices = devices;
    this.#maps = new MapEvents(state);
    this.#invalidations = new Invalidations(state, (task, device) => devices.isMoving(task, device));
  }

  /** Takes an event; false when it is not one of ours. */
  take(line: FtraceLine): boolean {
    // Other groups have events of such names too.
    const ours = line.text.startsWith("IOMMU:");
    switch (line.event) {
      case "kmap":
        this.#maps.kmap(line);
        return true;
      case "kunmap":
        this.#maps.kunmap(line);
        return true;
      case "kattach":
        this.#devices.kattach(line);
        return true;
      case "qi_submit":
        this.#invalidations.submit(line);
        return true;
      case "map":
        if (ours) this.#maps.map(line);
        return ours;
      case "unmap":
        if (ours) this.#maps.unmap(line);
        return ours;
      case "io_page_fault":
        if (ours) this.#devices.pageFault(line);
        return ours;
      case "add_device_to_group":
      case "remove_device_from_group":
      case "attach_device_to_domain":
      case "detach_device_from_domain":
        if (ours) this.#devices.deviceEvent(line);
        return ours;
      default:
        return false;
    }
  }

  /** Reading has come to this line: gives up requests that waited too long. */
  advance(line: number): void {
    this.#maps.advance(line);
  }

  /** No more lines: tells what stayed open or unknown. */
  end(): void {
    this.advance(Number.POSITIVE_INFINITY);
    this.#invalidations.end();
  }
}
