import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { serveViewer, type Viewer } from "../../viewer/server.ts";
import { SMALL_BOOT, storeOf } from "./support.ts";

// What was built: the page's own files are made by the build alone.
const page = new URL("../../dist/viewer/page/", import.meta.url);
const store = storeOf("small", SMALL_BOOT);
const viewer = await serveViewer(store, { host: "127.0.0.1", port: 0, page });
afterAll(() => viewer.close());

interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly text: string;
}

/** `fetch` would not let a test choose its Host header, or send a path as it stands. */
function ask(path: string, options: { host?: string; method?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = options.host === undefined ? {} : { host: options.host };
    const sent = request(
      { host: "127.0.0.1", port: viewer.port, path, method: options.method ?? "GET", headers },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => {
          text += part;
        });
        answer.on("end", () => resolve({ status: answer.statusCode!, headers: answer.headers, text }));
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}

test("the page and its files are served, with nothing inline and nothing from elsewhere allowed", async () => {
  const answer = await ask("/");
  expect(answer.status).toBe(200);
  const policy = String(answer.headers["content-security-policy"]);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|http:|https:|\*/);
  expect(answer.text).not.toMatch(/<script(?![^>]*src=)|style=|https?:|\son\w+=/);
  for (const path of ["/app.js", "/style.css", "/icon.svg"]) {
    const file = await ask(path);
    expect([path, file.status, file.headers["x-content-type-options"]]).toEqual([path, 200, "nosniff"]);
  }
});

test("the page weighs at most 300 kB over the wire", async () => {
  const parts = await Promise.all(
    ["/", "/app.js", "/style.css", "/icon.svg"].map(async (path) => {
      const response = await fetch(viewer.url.slice(0, -1) + path, {
        headers: { "accept-encoding": "gzip" },
      });
      expect(response.headers.get("content-encoding")).toBe("gzip");
      return Number(response.headers.get("content-length"));
    }),
  );
  const bytes = parts.reduce((sum, part) => sum + part, 0);
  expect(bytes).toBeGreaterThan(1000);
  expect(bytes).toBeLessThan(300_000);
});

test.each(["evil.example", `evil.example:80`, "127.0.0.1.evil.example", "192.168.1.2"])(
  "a request that names the host %s is sent away with a sentence, whatever it asks for",
  async (host) => {
    for (const path of ["/", "/app.js", "/api/boots", "/nothing"]) {
      const answer = await ask(path, { host });
      expect([path, answer.status]).toEqual([path, 421]);
      expect(JSON.parse(answer.text).error).toContain("its own address");
    }
  },
);

test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])(
  "%s is not answered: the viewer only reads",
  async (method) => {
    const answer = await ask("/api/boots", { method });
    expect(answer.status).toBe(405);
    expect(answer.headers["allow"]).toBe("GET, HEAD");
  },
);

test.each([
  "/../package.json",
  "/..%2f..%2fpackage.json",
  "/%2e%2e/%2e%2e/etc/passwd",
  "/app.js/../../../package.json",
  "//etc/passwd",
  "/app.js%00.html",
  "/api/../../package.json",
])("no path leads out: %s", async (path) => {
  const answer = await ask(path);
  expect([400, 404]).toContain(answer.status);
  expect(answer.text).not.toContain("smmu-replay");
});

test("a viewer that is closed in the middle of its work asks the store for nothing more", async () => {
  let asked = 0;
  let closed = false;
  const reader = store.read("small");
  const slow = {
    ...store,
    boots: () => store.boots(),
    boot: (name: string) => store.boot(name),
    read: () => ({
      ...reader,
      *allMappings() {
        for (let i = 0; i < 1e9; i++) {
          if (closed) asked += 1;
          yield* reader.allMappings();
        }
      },
    }),
  };
  const brief = await serveViewer(slow, { host: "127.0.0.1", port: 0, page });
  await (await fetch(`${brief.url}api/boots/small/space/24?space=object:domain-1`)).json();
  await brief.close();
  closed = true;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(asked).toBe(0);
});

describe("ports", () => {
  test("one that is asked for and taken is an error that says so", async () => {
    const again = serveViewer(store, { host: "127.0.0.1", port: viewer.port, page });
    await expect(again).rejects.toThrow(`port ${viewer.port} of 127.0.0.1 is taken`);
  });

  test("where the default is taken a free one is found", async () => {
    const taken = createServer();
    const first = await new Promise<Viewer | null>((resolve) => {
      taken.once("error", () => resolve(null));
      taken.listen(7470, "127.0.0.1", () => resolve(null));
    });
    expect(first).toBeNull();
    const other = await serveViewer(store, { host: "127.0.0.1", port: null, page });
    expect(other.port).not.toBe(7470);
    await other.close();
    if (taken.listening) {
      expect((taken.address() as AddressInfo).port).toBe(7470);
      taken.close();
    }
  });

  test("a host that is not of this machine is an error that says so", async () => {
    const elsewhere = serveViewer(store, { host: "192.0.2.1", port: 0, page });
    await expect(elsewhere).rejects.toThrow("192.0.2.1 is no address of this machine");
  });
});
