import type { Cause } from "./causeKinds.ts";
import { type Evidence, firstAfter, lastBefore } from "./evidence.ts";
import { liveElsewhere } from "./unmappedCause.ts";
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
  const { service } = evidence.state;
  const nothing =
    service === null
      ? "in this boot, so nothing is granted to it"
      : "and no line of the configuration grants it anything";
  const refused = refusedVm(evidence);
  const vm =
    refused === null
      ? ""
      : `; VM ${refused.name}, to which it should pass, was refused at seq ${refused.seq}: ${refused.why}`;
  const elsewhere = liveElsewhere(evidence);
  const granted = elsewhere === undefined ? "" : `; the page is granted in ${elsewhere.object}`;
  return {
    kind: "never-attached",
    text: `${device} is attached to no object ${nothing}${vm}${granted}`,
    seqs: present([refused?.seq, elsewhere?.grantedSeq]),
  };
}

/** A VM that should have had the device and did not start (HV-8, HV-11). */
function refusedVm({ rare, question }: Evidence): { name: string; seq: number; why: string } | null {
  const refused = rare.findLast(
    ({ event, seq }) => seq < question.seq && event.kind === "VmRefused" && event.device === question.device,
  );
  if (refused?.event.kind !== "VmRefused") return null;
  const { vm, detail, requirement } = refused.event;
  return { name: vm, seq: refused.cause ?? refused.seq, why: `${detail} (${requirement})` };
}
