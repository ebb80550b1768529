import { quote } from "../../base/diagnostic.ts";
import { InputError } from "../inputError.ts";
import { readTypedCall, type TypedCall } from "./callSyntax.ts";
import { cutExpectation, expectedReturn } from "./expectation.ts";
import type { TypedAt } from "./readRecord.ts";
import type { Reply } from "./reply.ts";
import type { ShellState } from "./shellState.ts";
import { VERBS } from "./verbs.ts";
import { LINE_LENGTH_MAX, wordsOf } from "./words.ts";

/** Does what a line says; null for an empty one. Throws InputError where it cannot be understood or done. */
export async function execute(shell: ShellState, typed: string, at: TypedAt): Promise<Reply | null> {
  const line = typed.replace(/^\s*#.*$/, "").trim();
  if (line === "") return null;
  if (line.length > LINE_LENGTH_MAX)
    throw new InputError(`the line is ${line.length} characters long, at most ${LINE_LENGTH_MAX} are read`);
  if (line.startsWith("{")) return shell.tell(line, at);
  const { text, expected } = cutExpectation(line);
  const called = readTypedCall(text);
  if (called !== null) return call(shell, called, expected, at);
  const word = /^\S+/.exec(line)![0];
  const verb = VERBS.get(word);
  if (verb === undefined)
    throw new InputError(`there is no command or function ${quote(word)}${near(word)}; help lists them`);
  const given = verb.expects === true ? text : line;
  const rest = given.slice(word.length).trim();
  return verb.run({ shell, words: wordsOf(rest), rest, expected, at });
}

function call(shell: ShellState, typed: TypedCall, expected: string | null, at: TypedAt): Reply {
  const begun = shell.beginClient(at);
  const record = {
    kind: "call",
    client: shell.client!,
    function: typed.function,
    args: typed.args,
    ...(typed.function === "smmu_obj_create" ? { as: typed.as ?? shell.freeObject() } : {}),
    ...(expected === null ? {} : expectedReturn(expected)),
  };
  const reply = shell.tell(record, at);
  return begun === null ? reply : { ...reply, text: begun + reply.text };
}

function near(word: string): string {
  const known = [...VERBS.keys()].find((name) => word.length >= 2 && name.startsWith(word.slice(0, 2)));
  return known === undefined ? "" : `; is it ${known}?`;
}
