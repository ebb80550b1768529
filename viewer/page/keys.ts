import { helping } from "./Header.tsx";
import { boot, cursor, lastSeq, playing, stretch, tab } from "./model.ts";
import { goTo, goToFault, showStretch, zoomTimeline } from "./navigate.ts";

/** The keys, for the list of them. */
export const KEYS: readonly (readonly [string, string])[] = [
  ["← →", "one event back or on"],
  ["shift + ← →", "the fault before or after"],
  ["page up, page down", "a tenth of the picture back or on"],
  ["home, end", "the first or the last event"],
  ["space", "play or pause"],
  ["+ −", "zoom the timeline in or out about the cursor"],
  ["0", "the whole boot"],
  ["1 to 6", "event, why, state, address map, graph, diff"],
  ["/", "search for an address"],
  ["?", "this list"],
];

const TABS = ["event", "why", "state", "space", "graph", "diff"] as const;

/** Listens to the keys of the whole page; what is being typed into is left alone. */
export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || boot.value === null)
      return;
    const target = event.target as HTMLElement;
    if (target.closest("input, select, textarea, dialog")) return;
    // A button is pressed by space, and tabs are walked by arrows.
    if (event.key === " " && target.closest("button, a, summary, [role=button]")) return;
    if (target.closest("[role=tablist]") && event.key.startsWith("Arrow")) return;
    if (act(event)) event.preventDefault();
  });
}

function act({ key, shiftKey }: KeyboardEvent): boolean {
  const tenth = Math.max(1, Math.round((stretch.value.last - stretch.value.first) / 10));
  const digit = /^[1-6]$/.test(key) ? TABS[Number(key) - 1] : undefined;
  if (digit !== undefined) tab.value = digit;
  else if (key === "ArrowLeft" || key === "ArrowRight") {
    if (shiftKey) void goToFault(key === "ArrowLeft");
    else goTo(cursor.value + (key === "ArrowLeft" ? -1 : 1));
  } else if (key === "PageUp") goTo(cursor.value - tenth);
  else if (key === "PageDown") goTo(cursor.value + tenth);
  else if (key === "Home") goTo(0);
  else if (key === "End") goTo(lastSeq.value);
  else if (key === " ") playing.value = !playing.value;
  else if (key === "+" || key === "=") zoomTimeline(0.5);
  else if (key === "-") zoomTimeline(2);
  else if (key === "0") showStretch({ first: 0, last: lastSeq.value + 1 });
  else if (key === "/") document.getElementById("search")?.focus();
  else if (key === "?") helping.value = true;
  else return false;
  return true;
}
