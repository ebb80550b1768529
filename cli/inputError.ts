/** An input or a usage that cannot be worked with; the message is a sentence for the user, the exit code 2. */
export class InputError extends Error {
  override readonly name = "InputError";
}
