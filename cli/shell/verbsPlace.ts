import { quote } from "../../base/diagnostic.ts";
import { InputError } from "../inputError.ts";
import { count, plural, renderTable } from "../render/table.ts";
import type { Reply } from "./reply.ts";
import { saveBranch } from "./save.ts";
import { type Branch, unsavedEvents } from "./session.ts";
import type { ShellState } from "./shellState.ts";
import { countUpcoming } from "./upcoming.ts";
import type { Given, Verb } from "./verb.ts";
import { smallOf } from "./words.ts";

/** The longest name of a branch: that of a boot. */
const NAME_LENGTH_MAX = 100;

/** What moves between places and branches, and keeps them. */
export const PLACE_VERBS: readonly Verb[] = [
  {
    form: "goto SEQ|start|end",
    does: "go to the place after event SEQ; what comes later stays, and step goes through it",
    more: `Nothing that happened is ever changed. Something new at a place that is not the end of its branch begins
another branch, and what it leaves behind is still to come there: step and run let it happen again.`,
    run: ({ shell, words }) => {
      const [word] = words;
      if (word === undefined || words.length > 1)
        throw new InputError("goto takes a seq, start or end; log shows the events");
      const { length } = shell.session.branch.log;
      const place = word === "start" ? 0 : word === "end" ? length : smallOf("SEQ", word) + 1;
      shell.session.goto(place);
      return hereReply(shell);
    },
  },
  {
    form: "back [N]",
    does: "go back by one stimulus, or by N",
    run: ({ shell, words }) => {
      const times = words[0] === undefined ? 1 : smallOf("N", words[0]);
      const { session } = shell;
      const starts: number[] = [];
      for (const { seq, cause } of session.events()) if (cause === null) starts.push(seq);
      session.goto(starts.at(-Math.max(times, 1)) ?? 0);
      return hereReply(shell);
    },
  },
  {
    form: "branch [NAME]",
    does: "begin a branch here and stand on it; without a name list the branches",
    run: ({ shell, words }) => {
      const [name] = words;
      if (name === undefined) return branchesReply(shell);
      assertName(name);
      shell.session.startBranch(name);
      return hereReply(shell);
    },
  },
  { form: "branches", does: "list the branches", run: ({ shell }) => branchesReply(shell) },
  {
    form: "switch NAME",
    does: "stand at the end of another branch",
    run: ({ shell, words }) => {
      const [name] = words;
      if (name === undefined) throw new InputError("switch takes the name of a branch; branches lists them");
      shell.session.switchTo(name);
      return hereReply(shell);
    },
  },
  {
    form: "save [NAME|all]",
    does: "store this branch as a boot, under its own name unless told; or every branch",
    run: save,
  },
  { form: "quit", does: "leave the shell; exit and Ctrl-D do, too", run: quit },
  {
    form: "exit",
    does: "leave the shell",
    run: (given) => {
      const [name] = given.words;
      if (name !== undefined)
        throw new InputError(`exit leaves the shell; kill ${name} ends the process ${name}`);
      return quit(given);
    },
  },
];

function hereReply(shell: ShellState): Reply {
  const { branch, place, atEnd } = shell.session;
  const client = shell.client;
  if (client !== null && !shell.session.state.clients.has(client as never)) shell.client = null;
  const where = place === 0 ? "before the first event" : `after event ${place - 1}`;
  const later = branch.log.length - place;
  const rest = atEnd
    ? upcomingText(branch)
    : `, ${plural(later, "event")} later ${later === 1 ? "is" : "are"} there`;
  return {
    text: `        ${branch.name}, ${where}${rest}\n`,
    json: { branch: branch.name, at: place - 1, events: branch.log.length },
  };
}

function upcomingText({ upcoming }: Branch): string {
  const many = countUpcoming(upcoming);
  return many === 0 ? "" : `, ${many === null ? "more" : plural(many, "stimulus", "stimuli")} to come`;
}

function branchesReply(shell: ShellState): Reply {
  const { session, terminal } = shell;
  const rows = session.branches.map((branch) => {
    const unsaved = unsavedEvents(branch);
    return [
      branch === session.branch ? terminal.color.green(">") : " ",
      branch.name,
      count(branch.log.length),
      branch.from === null ? "-" : `${branch.from.branch} after ${branch.from.events - 1}`,
      branch.saved === null ? "-" : branch.saved.boot,
      unsaved === 0 ? "-" : terminal.color.yellow(plural(unsaved, "event")),
    ];
  });
  const columns = [
    { head: " " },
    { head: "branch" },
    { head: "events", right: true },
    { head: "from" },
    { head: "saved as" },
    { head: "not saved" },
  ];
  return {
    text: renderTable(terminal, columns, rows),
    json: { branches: session.branches.map((branch) => branchJson(branch, branch === session.branch)) },
  };
}

/** A branch as programs see it. */
export function branchJson({ name, log, from, saved }: Branch, current: boolean) {
  return {
    branch: name,
    current,
    events: log.length,
    from: from === null ? null : { branch: from.branch, seq: from.events - 1 },
    saved: saved === null ? null : saved.boot,
  };
}

async function save({ shell, words }: Given): Promise<Reply> {
  const [name] = words;
  const { session } = shell;
  if (words.length > 1) throw new InputError("save takes one name, or all");
  if (name !== undefined && name !== "all") assertName(name);
  const wanted = name === "all" ? session.branches : [session.branch];
  const lines: string[] = [];
  const boots: string[] = [];
  for (const branch of wanted) {
    const told = await saveBranch(shell.db, branch, name === "all" ? null : (name ?? null));
    boots.push(told.boot);
    lines.push(`        ${told.text}\n`);
  }
  return { text: lines.join(""), json: { saved: boots } };
}

function quit({ shell }: Given): Reply {
  const unsaved = shell.session.branches.filter((branch) => unsavedEvents(branch) > 0);
  const total = unsaved.reduce((sum, branch) => sum + unsavedEvents(branch), 0);
  if (shell.interactive && total > 0 && shell.warnedOf !== total) {
    shell.warnedOf = total;
    const names = unsaved.map(({ name }) => name).join(", ");
    const text = `        ${names}: ${plural(total, "event")} not saved; save all keeps them, quit again leaves without\n`;
    return { text, json: { unsaved: unsaved.map(({ name }) => name) } };
  }
  return { text: "", json: { unsaved: unsaved.map(({ name }) => name) }, leave: true };
}

function assertName(name: string): void {
  if (name.length <= NAME_LENGTH_MAX && /^[\w.+@-]+$/.test(name) && name !== "all") return;
  throw new InputError(`${quote(name)} is no name for a branch: letters, digits and . _ + @ - make one`);
}
