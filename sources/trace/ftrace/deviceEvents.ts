import type { DeviceName } from "../../../events/vocabulary/device.ts";
import type { ObjectName } from "../../../events/vocabulary/names.ts";
import type { HeldPlace } from "../orderedOutput.ts";
import { deviceOfLinuxName, faultOf, faultReport, hexText, parseRequester } from "../reportParts.ts";
import type { FtraceLine } from "./ftraceLine.ts";
import type { FtraceState } from "./ftraceState.ts";
import { parseKattach } from "./kprobeText.ts";
import { Requests } from "./requests.ts";

interface AttachRequest {
  readonly place: HeldPlace;
  readonly device: DeviceName;
  readonly object: ObjectName;
}

// AMD's tables can say write-only; those of these drivers cannot.
const WIDENING_DRIVER = /intel_iommu|arm_smmu|qcom_iommu|ipmmu|mtk_iommu|exynos|rk_iommu/;
const DEVICE = /^IOMMU:\s?(?:groupID=\d{1,10} )?device=([^\s\u2026]{1,80})$/;
const PAGE_FAULT =
  /^IOMMU:\s?(\(null\)|\S{1,64}) (\S{1,80}) iova=0x([0-9a-f]{1,16}) flags=0x([0-9a-f]{4,8})\u2026?$/i;

/** Events about devices: groups, attachments with the kprobe `kattach`, and `io_page_fault`. */
export class DeviceEvents {
  readonly #state: FtraceState;
  // Each holds a place in the output, which has the time limit.
  readonly #attaches = new Requests<AttachRequest>(() => {});

  constructor(state: FtraceState) {
    this.#state = state;
  }

  kattach(line: FtraceLine): void {
    const kattach = parseKattach(line.text);
    if (kattach === null)
      return this.#state.broken(line, "it does not follow the grammar of the kprobe kattach");
    if (WIDENING_DRIVER.test(kattach.function)) this.#state.widens = true;
    const device = this.#state.device(line, kattach.device);
    const object = this.#state.object(line, kattach.domain);
    this.#state.lastUnmap.delete(line.task);
    if (device === null) return;
    // The unit hears of the change while it is made, so it stands where it was asked.
    const { out } = this.#state.context;
    const place = out.hold(line, () => {
      this.#attaches.take(line.task, (other) => other === request);
      this.#state.undone("attach", line.line);
      out.drop(place);
    });
    const request = { place, device, object };
    this.#attaches.add(line, request);
  }

  /** `attach_device_to_domain` and the other events that name one device. */
  deviceEvent(line: FtraceLine): void {
    const name = DEVICE.exec(line.text)?.[1];
    if (name === undefined) {
      return this.#state.broken(line, `it does not follow the grammar of the event ${line.event}`);
    }
    const device = this.#state.device(line, name);
    if (device === null || line.event === "add_device_to_group") return;
    if (line.event !== "attach_device_to_domain") return this.#detached(line, device);
    this.#state.completions.add("attach");
    const asked = this.#attaches.take(line.task, (request) => request.device === device);
    if (asked === null) return this.#state.noteMissingProbes(line);
    const { object, place } = asked;
    this.#state.domains.attach(device, object);
    this.#state.context.out.settle(place, { kind: "attach", device, object }, line.line);
  }

  /** True while that task moves the device to another domain. */
  isMoving(task: string, device: DeviceName): boolean {
    return this.#attaches.find(task, (request) => request.device === device) !== null;
  }

  pageFault(line: FtraceLine): void {
    const match = PAGE_FAULT.exec(line.text);
    if (match === null)
      return this.#state.broken(line, "it does not follow the grammar of the event io_page_fault");
    const [, driver, name, iova, flags] = match;
    const requester = parseRequester(name!);
    // Some drivers report the unit itself, for want of the requester.
    const isUnit = /^(?:arm-smmu|ipmmu|qcom-iommu)/.test(driver!);
    const report = faultReport(
      "linux-ftrace",
      "dma-fault",
      {
        unit: isUnit ? `${driver} ${name}` : null,
        segment: requester?.segment ?? null,
        bdf: requester?.bdf ?? null,
        sourceId: requester?.sourceId ?? null,
        address: hexText(iova!),
        // IOMMU_FAULT_WRITE is 1.
        access: Number.parseInt(flags!.slice(-1), 16) & 1 ? "write" : "read",
      },
      { driver: driver === "(null)" ? null : driver!, device: name!, flags: `0x${flags!.toLowerCase()}` },
    );
    this.#state.context.out.emit(line, faultOf(report, isUnit ? null : deviceOfLinuxName(name!)));
  }

  #detached(line: FtraceLine, device: DeviceName): void {
    const object = this.#state.domains.objectOf(device);
    if (object === null) return;
    this.#state.domains.attach(device, null);
    this.#state.context.out.emit(line, { kind: "detach", device, object });
  }
}
