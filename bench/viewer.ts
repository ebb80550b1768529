import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { chromium, type Page } from "playwright-core";
import { packageFile } from "../cli/packageFile.ts";
import type { EventStore } from "../store/eventStore.ts";
import { serveViewer } from "../viewer/server.ts";

/** One line of the table: what, the figure, the aim. */
export type Row = readonly [string, string, string];

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const PAN_MS = 3000;

/** Measures the viewer in a headless browser on a boot that is already in the store. */
export async function measureViewer(store: EventStore, boot: string): Promise<Row[]> {
  const page = new URL(`file://${packageFile("dist/viewer/page/")}`);
  const viewer = await serveViewer(store, { host: "127.0.0.1", port: 0, page });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
  try {
    const view = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
    // The browser itself must be warm; the server and the boot are not.
    await view.goto("about:blank");
    const first = await firstView(view, `${viewer.url}?boot=${encodeURIComponent(boot)}`);
    const seeks = await seekTimes(view);
    const frames = await panAndZoom(view);
    const heap = Number(await view.evaluate("performance.memory.usedJSHeapSize"));
    return [
      ["viewer: first view", `${first.toFixed(0)} ms`, "aim 1000 ms"],
      [
        "viewer: seek, median and worst of 20",
        `${middle(seeks)} ms, ${Math.max(...seeks).toFixed(0)} ms`,
        "aim 100 ms",
      ],
      ["viewer: pan and zoom", `${frames.perSecond.toFixed(0)} frames/s`, "aim 50"],
      ["viewer: frame times, median, 95 %, worst", frames.times, ""],
      ["viewer: heap of the page", `${(heap / 1e6).toFixed(0)} MB`, ""],
      ["viewer: page weight, gzipped", `${pageWeight(page).toFixed(0)} kB`, "aim 300 kB"],
    ];
  } finally {
    await browser.close();
    await viewer.close();
  }
}

/** From asking for the page until lanes are drawn and events listed. */
async function firstView(view: Page, url: string): Promise<number> {
  const began = performance.now();
  await view.goto(url);
  await view.locator(".event-row .seq").first().waitFor();
  await view.waitForFunction(drawn);
  return performance.now() - began;
}

// Anything but the background in the row of all events.
const drawn = `(() => {
  const canvas = document.querySelector(".timeline canvas");
  if (!canvas?.width) return false;
  const { data } = canvas.getContext("2d").getImageData(canvas.width / 2, 60 * devicePixelRatio, 1, 1);
  return data[0] < 200 || data[2] < 200;
})()`;

/** From a key press to the panel and the state that belong to the new place. */
async function seekTimes(view: Page): Promise<number[]> {
  await view.keyboard.press("3");
  const times: number[] = [];
  for (let i = 1; i <= 20; i++) {
    const ms = await view.evaluate(`new Promise((resolve) => {
      const field = document.querySelector("input[name=seq]");
      const last = Number(document.querySelector(".timeline canvas").getAttribute("aria-valuemax"));
      const seq = Math.floor(((${i} * 7919) % 20) / 20 * last) + ${i};
      const status = document.querySelector("[role=status]");
      const began = performance.now();
      const watch = new MutationObserver(() => {
        if (!status.textContent.startsWith("Event " + seq.toLocaleString("en-US") + ":")) return;
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
      });
      watch.observe(status, { childList: true, characterData: true, subtree: true });
      field.value = String(seq);
      field.form.requestSubmit();
    })`);
    times.push(ms as number);
  }
  return times;
}

/** Drags to and fro and turns the wheel for some seconds while frames are counted. */
async function panAndZoom(view: Page): Promise<{ perSecond: number; times: string }> {
  const box = (await view.locator(".timeline canvas").boundingBox())!;
  const at = { x: box.x + box.width / 2, y: box.y + 100 };
  await view.evaluate(`(() => {
    globalThis.frames_ = [];
    let before = performance.now();
    const count = (now) => { frames_.push(now - before); before = now; globalThis.counting = requestAnimationFrame(count); };
    globalThis.counting = requestAnimationFrame(count);
  })()`);
  const began = performance.now();
  await view.mouse.move(at.x, at.y);
  for (let turn = 0; performance.now() - began < PAN_MS; turn++) {
    const zooming = Math.floor(turn / 8) % 2 === 0;
    for (let i = 0; i < 6; i++) await view.mouse.wheel(0, zooming ? -90 : 90);
    await view.mouse.down();
    await view.mouse.move(at.x + (turn % 2 === 0 ? 200 : -200), at.y, { steps: 12 });
    await view.mouse.up();
    await view.mouse.move(at.x, at.y);
  }
  const frames = (await view.evaluate("(cancelAnimationFrame(counting), frames_.slice(2))")) as number[];
  const sorted = frames.toSorted((a, b) => a - b);
  const part = (p: number) => sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))]!.toFixed(1);
  const total = frames.reduce((sum, ms) => sum + ms, 0);
  return { perSecond: (frames.length / total) * 1000, times: `${part(0.5)}, ${part(0.95)}, ${part(1)} ms` };
}

function pageWeight(page: URL): number {
  const files = ["index.html", "app.js", "style.css", "icon.svg"].map((name) =>
    readFileSync(new URL(name, page)),
  );
  return files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0) / 1000;
}

function middle(values: readonly number[]): string {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!.toFixed(0);
}
