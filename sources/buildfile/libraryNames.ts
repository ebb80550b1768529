import type { ServiceName } from "../config/effective.ts";
import type { LibraryName } from "../config/options.ts";

/** The files that are tried for a library, in order (SAF-1, SAF-4, G-5). `prefix` is `smmu-` or `smmu-cfg-`. */
export function libraryFiles(service: ServiceName, library: LibraryName, prefix: string): readonly string[] {
  const { written, base, forced, safetyFile } = library;
  if (forced) return written.startsWith(prefix) ? [written] : [written, `${prefix}${written}`];
  const plain = `${prefix}${base}.so`;
  const safety = `${prefix}${base}-safety.so`;
  if (safetyFile) return [safety];
  return service === "smmuman-safety" ? [safety, plain] : [plain];
}
