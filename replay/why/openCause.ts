import type { RecordedEvent } from "../../events/recordedEvent.ts";
import type { Cause } from "./causeKinds.ts";
import { type Evidence, firstAfter, lastBefore } from "./evidence.ts";
import { durationText, pagesText } from "./tell.ts";
import { present } from "./when.ts";

/** Why the recorded machine let through what the tables no longer grant (contract 2 rule 6). */
export function staleCause(evidence: Evidence): Cause {
  const { question, page, space, object } = evidence;
  const cached = space?.staleAt(page)?.value[0];
  if (cached === undefined)
    return {
      kind: "stale-translation",
      text: "the recorded machine let it through a cached translation",
      seqs: [],
    };
  const next = firstAfter(
    evidence,
    ({ event }) => event.kind === "invalidate" && (event.object === null || event.object === object),
  );
  const until =
    next === null
      ? "no later event invalidates it"
      : `it is invalidated at seq ${next.seq}${next.t !== null && question.t !== null ? `, ${durationText(next.t - question.t)} later` : ""}`;
  return {
    kind: "stale-translation",
    text: `${pagesText(page, page)} of ${object} was revoked at seq ${cached.revokedAt}, and the recorded machine still let the transfer through its cached translation; ${until}`,
    seqs: present([cached.grant.since, cached.revokedAt, next?.seq]),
  };
}

/** Why nothing restricts a device. */
export function unrestrictedCause(evidence: Evidence, via: string): Cause {
  const { question, state } = evidence;
  const { device } = question;
  switch (via) {
    case "undescribed":
      return {
        kind: "unrestricted",
        text: "nothing restricts any device yet: the recording has told of no unit, switch, attachment or grant",
        seqs: [],
      };
    case "translation-off": {
      const unit = state.devices.get(device)?.unit ?? null;
      const switched = ({ event }: RecordedEvent, enabled: boolean): boolean =>
        (event.kind === "translation" || event.kind === "TranslationSwitched") &&
        event.enabled === enabled &&
        (event.unit === null || unit === null || event.unit === unit);
      const off = lastBefore(evidence, (event) => switched(event, false));
      const on = firstAfter(evidence, (event) => switched(event, true));
      const until = on === null ? "it is never switched on afterwards" : `it is switched on at seq ${on.seq}`;
      return {
        kind: "unrestricted",
        text: `translation is off${off === null ? "" : ` since seq ${off.seq}`}, so ${device} is unrestricted; ${until}`,
        seqs: present([off?.seq, on?.seq]),
      };
    }
    case "pass-through": {
      const put = lastBefore(
        evidence,
        ({ event }) =>
          (event.kind === "passthrough" || event.kind === "PassthroughSwitched") && event.device === device,
      );
      return {
        kind: "unrestricted",
        text: `the unit lets ${device} through untranslated${put === null ? "" : ` since seq ${put.seq}`}`,
        seqs: present([put?.seq]),
      };
    }
    default:
      return {
        kind: "unrestricted",
        text: `nothing restricts ${device} (${via}); family ${state.family}`,
        seqs: [],
      };
  }
}
