import type { DeviceName } from "../../../events/vocabulary/device.ts";
import { type ObjectName, objectName } from "../../../events/vocabulary/names.ts";

/** What is known of domains and devices so far: names, who is attached where, and the unit's numbers for domains. */
export class Domains {
  readonly #objects = new Map<string, ObjectName>();
  readonly #attached = new Map<DeviceName, ObjectName>();
  /** How many devices are attached to an object. */
  readonly #devices = new Map<ObjectName, number>();
  readonly #ids = new Map<string, ObjectName>();
  /** By `bb:dd.f`; null where two segments have such a function. */
  readonly #functions = new Map<string, DeviceName | null>();
  readonly #known = new Set<DeviceName>();

  /** The object of a kernel pointer, numbered in order of appearance, and whether this is its first. */
  object(pointer: string): { readonly object: ObjectName; readonly isNew: boolean } {
    const known = this.#objects.get(pointer);
    if (known !== undefined) return { object: known, isNew: false };
    const object = objectName(`domain-${this.#objects.size}`);
    this.#objects.set(pointer, object);
    return { object, isNew: true };
  }

  /** Learns of a device; true when it was not known. */
  meet(device: DeviceName): boolean {
    if (this.#known.has(device)) return false;
    this.#known.add(device);
    if (device.startsWith("pci:")) {
      const bdf = device.slice(9);
      this.#functions.set(bdf, this.#functions.has(bdf) ? null : device);
    }
    return true;
  }

  /** The known device of a `bb:dd.f`, which names no segment; null: none, or more than one. */
  deviceOfFunction(bdf: string): DeviceName | null {
    return this.#functions.get(bdf) ?? null;
  }

  /** Where a device is attached. */
  objectOf(device: DeviceName): ObjectName | null {
    return this.#attached.get(device) ?? null;
  }

  /** The device moves; an object that no device is left with loses the unit's numbers, which may now be reused. */
  attach(device: DeviceName, object: ObjectName | null): void {
    const before = this.#attached.get(device);
    if (before === object) return;
    if (object === null) this.#attached.delete(device);
    else {
      this.#attached.set(device, object);
      this.#devices.set(object, (this.#devices.get(object) ?? 0) + 1);
    }
    if (before === undefined) return;
    const left = (this.#devices.get(before) ?? 1) - 1;
    this.#devices.set(before, left);
    if (left > 0) return;
    for (const [id, named] of this.#ids) if (named === before) this.#ids.delete(id);
  }

  /** The unit's number for a domain is known to mean that object. Number 0 is no domain's own. */
  learnId(unit: string, domainId: number, object: ObjectName): void {
    if (domainId !== 0) this.#ids.set(`${unit} ${domainId}`, object);
  }

  /** The object that a unit's number means, or null. */
  objectOfId(unit: string, domainId: number): ObjectName | null {
    return this.#ids.get(`${unit} ${domainId}`) ?? null;
  }
}
