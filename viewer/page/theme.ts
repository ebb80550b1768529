import { effect, signal } from "@preact/signals";
import type { Category } from "../viewModel.ts";

/** Light or dark as asked for; `system` follows the machine. */
export type Theme = "system" | "light" | "dark";

const KEY = "smmu-view-theme";
const SYSTEM = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(SYSTEM.matches);

/** What was chosen. */
export const theme = signal<Theme>(readTheme());

/** The colours that canvases draw with, for the theme in force. */
export interface Palette {
  readonly background: string;
  readonly lane: string;
  readonly line: string;
  readonly text: string;
  readonly muted: string;
  readonly cursor: string;
  readonly unprotected: string;
  readonly storm: string;
  readonly dss: string;
  readonly category: { readonly [category in Category]: string };
}

// Hues of Okabe and Ito, which people with any kind of colour vision tell apart; lighter on dark.
const LIGHT: Palette = {
  background: "#ffffff",
  lane: "#f4f6f8",
  line: "#d5dbe1",
  text: "#1c2733",
  muted: "#5b6875",
  cursor: "#0b3d6b",
  unprotected: "rgba(214, 140, 0, 0.30)",
  storm: "rgba(200, 60, 0, 0.14)",
  dss: "rgba(60, 60, 70, 0.25)",
  category: {
    transfer: "#2f7fb8",
    grant: "#009e73",
    revoke: "#d99100",
    invalidate: "#7a8794",
    setup: "#37474f",
    service: "#6a51a3",
    client: "#8c5a2b",
    note: "#a0a8b0",
    stale: "#b5558f",
    fault: "#c83c00",
  },
};

const DARK: Palette = {
  background: "#12171d",
  lane: "#181f27",
  line: "#2e3842",
  text: "#e4eaf0",
  muted: "#9aa7b4",
  cursor: "#ffd27a",
  unprotected: "rgba(230, 159, 0, 0.30)",
  storm: "rgba(255, 122, 61, 0.18)",
  dss: "rgba(170, 170, 190, 0.25)",
  category: {
    transfer: "#56a9e0",
    grant: "#2cc79a",
    revoke: "#f0b429",
    invalidate: "#8b99a6",
    setup: "#c3cdd6",
    service: "#ad96e0",
    client: "#cf9c6a",
    note: "#6d7883",
    stale: "#e08cc0",
    fault: "#ff7a3d",
  },
};

/** Whether the page is dark just now. */
export function isDark(): boolean {
  return theme.value === "system" ? systemDark.value : theme.value === "dark";
}

/** The colours in force. */
export function palette(): Palette {
  return isDark() ? DARK : LIGHT;
}

SYSTEM.addEventListener("change", () => {
  systemDark.value = SYSTEM.matches;
});

effect(() => {
  document.documentElement.dataset["theme"] = isDark() ? "dark" : "light";
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {
    // A browser that keeps nothing shows the page all the same.
  }
});

function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system";
  }
}
