/** One rule of the machine bent on purpose, to see whether a property notices. */
export interface Mutant {
  /** Its name on command lines and in reports. */
  readonly id: string;
  /** What the machine does wrong, as a sentence. */
  readonly rule: string;
  /** The requirements that it breaks. */
  readonly requirements: readonly string[];
  /** The module that is changed: `clients/deviceCalls` of `core/`. */
  readonly module: string;
  /** A piece of its text that stands there exactly once. White space, type annotations and `!` do not count. */
  readonly find: string;
  /** What stands there instead. */
  readonly put: string;
}
