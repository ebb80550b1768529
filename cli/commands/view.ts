import { spawn } from "node:child_process";
import { once } from "node:events";
import type { EventStore } from "../../store/eventStore.ts";
import { bootLine } from "../../viewer/bootLine.ts";
import { isLoopback } from "../../viewer/hosts.ts";
import { ListenProblem, PORT_DEFAULT, serveViewer, type Viewer } from "../../viewer/server.ts";
import { firstShown } from "../../viewer/viewModel.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exitCodes.ts";
import { InputError } from "../inputError.ts";
import { readBoot, withStore } from "../openStore.ts";
import { packageFile } from "../packageFile.ts";
import { printJson, type Terminal } from "../terminal.ts";
import { ViewThread } from "../viewThread.ts";

interface ViewOptions {
  readonly boot: string | undefined;
  readonly port: number | undefined;
  readonly host: string;
  readonly open: boolean;
}

/** `smmu view [BOOT]`: the web viewer, until Ctrl-C. */
export const viewCommand: Command<ViewOptions> = {
  form: "view [boot]",
  does: "serve the time-travel viewer of all boots, to this machine alone unless told otherwise",
  options: (yargs) =>
    yargs
      .positional("boot", { type: "string", describe: "the boot to show first" })
      .option("port", {
        type: "number",
        describe: `the port (default: ${PORT_DEFAULT}, or a random one where that is taken)`,
        requiresArg: true,
      })
      .option("host", {
        type: "string",
        default: "127.0.0.1",
        describe: "the address to listen on",
        requiresArg: true,
      })
      .option("open", { type: "boolean", default: false, describe: "open it in the browser" }),
  async run(options, terminal) {
    checkPort(options.port);
    await withStore(options.db, "read", async (store) => {
      if (options.boot !== undefined) readBoot(store, options.boot);
      const stopped = stopSignal();
      const thread = new ViewThread(options.db);
      const viewer = await serve(store, options, thread);
      const first = options.boot ?? firstShown(store.boots().map(bootLine));
      if (first !== null) viewer.warm(first);
      const url =
        options.boot === undefined ? viewer.url : `${viewer.url}?boot=${encodeURIComponent(options.boot)}`;
      await tellWhere(terminal, options, viewer, url);
      if (options.open) openBrowser(url, terminal);
      await stopped;
      await viewer.close();
      await thread.close();
    });
    return EXIT.ok;
  },
};

async function serve(store: EventStore, { host, port }: ViewOptions, worker: ViewThread): Promise<Viewer> {
  const page = new URL(`file://${packageFile("dist/viewer/page/")}`);
  try {
    return await serveViewer(store, { host, port: port ?? null, page, worker });
  } catch (error) {
    if (error instanceof ListenProblem) throw new InputError(error.message);
    throw error;
  }
}

async function tellWhere(
  terminal: Terminal,
  { host }: ViewOptions,
  viewer: Viewer,
  url: string,
): Promise<void> {
  if (terminal.json) await printJson(terminal, { url, host, port: viewer.port });
  else await terminal.out(`${url}\n`);
  terminal.note("Ctrl-C ends the viewer");
  if (!isLoopback(host)) terminal.note(`whoever can reach ${host} can read every boot of this database`);
}

function checkPort(port: number | undefined): void {
  if (port === undefined || (Number.isInteger(port) && port >= 0 && port <= 65535)) return;
  throw new InputError(`--port ${port} is no port; expected 0 to 65535 (0: any free one)`);
}

async function stopSignal(): Promise<void> {
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
}

function openBrowser(url: string, terminal: Terminal): void {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", url]
        : ["xdg-open", url];
  const child = spawn(command!, args, { stdio: "ignore", detached: true });
  child.on("error", () => terminal.note(`no browser could be opened; open ${url} yourself`));
  child.unref();
}
