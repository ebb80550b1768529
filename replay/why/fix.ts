import { NO_ACCESS, neededAccess, READ, unionAccess, WRITE } from "../../events/vocabulary/access.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import { type ByteRange, formatRange, pageRange, rangeLength } from "../../events/vocabulary/byteRange.ts";
import { pciParts } from "../../events/vocabulary/device.ts";
import type { Cause } from "./causeKinds.ts";
import { type Evidence, grantInForce, objectAsKnown, STARTUP_GRANTS } from "./evidence.ts";
import type { Question } from "./question.ts";
import { pagesText } from "./tell.ts";

/** The smallest change that would have permitted a transfer, and what else it opens. */
export interface Fix {
  /** Lines in the configuration's own notation; empty where no configuration can permit it. */
  readonly configuration: readonly string[];
  /** The client API calls with the same effect, all of them, in this order. */
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
  const none = NO_GRANT_HELPS[cause.kind];
  if (none !== undefined) return { configuration: [], calls: [], advice: none, opens: [] };
  const rights = unionAccess(
    neededAccess(question.access),
    grantInForce(evidence)?.value.access ?? NO_ACCESS,
  );
  const bytes = wanted(question);
  const start = formatAddress(bytes.firstPage, bytes.firstOffset);
  const length = `0x${rangeLength(bytes).toString(16)}`;
  const spec = deviceSpec(question.device);
  const letters = `${rights & READ ? "s" : ""}${rights & WRITE ? "t" : ""}`;
  const flags = [rights & READ && "SMF_READ", rights & WRITE && "SMF_WRITE"].filter(Boolean).join(" | ");
  const known = objectAsKnown(evidence);
  const name = known === null || known === STARTUP_GRANTS ? "object" : known;
  const grant = `smmu_mapping_add(${name}, ${flags}, 0, 1, {phys ${start}, len ${length}}, 0)`;
  return {
    configuration: spec === null ? [] : [`allow fix ${start},${length},${letters}`, `device ${spec} fix`],
    calls: [...attachCalls(evidence), ...(grantedWhereItWas(evidence) === null ? [grant] : [])],
    advice: `${adviceFor(cause, evidence)}${cause.kind !== "guest-not-granted" && verdict.stage === "guest" ? IN_GUEST : ""}`,
    opens: costOf(evidence),
  };
}

const IN_GUEST =
  "; what is granted is granted in the guest: by the configuration of its service, or by a client in it";

// What is wrong is the address, or the machine that it stands for.
const NO_GRANT_HELPS: { readonly [kind in Cause["kind"]]?: string } = {
  "wrong-stage":
    "give the device the address in the terms of its own stage: its guest's driver uses what the guest's mapping call returned, or guest-physical addresses where the guest has no service; a driver in the host uses the host's",
  "outside-vm":
    "correct the address that the guest's driver gives to the device, or give the VM memory there in its own configuration: no grant of a service reaches beyond a VM's memory (HV-6)",
};

/** The bytes to grant: of a fault report the length is not known, but that units refuse by pages is. */
function wanted({ bytes, report }: Question): ByteRange {
  return report === null ? bytes : pageRange(bytes.firstPage, bytes.lastPage);
}

/** The object that the device was detached from, where that still grants the page; null where there is none. */
function grantedWhereItWas({ object, question, state, rare, page }: Evidence): string | null {
  if (object !== null) return null;
  const left = rare.findLast(
    ({ event, seq }) => seq < question.seq && event.kind === "detach" && event.device === question.device,
  )?.event;
  if (left?.kind !== "detach") return null;
  const access = state.objects.get(left.object)?.space.at(page)?.value.access;
  const needed = neededAccess(question.access);
  const isWhole = question.bytes.firstPage === question.bytes.lastPage;
  return isWhole && access !== undefined && (access & needed) === needed ? left.object : null;
}

function adviceFor(cause: Cause, { object }: Evidence): string {
  switch (cause.kind) {
    case "use-after-unmap":
      return "the driver unmapped a buffer that the device still used: stop the device, or wait for it, before revoking; granting the page again would hide that";
    case "use-before-map":
      return "the driver started the device before it mapped the buffer: map first, then start";
    case "past-the-end":
      return "the transfer is longer than its buffer, or the buffer was mapped too short: check the length that the driver maps against the one it gives to the device";
    case "before-the-start":
      return "the transfer begins before its buffer, or the buffer was mapped from too far up: check the start that the driver maps against the one it gives to the device";
    case "request-refused":
      return "the driver went on though its mapping call was refused: look at the errno first";
    case "guest-not-granted":
      return "grant it in the guest: these lines belong into the configuration of the guest's service, the call to a client in the guest";
    case "dss":
      return "find what led to the Design Safe State and remove it: as long as the service is in it, no grant is made";
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
    case "stale-translation":
      return "the driver unmapped a buffer that the device still used, and the unit was not told in time: stop the device before revoking, and invalidate right after; granting the page again would hide that";
    case "not-recorded":
      return "record the grants before changing anything";
    default:
      return `check where the device got this address from; grant it only if the memory there is meant for it${object === null || object === STARTUP_GRANTS ? "" : ` and for every device of ${object}`}`;
  }
}

/** What opening the pages of the transfer would let through besides. */
function costOf(evidence: Evidence): string[] {
  const { question, object, state, grantsOfPage } = evidence;
  const { access, device } = question;
  const bytes = wanted(question);
  const pages = bytes.lastPage - bytes.firstPage + 1;
  const whole = BigInt(pages) << 12n;
  const beyond = whole - rangeLength(bytes);
  const opens: string[] = [];
  const former = grantedWhereItWas(evidence);
  if (former !== null)
    opens.push(`attached to ${former} again, ${device} reaches all that ${former} is granted (CM-2)`);
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

function attachCalls(evidence: Evidence): string[] {
  const { question } = evidence;
  if (evidence.object !== null && evidence.object !== STARTUP_GRANTS) return [];
  const object = grantedWhereItWas(evidence) ?? "object";
  const parts = pciParts(question.device);
  if (parts !== null) return [`smmu_device_add_pci(${object}, ${parts.bus}, ${parts.device}, ${parts.fn})`];
  return question.device.startsWith("mmio:")
    ? [`smmu_device_add_mmio(${object}, ${question.device.slice(5)}, len)`]
    : [];
}

/** The device as the configuration writes it: decimal numbers (NUM-5); null where it has no notation for it. */
function deviceSpec(device: Evidence["question"]["device"]): string | null {
  const parts = pciParts(device);
  if (parts !== null) return parts.segment === 0 ? `pci:${parts.bus}:${parts.device}.${parts.fn}` : null;
  return device.startsWith("mmio:") ? `mem:${device.slice(5)}` : null;
}
