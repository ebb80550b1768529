import { formatAddress } from "../../events/vocabulary/address.ts";
import { formatRange, rangeLength } from "../../events/vocabulary/byteRange.ts";
import { pciParts } from "../../events/vocabulary/device.ts";
import type { Cause } from "./cause.ts";
import type { Evidence } from "./evidence.ts";
import { pagesText } from "./tell.ts";

/** The smallest change that would have permitted a transfer, and what else it opens. */
export interface Fix {
  /** Lines in the configuration's own notation; empty where no configuration can permit it. */
  readonly configuration: readonly string[];
  /** The client API calls with the same effect. */
  readonly calls: readonly string[];
  /** What to look at first: a grant is not always the right answer. */
  readonly advice: string;
  /** What the change would open beyond this transfer. */
  readonly opens: readonly string[];
}

/** The fix for a refused transfer; null for a permitted one, and where no grant can help. */
export function fixOf(evidence: Evidence, cause: Cause): Fix | null {
  const { verdict, question } = evidence;
  if (verdict.kind !== "TransferDenied") return null;
  if (verdict.reason === "address-size" || verdict.reason === "interrupt-range") {
    return {
      configuration: [],
      calls: [],
      advice: "no grant can permit it: correct the address that the driver gives to the device",
      opens: [],
    };
  }
  const letter = question.access === "w" ? "t" : "s";
  const start = formatAddress(question.bytes.firstPage, question.bytes.firstOffset);
  const length = `0x${rangeLength(question.bytes).toString(16)}`;
  const spec = deviceSpec(question.device);
  return {
    configuration: spec === null ? [] : [`allow fix ${start},${length},${letter}`, `device ${spec} fix`],
    calls: [
      ...attachCalls(evidence),
      `smmu_mapping_add(object, ${question.access === "w" ? "SMF_WRITE" : "SMF_READ"}, 0, 1, {phys ${start}, len ${length}}, 0)`,
    ],
    advice: adviceFor(cause, evidence),
    opens: costOf(evidence),
  };
}

function adviceFor(cause: Cause, { object }: Evidence): string {
  switch (cause.kind) {
    case "use-after-unmap":
      return "the driver unmapped a buffer that the device still used: stop the device, or wait for it, before revoking; granting the page again would hide that";
    case "use-before-map":
      return "the driver started the device before it mapped the buffer: map first, then start";
    case "past-the-end":
      return "the transfer is longer than its buffer, or the buffer was mapped too short: check the length that the driver maps against the one it gives to the device";
    case "target-used-as-address":
      return "give the device the address that the mapping call returned, not the physical one";
    case "granted-elsewhere":
      return "if this is the buffer that was granted there, map it for the device that uses it; else check where the device got the address from";
    case "less-access":
      return "the buffer was mapped for the other direction: map it for what the device does";
    case "never-attached":
    case "detached":
    case "attached-later":
      return "attach the device to an object before it is started, and stop it before it is detached";
    case "not-recorded":
      return "record the grants before changing anything";
    default:
      return `check where the device got this address from; grant it only if the memory there is meant for it${object === null ? "" : ` and for every device of ${object}`}`;
  }
}

/** What opening the pages of the transfer would let through besides. */
function costOf({ question, object, state, grantsOfPage }: Evidence): string[] {
  const { bytes, access, device } = question;
  const pages = bytes.lastPage - bytes.firstPage + 1;
  const whole = BigInt(pages) << 12n;
  const beyond = whole - rangeLength(bytes);
  const opens: string[] = [];
  const doing = access === "w" ? "write" : "read";
  if (beyond > 0n)
    opens.push(
      `units grant whole pages: ${device} could ${doing} all of ${pagesText(bytes.firstPage, bytes.lastPage)}, ${beyond} bytes more than ${formatRange(bytes)} (CM-12)`,
    );
  opens.push(
    state.service === null
      ? "an allow line is unity: it opens the physical memory at that address, which is right only where device and physical addresses are the same"
      : "an allow line opens it for the whole boot, from start-up on; no client can take it away (G-29)",
  );
  const others = [...state.devices]
    .filter(([name, known]) => name !== device && known.object !== null && known.object === object)
    .map(([name]) => name);
  if (others.length > 0)
    opens.push(
      `granted in ${object}, the pages open to ${others.slice(0, 4).join(", ")}${others.length > 4 ? ` and ${others.length - 4} more` : ""} as well: devices of an object share its grants (CM-2)`,
    );
  const shared = grantsOfPage.filter(
    (row) =>
      row.object !== object &&
      row.grantedSeq < question.seq &&
      (row.revokedSeq === null || row.revokedSeq > question.seq),
  );
  if (shared.length > 0)
    opens.push(
      `the page is granted in ${shared[0]!.object} at the same time: two objects would reach one page`,
    );
  return opens;
}

function attachCalls({ question, object }: Evidence): string[] {
  if (object !== null) return [];
  const parts = pciParts(question.device);
  if (parts !== null) return [`smmu_device_add_pci(object, ${parts.bus}, ${parts.device}, ${parts.fn})`];
  return question.device.startsWith("mmio:")
    ? [`smmu_device_add_mmio(object, ${question.device.slice(5)}, len)`]
    : [];
}

/** The device as the configuration writes it: decimal numbers (NUM-5); null where it has no notation for it. */
function deviceSpec(device: Evidence["question"]["device"]): string | null {
  const parts = pciParts(device);
  if (parts !== null) return parts.segment === 0 ? `pci:${parts.bus}:${parts.device}.${parts.fn}` : null;
  return device.startsWith("mmio:") ? `mem:${device.slice(5)}` : null;
}
