import type { RecordedEvent } from "../../events/recordedEvent.ts";
import { formatAddress } from "../../events/vocabulary/address.ts";
import type { Question } from "../../replay/why/question.ts";
import { reportedText } from "../../replay/why/reported.ts";
import { sizeText } from "../../replay/why/tell.ts";
import type { Explanation, Link } from "../../replay/why/why.ts";
import type { Terminal } from "../terminal.ts";
import { originText } from "./originText.ts";
import { seconds } from "./table.ts";
import { wrap } from "./wrap.ts";

/** An explanation on one screen; `event`: the report that it is about, where that leaves open what was asked. */
export function renderWhy(
  terminal: Terminal,
  boot: string,
  question: Question | null,
  explanation: Explanation,
  event: RecordedEvent | null = null,
): string {
  const { color } = terminal;
  const prose = (text: string, indent: number): string =>
    wrap(text, Math.min(terminal.width, 100) - indent, indent);
  const head = (text: string): string => `\n${color.bold(text)}\n`;
  const parts = [
    `${color.bold(`${boot} ${explanation.seq}`)}: ${question === null ? reported(event) : asked(question)}\n`,
    `${verdictLine(terminal, explanation)}\n`,
  ];
  parts.push(head("why"), `  ${prose(explanation.text, 2)}\n`);
  if (explanation.because.length > 0)
    parts.push(head("because"), ...explanation.because.map((link) => linkLine(terminal, link)));
  if (explanation.otherwise !== null) parts.push(head("otherwise"), `  ${prose(explanation.otherwise, 2)}\n`);
  if (explanation.nearMisses.length > 0)
    parts.push(
      head("near misses"),
      ...explanation.nearMisses.map((miss) => `  ${miss.text} ${color.dim(`(seq ${miss.since})`)}\n`),
    );
  const { fix } = explanation;
  if (fix !== null) {
    parts.push(head("what to do"), `  ${prose(fix.advice, 2)}\n`);
    if (fix.configuration.length > 0) {
      parts.push(
        head("the smallest change that would have permitted it"),
        ...fix.configuration.map((line) => `  ${color.cyan(line)}\n`),
      );
      fix.calls.forEach((call, index) => {
        parts.push(`  ${color.dim(index === 0 ? "or: " : "then")} ${call}\n`);
      });
    }
    if (fix.opens.length > 0)
      parts.push(
        head("what that would open besides"),
        ...fix.opens.map((cost) => `  ${color.yellow("-")} ${prose(cost, 4)}\n`),
      );
  }
  if (explanation.missing.length > 0)
    parts.push(
      head("what the recording lacks"),
      ...explanation.missing.map((fact) => `  ${color.yellow("?")} ${prose(fact, 4)}\n`),
    );
  return parts.join("");
}

function reported(recorded: RecordedEvent | null): string {
  if (recorded?.event.kind !== "fault") return "a report";
  return `a report about ${reportedText(recorded.event)}${recorded.t === null ? "" : `, at ${seconds(recorded.t)}`}`;
}

function asked({ device, bytes, access, t, report }: Question): string {
  const time = t === null ? "" : ` at ${seconds(t)}`;
  if (report !== null)
    return `a report that ${device} was refused a ${access === "w" ? "write" : "read"} at ${formatAddress(bytes.firstPage, bytes.firstOffset)}${time}`;
  return `${device} ${access === "w" ? "writes" : "reads"} ${sizeText(bytes)} at ${formatAddress(bytes.firstPage, bytes.firstOffset)}${time}`;
}

function verdictLine({ color }: Terminal, { verdict, reason, code, conformance }: Explanation): string {
  const paint = verdict === "denied" ? color.red : verdict === "permitted" ? color.green : color.cyan;
  const why = reason === null ? "" : `: ${reason}${code === null ? "" : ` (${code})`}`;
  const beside: { readonly [word: string]: string } = {
    agreed: ", as the recorded machine decided",
    stale: ", but the recorded machine let it through a cached translation",
    diverged: ", but the recorded machine decided otherwise",
  };
  return `${paint(verdict)}${why}${conformance === null ? "" : beside[conformance]}`;
}

function linkLine({ color }: Terminal, { seq, t, text, origin }: Link): string {
  const place = origin as { readonly file?: string; readonly line?: number | null } | null;
  const where = place?.file === undefined ? "" : color.dim(`  ${originText({ ...place, file: place.file })}`);
  return `  ${String(seq).padStart(7)}  ${seconds(t).padStart(14)}  ${text}${where}\n`;
}
