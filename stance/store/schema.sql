-- A stance store. docs/privacy.md describes each table, with units and example queries.

CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Over all rows of a unit: a document, its scores and inputs of one run, a run, an input, a sample, an item, an event
-- ... run is 0 but for scores.
CREATE TABLE IF NOT EXISTS checksums (
  unit TEXT NOT NULL,
  run INTEGER NOT NULL,
  number INTEGER NOT NULL,
  checksum TEXT NOT NULL,
  PRIMARY KEY (unit, run, number)
) STRICT, WITHOUT ROWID;

-- Pages, comments, scores -------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS runs (
  run INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  reading TEXT NOT NULL,
  model TEXT NOT NULL,
  settings TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS inputs (
  input INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
  path TEXT NOT NULL,
  sha256 TEXT,
  is_finished INTEGER NOT NULL CHECK (is_finished IN (0, 1)),
  UNIQUE (run, path)
) STRICT;

CREATE TABLE IF NOT EXISTS skips (
  skip INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
  input INTEGER REFERENCES inputs (input) ON DELETE CASCADE,
  source TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS skips_input ON skips (input);

CREATE TABLE IF NOT EXISTS documents (
  document INTEGER PRIMARY KEY,
  content TEXT NOT NULL,
  reading TEXT NOT NULL,
  id TEXT NOT NULL,
  source TEXT NOT NULL,
  outlet TEXT,
  url TEXT,
  title TEXT,
  byline TEXT,
  published TEXT,
  language TEXT NOT NULL,
  lead TEXT,
  body TEXT NOT NULL,
  quotations TEXT NOT NULL,
  stated_comments INTEGER,
  layout TEXT NOT NULL,
  warnings TEXT NOT NULL,
  certainty REAL,
  certainties TEXT NOT NULL,
  doubts TEXT NOT NULL,
  UNIQUE (content, reading)
) STRICT;

CREATE INDEX IF NOT EXISTS documents_id ON documents (id);

CREATE TABLE IF NOT EXISTS occurrences (
  document INTEGER NOT NULL REFERENCES documents (document) ON DELETE CASCADE,
  input INTEGER NOT NULL REFERENCES inputs (input) ON DELETE CASCADE,
  PRIMARY KEY (document, input)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS occurrences_input ON occurrences (input);

CREATE TABLE IF NOT EXISTS comments (
  comment INTEGER PRIMARY KEY,
  document INTEGER NOT NULL REFERENCES documents (document) ON DELETE CASCADE,
  id TEXT NOT NULL,
  parent TEXT,
  author TEXT,
  posted TEXT,
  votes INTEGER,
  language TEXT NOT NULL,
  text TEXT NOT NULL,
  quoted TEXT,
  parent_text TEXT,
  targets TEXT,
  extra TEXT
) STRICT;

CREATE INDEX IF NOT EXISTS comments_document ON comments (document);
CREATE INDEX IF NOT EXISTS comments_author ON comments (author);

CREATE TABLE IF NOT EXISTS scores (
  comment INTEGER NOT NULL REFERENCES comments (comment) ON DELETE CASCADE,
  run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
  target TEXT NOT NULL,
  stance TEXT CHECK (stance IN ('favor', 'against', 'neutral', 'not_addressed')),
  favor REAL,
  against REAL,
  neutral REAL,
  not_addressed REAL,
  sentiment REAL,
  target_sentiment REAL,
  via TEXT,
  evidence TEXT,
  undecided TEXT,
  PRIMARY KEY (comment, run, target)
) STRICT, WITHOUT ROWID;

-- Sentences of articles, toward the targets that they name.
CREATE TABLE IF NOT EXISTS sentence_scores (
  document INTEGER NOT NULL REFERENCES documents (document) ON DELETE CASCADE,
  run INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
  sentence INTEGER NOT NULL,
  target TEXT NOT NULL,
  text TEXT NOT NULL,
  place TEXT NOT NULL,
  voice TEXT NOT NULL CHECK (voice IN ('outlet', 'quoted')),
  speaker TEXT,
  tone TEXT CHECK (tone IN ('critical', 'neutral', 'favorable')),
  critical REAL,
  neutral REAL,
  favorable REAL,
  evidence TEXT,
  PRIMARY KEY (document, run, sentence, target)
) STRICT, WITHOUT ROWID;

-- Authors whose comments were removed with stance forget: keyed digests, so that reading a page again omits them, and
-- a fingerprint of the key.
CREATE TABLE IF NOT EXISTS forgotten (digest TEXT PRIMARY KEY, key TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Full-text search. Commands write to it; no trigger does, since a store may come from anyone.
CREATE VIRTUAL TABLE IF NOT EXISTS comment_search USING fts5(text, content='comments', content_rowid='comment');
CREATE VIRTUAL TABLE IF NOT EXISTS title_search USING fts5(title, content='documents', content_rowid='document');

CREATE VIEW IF NOT EXISTS comments_with_scores AS
SELECT s.run, d.outlet, d.title, d.url, d.id AS document, c.id AS comment, c.author, c.posted, c.language, c.text,
  s.target, s.stance, s.favor, s.against, s.neutral, s.not_addressed, s.sentiment, s.target_sentiment
FROM scores AS s JOIN comments AS c USING (comment) JOIN documents AS d USING (document);

CREATE VIEW IF NOT EXISTS outlet_shares AS
SELECT run, outlet, target, stance, comments,
  100.0 * expected / sum(expected) OVER (PARTITION BY run, outlet, target) AS percent
FROM (
  SELECT s.run, d.outlet, s.target, side.stance, sum(s.stance = side.stance) AS comments,
    sum(CASE side.stance WHEN 'against' THEN s.against WHEN 'neutral' THEN s.neutral ELSE s.favor END) AS expected
  FROM scores AS s JOIN comments AS c USING (comment) JOIN documents AS d USING (document)
  CROSS JOIN (SELECT 'against' AS stance UNION ALL SELECT 'neutral' UNION ALL SELECT 'favor') AS side
  WHERE s.stance IS NOT NULL GROUP BY s.run, d.outlet, s.target, side.stance
);

-- Samples and labels ------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS samples (
  sample INTEGER PRIMARY KEY,
  role TEXT NOT NULL CHECK (role IN ('train', 'audit')),
  seed INTEGER NOT NULL,
  settings TEXT NOT NULL
) STRICT;

-- A comment of this store is referred to; one that is of no document here, as those of label tables, is copied.
CREATE TABLE IF NOT EXISTS items (
  item INTEGER PRIMARY KEY,
  identifier TEXT NOT NULL UNIQUE,
  place TEXT NOT NULL,
  stratum TEXT,
  comment INTEGER REFERENCES comments (comment),
  text TEXT,
  document TEXT,
  outlet TEXT,
  author TEXT,
  parent TEXT,
  title TEXT,
  lead TEXT,
  language TEXT, unit TEXT NOT NULL DEFAULT 'comment' CHECK (unit IN ('comment', 'sentence')),
  CHECK ((comment IS NULL) = (text IS NOT NULL))
) STRICT;

CREATE INDEX IF NOT EXISTS items_comment ON items (comment);
CREATE INDEX IF NOT EXISTS items_document ON items (document);

-- Items with the texts of the comments that they refer to.
CREATE VIEW IF NOT EXISTS label_items AS
SELECT i.item, i.identifier, i.place, i.stratum, i.comment, i.text, i.document, i.outlet, i.author, i.parent, i.title,
  i.lead, i.language, i.unit
FROM items AS i WHERE i.comment IS NULL
UNION ALL
SELECT i.item, i.identifier, i.place, i.stratum, i.comment, c.text, d.id, d.outlet, c.author,
  coalesce(
    nullif(c.parent_text, ''),
    (SELECT p.text FROM comments AS p WHERE p.document = c.document AND p.id = c.parent ORDER BY p.comment DESC)
  ),
  d.title, d.lead, CASE c.language WHEN 'und' THEN d.language ELSE c.language END, i.unit
FROM items AS i JOIN comments AS c USING (comment) JOIN documents AS d ON d.document = c.document;

CREATE TABLE IF NOT EXISTS pairs (
  item INTEGER NOT NULL REFERENCES items (item) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  target TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('train', 'audit')),
  probability REAL,
  guess TEXT,
  guess_probability REAL,
  model TEXT,
  sample INTEGER REFERENCES samples (sample),
  PRIMARY KEY (item, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS annotators (
  number INTEGER PRIMARY KEY,
  annotator TEXT NOT NULL UNIQUE,
  joined TEXT NOT NULL,
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1))
) STRICT;

CREATE TABLE IF NOT EXISTS assignments (
  annotator TEXT NOT NULL REFERENCES annotators (annotator),
  place TEXT NOT NULL,
  item INTEGER NOT NULL REFERENCES items (item) ON DELETE CASCADE,
  PRIMARY KEY (annotator, place, item)
) STRICT, WITHOUT ROWID;

-- What annotators did; rows are only added. A correction or an undo is one more event.
CREATE TABLE IF NOT EXISTS events (
  event INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  annotator TEXT NOT NULL REFERENCES annotators (annotator),
  item INTEGER NOT NULL REFERENCES items (item) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('label', 'skip', 'undo')),
  undoes INTEGER UNIQUE REFERENCES events (event),
  note TEXT,
  guess_mode TEXT NOT NULL CHECK (guess_mode IN ('none', 'never', 'before', 'after')),
  guess_seen INTEGER NOT NULL CHECK (guess_seen IN (0, 1))
) STRICT;

CREATE INDEX IF NOT EXISTS events_of_annotators ON events (annotator, item, event);

CREATE TABLE IF NOT EXISTS answers (
  event INTEGER NOT NULL REFERENCES events (event) ON DELETE CASCADE,
  target TEXT NOT NULL,
  label TEXT CHECK (label IN ('favor', 'against', 'neutral', 'not_addressed')),
  is_unsure INTEGER NOT NULL CHECK (is_unsure IN (0, 1)),
  PRIMARY KEY (event, target),
  CHECK (label IS NOT NULL OR is_unsure)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER IF NOT EXISTS events_are_never_changed BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
CREATE TRIGGER IF NOT EXISTS events_are_never_deleted BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
CREATE TRIGGER IF NOT EXISTS answers_are_never_changed BEFORE UPDATE ON answers BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
CREATE TRIGGER IF NOT EXISTS answers_are_never_deleted BEFORE DELETE ON answers BEGIN SELECT RAISE(ABORT, 'events are only added'); END;

-- Events that no undo took back.
CREATE VIEW IF NOT EXISTS kept AS
SELECT * FROM events AS e
WHERE kind <> 'undo' AND NOT EXISTS (SELECT 1 FROM events AS u WHERE u.undoes = e.event);

-- The last kept event of an annotator about an item; a label is complete until a target is added to the item.
CREATE VIEW IF NOT EXISTS standing AS
SELECT *, kind = 'label' AND (SELECT count(*) FROM answers WHERE answers.event = k.event)
  >= (SELECT count(*) FROM pairs WHERE pairs.item = k.item) AS is_complete
FROM kept AS k
WHERE NOT EXISTS (
  SELECT 1 FROM kept AS later
  WHERE later.annotator = k.annotator AND later.item = k.item AND later.event > k.event
);

-- The label of each annotator for each comment and target.
CREATE VIEW IF NOT EXISTS labels AS
SELECT i.text, a.target, a.label, i.identifier AS id, i.document, i.outlet, i.author, i.parent, s.annotator, p.role,
  p.probability, i.language AS lang, i.title, i.lead,
  CASE WHEN a.is_unsure THEN 'unsure' || coalesce(': ' || s.note, '') ELSE s.note END AS note, i.unit, s.event, s.item
FROM standing AS s JOIN answers AS a USING (event) JOIN label_items AS i ON i.item = s.item
JOIN pairs AS p ON p.item = s.item AND p.target = a.target
WHERE a.label IS NOT NULL;

-- Pairs that annotators label differently or are unsure of, and that the adjudicator has not decided.
CREATE VIEW IF NOT EXISTS disputed AS
SELECT i.place, given.item, p.number, given.target FROM (
  SELECT s.item, a.target, count(DISTINCT a.label) AS labels, max(a.is_unsure) AS is_unsure
  FROM standing AS s JOIN answers AS a USING (event) WHERE s.annotator <> 'adjudicated' GROUP BY s.item, a.target
) AS given JOIN pairs AS p USING (item, target) JOIN items AS i USING (item)
WHERE (labels > 1 OR is_unsure) AND NOT EXISTS (
  SELECT 1 FROM standing AS j JOIN answers AS b USING (event)
  WHERE j.annotator = 'adjudicated' AND j.item = given.item AND b.target = given.target AND b.label IS NOT NULL
);

-- Pairs without a label, in the columns of labels; the note says that somebody was unsure or skipped it. EXCEPT, since NOT IN would look through all labels for each pair.
CREATE VIEW IF NOT EXISTS unlabelled AS
SELECT item, i.text, p.target, NULL AS label, i.identifier AS id, i.document, i.outlet, i.author, i.parent,
  NULL AS annotator, p.role, p.probability, i.language AS lang, i.title, i.lead, coalesce(d.note, k.note) AS note, i.unit, i.stratum, i.place, p.number
FROM (
  SELECT item, target FROM pairs
  EXCEPT SELECT s.item, a.target FROM standing AS s JOIN answers AS a USING (event) WHERE a.label IS NOT NULL
) JOIN pairs AS p USING (item, target) JOIN label_items AS i USING (item) LEFT JOIN (
  SELECT s.item, a.target, max('unsure' || coalesce(': ' || s.note, '')) AS note
  FROM standing AS s JOIN answers AS a USING (event) WHERE a.label IS NULL GROUP BY s.item, a.target
) AS d USING (item, target) LEFT JOIN (
  SELECT item, max('skipped' || coalesce(': ' || note, '')) AS note FROM standing WHERE kind = 'skip' GROUP BY item
) AS k USING (item);
