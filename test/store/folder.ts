import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A folder of its own for the tests of a file, removed after them. */
export function temporaryFolder(): { path(name: string): string } {
  const folder = mkdtempSync(join(tmpdir(), "smmu-store-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { path: (name) => join(folder, name) };
}
