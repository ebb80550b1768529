/** What a configuration may cost before it is refused; each limit has its own diagnostic. */
export interface ConfigLimits {
  /** Files inside files: `@` on the command line or a named file is depth 1 (G-39). */
  readonly includeDepthMax: number;
  /** Files read in all, each time counted. */
  readonly includeCountMax: number;
  /** Bytes of all files read, each time counted. */
  readonly bytesMax: number;
  /** Words of all input, after comments. */
  readonly wordCountMax: number;
  /** UTF-16 units of one word, before and after substitution. */
  readonly wordLengthMax: number;
}

/** Far above any board's configuration, and low enough that every check stays quick. */
export const CONFIG_LIMITS: ConfigLimits = {
  includeDepthMax: 16,
  includeCountMax: 1024,
  bytesMax: 32 * 1024 * 1024,
  wordCountMax: 65_536,
  wordLengthMax: 4096,
};

/** The longest source line that a diagnostic quotes, in UTF-16 units. */
export const EXCERPT_LENGTH_MAX = 1000;

/** How many diagnostics of one code are listed; the rest are counted in one more (CFG016). */
export const DIAGNOSTICS_PER_CODE_MAX = 100;
