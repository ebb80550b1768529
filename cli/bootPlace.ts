import type { BootInfo, EventStore } from "../store/eventStore.ts";
import { InputError } from "./inputError.ts";

/** Under which name a boot is to be written. */
export interface NameRequest {
  /** The name that the user asked for; null: none. */
  readonly boot: string | null;
  /** Replace a boot of that name. */
  readonly replace: boolean;
}

/** The name to write under, or the boot that is there already from the very same input (`digest` null: unknown). */
export function placeFor(
  store: EventStore,
  wanted: string,
  digest: string | null,
  request: NameRequest,
): { name: string; existing: BootInfo | null } {
  const there = store.boot(wanted);
  if (there === null || !there.complete) return { name: wanted, existing: null };
  if (request.replace) {
    store.remove(wanted);
    return { name: wanted, existing: null };
  }
  if (digest !== null && there.sourceDigest === digest) return { name: wanted, existing: there };
  if (request.boot !== null) {
    throw new InputError(
      `there is a boot ${wanted} from other input; choose another --boot NAME, or --replace it`,
    );
  }
  for (let n = 2; ; n++) {
    const name = `${wanted}-${n}`;
    const other = store.boot(name);
    if (other === null || !other.complete) return { name, existing: null };
    if (digest !== null && other.sourceDigest === digest) return { name, existing: other };
  }
}
