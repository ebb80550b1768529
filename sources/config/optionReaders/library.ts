import { quote } from "../../../base/diagnostic.ts";
import type { Field } from "../fields.ts";
import type { LibraryName } from "../options.ts";
import type { ArgumentReader } from "./argumentReader.ts";

/** The name of a support library (`prefix` "smmu-") or configuration library ("smmu-cfg-"): SAF-1, SAF-3, SAF-4, G-5. */
export function readLibraryName(reader: ArgumentReader, field: Field, prefix: string): LibraryName | null {
  const { text, origin } = field;
  const refuse = (why: string, hint: string) =>
    reader.fail("CFG313", origin, `library ${quote(text)} ${why}`, hint);
  if (text.includes("/")) {
    const file = text.slice(text.lastIndexOf("/") + 1, text.length);
    const hint = `write ${file.slice(0, 64) || `${prefix}name.so`} and put its folder on the library path; nothing says that a folder named here is to be trusted`;
    return refuse("names a folder", hint);
  }
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(text) || text.length > 128) {
    return refuse("is not a library's name", `write a base name (vtd) or a file name (${prefix}vtd.so)`);
  }
  const forced = text.endsWith(".so");
  const stem = forced ? text.slice(0, -3) : text;
  if (!forced && stem.startsWith(prefix)) {
    const hint = `write ${stem.slice(prefix.length)} to let the service choose, or ${stem}.so for that very file`;
    return refuse(`is a base name that starts with ${prefix}`, hint);
  }
  const unprefixed = stem.startsWith(prefix) ? stem.slice(prefix.length) : stem;
  const safetyFile = unprefixed.endsWith("-safety");
  const base = safetyFile ? unprefixed.slice(0, -"-safety".length) : unprefixed;
  if (base === "") return refuse("has no name", `write ${prefix}name.so`);
  return { written: text, base, forced, safetyFile };
}
