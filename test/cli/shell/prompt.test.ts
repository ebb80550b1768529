import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { complete } from "../../../cli/shell/complete.ts";
import { historyFile } from "../../../cli/shell/history.ts";
import { converse } from "../../../cli/shell/interactive.ts";
import { emptySession } from "../../../cli/shell/openSession.ts";
import { execute } from "../../../cli/shell/shell.ts";
import { ShellState } from "../../../cli/shell/shellState.ts";
import { openTerminal } from "../../../cli/terminal.ts";
import { scratch } from "../../support/cli.ts";

const folder = scratch();

function newShell(print: (text: string) => void = () => {}): ShellState {
  const terminal = openTerminal({ db: "none.db", json: false, quiet: false, color: false });
  const out = async (text: string) => print(text);
  return new ShellState(emptySession("main", "ideal"), { ...terminal, out, note: print }, "none.db");
}

async function told(lines: readonly string[]): Promise<ShellState> {
  const shell = newShell();
  for (const line of lines) await execute(shell, line, { file: "t", line: 1 });
  return shell;
}

describe("completion", () => {
  test("offers what fits the place: commands, functions, flags, objects, devices, clients, branches", async () => {
    const shell = await told([
      '{"kind":"unit","unit":"u0"}',
      '{"kind":"device","device":"pci:0000:00:12.0","unit":"u0"}',
      "client c1",
      "smmu_init(0)",
      "my-object = smmu_obj_create(0)",
      "branch side",
    ]);
    const at = (line: string) => complete(shell, line)[0];
    expect(at("smmu_in")).toEqual(["smmu_init("]);
    expect(at("br")).toEqual(["branch", "branches"]);
    expect(at("o1 = ")).toEqual(["smmu_obj_create("]);
    expect(at("smmu_mapping_add(")).toContain("my-object");
    expect(at("smmu_mapping_add(my-object, SMF_R")).toEqual(["SMF_READ"]);
    expect(at("smmu_mapping_add(my-object, SMF_READ|SMF_W")).toEqual(["SMF_WRITE"]);
    expect(at("smmu_device_add_pci(m")).toEqual(["my-object"]);
    expect(at("smmu_obj_create(SOCF_R")).toEqual(["SOCF_RESERVED_MANUAL"]);
    expect(at("dma ")).toEqual(["pci:0000:00:12.0"]);
    expect(at("dma 00:12.0 0x1000 w => d")).toEqual(["denied"]);
    expect(at("kill ")).toContain("c1");
    expect(at("switch ")).toEqual(["main", "side"]);
    expect(at("mark anything ")).toEqual([]);
  });
});

describe("a prompt", () => {
  const history = historyFile({ XDG_STATE_HOME: folder });

  async function typed(keys: readonly string[]): Promise<string> {
    let seen = "";
    const output = Object.assign(new PassThrough(), { columns: 100, isTTY: true });
    output.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
    });
    const input = new PassThrough();
    const shell = newShell((text) => output.write(text));
    const done = converse(shell, { input, output, history });
    for (const key of keys) {
      input.write(key);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    await done;
    return seen;
  }

  test("completes at Tab, forgets a line at Ctrl-C, leaves at Ctrl-D, and says what is lost", async () => {
    const seen = await typed(["smmu_in", "\t", "0)", "\r", "half a line", "\u0003", "\u0003", "\u0004"]);
    expect(seen).toContain("= 0");
    expect(seen).toContain("shell@main:1> ");
    expect(seen).toContain("Ctrl-D or quit leaves");
    expect(seen).toContain("main: 2 events not saved");
  });

  test("remembers what was typed from one shell to the next", async () => {
    await typed(["mark first", "\r", "\u0004"]);
    const seen = await typed(["\u001b[A", "\r", "\u0004"]);
    expect(seen).toContain("mark first");
  });

  test("asks again before it leaves unsaved events behind, once", async () => {
    const seen = await typed(["mark x", "\r", "quit", "\r", "quit", "\r"]);
    expect(seen).toContain("1 event not saved; save all keeps them, quit again leaves without");
  });

  test("tells what it cannot understand, and goes on", async () => {
    const seen = await typed(["bogus", "\r", "mark y", "\r", "\u0004"]);
    expect(seen).toContain('no: there is no command or function "bogus"');
    expect(seen).toContain("main:0> ");
  });
});
