// Bundles the viewer's page into dist/viewer/page: one script, one sheet, one document, nothing from elsewhere.
import { copyFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const page = new URL("../viewer/page/", import.meta.url);
const out = new URL("../dist/viewer/page/", import.meta.url);
mkdirSync(out, { recursive: true });
await build({
  entryPoints: [fileURLToPath(new URL("app.tsx", page)), fileURLToPath(new URL("style.css", page))],
  outdir: fileURLToPath(out),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2023",
  tsconfig: fileURLToPath(new URL("tsconfig.json", page)),
  legalComments: "eof",
  logLevel: "warning",
});
for (const name of ["index.html", "icon.svg"]) copyFileSync(new URL(name, page), new URL(name, out));
