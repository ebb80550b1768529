import type { Broken, Grammar, LogContext } from "../logContext.ts";
import { OpenHeads } from "../openHeads.ts";
import { hexText, parseRequester, type Requester, requesterOfSourceId } from "../reportParts.ts";
import { type AmdviFields, amdviFault } from "./amdviParts.ts";

const LINE =
  /(?:^|\s)(?:(\S{1,64}) ((?:[0-9a-f]{4}:)[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]): )?(?:iommu (ivhd\d{1,4}): )?AMD-Vi: Event logged \[(?:(\w{1,40}) ?(.*)\]\u2026?)?$/i;
// The kernel forgets this one's closing bracket; its words end themselves.
const UNKNOWN_LINE =
  /(?:^|\s)()()(?:iommu (ivhd\d{1,4}): )?AMD-Vi: Event logged \[(UNKNOWN) (event\[0\]=0x[0-9a-f]{8}(?: event\[[123]\]=0x[0-9a-f]{8}){3})\u2026?$/i;
const FIRST_FIELD = String.raw`(?:device|address|type|event\[0\])=`;
const SECOND_HALF = new RegExp(String.raw`^(?:AMD-Vi: )?([A-Z]\w{1,40}) (${FIRST_FIELD}.*)\]\u2026?$`, "i");
const OURS = new RegExp(
  `AMD-Vi: Event logged|^(?:AMD-Vi: )?(?:[A-Z]{2,20}_[A-Z_]{3,40}|UNKNOWN) ${FIRST_FIELD}`,
);

const BROKEN: Broken = { broken: "an AMD-Vi event" };

interface Event {
  readonly name: string;
  readonly requester: Requester | null;
  readonly unit: string | null;
  readonly driver: string | null;
}

/** Linux AMD-Vi: events on one line, or split after `Event logged [` by older kernels (logs 3). */
export function linuxAmdvi(context: LogContext): Grammar {
  const heads = new OpenHeads<null>(context, ({ place, lastLine }) => {
    context.out.drop(place);
    context.diagnose("LOG002", lastLine, "an AMD-Vi event was logged, but the line that tells it is missing");
  });
  return (line) => {
    const { message } = line;
    if (!OURS.test(message)) return "foreign";
    const match = LINE.exec(message) ?? UNKNOWN_LINE.exec(message);
    if (match !== null) {
      const [, driver, device, unit, name, fields] = match;
      if (name === undefined) {
        heads.add(line, null);
        return "taken";
      }
      const requester = device ? parseRequester(device) : null;
      const event = { name, requester, unit: unit ?? null, driver: driver || null };
      const parsed = parseFields(event, fields!);
      if (parsed === null) return BROKEN;
      context.out.emitJoined(line, amdviFault(parsed), line.lastLine);
      return "taken";
    }
    const second = SECOND_HALF.exec(message);
    if (second === null) return BROKEN;
    const event = { name: second[1]!, requester: null, unit: null, driver: null };
    const parsed = parseFields(event, second[2]!);
    if (parsed === null) return BROKEN;
    const open = heads.take(() => true);
    if (open === null) context.orphan(line, null, "the second half of an AMD-Vi event");
    else context.out.settle(open.place, amdviFault(parsed), line.lastLine);
    return "taken";
  };
}

const FIELD = /^([a-z_]{1,20}(?:\[\d\])?)=(?:0x([0-9a-f]{1,16})|([0-9a-f:.]{1,12}))$/i;
const REQUIRED: { readonly [event: string]: readonly string[] } = {
  IO_PAGE_FAULT: ["address", "flags"],
  ILLEGAL_DEV_TABLE_ENTRY: ["address", "flags"],
  DEV_TAB_HARDWARE_ERROR: ["address", "flags"],
  PAGE_TAB_HARDWARE_ERROR: ["address", "flags"],
  INVALID_DEVICE_REQUEST: ["address", "flags"],
  INVALID_PPR_REQUEST: ["address", "flags"],
  IOTLB_INV_TIMEOUT: ["address"],
  ILLEGAL_COMMAND_ERROR: ["address"],
  COMMAND_HARDWARE_ERROR: ["address"],
};
const TOLD_ELSEWHERE = new Set(["device", "domain", "pasid", "address", "flags"]);

function parseFields(event: Event, text: string): AmdviFields | null {
  const fields = new Map<string, string>();
  let requester = event.requester;
  for (const token of text.split(/[\s,]+/)) {
    if (token === "") continue;
    const match = FIELD.exec(token);
    if (match === null) return null;
    const name = match[1]!.toLowerCase();
    if (fields.has(name)) return null;
    if (name === "device") {
      requester = match[3] === undefined ? null : parseRequester(match[3]);
      if (requester === null) return null;
    } else if (match[2] === undefined) return null;
    fields.set(name, match[2] ?? "");
  }
  for (const required of REQUIRED[event.name] ?? []) if (!fields.has(required)) return null;
  if (fields.has("event[0]"))
    requester = requesterOfSourceId(Number.parseInt(fields.get("event[0]")!, 16) & 0xffff);
  const printed = (name: string) => (fields.has(name) ? `0x${fields.get(name)!.toLowerCase()}` : null);
  const others = [...fields.keys()]
    .filter((name) => !TOLD_ELSEWHERE.has(name))
    .map((name) => [name, printed(name)]);
  const address = fields.get("address") ?? fields.get("gpa");
  return {
    format: "linux-amdvi",
    unit: event.unit,
    event: event.name,
    requester,
    domain: printed("domain"),
    pasid: fields.get("pasid") ?? null,
    address: address === undefined ? null : hexText(address),
    flags: printed("flags"),
    raw: { ...Object.fromEntries(others), ...(event.driver !== null && { driver: event.driver }) },
  };
}
