import { err, ok, type Result } from "../../base/result.ts";
import type { GuestService } from "../../events/vmEvents.ts";
import type { Component, ServiceName } from "../../events/vocabulary/service.ts";
import { readOptions } from "../config/readOptions.ts";
import { configStimuli } from "./configStimuli.ts";

/** What is told of a service in a guest. `components`: what its vdev would report; null: nobody says. */
export interface GuestLaunch {
  readonly name: ServiceName;
  /** Its command line. */
  readonly args: readonly string[];
  /** The texts of the files that it reads, by name. */
  readonly files: ReadonlyMap<string, string>;
  readonly components: readonly Component[] | null;
}

/** The service of a guest, its configuration read as it would read it there (HG-3.2). */
export function guestServiceOf({ name, args, files, components }: GuestLaunch): GuestService {
  const readFile = (path: string): Result<Uint8Array, string> => {
    const text = files.get(path);
    return text === undefined ? err("the record has no such file") : ok(new TextEncoder().encode(text));
  };
  const read = readOptions({ sources: [{ kind: "words", words: args }], readFile, asinfo: [], env: {} });
  const { told: config } = configStimuli(read, name, "guest");
  return {
    name,
    arguments: args,
    files: Object.fromEntries(files),
    config: config.map(({ stimulus }) => stimulus),
    components,
  };
}
