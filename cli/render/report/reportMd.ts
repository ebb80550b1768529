import type { BootReport, ExplainedStorm } from "../../../replay/report/report.ts";
import { durationText } from "../../../replay/why/tell.ts";
import { count, plural, seconds } from "../table.ts";
import { stormPages } from "./stormPages.ts";

/** A report as Markdown, for tickets and chats. */
export function reportMd(report: BootReport): string {
  const { info, replay, storms, exposure, losses } = report;
  const { transactions: t, conformance: c } = replay;
  const suppressed = losses
    .filter((loss) => loss.what === "suppressed")
    .reduce((sum, loss) => sum + (loss.count ?? 0), 0);
  const lines = [
    `# ${escapeMd(info.name)}`,
    "",
    `${escapeMd(info.source)}; family ${info.header.family}`,
    "",
    `- ${plural(info.events, "event")}, ${plural(t.total, "transfer")}: ${count(t.permitted)} permitted, ${count(t.denied)} denied, ${count(t.unrestricted)} unrestricted`,
    `- compared with the recording: ${count(c.compared)}; ${count(c.agreed)} agreed, ${count(c.stale)} stale, ${count(c.diverged)} diverged`,
    `- ${plural(report.faultCount, "fault")} in ${plural(report.stormCount, "storm")}${suppressed === 0 ? "" : `, and ${count(suppressed)} reports suppressed by the kernel`}`,
    `- exposure: ${exposure.totals.unrestrictedSeconds.toFixed(3)} device-seconds without confinement, ${plural(exposure.totals.staleWindows, "stale window")}, the longest ${durationText(exposure.totals.staleLongestNs)}`,
    "",
    ...(storms.length === 0 ? [] : ["## Faults", ""]),
    ...storms.flatMap(stormLines),
    `state \`${replay.stateDigest}\`, log \`${replay.logDigest}\``,
    "",
  ];
  return lines.join("\n");
}

function stormLines({ storm, why }: ExplainedStorm, index: number): string[] {
  const head = `### ${index === 0 ? "First cause: " : ""}seq ${storm.firstSeq}, ${escapeMd(storm.device ?? "unknown device")} ${storm.access} \`${stormPages(storm)}\`, ${escapeMd(String(storm.reason))}, ${count(storm.count)} times`;
  if (why === null) return [head, "", escapeMd(String(storm.first["explanation"])), ""];
  const links = why.because.map((link) => {
    const origin = link.origin as { readonly file?: string; readonly line?: number | null } | null;
    return `1. seq ${link.seq} (${seconds(link.t)}): ${escapeMd(link.text)}${origin?.file === undefined ? "" : ` (\`${origin.file}:${origin.line ?? "-"}\`)`}`;
  });
  return [
    head,
    "",
    `**${escapeMd(why.text)}**`,
    "",
    ...links,
    "",
    ...(why.fix === null ? [] : [escapeMd(why.fix.advice), ""]),
  ];
}

function escapeMd(text: string): string {
  return text.replace(/[\\`*_[\]<>|#]/g, (c) => `\\${c}`).replace(/[\r\n]+/g, " ");
}
