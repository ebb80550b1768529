import { quote } from "../../../base/diagnostic.ts";
import { slain } from "../service.ts";
import type { StartedCommand } from "../startedCommand.ts";
import type { BuildSubject, DriverStart, ReadStart } from "./subject.ts";

/** What is run, and in which order: the service first, once, waited for, and never ended (ST-3, G-3, STP-1). */
export function checkOrder(subject: BuildSubject): void {
  const [first] = subject.starts;
  if (first === undefined) {
    notStarted(subject);
  } else {
    for (const driver of subject.drivers) {
      if (areBesideEachOther(first.command, driver.command)) launchedBeside(subject, first, driver);
      else if (driver.command.index < first.command.index) tooEarly(subject, first, driver);
    }
    notWaitedFor(subject, first);
    for (const start of subject.starts) heldUp(subject, start);
    startedAgain(subject, first);
    onCondition(subject, first);
  }
  for (const command of subject.startup.commands) endedBy(subject, command);
}

function notStarted({ image, startup, drivers, findings }: BuildSubject): void {
  const launcher = launchedElsewhere(image);
  const [driver] = drivers;
  if (launcher !== null) {
    const message = `no script starts the service; ${quote(launcher.path)} names it, so another program may, and when is not known`;
    const hint = "start the service in the start-up script, before any driver that starts DMA (ST-2, ST-3)";
    return findings.add("BLD110", launcher.place, message, hint);
  }
  const last = image.buildfile.entries.findLast(({ role }) => role === "script");
  const place = driver?.command.place ?? last?.place ?? null;
  const open = startup.unfollowed.length > 0 || startup.isExcerpt;
  const unless = open ? ", unless a part that could not be read does it" : "";
  const consequence =
    driver === undefined
      ? "devices reach all memory"
      : `${driver.command.program} starts ${driver.drives}, which ${driver.drives.startsWith("the ") || driver.drives.endsWith("s") ? "reach" : "reaches"} all memory`;
  const message = `the service is not started${unless}: ${consequence} (PUR-5)`;
  const hint =
    "start it in the start-up script, before any driver that starts DMA: smmuman @/etc/name.smmu (ST-2, ST-3)";
  findings.add("BLD102", place, message, hint, open ? "warning" : "error");
}

// A file of the image that is no script, such as the configuration of a launcher, and has the service's name in it.
function launchedElsewhere(image: BuildSubject["image"]) {
  for (const entry of image.buildfile.entries) {
    if (entry.role !== "file" || entry.content.kind !== "inline") continue;
    const { text } = entry.content;
    for (const at of text.text.matchAll(/\bsmmuman(?:-safety)?\b/g)) {
      const line = text.text.slice(text.text.lastIndexOf("\n", at.index) + 1, at.index);
      if (/#|\/\/|<!--/.test(line)) continue; // a remark starts nothing
      return { path: entry.target, place: text.place(at.index, at.index + at[0].length) };
    }
  }
  return null;
}

function tooEarly({ findings }: BuildSubject, { command }: ReadStart, driver: DriverStart): void {
  const { program, place } = driver.command;
  const where = `${command.place.file}:${command.place.line}`;
  const message = `${program} starts ${driver.drives} before the service is started at ${where}: until then its DMA is unrestricted (ST-3, PUR-5)`;
  const hint = `move the start of ${command.program} above this line; if ${program} does no DMA here, say so with --ignore-driver ${program}`;
  findings.add("BLD103", place, message, hint);
}

// Started by one slm: that one stands before the other says nothing, only what depends on what does.
function areBesideEachOther({ launch }: StartedCommand, { launch: other }: StartedCommand): boolean {
  return launch !== null && other !== null && launch.by === other.by && launch.component !== other.component;
}

function launchedBeside({ findings }: BuildSubject, { command }: ReadStart, driver: DriverStart): void {
  const { program, place } = driver.command;
  const service = command.launch!;
  const { component, after } = driver.command.launch!;
  if (!after.has(service.component)) {
    const message = `slm may start ${program} (component ${quote(component)}) before the service: it does not depend on ${quote(service.component)}, so its DMA may be unrestricted (ST-3, PUR-5)`;
    const hint = `add to that component: <SLM:depend>${service.component}</SLM:depend>; or start the service in the start-up script, before slm`;
    return findings.add("BLD111", place, message, hint);
  }
  if (service.isWaitedFor) return;
  const message = `slm waits for nothing after it starts ${command.program} (component ${quote(service.component)}), so ${program} may start ${driver.drives} before the service is ready (G-3)`;
  const hint =
    "give the component a <SLM:waitfor> for what is there only once the service is ready; or start the service in the start-up script, before slm";
  findings.add("BLD112", command.place, message, hint);
}

// Only a service that is waited for protects what follows (G-3): it must not stand behind `&`, nor in a script that does.
function notWaitedFor(subject: BuildSubject, { command }: ReadStart): void {
  const later = subject.drivers.filter((driver) => driver.command.index > command.index);
  const exposed = later.find((driver) => !isWaitedFor(command, driver.command));
  const fix = `start it without &: it goes into the background by itself once it is ready (FG-1, G-3)`;
  if (exposed !== undefined) {
    const { program, place } = exposed.command;
    const how = command.background
      ? "is started with &"
      : "is started in a script that runs in the background";
    const wait = subject.startup.commands.find(
      ({ index, program: name }) =>
        name === "waitfor" && index > command.index && index < exposed.command.index,
    );
    const waits =
      wait === undefined
        ? ""
        : ` The waitfor at ${wait.place.file}:${wait.place.line} helps only if what it waits for is the service's own name.`;
    const message = `${command.program} ${how}, so ${program} (${place.file}:${place.line}) may start ${exposed.drives} before it is ready`;
    return subject.findings.add(
      "BLD104",
      command.place,
      message,
      `${fix}.${waits}`,
      wait === undefined ? "error" : "warning",
    );
  }
  if (!command.background) return;
  const message = `${command.program} is started with &: whatever follows does not wait until it is ready`;
  subject.findings.add("BLD109", command.place, message, fix);
}

function isWaitedFor(service: StartedCommand, driver: StartedCommand): boolean {
  return !service.background && service.scopes.every((scope) => driver.scopes.includes(scope));
}

function heldUp({ startup, findings }: BuildSubject, { command, config }: ReadStart): void {
  if (!config.parsed.effective.foreground || command.background) return;
  const next = startup.commands.find(({ index }) => index > command.index);
  if (next === undefined) return;
  const message = `${command.program} stays in the foreground and does not end: nothing after it is run, beginning with ${next.program} (${next.place.file}:${next.place.line})`;
  const hint =
    "leave the option foreground out: in the background it lets the script go on once it is ready (G-3)";
  findings.add("BLD105", command.place, message, hint);
}

function startedAgain({ starts, findings }: BuildSubject, first: ReadStart): void {
  for (const { command, service } of starts.slice(1)) {
    const where = `${first.command.place.file}:${first.command.place.line}`;
    const other = service === first.service ? "" : `, as ${first.service},`;
    const message = `the service is started a second time; it was started${other} at ${where}, and a second instance refuses to start (G-44)`;
    const either = command.conditional && first.command.conditional;
    const hint = "keep one start; to change the configuration, change the file that it reads (OPT-0)";
    findings.add("BLD107", command.place, message, hint, either ? "warning" : "error");
  }
}

function onCondition({ starts, findings }: BuildSubject, { command }: ReadStart): void {
  if (starts.some((start) => !start.command.conditional)) return;
  const message = `${command.program} is started only under a condition; where it does not hold, devices reach all memory (PUR-5)`;
  findings.add("BLD108", command.place, message, "start it always, before any driver that starts DMA (ST-3)");
}

function endedBy({ findings }: BuildSubject, command: StartedCommand): void {
  for (const name of slain(command)) {
    const message = `${command.program} ends ${name}, which must never be stopped once it is started (STP-1)`;
    const hint =
      "remove this; a device's permissions are changed by its clients, not by starting the service anew";
    findings.add("BLD106", command.place, message, hint);
  }
}
