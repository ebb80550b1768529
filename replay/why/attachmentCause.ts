import type { Cause } from "./cause.ts";
import { type Evidence, firstAfter, lastBefore } from "./evidence.ts";
import { agoText, laterText, present } from "./when.ts";

/** Why a device uses no object: it was detached, its object ended, or nobody attached it. */
export function unattachedCause(evidence: Evidence): Cause {
  const { question } = evidence;
  const { device } = question;
  const left = lastBefore(
    evidence,
    ({ event }) => (event.kind === "detach" || event.kind === "DeviceDetached") && event.device === device,
  );
  const attached = lastBefore(
    evidence,
    ({ event }) => (event.kind === "attach" || event.kind === "DeviceAttached") && event.device === device,
  );
  if (attached !== null) {
    const object = (attached.event as { readonly object?: unknown }).object;
    const gone = lastBefore(
      evidence,
      ({ event }) =>
        (event.kind === "object.destroy" || event.kind === "ObjectDestroyed") && event.object === object,
    );
    const end = left !== null && left.seq > attached.seq ? left.seq : null;
    const destroyed = end === null && gone !== null && gone.seq > attached.seq ? gone.seq : null;
    const how =
      end !== null
        ? ` and detached at seq ${end}`
        : destroyed !== null
          ? `, and the object was destroyed at seq ${destroyed}`
          : ", and its object is gone";
    const since = end ?? destroyed;
    const ago = since === null ? "" : `, ${agoText(evidence, since)}`;
    return {
      kind: "detached",
      text: `${device} was attached to ${object} at seq ${attached.seq}${how}${ago}; since then nothing is granted to it`,
      seqs: present([attached.seq, end, destroyed]),
    };
  }
  const later = firstAfter(
    evidence,
    ({ event }) => (event.kind === "attach" || event.kind === "DeviceAttached") && event.device === device,
  );
  if (later !== null)
    return {
      kind: "attached-later",
      text: `${device} is attached to an object only at seq ${later.seq}, ${laterText(evidence, later.seq)}`,
      seqs: [later.seq],
    };
  return {
    kind: "never-attached",
    text: `${device} is attached to no object in this boot, so nothing is granted to it`,
    seqs: [],
  };
}
