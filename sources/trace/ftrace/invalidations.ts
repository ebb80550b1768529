import type { ByteRange } from "../../../events/vocabulary/byteRange.ts";
import type { DeviceName } from "../../../events/vocabulary/device.ts";
import type { ObjectName } from "../../../events/vocabulary/names.ts";
import { requesterOfSourceId } from "../reportParts.ts";
import type { FtraceLine } from "./ftraceLine.ts";
import type { FtraceState } from "./ftraceState.ts";
import { type Invalidation, parseQiSubmit } from "./qiDescriptor.ts";

/**
 * `qi_submit`: what a VT-d unit is told to forget. A descriptor names a domain by the unit's number; which object that
 * is, only other lines prove: the revocation that the same task did just before, or the domain that a device leaves
 * while its entry is forgotten. What nothing proves is counted, not invented.
 */
export class Invalidations {
  readonly #state: FtraceState;
  readonly #isMoving: (task: string, device: DeviceName) => boolean;
  #unknown = 0;
  #firstUnknown = 0;

  constructor(state: FtraceState, isMoving: (task: string, device: DeviceName) => boolean) {
    this.#state = state;
    this.#isMoving = isMoving;
  }

  submit(line: FtraceLine): void {
    const submitted = parseQiSubmit(line.text);
    if (submitted === null) {
      return this.#state.broken(line, "it does not follow the grammar of the event qi_submit");
    }
    this.#state.widens = true;
    const { told, unit } = submitted;
    if (told.scope === "all") this.#tell(line, null, null, null);
    else if (told.scope === "device") this.#ofDevice(line, unit, told);
    else if (told.scope === "domain") this.#ofDomain(line, unit, told);
  }

  /** No more lines: tells how many descriptors stayed unexplained. */
  end(): void {
    if (this.#unknown === 0) return;
    const count = `${this.#unknown} invalidation${this.#unknown === 1 ? "" : "s"}`;
    const message = `${count} from this line on name a domain or device that nothing in the file explains`;
    this.#state.context.diagnose("LOG105", this.#firstUnknown, message);
  }

  #ofDomain(line: FtraceLine, unit: string, told: Invalidation & { readonly scope: "domain" }): void {
    const { domains, lastUnmap } = this.#state;
    const unmap = lastUnmap.get(line.task);
    const own = unmap !== undefined && told.bytes !== null && overlap(unmap.bytes, told.bytes);
    if (own) domains.learnId(unit, told.domainId, unmap.object);
    const object = own ? unmap.object : domains.objectOfId(unit, told.domainId);
    if (object === null) this.#countUnknown(line);
    else this.#tell(line, object, null, told.bytes);
  }

  #ofDevice(line: FtraceLine, unit: string, told: Invalidation & { readonly scope: "device" }): void {
    const { domains } = this.#state;
    const device = domains.deviceOfFunction(requesterOfSourceId(told.sourceId).bdf);
    if (device === null) return this.#countUnknown(line);
    const leaves = this.#isMoving(line.task, device) ? domains.objectOf(device) : null;
    if (leaves !== null && told.domainId !== null) domains.learnId(unit, told.domainId, leaves);
    this.#tell(line, null, device, told.bytes);
  }

  #tell(
    line: FtraceLine,
    object: ObjectName | null,
    device: DeviceName | null,
    bytes: ByteRange | null,
  ): void {
    this.#state.context.out.emit(line, { kind: "invalidate", object, device, bytes });
  }

  #countUnknown(line: FtraceLine): void {
    if (this.#unknown++ === 0) this.#firstUnknown = line.line;
  }
}

function overlap(a: ByteRange, b: ByteRange): boolean {
  return a.firstPage <= b.lastPage && b.firstPage <= a.lastPage;
}
