import { type Access, READ_WRITE } from "../../../events/vocabulary/access.ts";
import { type Address, compareAddresses, PAGE_SIZE } from "../../../events/vocabulary/address.ts";
import type { ByteRange } from "../../../events/vocabulary/byteRange.ts";
import { type ObjectName, objectName } from "../../../events/vocabulary/names.ts";
import type { Extra } from "../orderedOutput.ts";
import { hexText } from "../reportParts.ts";
import type { FtraceLine } from "./ftraceLine.ts";
import type { FtraceState } from "./ftraceState.ts";
import { parseKmap, parseKunmap } from "./kprobeText.ts";
import {
  accessOfProt,
  type MapText,
  parseMapText,
  parseUnmapText,
  rangeOfSize,
  type UnmapText,
  widened,
  wrongTarget,
} from "./mapText.ts";
import { Requests } from "./requests.ts";

interface UnmapRequest {
  readonly object: ObjectName;
  readonly address: Address;
  readonly length: bigint;
}

interface MapRequest extends UnmapRequest {
  readonly target: Address;
  readonly access: Access;
  readonly requested: Access | null;
}

/** The object of mappings that no line attributes to a domain. */
const UNATTRIBUTED = objectName("unattributed");

/**
 * `map` and `unmap`, and the kprobes `kmap` and `kunmap` that name their domain and rights. A grant or revocation
 * stands where the kernel tells that it is done: the request before it may still fail.
 */
export class MapEvents {
  readonly #state: FtraceState;
  readonly #maps: Requests<MapRequest>;
  readonly #unmaps: Requests<UnmapRequest>;
  readonly #named = new Set<ObjectName>();

  constructor(state: FtraceState) {
    this.#state = state;
    this.#maps = new Requests((line) => state.undone("map", line));
    this.#unmaps = new Requests((line) => state.undone("unmap", line));
  }

  kmap(line: FtraceLine): void {
    const kmap = parseKmap(line.text);
    if (kmap === null) return this.#state.broken(line, "it does not follow the grammar of the kprobe kmap");
    const { address, target, length } = kmap;
    const bytes = rangeOfSize(address, length);
    if ("bad" in bytes) return this.#state.broken(line, bytes.bad);
    const wrong = wrongTarget(bytes, address, target);
    if (wrong !== null) return this.#state.broken(line, wrong.bad);
    const asked = accessOfProt(kmap.prot);
    if (asked === null) return this.#state.broken(line, "prot asks for neither read nor write");
    const access = this.#state.widens ? widened(asked) : asked;
    const requested = access === asked ? null : asked;
    const object = this.#state.object(line, kmap.domain);
    this.#state.lastUnmap.delete(line.task);
    this.#maps.add(line, { object, address, target, length, access, requested });
  }

  map(line: FtraceLine): void {
    const map = parseMapText(line.text);
    if ("bad" in map) return this.#state.broken(line, map.bad);
    this.#state.completions.add("map");
    this.#state.lastUnmap.delete(line.task);
    const { length, bytes, target } = map;
    const asked = this.#maps.take(
      line.task,
      (request) =>
        request.length === length &&
        compareAddresses(request.address, map.address) === 0 &&
        compareAddresses(request.target, target) === 0,
    );
    this.#state.context.out.emit(line, {
      kind: "map",
      object: asked?.object ?? this.#objectWithoutDomain(line, map),
      bytes,
      targetPage: target.page,
      access: asked?.access ?? READ_WRITE,
      requested: asked?.requested ?? null,
    });
  }

  kunmap(line: FtraceLine): void {
    const kunmap = parseKunmap(line.text);
    if (kunmap === null)
      return this.#state.broken(line, "it does not follow the grammar of the kprobe kunmap");
    const { address, length } = kunmap;
    const object = this.#state.object(line, kunmap.domain);
    this.#unmaps.add(line, { object, address, length });
  }

  unmap(line: FtraceLine): void {
    const unmap = parseUnmapText(line.text);
    if ("bad" in unmap) return this.#state.broken(line, unmap.bad);
    this.#state.completions.add("unmap");
    const asked = this.#unmaps.take(
      line.task,
      (request) => request.length === unmap.length && compareAddresses(request.address, unmap.address) === 0,
    );
    const revoked = this.#revoked(line, unmap);
    if (revoked === null) return;
    const { bytes, extra } = revoked;
    const object = asked?.object ?? this.#objectWithoutDomain(line, unmap);
    this.#state.lastUnmap.set(line.task, { object, bytes });
    this.#state.context.out.emit(line, { kind: "unmap", object, bytes }, extra);
  }

  /** Reading has come to this line: gives up requests that waited too long. */
  advance(line: number): void {
    this.#maps.advance(line);
    this.#unmaps.advance(line);
  }

  /** What was revoked. The kernel stops at the first hole: of an unmap of nothing, the first page is sure to be free. */
  #revoked(line: FtraceLine, unmap: UnmapText): { bytes: ByteRange; extra: Extra } | null {
    const { address, length, unmapped } = unmap;
    const page = BigInt(PAGE_SIZE);
    const bytes = rangeOfSize(address, unmapped > 0n ? unmapped : length < page ? length : page);
    if ("bad" in bytes) {
      this.#state.broken(line, "iova and unmapped_size pass 2^64");
      return null;
    }
    if (unmapped === length) return { bytes, extra: null };
    this.#state.context.diagnose("LOG106", line.line, `${unmapped} of ${length} bytes were unmapped`);
    const hex = (value: bigint) => hexText(value.toString(16));
    return { bytes, extra: { requestedLength: hex(length), unmapped: hex(unmapped) } };
  }

  // Without kprobes a mapping names no domain; one vendor's kernel names the device, which then stands for it.
  #objectWithoutDomain(line: FtraceLine, text: MapText | UnmapText): ObjectName {
    const name = text.device;
    if (name === null) this.#state.noteMissingProbes(line);
    const object = name === null ? UNATTRIBUTED : objectName(name);
    if (this.#named.has(object)) return object;
    this.#named.add(object);
    const device = name === null ? null : this.#state.device(line, name);
    this.#state.create(line, object, name === null ? "mappings of unknown domains" : `mappings of ${name}`);
    if (device !== null) {
      this.#state.domains.attach(device, object);
      this.#state.context.out.emit(line, { kind: "attach", device, object });
    }
    return object;
  }
}
