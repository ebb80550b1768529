// Runs a command with colours on and draws its output as an SVG: node scripts/terminalPicture.mjs OUT.svg "smmu why ..." ROWS
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [out, command, rows = "40", folder = "."] = process.argv.slice(2);
const smmu = fileURLToPath(new URL("../dist/cli/smmu.js", import.meta.url));
const text = execFileSync(process.execPath, [smmu, ...command.split(" ").slice(1)], {
  cwd: folder,
  encoding: "utf8",
  env: { ...process.env, FORCE_COLOR: "1" },
});

const COLORS = { 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 36: "#79c0ff" };
const escapeXml = (piece) => piece.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function spans(line) {
  let style = {};
  let result = "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with it
  for (const piece of line.split(/(\u001b\[\d+m)/)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the same
    const code = /^\u001b\[(\d+)m$/.exec(piece)?.[1];
    if (code === undefined) {
      const fill = style.color ?? (style.dim ? "#8b949e" : "#e6edf3");
      if (piece !== "")
        result += `<tspan fill="${fill}"${style.bold ? ' font-weight="bold"' : ""}>${escapeXml(piece)}</tspan>`;
    } else if (code === "1") style = { ...style, bold: true };
    else if (code === "2") style = { ...style, dim: true };
    else if (code === "22") style = { ...style, bold: false, dim: false };
    else if (code === "39") style = { ...style, color: undefined };
    else if (COLORS[code]) style = { ...style, color: COLORS[code] };
  }
  return result;
}

const lines = [`$ ${command}`, ...text.split("\n")].slice(0, Number(rows));
const width = 1080;
const height = lines.length * 18 + 40;
const body = lines
  .map((line, i) => `<text x="20" y="${34 + i * 18}" xml:space="preserve">${spans(line)}</text>`)
  .join("\n");
writeFileSync(
  out,
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(command)}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">
${body}
</g>
</svg>
`,
);
