import type { Migration } from "./migration.ts";

// The largest page number; docs/database.md says what each column means.
const PAGE_MAX = 2 ** 52 - 1;

// STRICT keeps a column to its type (SQLite 3.37 and later). Foreign keys tell tools how tables belong together; we do
// not enforce them row by row, since only whole boots come and go.
const TABLES = `
CREATE TABLE boots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  source_digest TEXT,
  family TEXT NOT NULL,
  header TEXT NOT NULL,
  complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
  event_count INTEGER NOT NULL CHECK (event_count >= 0),
  log_digest TEXT NOT NULL,
  fault_count INTEGER,
  skipped_count INTEGER,
  state_digest TEXT,
  dss TEXT
) STRICT;

CREATE TABLE files (
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (boot_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE blocks (
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  first_seq INTEGER NOT NULL CHECK (first_seq >= 0),
  event_count INTEGER NOT NULL CHECK (event_count > 0),
  digest TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (boot_id, first_seq)
) STRICT;

CREATE TABLE snapshots (
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  seq INTEGER NOT NULL CHECK (seq >= 0),
  state_digest TEXT NOT NULL,
  digest TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (boot_id, seq)
) STRICT;

CREATE TABLE faults (
  id INTEGER PRIMARY KEY,
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  seq INTEGER NOT NULL CHECK (seq >= 0),
  t INTEGER,
  device TEXT,
  kind TEXT NOT NULL,
  reason TEXT,
  code TEXT,
  access TEXT NOT NULL,
  page INTEGER CHECK (page BETWEEN 0 AND ${PAGE_MAX}),
  address TEXT,
  json TEXT NOT NULL
) STRICT;
CREATE INDEX faults_by_seq ON faults (boot_id, seq);

CREATE TABLE mappings (
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  number INTEGER NOT NULL,
  object TEXT NOT NULL,
  first_page INTEGER NOT NULL CHECK (first_page >= 0),
  last_page INTEGER NOT NULL CHECK (last_page BETWEEN first_page AND ${PAGE_MAX}),
  size_class INTEGER NOT NULL CHECK (size_class BETWEEN 0 AND 52),
  target_page INTEGER NOT NULL CHECK (target_page BETWEEN 0 AND ${PAGE_MAX}),
  access TEXT NOT NULL,
  granted_seq INTEGER NOT NULL,
  revoked_seq INTEGER,
  PRIMARY KEY (boot_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE mapping_pages (
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  size_class INTEGER NOT NULL,
  first_page INTEGER NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (boot_id, size_class, first_page, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE verdicts (
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  device TEXT NOT NULL,
  outcome TEXT NOT NULL,
  why TEXT NOT NULL,
  conformance TEXT,
  count INTEGER NOT NULL CHECK (count >= 0)
) STRICT;
CREATE UNIQUE INDEX verdicts_by_device ON verdicts (boot_id, device, outcome, why, ifnull(conformance, ''));

CREATE TABLE losses (
  id INTEGER PRIMARY KEY,
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  seq INTEGER NOT NULL CHECK (seq >= 0),
  t INTEGER,
  what TEXT NOT NULL,
  function TEXT,
  count INTEGER
) STRICT;
CREATE INDEX losses_by_seq ON losses (boot_id, seq);

CREATE TABLE findings (
  id INTEGER PRIMARY KEY,
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  seq INTEGER NOT NULL CHECK (seq >= 0),
  conformance TEXT NOT NULL,
  expected TEXT NOT NULL,
  actual TEXT NOT NULL
) STRICT;
CREATE INDEX findings_by_seq ON findings (boot_id, seq);
`;

// Addresses are written from page numbers, never computed: page * 4096 can overflow SQLite's signed 64 bits.
const firstByte = (page: string) => `CASE ${page} WHEN 0 THEN '0x0' ELSE printf('0x%x000', ${page}) END`;
const lastByte = (page: string) => `CASE ${page} WHEN 0 THEN '0xfff' ELSE printf('0x%xfff', ${page}) END`;

// Only what SQLite 3.37 and DuckDB both understand: one unknown word would make the whole database unreadable there.
// CROSS JOIN keeps SQLite to the order written, in which the index of pages is of use.
const VIEWS = `
CREATE VIEW boots_view AS
SELECT name AS boot, source, family, complete, event_count AS events, fault_count AS faults,
  skipped_count AS skipped, dss, log_digest, state_digest
FROM boots;

CREATE VIEW faults_view AS
SELECT b.name AS boot, f.seq, f.t, f.device, f.kind, f.access, f.address, f.reason, f.code, f.json
FROM faults f JOIN boots b ON b.id = f.boot_id;

CREATE VIEW mappings_view AS
SELECT b.name AS boot, m.object, ${firstByte("m.first_page")} AS address,
  ${lastByte("m.last_page")} AS last_address, m.last_page - m.first_page + 1 AS pages,
  ${firstByte("m.target_page")} AS target, m.access, m.granted_seq, m.revoked_seq
FROM mappings m JOIN boots b ON b.id = m.boot_id;

CREATE VIEW fault_mappings_view AS
WITH RECURSIVE classes (size_class, pages) AS (
  SELECT 0, CAST(1 AS BIGINT) UNION ALL SELECT size_class + 1, pages * 2 FROM classes WHERE size_class < 52
)
SELECT b.name AS boot, f.seq, f.device, f.address, f.access AS fault_access, f.reason, m.object,
  m.access AS granted_access, m.granted_seq, m.revoked_seq,
  CASE WHEN m.granted_seq > f.seq THEN 'later' WHEN m.revoked_seq <= f.seq THEN 'before' ELSE 'then' END AS held
FROM faults f JOIN boots b ON b.id = f.boot_id
CROSS JOIN classes c CROSS JOIN mapping_pages p CROSS JOIN mappings m
WHERE p.boot_id = f.boot_id AND p.size_class = c.size_class
  AND p.first_page > f.page - c.pages AND p.first_page <= f.page
  AND m.boot_id = p.boot_id AND m.number = p.number AND m.last_page >= f.page;

CREATE VIEW verdicts_view AS
SELECT b.name AS boot, v.device, v.outcome, v.why, v.conformance, v.count
FROM verdicts v JOIN boots b ON b.id = v.boot_id;

CREATE VIEW losses_view AS
SELECT b.name AS boot, l.seq, l.t, l.what, l.function, l.count
FROM losses l JOIN boots b ON b.id = l.boot_id;

CREATE VIEW findings_view AS
SELECT b.name AS boot, f.seq, f.conformance, f.expected, f.actual
FROM findings f JOIN boots b ON b.id = f.boot_id;
`;

/** The first schema. */
export const v1: Migration = {
  version: 1,
  up(db) {
    db.exec(TABLES);
    db.exec(VIEWS);
  },
};
