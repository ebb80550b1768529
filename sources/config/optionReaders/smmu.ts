import { quote } from "../../../base/diagnostic.ts";
import { closest } from "../closest.ts";
import { type Field, splitField } from "../fields.ts";
import { addressForm, plainForm } from "../numbers.ts";
import type { OptionBody, SmmuParameters, SmmuType } from "../options.ts";
import type { Origin } from "../origin.ts";
import { type ConfigWord, originOf } from "../words.ts";
import type { ArgumentReader } from "./argumentReader.ts";
import { readLibraryName } from "./library.ts";

/** The types whose parameters are known (CMP-2). */
export const SMMU_TYPES: readonly SmmuType[] = ["vtd", "armsmmu", "rcar3"];

/** The type that a library's name means, however the rest of its option reads. */
export function smmuTypeOf(name: string): SmmuType | "unknown" {
  const base = name
    .replace(/\.so$/, "")
    .replace(/^smmu-/, "")
    .replace(/-safety$/, "");
  return SMMU_TYPES.find((known) => known === base) ?? "unknown";
}

/** The largest interrupt number; the guide gives no bound below the width of the field. */
export const INTERRUPT_MAX = 0xffff_ffff;

/** `smmu type [parameters]` (SMU-1, X86-1, ARM-1, RCR-1). */
export function readSmmu(reader: ArgumentReader, words: readonly ConfigWord[]): OptionBody | null {
  const field = reader.known(words[0]!);
  const library = field === null ? null : readLibraryName(reader, field, "smmu-");
  if (field === null || library === null) return null;
  if (/^(arm)?smmu-?v3$/i.test(library.base)) {
    const hint =
      "the parameters of SMMUv3 units are not documented; only vtd, armsmmu (SMMUv2) and rcar3 are read";
    return reader.fail("CFG312", field.origin, `smmu ${quote(field.text)}: SMMUv3 is not supported`, hint);
  }
  const type = smmuTypeOf(field.text);
  const parameters = readParameters(reader, type, words[1] ?? null, field.origin);
  if (parameters === null || reader.failed || reader.unresolved) return null;
  return { kind: "smmu", library: { value: library, origin: field.origin }, parameters };
}

function readParameters(
  reader: ArgumentReader,
  type: SmmuType | "unknown",
  word: ConfigWord | null,
  typeOrigin: Origin,
): SmmuParameters | null {
  if (type === "unknown") return { type, text: word === null ? null : (reader.known(word)?.text ?? null) };
  if (type === "rcar3") return readRcar(reader, word, typeOrigin);
  if (word === null) return type === "vtd" ? { type, acpi: "optional" } : { type };
  const field = reader.known(word);
  if (field === null) return null;
  if (type === "armsmmu") {
    const hint = `leave it out: smmu armsmmu; registers and interrupts belong to "unit"`;
    return reader.fail("CFG314", field.origin, `armsmmu takes no parameters, got ${quote(field.text)}`, hint);
  }
  const { text } = field;
  if (text === "require" || text === "ignore") return { type, acpi: text };
  const near = closest(text, ["require", "required", "ignore", "ignored"])?.replace(/d$/, "");
  const hint =
    near === undefined
      ? "require: the ACPI tables must describe the units; ignore: they are not read; nothing: they are used if present"
      : `did you mean smmu vtd ${near}?`;
  return reader.fail(
    "CFG314",
    field.origin,
    `vtd parameter ${quote(text)}, expected require, ignore or nothing`,
    hint,
  );
}

const RCAR_USAGE = "smmu rcar3 paddr,fault_vector,mm_fault_bit[,socid.revid...]";

function readRcar(
  reader: ArgumentReader,
  word: ConfigWord | null,
  typeOrigin: Origin,
): SmmuParameters | null {
  if (word === null) {
    const hint = `write ${RCAR_USAGE}, for example smmu rcar3 0xe67b0000,228,18,0x4f.0x20`;
    return reader.fail("CFG314", typeOrigin, "rcar3 needs parameters, got none", hint);
  }
  const fields = reader.fields(word, ",");
  if (fields === null) return null;
  if (fields.length < 3) {
    const message = `rcar3 has ${fields.length} of at least 3 fields: paddr,fault_vector,mm_fault_bit`;
    return reader.fail("CFG207", originOf(word), message, `write ${RCAR_USAGE}`);
  }
  const base = reader.number(fields[0], addressForm("the address of the main IPMMU"));
  const vector = reader.small(fields[1], plainForm("the fault interrupt", INTERRUPT_MAX));
  const bit = reader.small(fields[2], plainForm("the fault interrupt bit", 31));
  const socs = fields.slice(3).map((field) => readSoc(reader, field));
  if (base === null || vector === null || bit === null || reader.failed || reader.unresolved) return null;
  const known = socs.flatMap((soc) => (soc === null ? [] : [soc]));
  return { type: "rcar3", base: base.value, faultVector: vector.value, faultBit: bit.value, socs: known };
}

function readSoc(reader: ArgumentReader, field: Field): { id: number; revision: number } | null {
  if (field.text === "") {
    reader.number(field, plainForm("the SoC id and revision", 0));
    return null;
  }
  const parts = splitField(field, ".");
  if (parts.length !== 2) {
    const hint = "write socid.revid: 0x4f.0x20 is R-Car H3 revision 3.0";
    return reader.fail("CFG314", field.origin, `${quote(field.text)} is not a SoC id and a revision`, hint);
  }
  const id = reader.small(parts[0], plainForm("the SoC id", 0xffff));
  const revision = reader.small(parts[1], plainForm("the SoC revision", 0xffff));
  return id === null || revision === null ? null : { id: id.value, revision: revision.value };
}
