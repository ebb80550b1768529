import { readFileSync } from "node:fs";
import { packageFile } from "./packageFile.ts";

/** The version of this package. */
export function versionOfPackage(): string {
  return (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string }).version;
}
