/** States kept outside memory, in the order of finding: some words each, and the number of the state it was found from. */
export interface StateFile {
  /** Adds states after those that it has. */
  append(words: Uint32Array, parents: Int32Array): void;
  /** Fills `into` with states from number `first` on. */
  read(first: number, into: Uint32Array): void;
  /** Fills `into` with the parents of states from number `first` on. */
  readParents(first: number, into: Int32Array): void;
  /** A new one, empty, for states of `words` words each; this one stays readable until the new one is kept. */
  anew(words: number): StateFile;
}
