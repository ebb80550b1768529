import { parseAddress } from "../../../events/vocabulary/address.ts";
import type { BootReport, ExplainedStorm } from "../../../replay/report/report.ts";
import { durationText } from "../../../replay/why/tell.ts";
import type { Explanation } from "../../../replay/why/why.ts";
import { count, plural, seconds } from "../table.ts";
import { escapeHtml, htmlTable, REPORT_STYLE } from "./html.ts";
import { addressSpacePicture, type FaultMark, topologyPicture } from "./pictures.ts";
import { stormPages } from "./stormPages.ts";

const OBJECTS_DRAWN_MAX = 24;

/** A report as one page that needs nothing else: what one attaches to a ticket. */
export function reportHtml(report: BootReport): string {
  const { info } = report;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>smmu-replay: ${escapeHtml(info.name)}</title><style>${REPORT_STYLE}</style></head><body>
<h1>${escapeHtml(info.name)}</h1>
<p class="dim">${escapeHtml(info.source)}; family ${info.header.family}${info.header.recorder === null ? "" : `; recorded by ${escapeHtml(info.header.recorder)}`}</p>
${summary(report)}
<h2>Faults</h2>
${faults(report)}
<h2>Units, devices, objects</h2>
<p>At the end of the boot.</p>
${topologyPicture(report.state)}
<h2>Address spaces</h2>
${maps(report)}
<h2>Exposure</h2>
${exposure(report)}
<p class="dim">state ${report.replay.stateDigest}<br>log ${report.replay.logDigest}</p>
</body></html>
`;
}

function summary({ replay, info, faultCount, losses }: BootReport): string {
  const { transactions: t, conformance: c } = replay;
  const suppressed = losses
    .filter((loss) => loss.what === "suppressed")
    .reduce((sum, loss) => sum + (loss.count ?? 0), 0);
  const rows = [
    ["events", count(info.events), ""],
    [
      "transfers",
      count(t.total),
      `${count(t.permitted)} permitted, ${count(t.denied)} denied${t.unrestricted === 0 ? "" : `, <span class="warn">${count(t.unrestricted)} unrestricted</span>`}`,
    ],
    [
      "compared with the recording",
      count(c.compared),
      c.compared === 0
        ? "it holds no verdicts"
        : `${count(c.agreed)} agreed, ${count(c.stale)} stale, <span class="${c.diverged === 0 ? "good" : "bad"}">${count(c.diverged)} diverged</span>`,
    ],
    [
      "faults",
      count(faultCount),
      suppressed === 0
        ? ""
        : `<span class="warn">and ${count(suppressed)} reports that the kernel suppressed</span>`,
    ],
  ];
  return htmlTable("summary", ["", "count", ""], rows, new Set([1]));
}

function faults({ storms, stormCount, faultCount }: BootReport): string {
  if (storms.length === 0) return "<p>None.</p>";
  const more =
    stormCount > storms.length
      ? `<p class="dim">${plural(stormCount - storms.length, "smaller storm")} not shown.</p>`
      : "";
  const intro = `<p>${plural(faultCount, "fault")} in ${plural(stormCount, "storm")}: one for each device, reason, access and run of pages. The first is the earliest fault of the boot.</p>`;
  return intro + storms.map(stormDetails).join("\n") + more;
}

function stormDetails({ storm, why }: ExplainedStorm, index: number): string {
  const { first } = storm;
  const code = first["code"] ?? first["eventName"] ?? null;
  const title = `seq ${first["seq"]} &middot; ${seconds(first["t"] as number | null)} &middot; <b>${escapeHtml(storm.device ?? "unknown device")}</b> ${escapeHtml(storm.access)} <code>${stormPages(storm)}</code> <span class="bad">${escapeHtml(String(storm.reason ?? "reason not told"))}${code === null ? "" : ` (${escapeHtml(String(code))})`}</span> &times; ${count(storm.count)}`;
  const body = why === null ? `<p>${escapeHtml(String(first["explanation"]))}</p>` : whyHtml(why);
  return `<details${index === 0 ? " open" : ""}><summary>${index === 0 ? "<b>first cause</b> &middot; " : ""}${title}</summary>${body}</details>`;
}

function whyHtml(why: Explanation): string {
  const links = why.because.map((link) => {
    const origin = link.origin as { readonly file?: string; readonly line?: number | null } | null;
    const place =
      origin?.file === undefined
        ? ""
        : ` <span class="dim">${escapeHtml(`${origin.file}:${origin.line ?? "-"}`)}</span>`;
    return `<li><span class="mono">seq ${link.seq}</span> ${escapeHtml(link.text)}${place}</li>`;
  });
  const misses =
    why.nearMisses.length === 0
      ? ""
      : `<p>Near misses: ${why.nearMisses.map((miss) => escapeHtml(miss.text)).join("; ")}.</p>`;
  const fix =
    why.fix === null
      ? ""
      : `<p>${escapeHtml(why.fix.advice)}.</p>${why.fix.configuration.length === 0 ? "" : `<p>What would have permitted it: ${why.fix.configuration.map((line) => `<code>${escapeHtml(line)}</code>`).join(" ")}. It would open besides:</p><ul>${why.fix.opens.map((cost) => `<li>${escapeHtml(cost)}</li>`).join("")}</ul>`}`;
  const missing =
    why.missing.length === 0
      ? ""
      : `<p class="warn">The recording lacks: ${why.missing.map(escapeHtml).join("; ")}.</p>`;
  return `<p><b>${escapeHtml(why.text)}.</b></p><ol>${links.join("")}</ol>${misses}${fix}${missing}`;
}

function maps({ state, storms }: BootReport): string {
  const marks = new Map<string, FaultMark[]>();
  for (const { storm } of storms) {
    const object = storm.first["object"];
    const address = typeof storm.first["address"] === "string" ? parseAddress(storm.first["address"]) : null;
    if (typeof object !== "string" || address === null) continue;
    const list = marks.get(object) ?? [];
    list.push({
      page: address.page,
      text: `${storm.access} refused at ${storm.first["address"]} (seq ${storm.firstSeq})`,
    });
    marks.set(object, list);
  }
  const shown = [...state.objects]
    .filter(([name, { space }]) => space.mappingCount > 0 || marks.has(name))
    .slice(0, OBJECTS_DRAWN_MAX);
  if (shown.length === 0) return "<p>No object has grants or faults.</p>";
  const legend =
    '<p class="dim">Runs of grants in order; the colour and the tool tip tell the access (read, write, both). Gaps are drawn short. Upright lines are refused addresses.</p>';
  return (
    legend +
    shown
      .map(
        ([name]) => `<h3>${escapeHtml(name)}</h3>${addressSpacePicture(state, name, marks.get(name) ?? [])}`,
      )
      .join("\n")
  );
}

function exposure({ exposure: { totals, windows } }: BootReport): string {
  const figures = `<p>${totals.unrestrictedSeconds.toFixed(3)} device-seconds without confinement, ${plural(totals.unrestrictedTransfers, "transfer")} made meanwhile; ${plural(totals.staleWindows, "stale window")}, the longest ${durationText(totals.staleLongestNs)}, ${plural(totals.staleTransfers, "transfer")} through them; ${plural(totals.roundingGrants, "grant")} rounded out to pages.</p>`;
  const rows = windows
    .slice(0, 20)
    .map((window) => [
      String(window.fromSeq),
      window.toSeq === null ? "end" : String(window.toSeq),
      window.durationNs === null ? "?" : durationText(window.durationNs),
      escapeHtml(window.device ?? window.object ?? "-"),
      window.address === null ? "all memory" : `${count(window.bytes!)} bytes at ${window.address}`,
      escapeHtml(window.why),
    ]);
  return (
    figures +
    (rows.length === 0
      ? ""
      : htmlTable(
          "the widest windows",
          ["from seq", "to", "for", "who", "what", "why"],
          rows,
          new Set([0, 1, 2]),
        ))
  );
}
