import { unreachable } from "../../../base/assert.ts";
import { quote } from "../../../base/diagnostic.ts";
import { type Field, splitField, wholeWord } from "../fields.ts";
import { addressForm, confusableForm, plainForm } from "../numbers.ts";
import type { OptionBody, UnitParameters } from "../options.ts";
import { OPTION_SHAPES } from "../optionWords.ts";
import { type ConfigWord, originOf } from "../words.ts";
import type { ArgumentReader, ReadingContext } from "./argumentReader.ts";
import { readLibraryName } from "./library.ts";
import { INTERRUPT_MAX } from "./smmu.ts";

/** The widest StreamID of an SMMUv2: 16 bits with the extended-id feature (hardware 2). */
export const STREAM_ID_MAX = 0xffff;
/** The highest micro-TLB number of any R-Car: 64 of them in the widest. */
export const MICRO_TLB_MAX = 63;

/** `unit name parameters`, the parameters by the type of the last `smmu` (UNT-1, UNT-2). */
export function readUnit(
  reader: ArgumentReader,
  words: readonly ConfigWord[],
  context: ReadingContext,
): OptionBody | null {
  const name = reader.name(words[0]!, "the name of a unit", OPTION_SHAPES.unit.usage);
  const parameters = readParameters(reader, words[1]!, context);
  if (name === null || parameters === null || reader.failed || reader.unresolved) return null;
  return { kind: "unit", name, parameters, beforeSmmu: context.smmu === null };
}

function readParameters(
  reader: ArgumentReader,
  word: ConfigWord,
  context: ReadingContext,
): UnitParameters | null {
  switch (context.smmu) {
    case "vtd":
      return readVtd(reader, word);
    case "armsmmu":
      return readArm(reader, word);
    case "rcar3":
      return readRcar(reader, word);
    case "unknown":
    case null:
      return { type: "unknown", text: reader.known(word)?.text ?? "" };
    default:
      return unreachable(context.smmu);
  }
}

const REGISTERS = addressForm("the address of the unit's registers");

/** The fields of a unit, when their number is right. */
function fieldsOf(
  reader: ArgumentReader,
  word: ConfigWord,
  usage: string,
  min: number,
  max: number,
): Field[] | null {
  const fields = reader.fields(word, ",");
  if (fields === null || (fields.length >= min && fields.length <= max)) return fields;
  const expected = min === max ? `${min}` : `${min} to ${max}`;
  const message = `${quote(word.text)} has ${fields.length} field${fields.length === 1 ? "" : "s"}, expected ${expected}: ${usage}`;
  return reader.fail("CFG207", originOf(word), message, `write ${usage}`);
}

function readVtd(reader: ArgumentReader, word: ConfigWord): UnitParameters | null {
  const fields = fieldsOf(reader, word, "vtd_paddr", 1, 1);
  const base = reader.number(fields?.[0], REGISTERS);
  return base === null ? null : { type: "vtd", base: base.value };
}

function readRcar(reader: ArgumentReader, word: ConfigWord): UnitParameters | null {
  const fields = fieldsOf(reader, word, "paddr,intr_status_bit", 2, 2);
  const base = reader.number(fields?.[0], REGISTERS);
  const bit = reader.small(fields?.[1], plainForm("the interrupt status bit", 31));
  return base === null || bit === null ? null : { type: "rcar3", base: base.value, statusBit: bit.value };
}

const ARM_USAGE = "paddr,NScIrpt,NSgIrpt,bypass[,res_sid[,cfg_dll]]";

function readArm(reader: ArgumentReader, word: ConfigWord): UnitParameters | null {
  const fields = fieldsOf(reader, word, ARM_USAGE, 4, 6);
  if (fields === null) return null;
  const base = reader.number(fields[0], REGISTERS);
  const context = reader.small(fields[1], plainForm("the context interrupt", INTERRUPT_MAX));
  const global = reader.small(fields[2], plainForm("the global interrupt", INTERRUPT_MAX));
  const bypass = readBypass(reader, fields[3]!);
  const reservedStreamIds = readStreamIds(reader, fields[4], fields.length === 6);
  const library = readConfigurationLibrary(reader, fields[5]);
  if (base === null || context === null || global === null || bypass === null) return null;
  return {
    type: "armsmmu",
    base: base.value,
    contextInterrupt: context.value,
    globalInterrupt: global.value,
    bypass: { value: bypass, origin: fields[3]!.origin },
    reservedStreamIds,
    library,
  };
}

function readBypass(reader: ArgumentReader, field: Field): boolean | null {
  const read = reader.number(field, plainForm("bypass", 0xffff_ffff));
  if (read === null) return null;
  if (read.value <= 1n) return read.value === 1n;
  const hint = "0: unidentified streams are stopped; 1: they bypass the SMMU and reach all memory";
  return reader.fail("CFG315", field.origin, `bypass is ${read.value}, expected 0 or 1`, hint);
}

// ARM-3, G-20: an empty list before a library is meant only where two commas say so; a last comma says nothing.
function readStreamIds(reader: ArgumentReader, field: Field | undefined, beforeLibrary: boolean): number[] {
  if (field === undefined || (field.text === "" && beforeLibrary)) return [];
  if (field.text === "") {
    const origin = { ...field.origin, column: Math.max(1, field.origin.column - 1) };
    reader.fail(
      "CFG206",
      origin,
      "res_sid is empty",
      "take out the last comma, or write StreamIDs as 4:5:16",
    );
    return [];
  }
  // The library's name in the place of the StreamIDs: say so, rather than that it is no number.
  if (!beforeLibrary && /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(field.text)) {
    const hint = `write ,, before it to reserve none: ...,,${field.text.slice(0, 64)}`;
    reader.fail("CFG316", field.origin, `${quote(field.text)} stands where res_sid belongs`, hint);
    return [];
  }
  const form = confusableForm("the reserved StreamID", STREAM_ID_MAX);
  const ids = splitField(field, ":").map((part) => reader.small(part, form));
  return ids.flatMap((id) => (id === null ? [] : [id.value]));
}

function readConfigurationLibrary(reader: ArgumentReader, field: Field | undefined) {
  if (field === undefined) return null;
  if (field.unknown) {
    reader.unresolved = true;
    return null;
  }
  if (field.text !== "") return readLibraryName(reader, field, "smmu-cfg-");
  const origin = { ...field.origin, column: Math.max(1, field.origin.column - 1) };
  reader.fail("CFG206", origin, "cfg_dll is empty", "take out the last comma, or write a library: imx8");
  return null;
}

/** `use unit [parameter]`: none on VT-d, the StreamID on ARM, the micro-TLB on R-Car (X86-3, ARM-5, RCR-4). */
export function readUse(
  reader: ArgumentReader,
  words: readonly ConfigWord[],
  context: ReadingContext,
): OptionBody | null {
  const unit = reader.name(words[0]!, "the name of a unit", OPTION_SHAPES.use.usage);
  const word = words[1];
  const field = word === undefined ? undefined : (reader.known(word) ?? undefined);
  if (word !== undefined && context.smmu === "vtd") {
    const hint = `write use ${words[0]!.text.slice(0, 64)}; a PCI function is known by its bus, device and function`;
    reader.fail(
      "CFG408",
      wholeWord(word).origin,
      `vtd permits no parameter after the unit, got ${quote(word.text)}`,
      hint,
    );
  } else if (word === undefined && context.smmu === "rcar3") {
    const hint = `write use ${words[0]!.text.slice(0, 64)} 0 with the device's micro-TLB number`;
    reader.fail("CFG408", originOf(words[0]!), "rcar3 needs the micro-TLB number after the unit", hint);
  }
  const parameter = context.smmu === "vtd" ? null : reader.small(field, useForm(context));
  if (unit === null || reader.failed || reader.unresolved) return null;
  return { kind: "use", unit, parameter };
}

function useForm(context: ReadingContext) {
  if (context.smmu === "armsmmu") return confusableForm("the StreamID", STREAM_ID_MAX);
  if (context.smmu === "rcar3") return plainForm("the micro-TLB number", MICRO_TLB_MAX);
  return plainForm("the parameter", 0xffff_ffff);
}
