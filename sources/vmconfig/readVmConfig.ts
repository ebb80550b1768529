import { type Diagnostic, quote } from "../../base/diagnostic.ts";
import { closest } from "../config/closest.ts";
import { splitField, wholeWord } from "../config/fields.ts";
import { addressForm, lengthForm, plainForm, readNumber } from "../config/numbers.ts";
import { type ConfigInput, preprocess } from "../config/preprocess.ts";
import { reportDiagnostics } from "../config/reportDiagnostics.ts";
import { type ConfigWord, NAME_MAX, originOf } from "../config/words.ts";
import { PassedOver } from "./passedOver.ts";
import { isRange, readLocation } from "./readLocation.ts";
import { OTHER_OPTIONS, READ_OPTIONS, type ReadOption, type Sentence, sentencesOf } from "./sentences.ts";
import { VM_CODES } from "./vmCodes.ts";
import {
  type PassedDevice,
  type PassedMemory,
  type Ram,
  SAFETY_WORDS,
  type VdevSmmu,
  type VmConfig,
} from "./vmConfig.ts";
import { vmProblem } from "./vmProblem.ts";

/** How many regions and devices one VM may have here. */
export const ENTRIES_MAX = 1024;

/** What a qvm configuration comes to, and what is wrong with its language; `lintVmConfig` finds more. */
export interface VmConfigRead {
  readonly config: VmConfig;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads the subset of a qvm configuration that concerns DMA: `system`, `ram`, `pass`, `vdev smmu` and `safety`. The
 * language is that of the service's own configuration (HG config/qvm_syntax): words, comments, `@` files, substitutions,
 * numbers. Never throws on bad input.
 */
export function readVmConfig(input: ConfigInput): VmConfigRead {
  const { items, diagnostics } = preprocess(input);
  const reader = new Reader();
  for (const sentence of sentencesOf(items)) reader.take(sentence);
  const told = [...diagnostics.filter((each) => !reader.passesOver(each)), ...reader.finish()];
  const config = reader.config();
  if (told.every(({ code }) => code === "QVM003") && isNothing(config)) told.push(noVm(input));
  return { config, diagnostics: reportDiagnostics(told) };
}

/** What the words of the language are told for, whatever they stand for. */
const WORD_CODES: ReadonlySet<string> = new Set(["CFG007", "CFG008", "CFG009", "CFG015"]);

function isNothing({ name, ram, pass, smmu, safety }: VmConfig): boolean {
  return name === null && ram.length === 0 && pass.length === 0 && smmu === null && safety === null;
}

function noVm({ sources }: ConfigInput): Diagnostic {
  const [first] = sources;
  const message = "nothing of a VM stands here: no name, no memory, no device, no vdev smmu";
  const { severity } = VM_CODES.QVM009;
  const hint = "check that this is a qvm configuration; those of the service end in .smmu";
  return {
    code: "QVM009",
    severity,
    message,
    hint,
    file: first?.kind === "file" ? first.path : null,
    line: null,
  };
}

const USAGE: { readonly [option in ReadOption]: string } = {
  system: "system name",
  ram: "ram start,len; for example ram 0x80000000,256M",
  pass: "pass loc pci:0:18.0,rwd",
  vdev: "vdev name; for example vdev smmu intr 40",
  safety: "safety none|warn|required",
};

class Reader {
  readonly #problems: Diagnostic[] = [];
  readonly #passedOver = new PassedOver();
  readonly #skippedOptions: ConfigWord[] = [];
  readonly #ram: Ram[] = [];
  readonly #pass: (PassedDevice | PassedMemory)[] = [];
  #name: VmConfig["name"] = null;
  #smmu: VdevSmmu | null = null;
  #safety: VmConfig["safety"] = null;

  config(): VmConfig {
    return {
      name: this.#name,
      ram: this.#ram,
      pass: this.#pass,
      smmu: this.#smmu,
      safety: this.#safety,
    };
  }

  take({ keyword, words }: Sentence): void {
    if (keyword === null) return this.#stray(words);
    if (OTHER_OPTIONS.has(keyword.text)) return this.#passOver(keyword, words);
    const option = READ_OPTIONS.find((each) => each === keyword.text)!;
    if (words.length === 0) return this.#lacks(keyword, USAGE[option]);
    switch (option) {
      case "system":
        return this.#system(words);
      case "ram":
        return this.#readRam(words);
      case "pass":
        return this.#readPass(keyword, words);
      case "vdev":
        return this.#vdev(keyword, words);
      case "safety":
        return this.#readSafety(words);
    }
  }

  /** Quotes and the like matter only in what is read. */
  passesOver(diagnostic: Diagnostic): boolean {
    return WORD_CODES.has(diagnostic.code) && this.#passedOver.holds(diagnostic);
  }

  finish(): readonly Diagnostic[] {
    const [first] = this.#skippedOptions;
    if (first === undefined) return this.#problems;
    const names = [...new Set(this.#skippedOptions.map(({ text }) => text))];
    const message = `not looked at: ${names.join(", ")}; they do not concern DMA here`;
    const hint = "nothing to do; docs/vms.md lists what is read";
    return [...this.#problems, vmProblem("QVM003", originOf(first), message, hint)];
  }

  #system(words: readonly ConfigWord[]): void {
    const [name, ...rest] = words;
    if (!this.#isKnown(name!)) return;
    if (name!.text.length > NAME_MAX)
      this.#problems.push(
        vmProblem("QVM008", originOf(name!), "the name is too long", `at most ${NAME_MAX} characters`),
      );
    else this.#name = { value: name!.text, origin: originOf(name!) };
    this.#stray(rest);
  }

  #readRam([word, ...rest]: readonly ConfigWord[]): void {
    this.#stray(rest);
    if (!this.#isKnown(word!) || this.#isFull(word!)) return;
    const fields = splitField(wholeWord(word!), ",");
    if (fields.length !== 2) {
      const message = `${quote(word!.text)} is no range, expected start,len`;
      this.#problems.push(vmProblem("QVM004", originOf(word!), message, `write ${USAGE.ram}`));
      return;
    }
    const guest = readNumber(fields[0]!, addressForm("the guest-physical address"), this.#problems);
    const length = readNumber(fields[1]!, lengthForm("the length"), this.#problems);
    if (guest === null || length === null) return;
    if (!isRange(wholeWord(word!), [guest.value], length.value, this.#problems)) return;
    this.#ram.push({ kind: "ram", guest: guest.value, length: length.value, origin: originOf(word!) });
  }

  /** `pass` is followed by pairs: `loc` with a location, `intr` with an interrupt, which does not concern DMA. */
  #readPass(keyword: ConfigWord, words: readonly ConfigWord[]): void {
    let at = 0;
    let located = false;
    while (at < words.length) {
      const word = words[at]!;
      const argument = words[at + 1];
      if (word.text !== "loc" && word.text !== "intr") break;
      if (argument === undefined) return this.#lacks(word, USAGE.pass);
      if (word.text === "intr") this.#passedOver.add([argument]);
      else {
        located = true;
        if (this.#isKnown(argument) && !this.#isFull(argument)) {
          const entry = readLocation(argument, this.#problems);
          if (entry !== null) this.#pass.push(entry);
        }
      }
      at += 2;
    }
    if (!located) this.#lacks(keyword, USAGE.pass);
    this.#stray(words.slice(at));
  }

  #vdev(keyword: ConfigWord, [name, ...words]: readonly ConfigWord[]): void {
    if (name!.text !== "smmu") return this.#passOver(keyword, words, `vdev ${name!.text}`);
    let intr: number | null = null;
    let loc: bigint | null = null;
    let at = 0;
    for (; at < words.length; at += 2) {
      const word = words[at]!;
      const argument = words[at + 1];
      if (word.text !== "intr" && word.text !== "loc") break;
      if (argument === undefined) {
        this.#lacks(word, "vdev smmu [intr num] [loc baddr]");
        continue;
      }
      if (!this.#isKnown(argument)) continue;
      const whole = wholeWord(argument);
      if (word.text === "loc")
        loc = readNumber(whole, addressForm("the request page's address"), this.#problems)?.value ?? null;
      else {
        // `intr gic:40` names the controller as well.
        const number = splitField(whole, ":").at(-1)!;
        const read = readNumber(number, plainForm("the interrupt", 0xffff), this.#problems);
        intr = read === null ? null : Number(read.value);
      }
    }
    this.#stray(words.slice(at));
    this.#smmu = { intr, loc, origin: originOf(name!) };
  }

  #readSafety([word, ...rest]: readonly ConfigWord[]): void {
    this.#stray(rest);
    if (!this.#isKnown(word!)) return;
    const value = SAFETY_WORDS.find((each) => each === word!.text);
    if (value !== undefined) this.#safety = { value, origin: originOf(word!) };
    else {
      const message = `${quote(word!.text)} is no argument of safety`;
      this.#problems.push(vmProblem("QVM007", originOf(word!), message, `write ${USAGE.safety}`));
    }
  }

  #passOver(keyword: ConfigWord, words: readonly ConfigWord[], name = keyword.text): void {
    this.#passedOver.add(words);
    if (!this.#skippedOptions.some(({ text }) => text === name))
      this.#skippedOptions.push({ ...keyword, text: name });
  }

  #stray(words: readonly ConfigWord[]): void {
    const [first] = words;
    if (first === undefined) return;
    this.#passedOver.add(words);
    const near = closest(first.text, [...READ_OPTIONS, ...OTHER_OPTIONS]);
    const rest = words.length - 1;
    const more =
      rest === 0 ? "it is" : `it and ${rest === 1 ? "the word" : `the ${rest} words`} after it are`;
    const hint = near === null ? "docs/vms.md lists what is read" : `did you mean ${near}?`;
    const message = `${quote(first.text)} is no option that is known; ${more} passed over`;
    // What is lost of an option that counts may leave a device out.
    const isLoss = near !== null && (READ_OPTIONS as readonly string[]).includes(near);
    this.#problems.push(vmProblem("QVM001", originOf(first), message, hint, isLoss ? "error" : "warning"));
  }

  #lacks(word: ConfigWord, usage: string): void {
    const message = `${quote(word.text)} lacks its argument`;
    this.#problems.push(vmProblem("QVM002", originOf(word), message, `write ${usage}`));
  }

  /** False for a word that has no meaning, which was told before. */
  #isKnown(word: ConfigWord): boolean {
    return word.state === "whole";
  }

  #isFull(word: ConfigWord): boolean {
    if (this.#ram.length + this.#pass.length < ENTRIES_MAX) return false;
    const message = `more than ${ENTRIES_MAX} regions and devices; the rest is passed over`;
    if (!this.#problems.some(({ code }) => code === "QVM008"))
      this.#problems.push(vmProblem("QVM008", originOf(word), message, "check that this is one VM"));
    return true;
  }
}
