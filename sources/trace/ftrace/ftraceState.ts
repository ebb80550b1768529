import type { ByteRange } from "../../../events/vocabulary/byteRange.ts";
import type { DeviceName } from "../../../events/vocabulary/device.ts";
import type { ObjectName } from "../../../events/vocabulary/names.ts";
import type { LogContext } from "../logContext.ts";
import { CUT } from "../logLine.ts";
import { deviceOfLinuxName } from "../reportParts.ts";
import { Domains } from "./domains.ts";
import type { FtraceLine } from "./ftraceLine.ts";

/** What completes a request. */
export type Completion = "map" | "unmap" | "attach";

/** What the readers of single events share: what is known so far, and how it is told. */
export class FtraceState {
  readonly context: LogContext;
  readonly domains = new Domains();
  /** Kinds of completions that the file has shown. */
  readonly completions = new Set<Completion>();
  /** The last thing each task did, when that was a revocation: an invalidation after it is its own. */
  readonly lastUnmap = new Map<string, { readonly object: ObjectName; readonly bytes: ByteRange }>();
  /** True once the unit's tables are known to have no write-only entries (hardware 2.2, 3.4, 4). */
  widens = false;

  constructor(context: LogContext) {
    this.context = context;
  }

  /** The object of a kernel domain; its first line creates it. */
  object(line: FtraceLine, pointer: string): ObjectName {
    const { object, isNew } = this.domains.object(pointer);
    if (isNew) this.create(line, object, `kernel domain ${pointer}`);
    return object;
  }

  create(line: FtraceLine, object: ObjectName, note: string): void {
    this.context.out.emit(line, { kind: "object.create", object, client: null }, { note });
  }

  /** The device of a kernel name; its first line tells that it exists. Null: our names cannot say it. */
  device(line: FtraceLine, name: string): DeviceName | null {
    const device = deviceOfLinuxName(name);
    if (device === null) {
      const message = `the device name ${JSON.stringify(name)} has neither a PCI function nor a unit address; its events are left out`;
      this.context.diagnoseOnce(`device ${name}`, "LOG104", line.line, message);
      return null;
    }
    if (this.domains.meet(device)) this.context.out.emit(line, { kind: "device", device, unit: null });
    return device;
  }

  /** Says once what a recording without kprobes cannot tell. */
  noteMissingProbes(line: FtraceLine): void {
    const message =
      "iommu events name no domain and no rights: mappings go to one object, unattributed, as read and write, and no device is attached to it";
    this.context.diagnoseOnce("probes", "LOG101", line.line, message);
  }

  /** A request without completion failed, or the file has no such completions at all. */
  undone(kind: Completion, line: number): void {
    if (this.completions.has(kind)) {
      this.context.diagnose("LOG103", line, `the ${kind} that was asked here was never done`);
    } else {
      const message = `the file tells what was asked, but from here on no ${kind} events that tell it was done`;
      this.context.diagnoseOnce(`no ${kind}`, "LOG107", line, message);
    }
  }

  /** A line of ours that cannot be used. */
  broken(line: FtraceLine, why: string): void {
    if (line.text.endsWith(CUT)) {
      this.context.diagnose("LOG004", line.line, `the file ends in this ${line.event} line`, line.text);
    } else {
      this.context.diagnose(
        "LOG102",
        line.line,
        `this ${line.event} line is not used, for ${why}`,
        line.text,
      );
    }
  }
}
