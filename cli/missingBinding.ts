/** What to do when SQLite's binding is not there: it is compiled where no ready-made one can be fetched. */
export const MISSING_BINDING =
  "the SQLite binding better-sqlite3 is not built for this Node. It is compiled on installation where no prebuilt " +
  "binary can be fetched: install a C++ compiler, make and python3 (Debian: apt-get install g++ make python3), " +
  "then run: npm rebuild better-sqlite3";

/** True for the errors with which Node says that better-sqlite3 or its binary part is missing or of another Node. */
export function isMissingBinding(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ERR_DLOPEN_FAILED") return true;
  return (
    /better-sqlite3/.test(error.message) &&
    (code === "ERR_MODULE_NOT_FOUND" || /bindings file/.test(error.message))
  );
}
