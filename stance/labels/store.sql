-- What one file of labels holds. What annotators do is a log that only grows; which answer stands is derived from it.

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE items (
  item INTEGER PRIMARY KEY,
  identifier TEXT NOT NULL UNIQUE,
  place TEXT NOT NULL,
  text TEXT NOT NULL,
  document TEXT,
  outlet TEXT,
  author TEXT,
  parent TEXT,
  title TEXT,
  lead TEXT,
  language TEXT,
  stratum TEXT
);

CREATE TABLE pairs (
  item INTEGER NOT NULL REFERENCES items,
  number INTEGER NOT NULL,
  target TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('train', 'audit')),
  probability REAL,
  guess TEXT,
  guess_probability REAL,
  model TEXT,
  PRIMARY KEY (item, target)
) WITHOUT ROWID;

CREATE TABLE annotators (
  number INTEGER PRIMARY KEY,
  annotator TEXT NOT NULL UNIQUE,
  joined TEXT NOT NULL,
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1))
);

CREATE TABLE assignments (
  annotator TEXT NOT NULL REFERENCES annotators (annotator),
  place TEXT NOT NULL,
  item INTEGER NOT NULL REFERENCES items,
  PRIMARY KEY (annotator, place, item)
) WITHOUT ROWID;

CREATE TABLE events (
  event INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  annotator TEXT NOT NULL REFERENCES annotators (annotator),
  item INTEGER NOT NULL REFERENCES items,
  kind TEXT NOT NULL CHECK (kind IN ('label', 'skip', 'undo')),
  undoes INTEGER UNIQUE REFERENCES events,
  note TEXT,
  guess_mode TEXT NOT NULL CHECK (guess_mode IN ('none', 'never', 'before', 'after')),
  guess_seen INTEGER NOT NULL CHECK (guess_seen IN (0, 1))
);

CREATE INDEX events_of_annotators ON events (annotator, item, event);

CREATE TABLE answers (
  event INTEGER NOT NULL REFERENCES events,
  target TEXT NOT NULL,
  label TEXT CHECK (label IN ('favor', 'against', 'neutral', 'not_addressed')),
  is_unsure INTEGER NOT NULL CHECK (is_unsure IN (0, 1)),
  PRIMARY KEY (event, target),
  CHECK (label IS NOT NULL OR is_unsure)
) WITHOUT ROWID;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER answers_are_never_changed BEFORE UPDATE ON answers BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER answers_are_never_deleted BEFORE DELETE ON answers BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;

-- Events that no undo took back.
CREATE VIEW kept AS
SELECT * FROM events AS e
WHERE kind <> 'undo' AND NOT EXISTS (SELECT 1 FROM events AS u WHERE u.undoes = e.event);

-- The last kept event of an annotator about an item: what that annotator says of it now.
CREATE VIEW standing AS
SELECT * FROM kept AS k
WHERE NOT EXISTS (
  SELECT 1 FROM kept AS later
  WHERE later.annotator = k.annotator AND later.item = k.item AND later.event > k.event
);
