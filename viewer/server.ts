import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import type { EventStore } from "../store/eventStore.ts";
import { viewerApi } from "./api.ts";
import { hostIsKnown } from "./hosts.ts";
import type { Worker } from "./work.ts";

/** The port that is tried where none is asked for. */
export const PORT_DEFAULT = 7470;

/** How to serve. `port` null: the default, or a random one where that is taken. */
export interface ServeOptions {
  readonly host: string;
  readonly port: number | null;
  /** The folder of the built page. */
  readonly page: URL;
  /** Does what takes long; without one the server's own thread does. */
  readonly worker?: Worker;
}

/** A server that runs. */
export interface Viewer {
  readonly url: string;
  readonly port: number;
  /** Begins to work out what the first view of a boot needs, before anybody asks. */
  warm(boot: string): void;
  close(): Promise<void>;
}

/** Why the server could not listen: a sentence. */
export class ListenProblem extends Error {
  override readonly name = "ListenProblem";
}

/** Serves the viewer of a store until it is closed. */
export async function serveViewer(store: EventStore, options: ServeOptions): Promise<Viewer> {
  const ending = new AbortController();
  const app = viewerApp(store, options, ending.signal);
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  try {
    await listen(server, options.port ?? PORT_DEFAULT, options.host);
  } catch (error) {
    if (options.port !== null || (error as NodeJS.ErrnoException).code !== "EADDRINUSE")
      throw new ListenProblem(sentence(error as NodeJS.ErrnoException, options), { cause: error });
    await listen(server, 0, options.host);
  }
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}/`,
    port,
    // Whatever goes wrong here goes wrong again, and is told, when somebody asks.
    warm: (boot) =>
      void Promise.resolve(
        app.request(`/api/boots/${encodeURIComponent(boot)}`, { headers: { host: `localhost:${port}` } }),
      ).catch(() => undefined),
    close: () =>
      new Promise((resolve) => {
        ending.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// Nothing from elsewhere, nothing inline, nobody around us.
const SECURITY = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/** The whole site: the page's three files and the API. */
export function viewerApp(
  store: EventStore,
  options: Pick<ServeOptions, "host" | "page" | "worker">,
  ended: AbortSignal,
): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    if (!hostIsKnown(c.req.header("host"), options.host)) {
      const what = "this viewer answers to its own address alone, not to the host that the request names";
      return c.json({ error: what }, 421);
    }
    if (c.req.method !== "GET" && c.req.method !== "HEAD")
      return c.json({ error: "the viewer only reads: GET and HEAD are all it answers" }, 405, {
        allow: "GET, HEAD",
      });
    await next();
    for (const [name, value] of Object.entries(SECURITY)) c.header(name, value);
    if (c.req.path.startsWith("/api/")) c.header("cache-control", "no-store");
    return undefined;
  });
  app.route("/api", viewerApi(store, ended, options.worker));
  for (const { path, file, type } of FILES) {
    const plain = readFileSync(new URL(file, options.page));
    const zipped = gzipSync(plain, { level: 9 });
    app.get(path, (c) => {
      const zips = (c.req.header("accept-encoding") ?? "").includes("gzip");
      return c.body(zips ? zipped : plain, 200, {
        "content-type": type,
        "cache-control": "no-cache",
        vary: "accept-encoding",
        ...(zips ? { "content-encoding": "gzip" } : {}),
      });
    });
  }
  app.notFound((c) => c.json({ error: "there is no such page; the viewer is at /" }, 404));
  return app;
}

const FILES = [
  { path: "/", file: "index.html", type: "text/html; charset=utf-8" },
  { path: "/app.js", file: "app.js", type: "text/javascript; charset=utf-8" },
  { path: "/style.css", file: "style.css", type: "text/css; charset=utf-8" },
  { path: "/icon.svg", file: "icon.svg", type: "image/svg+xml" },
];

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function sentence({ code, message }: NodeJS.ErrnoException, { host, port }: ServeOptions): string {
  if (code === "EADDRINUSE")
    return `port ${port} of ${host} is taken; name another one, or none to have one chosen`;
  if (code === "EACCES")
    return `port ${port} of ${host} may not be used; ports below 1024 belong to the system`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return `${host} is no address of this machine`;
  return `cannot listen on ${host}: ${message}`;
}
