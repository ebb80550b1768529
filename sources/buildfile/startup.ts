import { quote } from "../../base/diagnostic.ts";
import type { ScriptLanguage, ScriptWord } from "./commandWords.ts";
import { baseName } from "./entry.ts";
import type { BuildFindings } from "./findings.ts";
import type { Image, ImageFile } from "./image.ts";
import { COMMANDS_MAX, SCRIPT_DEPTH_MAX } from "./limits.ts";
import { isPlaceholder, MACRO_HINT, macroMessage } from "./macros.ts";
import { readScript, type Script, type ScriptCommand } from "./scriptCommands.ts";
import { dependenciesOf } from "./slm.ts";
import { slmStarts, wordsOf } from "./slmFiles.ts";
import type { PlacedText, TextPlace } from "./sourceText.ts";
import type { Launch, PlacedWord, StartedCommand, Startup } from "./startedCommand.ts";
import { substituted, type TargetEnvironment, VariableLog } from "./variables.ts";
import { unwrapped } from "./wrappers.ts";

/** Runs through the start-up of an image: the bootstrap file, all start-up scripts in order, and the scripts they call. */
export function readStartup(image: Image, findings: BuildFindings): Startup {
  const follower = new Follower(image, findings);
  const { entries } = image.buildfile;
  for (const entry of entries) {
    if (entry.role === "bootstrap" && entry.content.kind === "inline") follower.bootstrap(entry.content.text);
  }
  const scripts = entries.filter(({ role }) => role === "script");
  for (const entry of scripts) {
    const file: ImageFile = { path: entry.target, entry, hostName: null };
    const text = image.textOf(file);
    if (text !== null) follower.script(text, "boot");
    else follower.sayUnread(entry.place, entry.target);
  }
  const hasBootstrap = entries.some(({ role }) => role === "bootstrap");
  return { ...follower.result(), hasBootstrap, hasScript: scripts.length > 0 };
}

interface Surroundings {
  readonly scopes: readonly number[];
  readonly conditional: boolean;
  readonly depth: number;
  readonly functions: Script["functions"];
  readonly launch: Launch | null;
}

const TOP: Surroundings = { scopes: [], conditional: false, depth: 0, functions: new Map(), launch: null };
const SHELLS = new Set(["sh", "ksh", "esh", "fesh", "bash", "dash", "mksh"]);

class Follower {
  readonly #image: Image;
  readonly #findings: BuildFindings;
  readonly #commands: StartedCommand[] = [];
  readonly #unfollowed: StartedCommand[] = [];
  readonly #variables = new VariableLog();
  #boot: TargetEnvironment = this.#variables.now();
  #kernel: Startup["kernel"] = null;
  #read = 0;
  #isFull = false;
  #isExcerpt: boolean;
  #hasMacros: boolean;

  constructor(image: Image, findings: BuildFindings) {
    this.#image = image;
    this.#findings = findings;
    this.#hasMacros = image.buildfile.hasMacros;
    this.#isExcerpt = this.#hasMacros;
  }

  result(): Omit<Startup, "hasBootstrap" | "hasScript"> {
    return {
      commands: this.#commands,
      boot: this.#boot,
      kernel: this.#kernel,
      unfollowed: this.#unfollowed,
      isExcerpt: this.#isExcerpt,
    };
  }

  /**
   * The bootstrap file: a line of its own sets a variable for everything after it; on the line of the system process
   * PATH and LD_LIBRARY_PATH become its search paths, where everything is looked for in the end.
   */
  bootstrap(text: PlacedText): void {
    let own: ScriptCommand["assignments"] = [];
    for (const command of readScript(text.text, "boot").commands) {
      const [first] = command.words;
      if (first === undefined) this.#assign(command);
      else if (this.#kernel === null && baseName(first.text).startsWith("procnto")) {
        this.#kernel = { name: baseName(first.text), place: text.place(first.from, first.to) };
        own = command.assignments;
      }
    }
    this.#boot = this.#with(own);
  }

  script(text: PlacedText, language: ScriptLanguage, around: Surroundings = TOP): void {
    const { commands, functions } = readScript(text.text, language);
    this.#run(text, commands, language, { ...around, functions });
  }

  sayUnread(place: TextPlace, path: string, what = "the script"): void {
    const message = `${what} ${quote(path)} is not read: its file is not to be had here; what it starts, and when, is not known`;
    const hint =
      "give the folder of the build machine's files with --root, or the file itself beside the buildfile";
    this.#findings.add("BLD014", place, message, hint);
  }

  #run(
    text: PlacedText,
    commands: readonly ScriptCommand[],
    language: ScriptLanguage,
    around: Surroundings,
  ): void {
    for (const command of commands) {
      this.#read += 1;
      if (this.#read > COMMANDS_MAX) return this.#sayFull(text, command);
      if (command.words.length === 0) this.#assign(command);
      else this.#command(text, command, language, around);
    }
  }

  #command(text: PlacedText, command: ScriptCommand, language: ScriptLanguage, around: Surroundings): void {
    const { words, detached } = unwrapped(command.words);
    const [first, ...rest] = words;
    if (first === undefined) return;
    const program = baseName(this.#expand(first));
    const options = rest.map((word) => ({
      ...word,
      text: this.#expand(word),
      place: text.place(word.from, word.to),
    }));
    if (program === "...") return this.#sayExcerpt(text.place(first.from, first.to));
    if (isPlaceholder(program)) return this.#sayMacro(program, text.place(first.from, first.to));
    if (program === "export" || program === "setenv") return this.#export(options);
    const started: StartedCommand = {
      index: this.#commands.length,
      program,
      path: this.#expand(first),
      options,
      place: text.place(first.from, first.to),
      environment: this.#with(command.assignments),
      background: command.background || detached,
      scopes: around.scopes,
      conditional: command.conditional || around.conditional,
      language,
      launch: around.launch,
    };
    const body = around.functions.get(program);
    const inner = this.#inner(started, around);
    if (body !== undefined) {
      if (around.depth < SCRIPT_DEPTH_MAX) this.#run(text, body, language, inner);
      else this.#sayDeep(started.place);
      return;
    }
    this.#commands.push(started);
    this.#makeLinks(started);
    this.#follow(started, text, inner);
  }

  // What a started script does happens while the rest goes on, if it was started with `&`.
  #inner(started: StartedCommand, around: Surroundings): Surroundings {
    const scopes = started.background ? [...around.scopes, started.index] : around.scopes;
    const conditional = started.conditional;
    const { functions, launch } = around;
    return { scopes, conditional, depth: around.depth + 1, functions, launch };
  }

  // `sh -c "..."`, `sh file`, `. file`, or a shell script of the image by its name.
  #follow(started: StartedCommand, text: PlacedText, inner: Surroundings): void {
    const { program, options } = started;
    if (program === "slm" && inner.launch === null) return this.#followSlm(started, inner);
    let path = started.path;
    if (SHELLS.has(program) || program === "." || program === "source") {
      const inline = options.findIndex((word) => word.text === "-c");
      const script = inline < 0 ? options.find((word) => !word.text.startsWith("-")) : options[inline + 1];
      if (script === undefined) return;
      if (inline >= 0) return this.#followText(started, script, text, inner);
      path = script.text;
    }
    const file = this.lookUp(path, started.environment, program === "." || program === "source");
    const isNamedSo = path.endsWith(".sh") || path !== started.path;
    if (file === null) {
      if (isNamedSo) this.#sayUnfollowed(started, path);
      return;
    }
    if (!isNamedSo && file.entry.content.kind !== "inline" && !mayBeScript(file)) return;
    const content = this.#image.textOf(file);
    if (content === null) {
      if (isNamedSo) this.#sayUnfollowed(started, path);
      return;
    }
    if (!isNamedSo && !content.text.startsWith("#!")) return;
    if (inner.depth > SCRIPT_DEPTH_MAX) return this.#sayDeep(started.place);
    this.script(content, "shell", inner);
  }

  // Components run beside each other and beside the rest of the script; only what one depends on is sure to run before it.
  #followSlm(started: StartedCommand, inner: Surroundings): void {
    const path = started.options.at(-1)?.text;
    if (path === undefined) return;
    const file = this.#image.find(path);
    const text = file === null ? null : this.#image.textOf(file);
    if (file === null || text === null)
      return this.#sayUnfollowed(started, path, "the configuration of slm,");
    const { components, unread } = slmStarts(this.#image, file, text);
    for (const { path: missing, place } of unread) {
      this.#unfollowed.push(started);
      this.sayUnread(place, missing, "the configuration of slm,");
    }
    const scopes = [...inner.scopes, started.index];
    for (const component of components) {
      const [command, ...more] = wordsOf(component.source, component.command);
      if (command === undefined) continue;
      const launch: Launch = {
        by: started.index,
        component: component.name,
        after: dependenciesOf(component, components),
        isWaitedFor: component.waits !== null,
      };
      const words = [...more, ...wordsOf(component.source, component.args)];
      const launched: StartedCommand = {
        index: this.#commands.length,
        program: baseName(command.text),
        path: command.text,
        options: words.map((word) => ({
          ...word,
          from: 0,
          to: 0,
          quoted: false,
          open: /[$`]/.test(word.text),
        })),
        place: command.place,
        environment: started.environment,
        background: false,
        scopes,
        conditional: started.conditional,
        language: "shell",
        launch,
      };
      this.#commands.push(launched);
      this.#follow(launched, component.source, { ...inner, scopes, launch });
    }
  }

  #followText(started: StartedCommand, word: PlacedWord, text: PlacedText, inner: Surroundings): void {
    const quotedText = text.slice(word.from + 1, Math.max(word.from + 1, word.to - 1));
    if (!word.quoted || quotedText.text !== word.text)
      return this.#sayUnfollowed(started, "the text after -c");
    if (inner.depth > SCRIPT_DEPTH_MAX) return this.#sayDeep(started.place);
    this.script(quotedText, "shell", inner);
  }

  /** The image's file for a program: by its path, or along PATH. */
  lookUp(path: string, environment: TargetEnvironment, isPlain: boolean): ImageFile | null {
    if (path.includes("/") || isPlain) return this.#image.find(path);
    for (const folder of searchPath(environment, this.#boot, "PATH") ?? []) {
      const file = this.#image.find(`${folder}/${path}`);
      if (file !== null) return file;
    }
    return null;
  }

  #makeLinks({ program, options }: StartedCommand): void {
    const plain = options.filter((word) => !word.text.startsWith("-")).map((word) => word.text);
    const [to, path] = plain;
    if (plain.length !== 2 || to === undefined || path === undefined) return;
    if (
      program === "procmgr_symlink" ||
      (program === "ln" && options.some((word) => /^-\w*[sP]/.test(word.text)))
    ) {
      this.#image.link(path, to);
    }
  }

  #assign({ assignments }: ScriptCommand): void {
    for (const { name, value, open } of assignments) this.#set(name, value, open);
  }

  #export(options: readonly PlacedWord[]): void {
    for (const { text, open } of options) {
      const at = text.indexOf("=");
      if (at > 0) this.#set(text.slice(0, at), text.slice(at + 1), open);
    }
  }

  #set(name: string, written: string, isOpen: boolean): void {
    const { text, unknown } = substituted(written, this.#variables.now());
    this.#variables.set(name, text, isOpen && (unknown || /`|\$\(/.test(written)));
  }

  #with(assignments: ScriptCommand["assignments"]): TargetEnvironment {
    const now = this.#variables.now();
    return this.#variables.now(
      new Map(assignments.map(({ name, value }) => [name, substituted(value, now).text])),
    );
  }

  #expand({ text, open }: ScriptWord): string {
    return open ? substituted(text, this.#variables.now()).text : text;
  }

  #sayExcerpt(place: TextPlace): void {
    if (this.#isExcerpt) return;
    this.#isExcerpt = true;
    const message = `"..." stands for commands that are left out: what else is started, and when, is not known`;
    this.#findings.add("BLD012", place, message, "lint the whole buildfile to have everything checked");
  }

  #sayMacro(name: string, place: TextPlace): void {
    this.#isExcerpt = true;
    if (this.#hasMacros) return;
    this.#hasMacros = true;
    this.#findings.add("BLD017", place, macroMessage(name), MACRO_HINT);
  }

  #sayUnfollowed(started: StartedCommand, path: string, what?: string): void {
    this.#unfollowed.push(started);
    this.sayUnread(started.place, path, what);
  }

  #sayDeep(place: TextPlace): void {
    const message = `scripts inside one another more than ${SCRIPT_DEPTH_MAX} deep; this one is not followed`;
    this.#findings.add("BLD015", place, message, "look whether a script calls itself");
  }

  #sayFull(text: PlacedText, { words }: ScriptCommand): void {
    if (this.#isFull) return;
    this.#isFull = true;
    const place = text.place(words[0]?.from ?? 0, words[0]?.to ?? 1);
    const message = `more than ${COMMANDS_MAX} commands are run; reading stops here`;
    this.#findings.add("BLD015", place, message, "look whether scripts call each other");
  }
}

// A program of the build machine is a script only if its text says so, which costs reading it.
function mayBeScript({ hostName }: ImageFile): boolean {
  return hostName !== null && !/\.(so|a|sym|ko)(\.|$)/.test(hostName);
}

/** The folders of a path variable for a command: what is set for it, and what the bootstrap file set; null where neither is. */
export function searchPath(
  environment: TargetEnvironment,
  boot: TargetEnvironment,
  name: "PATH" | "LD_LIBRARY_PATH",
): readonly string[] | null {
  const set = [environment.get(name), boot.get(name)].filter((value) => value !== undefined);
  if (set.length === 0) return null;
  return [...new Set(set.flatMap((value) => value.split(":")).filter((folder) => folder !== ""))];
}
