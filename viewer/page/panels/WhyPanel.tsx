import { useEffect, useState } from "preact/hooks";
import type { WhyView } from "../../viewModel.ts";
import { seconds } from "../format.ts";
import { boot, cursor, detail } from "../model.ts";
import { goToFault } from "../navigate.ts";
import { Refused, server } from "../server.ts";
import { Jump } from "./Jump.tsx";

type Answer = { readonly story: WhyView } | { readonly problem: string } | null;

/** The story of the verdict or fault at the cursor, each link of it a way to its event. */
export function WhyPanel() {
  const [answer, setAnswer] = useState<Answer>(null);
  const seq = cursor.value;
  const name = boot.value?.boot;
  const explainable = detail.value !== null && detail.value.event["seq"] === seq && detail.value.explainable;
  useEffect(() => {
    setAnswer(null);
    if (name === undefined || !explainable) return undefined;
    const asking = new AbortController();
    server
      .why(name, seq, asking.signal)
      .then((story) => setAnswer({ story }))
      .catch((error: unknown) => {
        if (!asking.signal.aborted)
          setAnswer({ problem: error instanceof Refused ? error.message : "The server does not answer." });
      });
    return () => asking.abort();
  }, [name, seq, explainable]);
  if (!explainable)
    return (
      <>
        <p>
          <em>Why</em> explains transfers and fault reports. This event is neither.
        </p>
        <button type="button" onClick={() => void goToFault(false)}>
          Go to the next fault
        </button>
      </>
    );
  if (answer === null) return <p class="muted">Looking for the causes…</p>;
  if ("problem" in answer) return <p class="problem">{answer.problem}</p>;
  return <Story story={answer.story} />;
}

function Story({ story }: { readonly story: WhyView }) {
  const { verdict, reason, code, text, because, nearMisses, fix, otherwise, missing } = story;
  return (
    <>
      <p class={`verdict verdict-${verdict}`}>
        <span aria-hidden="true">{verdict === "denied" ? "▲ " : "● "}</span>
        {verdict}
        {reason === null ? "" : `: ${reason}`}
        {code === null ? "" : ` (${code})`}
      </p>
      <p class="lead">{text}</p>
      <h3>Because</h3>
      <ol class="chain">
        {because.map((link) => (
          <li key={link.seq}>
            <Jump seq={link.seq} /> <span class="muted">{seconds(link.t)}</span> {link.text}
            {link.origin !== null && (
              <span class="muted">
                {" "}
                {link.origin.file}
                {link.origin.line === null ? "" : `:${link.origin.line}`}
              </span>
            )}
          </li>
        ))}
      </ol>
      {nearMisses.length > 0 && (
        <>
          <h3>Near misses</h3>
          <ul>
            {nearMisses.map((miss) => (
              <li key={`${miss.since} ${miss.text}`}>
                {miss.text} <Jump seq={miss.since} />
              </li>
            ))}
          </ul>
        </>
      )}
      {fix !== null && (
        <>
          <h3>What would have permitted it</h3>
          <p>{fix.advice}</p>
          {fix.configuration.length > 0 && <pre>{fix.configuration.join("\n")}</pre>}
          {fix.calls.length > 0 && <pre>{fix.calls.join("\n")}</pre>}
          {fix.opens.length > 0 && (
            <>
              <h4>What that would open</h4>
              <ul>
                {fix.opens.map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            </>
          )}
        </>
      )}
      {otherwise !== null && <p>{otherwise}</p>}
      {missing.length > 0 && (
        <>
          <h3>What the recording lacks</h3>
          <ul>
            {missing.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
