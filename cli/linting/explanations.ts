import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFile } from "../packageFile.ts";

/** What the documentation says of a code. */
export interface Explanation {
  readonly title: string;
  /** Markdown: what it means, an example, what to do. */
  readonly text: string;
  /** The page, from the root of the package. */
  readonly page: string;
}

/** The explanations of all codes, from the pages that the package ships; empty where they are not there. */
export function readExplanations(): ReadonlyMap<string, Explanation> {
  const folder = packageFile("docs");
  const pages = pagesOf(folder);
  return new Map(
    pages.flatMap((name) => explanationsIn(readFileSync(join(folder, name), "utf8"), `docs/${name}`)),
  );
}

function pagesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".md"))
      .sort();
  } catch {
    return [];
  }
}

/** The explanations on a page: sections `### CODE: title`, and rows of tables that begin with a code. */
export function explanationsIn(page: string, path: string): [string, Explanation][] {
  const sections = page
    .split(/^#{2,3} /m)
    .slice(1)
    .flatMap((section): [string, Explanation][] => {
      const head = /^([A-Z]{3,4}\d{3}): (.*)\n/.exec(section);
      if (head === null) return [];
      return [[head[1]!, { title: head[2]!, text: section.slice(head[0].length).trim(), page: path }]];
    });
  const rows = [...page.matchAll(/^\| `([A-Z]{3,4}\d{3})` \| (.*) \|$/gm)].map(
    (row): [string, Explanation] => {
      const [, meaning = "", example = "", remedy = ""] = row[2]!.split(" | ");
      return [row[1]!, { title: meaning, text: `Example: ${example}\n\n${remedy}`, page: path }];
    },
  );
  return [...sections, ...rows];
}
