import fc from "fast-check";
import { expect, test } from "vitest";
import { InputError } from "../../../cli/inputError.ts";
import { complete } from "../../../cli/shell/complete.ts";
import { emptySession } from "../../../cli/shell/openSession.ts";
import { execute } from "../../../cli/shell/shell.ts";
import { ShellState } from "../../../cli/shell/shellState.ts";
import { VERBS } from "../../../cli/shell/verbs.ts";
import { openTerminal } from "../../../cli/terminal.ts";
import { API_FUNCTIONS } from "../../../events/vocabulary/clientApi.ts";

// `save` writes to a database, which is another test's matter.
const words = [...VERBS.keys()].filter((word) => word !== "save");
const pieces = fc.constantFrom(
  ...words,
  ...API_FUNCTIONS,
  ...'( ) { } [ ] , | = => + " # ; : & * -1 0 1 18 0x1000 0xffffffffffffffff 99999999999999999999 NULL null'.split(
    " ",
  ),
  ..."o1 c1 main r w vm=x sop= flags= SMF_READ SMF_WRITE|SMF_TARGET SMF_NOPE ANY 00:12.0 pci:0000:00:12.0 mmio:0x1".split(
    " ",
  ),
  ..."{SDT_PCI,0,18,0} {0x1000,0x1000} 0x1000+0x1000 start end all denied permitted EBUSY __proto__ toString".split(
    " ",
  ),
  '{"kind":"dma"}',
  '{"kind":"client","client":"c1","abilities":["smmu/attach"]}',
  "\u0000\u001b[31m",
);
const lines = fc.oneof(
  fc.array(pieces, { maxLength: 8 }).map((list) => list.join(" ")),
  fc
    .tuple(fc.constantFrom(...API_FUNCTIONS), fc.array(pieces, { maxLength: 6 }))
    .map(([name, list]) => `${name}(${list.join(", ")})`),
  fc.string({ unit: "binary", maxLength: 40 }),
);

test("whatever is typed, the answer is a reply or a sentence, and completion has something to say of it", async () => {
  const terminal = openTerminal({ db: "none.db", json: false, quiet: true, color: false });
  await fc.assert(
    fc.asyncProperty(fc.array(lines, { maxLength: 12 }), async (typed) => {
      const shell = new ShellState(emptySession("main", "vtd"), terminal, "none.db");
      for (const [i, line] of typed.entries()) {
        const [found] = complete(shell, line);
        expect(found.every((word) => typeof word === "string")).toBe(true);
        try {
          const reply = await execute(shell, line, { file: "t", line: i + 1 });
          if (reply !== null) JSON.stringify(reply.json);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as Error).message).not.toMatch(/undefined|\[object|NaN/);
        }
      }
      expect(shell.prompt).toMatch(/> $/);
    }),
    { numRuns: 400 },
  );
});
