import { formatAddress, parseAddress } from "../../../events/vocabulary/address.ts";
import type { BootReport, ExplainedStorm } from "../../../replay/report/report.ts";
import { usersOf } from "../../../replay/stateJson.ts";
import { durationText } from "../../../replay/why/tell.ts";
import type { Explanation } from "../../../replay/why/why.ts";
import { originText } from "../originText.ts";
import { count, plural, seconds } from "../table.ts";
import { exposureText } from "./exposureText.ts";
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
<p>At the end of the boot.${[...report.state.devices.values()].some(({ startup }) => startup !== null) ? " (own): the device has start-up grants of its own." : ""}</p>
${topologyPicture(report.state)}
${vms(report)}
<h2>Address spaces</h2>
${maps(report)}
<h2>Exposure</h2>
${exposure(report)}
<p class="dim">state ${report.replay.stateDigest}<br>log ${report.replay.logDigest}</p>
</body></html>
`;
}

function summary({ replay, info, faultCount, losses, state }: BootReport): string {
  const { transactions: t, conformance: c } = replay;
  const suppressed = losses
    .filter((loss) => loss.what === "suppressed")
    .reduce((sum, loss) => sum + (loss.count ?? 0), 0);
  const dss = state.service?.dss ?? null;
  const rows = [
    ...(state.service === null
      ? []
      : [
          [
            escapeHtml(state.service.name),
            "",
            dss === null
              ? escapeHtml(replay.phase)
              : `<span class="bad">Design Safe State since seq ${dss.seq}: ${escapeHtml(dss.reason)} (${escapeHtml(dss.requirement)})</span>`,
          ],
        ]),
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
  const time = first["t"] === null ? "" : `${seconds(first["t"] as number)} &middot; `;
  const title = `seq ${first["seq"]} &middot; ${time}<b>${escapeHtml(storm.device ?? "unknown device")}</b> ${escapeHtml(storm.access)} <code>${stormPages(storm)}</code> <span class="bad">${escapeHtml(String(storm.reason ?? "reason not told"))}${code === null ? "" : ` (${escapeHtml(String(code))})`}</span> &times; ${count(storm.count)}`;
  const body = why === null ? `<p>${escapeHtml(String(first["explanation"]))}</p>` : whyHtml(why);
  return `<details${index === 0 ? " open" : ""}><summary>${index === 0 ? "<b>first cause</b> &middot; " : ""}${title}</summary>${body}</details>`;
}

function whyHtml(why: Explanation): string {
  const links = why.because.map((link) => {
    const origin = link.origin as { readonly file?: string; readonly line?: number | null } | null;
    const place =
      origin?.file === undefined
        ? ""
        : ` <span class="dim">${escapeHtml(originText({ ...origin, file: origin.file }))}</span>`;
    return `<li><span class="mono">seq ${link.seq}</span> ${escapeHtml(link.text)}${place}</li>`;
  });
  const misses =
    why.nearMisses.length === 0
      ? ""
      : `<p>Near misses: ${why.nearMisses.map((miss) => escapeHtml(miss.text)).join("; ")}.</p>`;
  const fix = why.fix === null ? "" : `<p>${escapeHtml(sentence(why.fix.advice))}</p>${change(why.fix)}`;
  const missing =
    why.missing.length === 0
      ? ""
      : `<p class="warn">The recording lacks: ${why.missing.map(escapeHtml).join("; ")}.</p>`;
  return `<p><b>${escapeHtml(sentence(why.text))}</b></p><ol>${links.join("")}</ol>${misses}${fix}${missing}`;
}

function change({ configuration, calls, opens }: NonNullable<Explanation["fix"]>): string {
  if (configuration.length === 0 && calls.length === 0) return "";
  const lines = [...configuration, ...calls.map((call, i) => (i === 0 ? `# or: ${call}` : `#     ${call}`))];
  const costs = opens.map((cost) => `<li>${escapeHtml(cost)}</li>`).join("");
  return `<p>The smallest change that would have permitted it, and what that would open besides:</p><pre>${escapeHtml(lines.join("\n"))}</pre><ul>${costs}</ul>`;
}

function vms({ state }: BootReport): string {
  if (state.vms.size === 0) return "";
  const rows = [...state.vms]
    .slice(0, OBJECTS_DRAWN_MAX)
    .map(([name, { running, memory, pass, guest, unity }]) => {
      const parts = memory
        .mappings()
        .slice(0, 4)
        .map(({ first, last, value }) => {
          const host = value.delta === 0 ? "" : ` &rarr; ${formatAddress(first + value.delta)}`;
          return `<code>${formatAddress(first)}-${formatAddress(last, 0xfff)}</code>${host}`;
        });
      return [
        escapeHtml(name),
        running ? (unity ? '<span class="warn">running, unity-mapped</span>' : "running") : "ended",
        parts.join("<br>"),
        pass.map(escapeHtml).join("<br>"),
        guest?.service == null ? "none" : escapeHtml(`${guest.service.name}: ${guest.service.phase}`),
      ];
    });
  return `<h2>Virtual machines</h2>${htmlTable("at the end of the boot", ["VM", "", "memory, guest to host", "devices", "service in the guest"], rows)}`;
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
  const users = usersOf(state);
  const spaces = [
    ...[...state.devices].flatMap(([device, { startup, reserved }]) => {
      const mappings = [startup, reserved].flatMap((space) => space?.mappings() ?? []);
      return mappings.length === 0 ? [] : [{ name: `start-up grants of ${device}`, of: "", mappings }];
    }),
    ...[...state.objects]
      .filter(([name, { space }]) => space.mappingCount > 0 || marks.has(name))
      .map(([name, { space }]) => ({
        name,
        of: (users.get(name) ?? []).join(", "),
        mappings: space.mappings(),
      })),
  ];
  if (spaces.length === 0) return "<p>No object has grants or faults.</p>";
  const legend =
    '<p class="dim">Runs of grants in order, each from the address below it, as wide as the logarithm of its size; gaps are drawn short. <span class="swatch r"></span> read <span class="swatch w"></span> write <span class="swatch rw"></span> both; upright lines are refused addresses. Tool tips tell the rest.</p>';
  const more =
    spaces.length > OBJECTS_DRAWN_MAX
      ? `<p class="dim">${plural(spaces.length - OBJECTS_DRAWN_MAX, "more address space")} not drawn.</p>`
      : "";
  return (
    legend +
    spaces
      .slice(0, OBJECTS_DRAWN_MAX)
      .map(
        ({ name, of, mappings }) =>
          `<h3>${escapeHtml(name)}${of === "" ? "" : ` <span class="dim">${escapeHtml(of)}</span>`}</h3>${addressSpacePicture(name, mappings, marks.get(name) ?? [])}`,
      )
      .join("\n") +
    more
  );
}

/** A text as a sentence: with a capital and a full stop. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function exposure({ exposure: report }: BootReport): string {
  const { windows, missing } = report;
  const lacking = missing.length === 0 ? "" : `<p class="warn">${escapeHtml(missing.join("; "))}.</p>`;
  const figures = `<p>${exposureText(report)}.</p>${lacking}`;
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
