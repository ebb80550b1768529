/** How a database is opened. */
export interface OpenOptions {
  /** `read`: change nothing; `change`: remove or rebuild what is there; `write`: import, into a new database if need be. */
  readonly mode: "read" | "change" | "write";
  /** How long to wait for other processes, in milliseconds; 10 s when absent. */
  readonly busyTimeoutMs?: number;
  /** Called once before waiting for another import to end: the wait blocks the process. */
  readonly onWait?: () => void;
  /** The most pages of 8 KiB that the file may grow to; SQLite's own limit when absent. */
  readonly pageCountMax?: number;
}
