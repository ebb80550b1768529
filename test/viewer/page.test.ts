import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { importBoot } from "../../cli/importing/importBoot.ts";
import { openSqliteStore } from "../../store/sqlite/sqliteEventStore.ts";
import { serveViewer } from "../../viewer/server.ts";
import { fixture, scratch } from "../support/cli.ts";
import { startBrowser } from "./browser.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const folder = scratch();
const store = openSqliteStore(join(folder, "view.db"), { mode: "write" });
for (const name of [
  "x86-faults.jsonl.gz",
  "x86-strict-stale.jsonl.gz",
  "stale-translations.jsonl",
  "first-steps.jsonl",
])
  await importBoot(store, { files: [fixture(`traces/${name}`)], format: "auto", boot: null, replace: false });
const viewer = await serveViewer(store, {
  host: "127.0.0.1",
  port: 0,
  page: new URL("../../dist/viewer/page/", import.meta.url),
});
const browser = await startBrowser();
afterAll(async () => {
  await browser.close();
  await viewer.close();
  store.close();
});

let page: Page;
const complaints: string[] = [];

beforeEach(async () => {
  complaints.length = 0;
  await page?.context().close();
  page = await newPage({});
});

async function newPage(options: Parameters<typeof browser.newContext>[0]): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1300, height: 900 }, ...options });
  const fresh = await context.newPage();
  fresh.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  fresh.on("pageerror", (error) => complaints.push(error.message));
  fresh.on("request", (request) => {
    if (!request.url().startsWith(viewer.url)) complaints.push(`asked for ${request.url()}`);
  });
  return fresh;
}

/** Opens a view and waits until it shows the event at the cursor. */
async function open(query: string, on = page): Promise<void> {
  await on.goto(viewer.url + query);
  await on.locator(".timeline canvas").first().waitFor();
  await settled(on);
}

/** Waits until the panels show the event that the page says it is at. */
async function settled(on = page): Promise<void> {
  await on.locator(".events h2 .muted:not(:empty)").waitFor();
  await on.waitForTimeout(250);
}

const seq = async () =>
  Number((await page.locator(".timeline canvas").getAttribute("aria-valuenow")) ?? "-1");
const query = () => new URL(page.url()).searchParams;

describe("in a real browser", () => {
  test("the page opens on the boot with most faults, complains of nothing and asks nobody else", async () => {
    await open("");
    expect(await page.title()).toContain("x86-faults");
    expect(await page.locator(".lane-label").count()).toBeGreaterThan(20);
    expect(await page.locator(".events").textContent()).toContain("4,992 events");
    expect(complaints).toEqual([]);
  });

  test("arrow keys step, shift goes to the next fault, and the list, the panel and the URL follow", async () => {
    await open("?boot=x86-faults");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await expect.poll(seq).toBe(2);
    await page.keyboard.press("Shift+ArrowRight");
    await expect.poll(seq).toBe(2260);
    await settled();
    expect(await page.locator('[role="option"][aria-selected="true"]').textContent()).toContain("fault");
    expect(await page.locator(".tab-panel").textContent()).toContain("unmapped");
    expect(query().get("seq")).toBe("2260");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Shift+ArrowLeft");
    await expect.poll(seq).toBe(2259);
    await page.keyboard.press("End");
    await expect.poll(seq).toBe(4991);
    await page.keyboard.press("Home");
    await expect.poll(seq).toBe(0);
  });

  test("why tells the story of a fault, and its links move the cursor", async () => {
    await open("?boot=x86-faults&seq=2261&tab=why");
    const chain = page.locator(".chain a");
    await chain.first().waitFor();
    expect(await page.locator(".verdict").textContent()).toContain("denied: address-size (0x04)");
    await chain.nth(1).click();
    await expect.poll(seq).toBe(41);
    expect(await page.locator(".tab-panel").textContent()).toContain("neither");
  });

  test("space plays and pauses", async () => {
    await open("?boot=x86-faults&seq=10");
    await page.locator(".timeline canvas").focus();
    await page.keyboard.press("Space");
    await expect.poll(seq).toBeGreaterThan(12);
    await page.keyboard.press("Space");
    const stopped = await seq();
    await page.waitForTimeout(400);
    expect(await seq()).toBe(stopped);
  });

  test("the wheel zooms where the pointer is, dragging pans, a click sets the cursor", async () => {
    await open("?boot=x86-faults");
    const box = (await page.locator(".timeline canvas").boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + 80);
    for (let i = 0; i < 10; i++) await page.mouse.wheel(0, -240);
    await expect
      .poll(() => Number(query().get("to")) - Number(query().get("from")) || 5000)
      .toBeLessThan(600);
    const from = Number(query().get("from"));
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 200, box.y + 80, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => Number(query().get("from"))).toBeLessThan(from);
    await page.mouse.click(box.x + 100, box.y + 80);
    await expect.poll(seq).toBeGreaterThan(1000);
  });

  test("a link shows a colleague the same view: boot, event, filter, address map and stretch", async () => {
    const link =
      "?boot=x86-faults&seq=3000&tab=space&about=domain-8&space=object%3Adomain-8&low=0xb0000&high=0xbffff&from=2900&to=3100";
    await open(link);
    await page.locator(".space-canvas").waitFor();
    expect(await page.locator("#filter-about").inputValue()).toBe("domain-8");
    expect(await page.locator(".space-range input").first().inputValue()).toBe("0xb0000");
    await page.waitForTimeout(300);
    for (const [name, value] of new URLSearchParams(link))
      expect([name, query().get(name)]).toEqual([name, value]);
  });

  test("filters narrow the list, by reason, address, kind and time", async () => {
    await open("?boot=x86-faults");
    const total = () => page.locator(".events h2").textContent();
    await page.selectOption("#filter-reason", "address-size");
    await expect.poll(total).toMatch(/Events \d{1,3} events/);
    await page.getByRole("button", { name: "Clear" }).click();
    await expect.poll(total).toContain("4,992");
    await page.selectOption("#filter-kind", "attach");
    await expect.poll(total).toBe("Events 106 events");
    await page.getByRole("button", { name: "Clear" }).click();
    await page.keyboard.press("/");
    await page.keyboard.type("0xb2000");
    await page.keyboard.press("Enter");
    await expect.poll(total).toMatch(/Events \d{1,3} events/);
    await page.fill("#time", "20");
    await page.keyboard.press("Enter");
    await expect.poll(seq).toBeGreaterThan(3000);
  });

  test("what the server refuses is said, and the page goes on", async () => {
    await page.goto(`${viewer.url}?boot=nothing-of-that-name`);
    expect(await page.locator('[role="alert"]').textContent()).toContain(
      "there is no boot nothing-of-that-name",
    );
    await page.selectOption("#boot", "first-steps");
    await settled();
    expect(await page.locator(".events").textContent()).toContain("25 events");
  });

  test("the keyboard alone reaches everything: boot, steps, filters, lanes, timeline, list, tabs, panel", async () => {
    await open("?boot=first-steps");
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      seen.add(
        await page.evaluate<string>(
          "(({ id, className, textContent }, role) => id || role || className || textContent)(document.activeElement, document.activeElement.getAttribute('role'))",
        ),
      );
    }
    for (const stop of ["boot", "filter-kind", "search", "slider", "listbox", "tab-event", "tab-panel"])
      expect([...seen]).toContain(stop);
    await page.locator("#tab-event").focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.evaluate("document.activeElement.id")).toBe("tab-why");
    await page.keyboard.press("?");
    await page.locator("dialog[open]").waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.locator("dialog[open]").count()).toBe(0);
  });

  test("dark follows the system, light and dark can be chosen, and the choice stays", async () => {
    const background = (on: Page) => on.evaluate("getComputedStyle(document.body).backgroundColor");
    const dark = await newPage({ colorScheme: "dark" });
    await open("?boot=first-steps", dark);
    expect(await background(dark)).toBe("rgb(18, 23, 29)");
    await dark.selectOption("#theme", "light");
    expect(await background(dark)).toBe("rgb(255, 255, 255)");
    await dark.reload();
    expect(await background(dark)).toBe("rgb(255, 255, 255)");
    await dark.context().close();
  });

  test("at 200 % on a small screen nothing is cut off sideways", async () => {
    const small = await newPage({ viewport: { width: 640, height: 480 }, deviceScaleFactor: 2 });
    for (const tab of ["event", "why", "state", "space", "graph"]) {
      await open(`?boot=stale-translations&seq=8&tab=${tab}`, small);
      const overflow = await small.evaluate("document.documentElement.scrollWidth - innerWidth");
      expect([tab, overflow]).toEqual([tab, 0]);
    }
    await small.context().close();
  });

  test("the list holds only what is in sight", async () => {
    await open("?boot=x86-faults&seq=2500");
    expect(await page.locator(".event-row").count()).toBeLessThan(80);
  });

  test("two boots stand side by side, aligned, with their differences marked and told", async () => {
    await open("?boot=x86-faults&with=x86-strict-stale&seq=2300&tab=diff");
    await page.locator(".differences li").first().waitFor();
    expect(await page.locator(".timeline canvas").count()).toBe(2);
    expect(await page.locator(".tab-panel").textContent()).toMatch(/differ in \d+ things/);
    const there = () => page.locator(".timeline canvas").nth(1).getAttribute("aria-valuenow");
    const before = await there();
    await page.locator(".differences .jump").nth(3).click();
    await expect.poll(there).not.toBe(before);
    expect(query().get("with")).toBe("x86-strict-stale");
    expect(await violations(page)).toEqual([]);
  });

  test("a short boot has its graph of states, whose nodes move the cursor", async () => {
    await open("?boot=stale-translations&seq=0&tab=graph");
    const nodes = page.locator(".graph .node");
    await nodes.first().waitFor();
    await nodes.nth(4).click();
    await expect.poll(seq).toBeGreaterThan(2);
  });
});

describe("axe-core finds nothing", () => {
  test.each(["light", "dark"] as const)("in any panel of a %s page", async (colorScheme) => {
    const view = await newPage({ colorScheme });
    await open("?boot=stale-translations&seq=9", view);
    for (const [i, tab] of ["event", "why", "state", "space", "graph", "diff"].entries()) {
      await view.keyboard.press(String(i + 1));
      await view.waitForTimeout(300);
      expect([tab, ...(await violations(view))]).toEqual([tab]);
    }
    await view.context().close();
  });

  test("in a boot with faults and in the list of keys", async () => {
    await open("?boot=x86-faults&seq=2261&tab=why");
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("?");
    await page.locator("dialog[open]").waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

// Playwright evaluates in a world that the page's own policy does not bind.
async function violations(on: Page): Promise<string[]> {
  await on.evaluate(AXE);
  const found = await on.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe;
    return (await axe.run()).violations;
  });
  return found.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
  );
}

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}
