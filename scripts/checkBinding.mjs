// better-sqlite3 is an optional dependency so that a machine without a compiler gets a sentence, not a page of
// node-gyp output; nothing here works without it all the same.
try {
  const { default: Database } = await import("better-sqlite3");
  new Database(":memory:").close();
} catch {
  console.error(
    "The SQLite binding better-sqlite3 is not built. It is compiled on installation where no prebuilt binary can be\n" +
      "fetched: install a C++ compiler, make and python3 (Debian: apt-get install g++ make python3), then run npm ci again.",
  );
  process.exit(1);
}
