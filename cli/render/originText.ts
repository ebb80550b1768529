import { isAbsolute, relative } from "node:path";

const SHOWN = 40;

/**
 * Where an event was told, as "file:line" on a screen: from the working folder where the file lies in it, and a
 * long path elsewhere by its last names. `--json` has the path as it was given.
 */
export function originText({ file, line }: { readonly file: string; readonly line?: number | null }): string {
  return `${shortPath(file)}:${line ?? "-"}`;
}

function shortPath(file: string): string {
  if (!isAbsolute(file)) return file;
  const here = relative(process.cwd(), file);
  if (here !== "" && !here.startsWith("..") && !isAbsolute(here)) return here;
  if (file.length <= SHOWN) return file;
  return `.../${file.split(/[\\/]/).slice(-2).join("/")}`;
}
