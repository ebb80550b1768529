import { type Diagnostic, quote } from "../../../base/diagnostic.ts";
import { hex, type NumberRead } from "../numbers.ts";
import type { ConfigOption, DeviceOption } from "../options.ts";
import { problem } from "../problem.ts";
import type { LintSubject } from "./subject.ts";

/** Numbers without a prefix: likely read in the wrong radix, readable in both, or merely unadorned (NUM-1, NUM-6, G-12). */
export function radix(subject: LintSubject): Diagnostic[] {
  return subject.options.flatMap((option) => [
    ...suspicious(option),
    ...ambiguous(option),
    ...unprefixed(option),
  ]);
}

// A memory number that is page-aligned in the other radix only was very likely meant in that one.
function isSuspicious(number: NumberRead): boolean {
  if (!number.form.multiplier || number.otherReading === null || number.otherReading === 0n) return false;
  return number.value % 4096n !== 0n && number.otherReading % 4096n === 0n;
}

// Nobody takes the 16 of a length 16M for hexadecimal; in an address it is, and G-12 leaves it open.
function isAmbiguous(number: NumberRead): boolean {
  if (!number.form.confusable || number.otherReading === null) return false;
  if (number.form.radix === 10 && /[KMGkmg]$/.test(number.text)) return false;
  return number.otherReading !== number.value && !isSuspicious(number);
}

function suspicious(option: ConfigOption): Diagnostic[] {
  return option.numbers.filter(isSuspicious).map((number) => {
    const [read, other] = number.form.radix === 16 ? ["hexadecimal", "decimal"] : ["decimal", "hexadecimal"];
    const message = `${number.form.what} ${quote(number.text)} is ${read}, ${hex(number.value)}, not page-aligned; as ${other} it would be ${hex(number.otherReading!)}, which is`;
    const hint = `write ${hex(number.otherReading!)} if that was meant, else ${hex(number.value)}`;
    return problem("CFG607", number.origin, message, hint);
  });
}

function ambiguous(option: ConfigOption): Diagnostic[] {
  const numbers = option.numbers.filter(isAmbiguous);
  if (numbers.length === 0) return [];
  const told = numbers.slice(0, 4).map((number) => `${quote(number.text)} is ${reading(number)}`);
  const more = numbers.length > 4 ? ", ..." : "";
  const shown =
    option.kind === "device" && option.device.value.startsWith("pci:")
      ? shownByLspci(option)
      : "the default radix decides";
  const hint = `write the prefix: ${numbers.slice(0, 4).map(prefixed).join(", ")}`;
  return [problem("CFG608", numbers[0]!.origin, `${told.join(", ")}${more}: ${shown}`, hint)];
}

function shownByLspci(option: DeviceOption): string {
  return `lspci shows this function as ${option.device.value.replace(/^pci:[0-9a-f]{4}:/, "")}`;
}

function reading({ form, value }: NumberRead): string {
  return `${form.radix === 16 ? "hexadecimal" : "decimal"}, ${hex(value)}`;
}

function prefixed({ form, value, text }: NumberRead): string {
  return form.multiplier ? hex(value) : `0d${text}`;
}

function unprefixed(option: ConfigOption): Diagnostic[] {
  const numbers = option.numbers.filter(
    ({ form, prefixed: isPrefixed, otherReading }) =>
      form.radix === 16 && !isPrefixed && otherReading === null,
  );
  return numbers.map(({ origin, text, value, form }) => {
    const message = `${form.what} ${quote(text)} is hexadecimal without its prefix`;
    return problem("CFG609", origin, message, `the guide recommends the prefix (NUM-6): ${hex(value)}`);
  });
}
