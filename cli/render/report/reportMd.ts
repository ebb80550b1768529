import type { BootReport, ExplainedStorm } from "../../../replay/report/report.ts";
import type { Explanation } from "../../../replay/why/why.ts";
import { originText } from "../originText.ts";
import { count, plural, seconds } from "../table.ts";
import { exposureText } from "./exposureText.ts";
import { stormPages } from "./stormPages.ts";

/** A report as Markdown, for tickets and chats. */
export function reportMd(report: BootReport): string {
  const { info, replay, storms, exposure, losses, state } = report;
  const { transactions: t, conformance: c } = replay;
  const suppressed = losses
    .filter((loss) => loss.what === "suppressed")
    .reduce((sum, loss) => sum + (loss.count ?? 0), 0);
  const lines = [
    `# ${escapeMd(info.name)}`,
    "",
    `${escapeMd(info.source)}; family ${info.header.family}`,
    "",
    ...(state.service === null ? [] : [`- ${state.service.name}: ${dssText(report)}`]),
    `- ${plural(info.events, "event")}, ${plural(t.total, "transfer")}: ${count(t.permitted)} permitted, ${count(t.denied)} denied, ${count(t.unrestricted)} unrestricted`,
    `- compared with the recording: ${count(c.compared)}; ${count(c.agreed)} agreed, ${count(c.stale)} stale, ${count(c.diverged)} diverged`,
    `- ${plural(report.faultCount, "fault")} in ${plural(report.stormCount, "storm")}${suppressed === 0 ? "" : `, and ${count(suppressed)} reports suppressed by the kernel`}`,
    `- exposure: ${exposureText(exposure)}`,
    "",
    ...(storms.length === 0 ? [] : ["## Faults", ""]),
    ...storms.flatMap(stormLines),
    ...(report.stormCount > storms.length
      ? [`${plural(report.stormCount - storms.length, "smaller storm")} not shown.`, ""]
      : []),
    `state \`${replay.stateDigest}\`, log \`${replay.logDigest}\``,
    "",
  ];
  return lines.join("\n");
}

function stormLines({ storm, why }: ExplainedStorm, index: number): string[] {
  const head = `### ${index === 0 ? "First cause: " : ""}seq ${storm.firstSeq}, ${escapeMd(storm.device ?? "unknown device")} ${storm.access} \`${stormPages(storm)}\`, ${escapeMd(String(storm.reason))}, ${storm.count === 1 ? "once" : `${count(storm.count)} times`}`;
  if (why === null) return [head, "", escapeMd(String(storm.first["explanation"])), ""];
  const links = why.because.map((link) => {
    const origin = link.origin as { readonly file?: string; readonly line?: number | null } | null;
    return `1. seq ${link.seq} (${seconds(link.t)}): ${escapeMd(link.text)}${origin?.file === undefined ? "" : ` (\`${originText({ ...origin, file: origin.file })}\`)`}`;
  });
  return [
    head,
    "",
    `**${escapeMd(why.text)}**`,
    "",
    ...links,
    "",
    ...why.nearMisses.map((miss) => `- near: ${escapeMd(miss.text)}`),
    ...(why.nearMisses.length === 0 ? [] : [""]),
    ...(why.fix === null ? [] : fixLines(why.fix)),
    ...why.missing.map((fact) => `- the recording lacks ${escapeMd(fact)}`),
    ...(why.missing.length === 0 ? [] : [""]),
  ];
}

function dssText({ state, replay }: BootReport): string {
  const dss = state.service?.dss ?? null;
  return dss === null
    ? replay.phase
    : `Design Safe State since seq ${dss.seq}, ${dss.reason} (${dss.requirement})`;
}

/** A change is never told without its cost. */
function fixLines({ advice, configuration, calls, opens }: NonNullable<Explanation["fix"]>): string[] {
  const lines = [...configuration, ...calls.map((call, i) => (i === 0 ? `# or: ${call}` : `#     ${call}`))];
  if (lines.length === 0) return [escapeMd(advice), ""];
  return [
    escapeMd(advice),
    "",
    "The smallest change that would have permitted it, and what that would open besides:",
    "",
    "```",
    ...lines,
    "```",
    "",
    ...opens.map((cost) => `- ${escapeMd(cost)}`),
    "",
  ];
}

function escapeMd(text: string): string {
  return text.replace(/[\\`*_[\]<>|#]/g, (c) => `\\${c}`).replace(/[\r\n]+/g, " ");
}
