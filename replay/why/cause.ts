import { inputWidth } from "../../core/state.ts";
import { rulesOf } from "../../core/units/families.ts";
import type { TransferDenied } from "../../events/outcome.ts";
import type { RecordedEvent } from "../../events/recordedEvent.ts";
import { covers, formatAccess, neededAccess } from "../../events/vocabulary/access.ts";
import { addressToBigint, formatAddress } from "../../events/vocabulary/address.ts";
import type { MappingRow } from "../../store/eventStore.ts";
import { type Evidence, firstAfter, grantInForce, lastBefore } from "./evidence.ts";
import { durationText, pagesText } from "./tell.ts";

/** The kinds of causes that a verdict can have. */
export type CauseKind =
  | "granted"
  | "unrestricted"
  | "interrupt"
  | "stale-translation"
  | "never-granted"
  | "granted-elsewhere"
  | "less-access"
  | "use-after-unmap"
  | "use-before-map"
  | "past-the-end"
  | "target-used-as-address"
  | "address-width"
  | "interrupt-range"
  | "never-attached"
  | "detached"
  | "attached-later"
  | "dss"
  | "not-recorded"
  | "recorded-otherwise"
  | "other";

/** The cause of a verdict: a sentence, and the events that prove it, oldest first. */
export interface Cause {
  readonly kind: CauseKind;
  readonly text: string;
  readonly seqs: readonly number[];
}

/** How many events after a transfer a grant counts as the one that the transfer was too early for. */
const SOON_EVENTS = 256;

/** The cause, drawn from the evidence alone. The first rule that the evidence proves is the answer. */
export function causeOf(evidence: Evidence): Cause {
  const cause = ownCause(evidence);
  const dss = evidence.state.service?.dss ?? null;
  if (dss === null || evidence.verdict.kind !== "TransferDenied") return cause;
  // After it nothing is granted any more; what was revoked before has its own cause.
  const kind = cause.kind === "never-granted" || cause.kind === "never-attached" ? "dss" : cause.kind;
  const text = `${cause.text}; the service is in its Design Safe State since seq ${dss.seq} (${dss.reason}, ${dss.requirement}) and grants nothing`;
  return { kind, text, seqs: [...cause.seqs, dss.seq] };
}

function ownCause(evidence: Evidence): Cause {
  const { verdict, question } = evidence;
  if (verdict.conformance === "stale") return staleCause(evidence);
  switch (verdict.kind) {
    case "InterruptRaised":
      return {
        kind: "interrupt",
        text: "a write into the range that the unit keeps for interrupts: an interrupt, neither a DMA nor a fault",
        seqs: [],
      };
    case "TransferPermitted": {
      if (verdict.via !== "grant") return unrestrictedCause(evidence, verdict.via);
      if (question.observed?.verdict === "denied") {
        return {
          kind: "recorded-otherwise",
          text: `the recorded machine refused it, though the grant of seq ${verdict.grantedAt} permits it: the recording lacks a revocation, or the unit has a rule that we do not know`,
          seqs: present([verdict.grantedAt]),
        };
      }
      return {
        kind: "granted",
        text: `permitted by the grant of seq ${verdict.grantedAt}`,
        seqs: present([verdict.grantedAt]),
      };
    }
    case "TransferDenied":
      return deniedCause(evidence, verdict);
  }
}

function deniedCause(evidence: Evidence, denied: TransferDenied): Cause {
  switch (denied.reason) {
    case "no-object":
      return unattachedCause(evidence);
    case "address-size": {
      const width = inputWidth(evidence.state, evidence.state.devices.get(evidence.question.device));
      const own = evidence.state.devices.get(evidence.question.device)?.unit ?? null;
      const unit = lastBefore(
        evidence,
        ({ event }) => event.kind === "unit" && (own === null || event.unit === own),
      );
      return {
        kind: "address-width",
        text: `the address ${atText(denied)} has bits above the ${width ?? "?"} that the unit takes; no grant can permit it`,
        seqs: present([unit?.seq]),
      };
    }
    case "interrupt-range":
      return interruptRangeCause(evidence, denied);
    case "permission":
      return lessAccessCause(evidence, denied);
    case "unmapped":
      return evidence.hasGrants ? unmappedCause(evidence, denied) : notRecordedCause(evidence);
    default:
      return { kind: "other", text: `refused: ${denied.reason}`, seqs: [] };
  }
}

function interruptRangeCause(evidence: Evidence, denied: TransferDenied): Cause {
  const grant = grantInForce(evidence);
  const own =
    rulesOf(evidence.state.family).interrupt(evidence.question.bytes, evidence.question.access) !== "none";
  const where =
    !own && grant !== null
      ? `${atText(denied)} is translated to ${formatAddress(denied.at.page + grant.value.delta, denied.at.offset)}, which lies in the range that the unit keeps for interrupts`
      : `${atText(denied)} lies in the range that the unit keeps for interrupts${grant === null ? "" : "; that it was granted does not matter"}`;
  return {
    kind: "interrupt-range",
    text: `${where}; only an aligned 4-byte write there is valid, and that is no DMA`,
    seqs: present([grant?.value.since]),
  };
}

function unmappedCause(evidence: Evidence, denied: TransferDenied): Cause {
  const { question, object, page, space, grantsOfPage } = evidence;
  const below = space?.below(page) ?? null;
  const needed = neededAccess(question.access);
  if (
    below !== null &&
    below.last + 1 === page &&
    question.bytes.firstPage <= below.last &&
    question.bytes.firstPage >= below.first
  ) {
    const past =
      addressToBigint({ page: question.bytes.lastPage, offset: question.bytes.lastOffset }) -
      ((BigInt(below.last) << 12n) | 0xfffn);
    return {
      kind: "past-the-end",
      text: `it begins inside the grant ${pagesText(below.first, below.last)} of ${object} and runs ${past} ${past === 1n ? "byte" : "bytes"} past its end`,
      seqs: [below.value.since],
    };
  }
  const before = grantsOfPage
    .filter((row) => row.object === object && row.revokedSeq !== null && row.revokedSeq < question.seq)
    .sort(byRevocation)
    .at(-1);
  if (before !== undefined) return useAfterUnmap(evidence, before);
  const later = grantsOfPage.find((row) => row.object === object && row.grantedSeq >= question.seq);
  // Addresses are used again: only a grant that comes soon is the one that came too late.
  if (later !== undefined && later.grantedSeq - question.seq <= SOON_EVENTS)
    return useBeforeMap(evidence, later);
  if (below !== null && below.last + 1 === page && denied.at.offset < 0x1000) {
    return {
      kind: "past-the-end",
      text: `it begins ${denied.at.offset === 0 ? "right at" : `${denied.at.offset} bytes past`} the end of the grant ${pagesText(below.first, below.last)} of ${object}`,
      seqs: [below.value.since],
    };
  }
  const aimed = space
    ?.mappings()
    .find(
      ({ first, last, value }) =>
        value.delta !== 0 && page >= first + value.delta && page <= last + value.delta,
    );
  if (
    aimed !== undefined &&
    covers(rulesOf(evidence.state.family).effectiveAccess(aimed.value.access), needed)
  ) {
    const right = formatAddress(page - aimed.value.delta, denied.at.offset);
    return {
      kind: "target-used-as-address",
      text: `${atText(denied)} is where a grant of ${object} leads, not what the device should use: the physical address was given to the device in place of its own ${right}`,
      seqs: [aimed.value.since],
    };
  }
  const elsewhere = liveElsewhere(evidence);
  if (elsewhere !== undefined) {
    const moved = leftBehind(evidence, elsewhere.object);
    const users = [...evidence.state.devices]
      .filter(([, device]) => device.object === elsewhere.object)
      .map(([name]) => name);
    return {
      kind: "granted-elsewhere",
      text: `${pagesText(page, page)} is granted in ${elsewhere.object} (${users.length === 0 ? "no device uses it" : `of ${users.slice(0, 4).join(", ")}`}), not in ${object}, which ${question.device} uses${moved === null ? "" : `; it used ${elsewhere.object} from seq ${moved}`}`,
      seqs: present([moved, elsewhere.grantedSeq]),
    };
  }
  if (later !== undefined) return useBeforeMap(evidence, later);
  return {
    kind: "never-granted",
    text: `no event of this boot ever granted ${pagesText(page, page)} to ${object}`,
    seqs: [],
  };
}

/** The seq at which the device was last attached to an object that it no longer uses, or null. */
function leftBehind(evidence: Evidence, object: string): number | null {
  const { device } = evidence.question;
  const attached = lastBefore(
    evidence,
    ({ event }) => event.kind === "attach" && event.device === device && event.object === object,
  );
  return attached?.seq ?? null;
}

function useBeforeMap({ object, question }: Evidence, later: MappingRow): Cause {
  const events = later.grantedSeq - question.seq;
  return {
    kind: "use-before-map",
    text: `not yet granted: ${object} is granted the page at seq ${later.grantedSeq}, ${events} ${events === 1 ? "event" : "events"} after the transfer`,
    seqs: [later.grantedSeq],
  };
}

function useAfterUnmap({ question, page, object, state }: Evidence, row: MappingRow): Cause {
  const events = question.seq - row.revokedSeq!;
  const client = [...state.objects].find(([name]) => name === object)?.[1].client ?? null;
  const owner = client === null ? "" : `, which belongs to ${client},`;
  return {
    kind: "use-after-unmap",
    text: `${pagesText(page, page)} of ${object}${owner} was granted ${row.access} at seq ${row.grantedSeq} and revoked at seq ${row.revokedSeq}, ${events} ${events === 1 ? "event" : "events"} before the transfer`,
    seqs: [row.grantedSeq, row.revokedSeq!],
  };
}

function lessAccessCause(evidence: Evidence, denied: TransferDenied): Cause {
  const run = grantInForce(evidence);
  const missing = denied.access === "w" ? "write" : "read";
  if (run === null)
    return { kind: "less-access", text: `${atText(denied)} is granted, but not to ${missing}`, seqs: [] };
  return {
    kind: "less-access",
    text: `${pagesText(run.first, run.last)} of ${evidence.object} is granted ${formatAccess(run.value.access)}; the right to ${missing} is missing`,
    seqs: [run.value.since],
  };
}

function unattachedCause(evidence: Evidence): Cause {
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
    const events =
      since === null
        ? ""
        : `, ${question.seq - since} ${question.seq - since === 1 ? "event" : "events"} before the transfer`;
    return {
      kind: "detached",
      text: `${device} was attached to ${object} at seq ${attached.seq}${how}${events}; since then nothing is granted to it`,
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
      text: `${device} is attached to an object only at seq ${later.seq}, ${later.seq - question.seq} events after the transfer`,
      seqs: [later.seq],
    };
  return {
    kind: "never-attached",
    text: `${device} is attached to no object in this boot, so nothing is granted to it`,
    seqs: [],
  };
}

function staleCause(evidence: Evidence): Cause {
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

function unrestrictedCause(evidence: Evidence, via: string): Cause {
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

function notRecordedCause({ question }: Evidence): Cause {
  return {
    kind: "not-recorded",
    text: `the recording holds no grants at all, so it cannot say whether ${question.device} was ever granted this address`,
    seqs: [],
  };
}

/** The same page granted in another object at the moment of the question. */
export function liveElsewhere({ grantsOfPage, object, question }: Evidence): MappingRow | undefined {
  return grantsOfPage.find(
    (row) =>
      row.object !== object &&
      row.grantedSeq < question.seq &&
      (row.revokedSeq === null || row.revokedSeq > question.seq),
  );
}

function atText(denied: TransferDenied): string {
  return formatAddress(denied.at.page, denied.at.offset);
}

function byRevocation(a: MappingRow, b: MappingRow): number {
  return a.revokedSeq! - b.revokedSeq!;
}

function present(seqs: readonly (number | null | undefined)[]): number[] {
  return seqs.filter((seq): seq is number => seq !== null && seq !== undefined);
}
