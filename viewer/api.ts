import { Hono } from "hono";
import { parseAddress } from "../events/vocabulary/address.ts";
import type { EventStore } from "../store/eventStore.ts";
import { StoreError } from "../store/eventStore.ts";
import { bootLine } from "./bootLine.ts";
import { BootSession } from "./bootSession.ts";
import { ROWS_MAX } from "./eventViews.ts";
import { readFilter } from "./filters.ts";
import { RequestProblem } from "./problem.ts";
import { Recent } from "./recent.ts";
import { SPACE_COLUMNS_MAX } from "./viewModel.ts";
import { type Job, sameThread, type Worker } from "./work.ts";

const BOOTS_KEPT = 4;
const ANSWERS_KEPT = 32;
const BOOTS_LISTED_MAX = 10_000;
const PAGES = 2 ** 52;

/**
 * The read-only API under `/api`: every answer is JSON, every refusal `{error}` with a sentence. `ended`: no work goes on;
 * `worker` does what takes long.
 */
export function viewerApi(store: EventStore, ended: AbortSignal, worker: Worker = sameThread(store)): Hono {
  const api = new Hono();
  const sessions = new Recent<BootSession>(BOOTS_KEPT);
  const session = (name: string): BootSession => {
    const info = name.length > 1000 ? null : store.boot(name);
    if (info === null)
      throw new RequestProblem(404, `there is no boot ${name.slice(0, 100)}; /api/boots lists them`);
    return sessions.get(
      `${info.logDigest} ${info.complete} ${name}`,
      () => new BootSession(store.read(name), ended),
    );
  };

  api.get("/boots", (c) => c.json(store.boots().slice(0, BOOTS_LISTED_MAX).map(bootLine)));
  api.get("/boots/:boot", async (c) => c.json(await session(c.req.param("boot")).view()));
  api.get("/boots/:boot/tiles/:level/:number", async (c) => {
    const level = wholeNumber("level", c.req.param("level"), 0, 40);
    const number = wholeNumber("tile", c.req.param("number"), 0, PAGES);
    const text = await session(c.req.param("boot")).tile(
      level,
      number,
      readFilter((name) => c.req.query(name)),
    );
    return c.body(text, 200, { "content-type": "application/json" });
  });
  api.get("/boots/:boot/events", async (c) => {
    const query = (name: string) => c.req.query(name);
    const offset = wholeNumber("offset", query("offset") ?? "0", 0, PAGES);
    const limit = wholeNumber("limit", query("limit") ?? "100", 1, ROWS_MAX);
    const near = wholeNumber("near", query("near") ?? "0", 0, PAGES);
    return c.json(await session(c.req.param("boot")).list(readFilter(query), { offset, limit, near }));
  });
  api.get("/boots/:boot/events/:seq", async (c) =>
    c.json(await session(c.req.param("boot")).event(seqOf(c.req.param("seq")))),
  );
  api.get("/boots/:boot/next", async (c) => {
    const back = c.req.query("back") === "true";
    const marked = c.req.query("of") === "finding" ? "finding" : "fault";
    // One before the first event, to find the first.
    const from = wholeNumber("from", c.req.query("from") ?? "-1", -1, PAGES);
    const filter = readFilter((name) => c.req.query(name));
    return c.json({ seq: await session(c.req.param("boot")).next(from, back, marked, filter) });
  });
  api.get("/boots/:boot/seek", async (c) => {
    const t = wholeNumber("t", c.req.query("t") ?? "", 0, Number.MAX_SAFE_INTEGER);
    return c.json({ seq: await session(c.req.param("boot")).seek(t) });
  });
  api.get("/boots/:boot/state/:seq", (c) =>
    c.json(session(c.req.param("boot")).state(seqOf(c.req.param("seq")))),
  );
  api.get("/boots/:boot/space/:seq", async (c) => {
    const space = c.req.query("space") ?? "";
    if (space === "" || space.length > 3000)
      throw new RequestProblem(400, "space names no address space; /state lists their ids");
    const firstPage = pageOf("first", c.req.query("first") ?? "0x0");
    const lastPage = pageOf("last", c.req.query("last") ?? "0xffffffffffffffff");
    if (firstPage > lastPage) throw new RequestProblem(400, "first lies above last");
    const columns = wholeNumber("columns", c.req.query("columns") ?? "256", 1, SPACE_COLUMNS_MAX);
    const seq = seqOf(c.req.param("seq"));
    return c.json(await session(c.req.param("boot")).space({ space, seq, firstPage, lastPage, columns }));
  });
  const answers = new Recent<Promise<string>>(ANSWERS_KEPT);
  const longAnswer = async (key: string, job: Job): Promise<Response> => {
    const answer = answers.get(key, () => worker.run(job));
    // What went wrong once may go right the next time.
    answer.catch(() => answers.forget(key));
    return new Response(await answer, { headers: { "content-type": "application/json" } });
  };
  api.get("/boots/:boot/why/:seq", (c) => {
    const boot = c.req.param("boot");
    const of = session(boot);
    const seq = of.checked(seqOf(c.req.param("seq")));
    return longAnswer(`why ${of.digest} ${seq}`, { kind: "why", boot, seq });
  });
  api.get("/boots/:boot/graph", (c) => c.json(session(c.req.param("boot")).graph()));
  api.get("/boots/:boot/diff/:other", (c) => {
    const [boot, other] = [c.req.param("boot"), c.req.param("other")];
    const key = `diff ${session(boot).digest} ${session(other).digest}`;
    return longAnswer(key, { kind: "diff", boot, other });
  });

  api.notFound((c) => c.json({ error: "there is no such resource; docs/viewer.md lists them" }, 404));
  api.onError((error, c) => {
    if (error instanceof RequestProblem) return c.json({ error: error.message }, error.status);
    if (error instanceof StoreError)
      return c.json({ error: error.message }, error.reason === "missing" ? 404 : 500);
    return c.json({ error: `this is a bug in smmu view (${error.name}: ${error.message})` }, 500);
  });
  return api;
}

function seqOf(text: string): number {
  return wholeNumber("seq", text, 0, PAGES);
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new RequestProblem(
    400,
    `${name} ${JSON.stringify(text.slice(0, 40))} is not a whole number from ${min} to ${max}`,
  );
}

function pageOf(name: string, text: string): number {
  const address = parseAddress(text);
  if (address !== null) return address.page;
  throw new RequestProblem(
    400,
    `${name} ${JSON.stringify(text.slice(0, 40))} is no address; expected hex such as 0x70ad5000`,
  );
}
