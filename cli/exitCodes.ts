/** The exit codes of contract 1. */
export const EXIT = {
  /** Done, nothing to report. */
  ok: 0,
  /** Done, and there is a finding. */
  finding: 1,
  /** A usage error, or input that is not what it claims to be. */
  usage: 2,
  /** The database is damaged, not ours, or from a newer version. */
  database: 3,
  /** Our own bug. */
  bug: 70,
} as const;
