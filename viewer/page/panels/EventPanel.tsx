import type { Plain } from "../../viewModel.ts";
import { seconds } from "../format.ts";
import { detail, tab } from "../model.ts";
import { Jump } from "./Jump.tsx";

/** All that is known of the event at the cursor. */
export function EventPanel() {
  const shown = detail.value;
  if (shown === null) return <p class="muted">Loading the event…</p>;
  const { seq, t, kind, origin, ...members } = shown.event;
  const place = origin as { readonly file: string; readonly line: number | null } | null | undefined;
  return (
    <>
      <p class="lead">{shown.text}</p>
      <dl class="members">
        <Member name="kind" value={kind ?? null} />
        <Member name="time" value={seconds((t ?? null) as number | null)} />
        {Object.entries(members).map(([name, value]) => (
          <Member key={name} name={name} value={value} />
        ))}
        {place != null && (
          <Member name="told by" value={`${place.file}${place.line === null ? "" : `:${place.line}`}`} />
        )}
      </dl>
      {shown.explainable && (
        <button type="button" onClick={() => (tab.value = "why")}>
          Why?
        </button>
      )}
      {shown.faults.map((fault) => (
        <div class="fault-card" key={JSON.stringify(fault["seq"])}>
          <h3>
            <span aria-hidden="true">▲ </span>Fault: {String(fault["reason"] ?? "reason not told")}
            {fault["code"] != null && <span class="muted"> {String(fault["code"])}</span>}
          </h3>
          <p>{String(fault["explanation"] ?? "")}</p>
          <dl class="members">
            {FAULT_MEMBERS.filter((name) => fault[name] != null).map((name) => (
              <Member key={name} name={name} value={fault[name]!} />
            ))}
          </dl>
        </div>
      ))}
    </>
  );
}

const FAULT_MEMBERS = [
  "unit",
  "device",
  "bdf",
  "streamId",
  "address",
  "access",
  "eventName",
  "format",
  "reportSeq",
];

function Member({ name, value }: { readonly name: string; readonly value: Plain }) {
  if (value === null) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {(name === "cause" || name === "reportSeq") && typeof value === "number" ? (
          <Jump seq={value} />
        ) : typeof value === "object" ? (
          <code>{JSON.stringify(value)}</code>
        ) : (
          String(value)
        )}
      </dd>
    </>
  );
}
