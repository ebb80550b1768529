import type { ServiceName } from "../../events/vocabulary/service.ts";
import type { LibraryRole } from "../../events/vocabulary/startupQuestion.ts";
import type { ServiceState } from "./serviceState.ts";

/** A library that start-up needs: the file names to try, in order (SAF-1, SAF-4, G-5), and who asks for it. */
export interface NeededLibrary {
  readonly role: LibraryRole;
  /** As the configuration has it. */
  readonly written: string;
  readonly candidates: readonly string[];
  /** A file was named: that very one, on either variant (SAF-2). */
  readonly forced: boolean;
}

const PREFIXES: { readonly [role in LibraryRole]: string } = {
  support: "smmu-",
  configuration: "smmu-cfg-",
  "device-tree": "",
};

/** True when a file name is that of a safety variant; whether it is one is another matter (SAF-8a). */
export function isSafetyName(file: string): boolean {
  return /-safety(\.so|\.a)?$/.test(file);
}

/** What a library name of the configuration asks for. A name that ends in `.so` is a file, any other a base name. */
export function neededLibrary(service: ServiceName, role: LibraryRole, written: string): NeededLibrary {
  const prefix = PREFIXES[role];
  if (written.endsWith(".so")) {
    const prefixed = written.startsWith(prefix) ? [] : [`${prefix}${written}`];
    return { role, written, candidates: [written, ...prefixed], forced: true };
  }
  // G-5: a base name that says -safety already means that variant, and no plain file takes its place.
  if (isSafetyName(written)) return { role, written, candidates: [`${prefix}${written}.so`], forced: true };
  const plain = `${prefix}${written}.so`;
  const candidates = service === "smmuman-safety" ? [`${prefix}${written}-safety.so`, plain] : [plain];
  return { role, written, candidates, forced: false };
}

/** Every library that the configuration of a service asks for, in the order of loading; each once. */
export function neededLibraries(service: ServiceState): readonly NeededLibrary[] {
  const { config, placement, architecture, name } = service;
  if (placement === "guest") {
    // HG-6: an ARM guest loads it to read its device tree.
    return architecture === "arm" ? [neededLibrary(name, "device-tree", "libfdt.so")] : [];
  }
  if (config === null || config.smmu === null) return [];
  const support = neededLibrary(name, "support", config.smmu.library ?? config.smmu.type);
  const board = new Set(config.units.flatMap(({ parameters }) => parameters.cfg_dll ?? []));
  return [support, ...[...board].map((written) => neededLibrary(name, "configuration", written))];
}

/** The first needed library that is not loaded yet, and which file to try next; `next` null: all were tried in vain. */
export function missingLibrary(
  service: ServiceState,
): { readonly needed: NeededLibrary; readonly next: string | null } | null {
  for (const needed of neededLibraries(service)) {
    const tried = service.libraries.filter(
      ({ role, name }) => role === needed.role && needed.candidates.includes(name),
    );
    if (tried.some(({ loaded }) => loaded)) continue;
    const next = needed.candidates.find((candidate) => !tried.some(({ name }) => name === candidate));
    return { needed, next: next ?? null };
  }
  return null;
}
