/** Text as it may stand in HTML and in attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** A table; cells are HTML. Columns in `right` stand to the right. */
export function htmlTable(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string {
  const cell = (tag: string, text: string, i: number) =>
    `<${tag}${right.has(i) ? ' class="n"' : ""}${tag === "th" ? ' scope="col"' : ""}>${text}</${tag}>`;
  const body = rows.map((row) => `<tr>${row.map((text, i) => cell("td", text, i)).join("")}</tr>`).join("\n");
  return `<table><caption>${escapeHtml(caption)}</caption><thead><tr>${head.map((text, i) => cell("th", escapeHtml(text), i)).join("")}</tr></thead><tbody>${body}</tbody></table>`;
}

/** The style of a report: readable in both themes and on paper, no outside resources. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --fg: #1b1f24; --dim: #57606a; --bg: #ffffff; --line: #d0d7de; --bad: #b42318; --good: #116329; --warn: #8a5a00; --fill: #ddf4ff; --r: #0a5cad; --w: #a04000; --rw: #5b2a86; }
@media (prefers-color-scheme: dark) { :root { --fg: #e6edf3; --dim: #9da7b1; --bg: #0d1117; --line: #30363d; --bad: #ff8177; --good: #7ee787; --warn: #e3b341; --fill: #132c44; --r: #79c0ff; --w: #ffb77a; --rw: #d2a8ff; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--fg); background: var(--bg); max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; } h2 { border-bottom: 1px solid var(--line); padding-bottom: .3rem; margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; } caption { text-align: left; color: var(--dim); padding: .3rem 0; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code, td code, .mono { font: 13px ui-monospace, Menlo, Consolas, monospace; } .dim { color: var(--dim); } .bad { color: var(--bad); } .good { color: var(--good); } .warn { color: var(--warn); }
details { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .8rem; margin: .6rem 0; } summary { cursor: pointer; } pre { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; background: var(--fill); border-radius: 6px; padding: .5rem .8rem; overflow-x: auto; margin: .5rem 0; } .swatch { display: inline-block; width: .8em; height: .8em; border-radius: 2px; } ol { padding-left: 1.4rem; }
svg { max-width: 100%; height: auto; } svg text { fill: var(--fg); font: 12px ui-monospace, Menlo, Consolas, monospace; } svg .box { fill: var(--fill); stroke: var(--line); } svg .edge { stroke: var(--dim); fill: none; }
.swatch.r { background: var(--r); } .swatch.w { background: var(--w); } .swatch.rw { background: var(--rw); }
svg .r { fill: var(--r); } svg .w { fill: var(--w); } svg .rw { fill: var(--rw); } svg .dimtext { fill: var(--dim); } svg .fault { stroke: var(--bad); stroke-width: 2; }
@media print { body { margin: 0; max-width: none; } details { break-inside: avoid; } }
`;
