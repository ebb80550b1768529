import { err, ok } from "../../base/result.ts";
import type { ConfigurationReader } from "../../replay/check/texts.ts";
import { readOptions } from "../../sources/config/readOptions.ts";
import { configStimuli } from "../../sources/startup/configStimuli.ts";

/** Reads the configurations of a check, which are in no file. */
export const readConfiguration: ConfigurationReader = (files, service, placement) => {
  const options = readOptions({
    sources: [{ kind: "file", path: "main.smmu" }],
    readFile: (path) => {
      const text = files.get(path);
      return text === undefined ? err("there is no such file") : ok(new TextEncoder().encode(text));
    },
    asinfo: [],
    env: {},
  });
  return configStimuli(options, service, placement).told.map(({ stimulus }) => stimulus);
};
