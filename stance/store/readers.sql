-- The database of stance export --datasette: one run of a store, for readers.

CREATE TABLE articles (
  article INTEGER PRIMARY KEY, id TEXT, outlet TEXT, title TEXT, url TEXT, published TEXT, language TEXT, source TEXT
);
CREATE TABLE comments (
  comment INTEGER PRIMARY KEY, article INTEGER REFERENCES articles (article), id TEXT, reply_to TEXT, author TEXT,
  posted TEXT, votes INTEGER, language TEXT, text TEXT
);
CREATE TABLE scores (
  score INTEGER PRIMARY KEY, comment INTEGER REFERENCES comments (comment), target TEXT, stance TEXT, favor REAL,
  against REAL, neutral REAL, not_addressed REAL, sentiment REAL, target_sentiment REAL
);
CREATE TABLE shares (outlet TEXT, target TEXT, stance TEXT, comments INTEGER, percent REAL);
CREATE VIRTUAL TABLE comments_search USING fts5 (text, content='comments', content_rowid='comment');

-- Once the tables are filled.

INSERT INTO comments_search (comments_search) VALUES ('rebuild');
INSERT INTO shares SELECT outlet, target, stance, comments,
  100 * expected / nullif(sum(expected) OVER (PARTITION BY outlet, target), 0)
FROM (
  SELECT outlet, target, side.stance, sum(s.stance = side.stance) AS comments,
    sum(CASE side.stance WHEN 'against' THEN s.against WHEN 'neutral' THEN s.neutral ELSE s.favor END) AS expected
  FROM scores AS s JOIN comments USING (comment) JOIN articles USING (article)
  CROSS JOIN (SELECT 'against' AS stance UNION ALL SELECT 'neutral' UNION ALL SELECT 'favor') AS side
  WHERE s.stance IS NOT NULL GROUP BY outlet, target, side.stance
);
