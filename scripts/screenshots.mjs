// Draws the README's pictures of the viewer from the built product: node scripts/screenshots.mjs
// Imports a recorded boot that the package brings, serves it, and looks at it with Debian's chromium.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const SMMU = file("dist/cli/smmu.js");
const PICTURES = [
  { name: "viewer-light.png", colorScheme: "light", query: "?boot=x86-faults&seq=2260&tab=why" },
  {
    name: "viewer-dark.png",
    colorScheme: "dark",
    query: "?boot=x86-faults&seq=3300&tab=why&from=3290&to=3330",
  },
];

const folder = mkdtempSync(join(tmpdir(), "smmu-pictures-"));
const db = join(folder, "pictures.db");
let server;
let browser;
try {
  const imported = spawnSync(
    process.execPath,
    [SMMU, "--db", db, "import", "fixtures/traces/x86-faults.jsonl.gz", "--quiet"],
    { cwd: file("."), stdio: ["ignore", "ignore", "inherit"] },
  );
  if (imported.status !== 0) throw new Error(`the import ended with ${imported.status}`);
  server = spawn(process.execPath, [SMMU, "--db", db, "view", "--port", "0", "--quiet"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((resolve, reject) => {
    server.stdout.once("data", (text) => resolve(String(text).trim()));
    server.once("exit", (code) => reject(new Error(`smmu view ended with ${code}`)));
  });
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
  mkdirSync(file("docs/images"), { recursive: true });
  for (const { name, colorScheme, query } of PICTURES) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, colorScheme });
    const page = await context.newPage();
    await page.goto(url + query);
    await page.locator(".chain li").first().waitFor();
    // The last tiles arrive after the panels.
    await page.waitForTimeout(1500);
    await page.screenshot({ path: file(`docs/images/${name}`) });
    await context.close();
  }
} finally {
  await browser?.close();
  server?.kill("SIGINT");
  rmSync(folder, { recursive: true, force: true });
}
