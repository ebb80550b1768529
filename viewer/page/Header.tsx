import { signal } from "@preact/signals";
import type { BootView } from "../viewModel.ts";
import { count, plural, wholeNumber } from "./format.ts";
import { boot, boots, cursor, filter, lastSeq, otherName, playing, tab } from "./model.ts";
import { attempt, goTo, goToFault, openBoot } from "./navigate.ts";
import { NO_FILTER, server } from "./server.ts";
import { type Theme, theme } from "./theme.ts";

/** Whether the list of keys is shown. */
export const helping = signal(false);

/** The boot, the place in it, and how the page looks. */
export function Header() {
  const view = boot.value;
  return (
    <header class="top">
      <h1>
        <img src="/icon.svg" alt="" width="24" height="24" /> smmu view
      </h1>
      <label>
        Boot{" "}
        <select
          id="boot"
          value={view?.boot ?? ""}
          onChange={(event) => void openBoot(event.currentTarget.value)}
          disabled={boots.value === null}
        >
          {(boots.value ?? []).map((line) => (
            <option key={line.boot} value={line.boot}>
              {line.boot} – {plural(line.events, "event")}, {plural(line.faults, "fault")}
              {line.complete ? "" : ", incomplete"}
              {line.dss === null ? "" : `, DSS: ${line.dss}`}
            </option>
          ))}
        </select>
      </label>
      {view !== null && (boots.value?.length ?? 0) > 1 && (
        <label>
          Compare with{" "}
          <select
            id="other"
            value={otherName.value}
            onChange={(event) => {
              otherName.value = event.currentTarget.value;
              if (otherName.value !== "") tab.value = "diff";
            }}
          >
            <option value="">nothing</option>
            {(boots.value ?? [])
              .filter((line) => line.boot !== view.boot)
              .map((line) => (
                <option key={line.boot} value={line.boot}>
                  {line.boot}
                </option>
              ))}
          </select>
        </label>
      )}
      {view !== null && <Steps />}
      <span class="grow" />
      <label>
        Theme{" "}
        <select
          id="theme"
          value={theme.value}
          onChange={(event) => (theme.value = event.currentTarget.value as Theme)}
        >
          <option value="system">as the system</option>
          <option value="light">light</option>
          <option value="dark">dark</option>
        </select>
      </label>
      <button type="button" onClick={() => (helping.value = true)}>
        Keys
      </button>
    </header>
  );
}

function Steps() {
  return (
    <fieldset class="buttons" aria-label="Steps">
      <button type="button" onClick={() => void goToFault(true)} title="the fault before (shift + left)">
        <span aria-hidden="true">◀▲</span>
        <span class="unseen">Fault before</span>
      </button>
      <button type="button" onClick={() => goTo(cursor.value - 1)} title="one event back (left)">
        <span aria-hidden="true">◀</span>
        <span class="unseen">Event before</span>
      </button>
      <form
        class="place"
        onSubmit={(event) => {
          event.preventDefault();
          const field = event.currentTarget.elements.namedItem("seq") as HTMLInputElement;
          const seq = wholeNumber(field.value);
          if (seq !== null) goTo(seq, true);
          field.value = count(cursor.value);
        }}
      >
        <input name="seq" aria-label="Event number" value={count(cursor.value)} size={9} spellcheck={false} />
        <span class="muted">of {count(lastSeq.value)}</span>
      </form>
      <button type="button" onClick={() => goTo(cursor.value + 1)} title="one event on (right)">
        <span aria-hidden="true">▶</span>
        <span class="unseen">Next event</span>
      </button>
      <button type="button" onClick={() => void goToFault(false)} title="the next fault (shift + right)">
        <span aria-hidden="true">▲▶</span>
        <span class="unseen">Next fault</span>
      </button>
      <button
        type="button"
        aria-pressed={playing.value}
        onClick={() => (playing.value = !playing.value)}
        title="play (space)"
      >
        {playing.value ? "Pause" : "Play"}
      </button>
    </fieldset>
  );
}

/** What narrows the list and the timeline, and a way to a time. */
export function Filters({ view }: { readonly view: BootView }) {
  const shown = filter.value;
  const set =
    (name: keyof typeof shown) => (event: { readonly currentTarget: { readonly value: string } }) => {
      filter.value = { ...shown, [name]: event.currentTarget.value };
    };
  const narrowed = Object.values(shown).some((value) => value !== "");
  return (
    <search class="filters" aria-label="Filter">
      <label>
        Device, object or unit{" "}
        <select id="filter-about" value={shown.about} onChange={set("about")}>
          <option value="">all</option>
          {view.lanes.slice(1).map((lane) => (
            <option key={`${lane.kind} ${lane.name}`} value={lane.name}>
              {lane.name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Kind{" "}
        <select id="filter-kind" value={shown.kind} onChange={set("kind")}>
          <option value="">all</option>
          {view.kinds.map(({ kind, events }) => (
            <option key={kind} value={kind}>
              {kind} ({count(events)})
            </option>
          ))}
        </select>
      </label>
      <label>
        Reason{" "}
        <select
          id="filter-reason"
          value={shown.reason}
          onChange={set("reason")}
          disabled={view.reasons.length === 0}
        >
          <option value="">all</option>
          {view.reasons.map((reason) => (
            <option key={reason} value={reason}>
              {reason}
            </option>
          ))}
        </select>
      </label>
      <label>
        Only{" "}
        <select id="filter-marked" value={shown.marked} onChange={set("marked")}>
          <option value="">all events</option>
          <option value="fault">faults</option>
          <option value="finding">stale and diverged</option>
        </select>
      </label>
      <label>
        Address{" "}
        <input
          type="text"
          id="search"
          placeholder="0x70ad5000"
          spellcheck={false}
          size={14}
          value={shown.address}
          onChange={set("address")}
        />
      </label>
      <label>
        Time in s{" "}
        <input
          type="text"
          id="time"
          inputMode="decimal"
          placeholder="1.25"
          size={8}
          disabled={view.firstT === null}
          onChange={(event) => {
            const wanted = Number(event.currentTarget.value);
            if (!(wanted >= 0)) return;
            void attempt(async () =>
              goTo((await server.seek(view.boot, Math.round(wanted * 1e9))).seq, true),
            );
          }}
        />
      </label>
      <button type="button" disabled={!narrowed} onClick={() => (filter.value = NO_FILTER)}>
        Clear
      </button>
    </search>
  );
}
