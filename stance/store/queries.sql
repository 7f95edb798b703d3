-- counts
WITH own AS (SELECT DISTINCT document FROM occurrences JOIN inputs USING (input) WHERE run = ?1)
SELECT (SELECT count(*) FROM own), (SELECT count(*) FROM comments JOIN own USING (document)), (
  SELECT count(*) FROM scores WHERE run = ?1);

-- held
SELECT d.document, d.id, source, outlet, url, layout, c.id, text, author, posted, targets
FROM documents AS d LEFT JOIN comments AS c USING (document)
WHERE d.document IN (SELECT document FROM occurrences JOIN inputs USING (input) WHERE run = ?) ORDER BY d.document;

-- ids
SELECT id, min(path), outlet, title FROM documents JOIN occurrences USING (document) JOIN inputs USING (input)
WHERE run = ? GROUP BY id;

-- matches
WITH own AS (SELECT DISTINCT document FROM occurrences JOIN inputs USING (input) WHERE run = ?1),
  parts AS (SELECT document, row_number() OVER (PARTITION BY id ORDER BY document) AS part FROM own
    JOIN documents USING (document))
SELECT document, part, comment FROM comments JOIN parts USING (document)
WHERE ?2 = '' OR comment IN (SELECT rowid FROM comment_search WHERE comment_search MATCH ?2) ORDER BY document, comment;

-- next_item
SELECT item FROM assignments AS a WHERE annotator = ?1 AND NOT EXISTS (
  SELECT 1 FROM standing WHERE annotator = ?1 AND standing.item = a.item AND (kind = 'skip' OR is_complete)
) ORDER BY place, item LIMIT 1;

-- started
SELECT item, annotator FROM standing WHERE annotator <> 'adjudicated' AND (
  is_complete OR kind = 'skip' OR annotator IN (SELECT annotator FROM annotators WHERE is_active));

-- lessons
SELECT item, min(annotator) FROM pairs LEFT JOIN assignments USING (item)
GROUP BY item HAVING min(role) = 'train' AND count(DISTINCT annotator) < 2;

-- left_to_others
SELECT count(DISTINCT item) FROM assignments
WHERE item NOT IN (SELECT item FROM assignments WHERE annotator IN (SELECT value FROM json_each(?1)))
  AND item NOT IN (SELECT item FROM standing WHERE is_complete);

-- states
SELECT identifier, coalesce(state, 0) FROM items LEFT JOIN (
  SELECT item, max(CASE WHEN kind = 'skip' THEN 1 WHEN EXISTS (
    SELECT 1 FROM answers WHERE answers.event = s.event AND label IS NOT NULL) THEN 3 ELSE 2 END) AS state
  FROM standing AS s WHERE ?3 IS NULL OR annotator = ?3 AND (kind = 'skip' OR is_complete) GROUP BY item
) USING (item)
WHERE unit GLOB ?1 AND item IN (SELECT item FROM pairs WHERE ?2 IS NULL OR role = ?2)
  AND (?3 IS NULL OR item IN (SELECT item FROM assignments WHERE annotator = ?3));

-- keep_texts
UPDATE items SET comment = NULL, (text, document, outlet, author, parent, title, lead, language) = (
  SELECT text, document, outlet, author, parent, title, lead, language FROM label_items AS v WHERE v.item = items.item
) WHERE comment IN (SELECT comment FROM comments WHERE document = ?) RETURNING item;

-- refer
UPDATE items SET (text, document, outlet, author, parent, title, lead, language, comment)
  = (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, f.comment)
FROM (SELECT c.*, d.id AS name, d.id || '/' || c.id AS called FROM comments c JOIN documents d USING (document)) AS f
WHERE items.comment IS NULL AND items.unit = 'comment' AND (items.document, items.text) = (f.name, f.text) AND items.author IS f.author
AND substr(items.identifier || '~', 1, length(f.called) + 1) = f.called || '~';

-- comments_of
SELECT author, text FROM inputs JOIN occurrences USING (input) JOIN comments USING (document)
WHERE run = ?1 AND (?2 IS NULL OR path = ?2 AND sha256 IS NOT ?3);

-- contents
SELECT content, source, min(input) FROM documents JOIN occurrences USING (document) JOIN inputs USING (input)
WHERE run = ? GROUP BY document ORDER BY document;

-- open_scores
SELECT 1 FROM inputs JOIN occurrences USING (input) JOIN comments USING (document) JOIN scores USING (comment)
WHERE (scores.run, inputs.run, path) = (?1, ?1, ?2) AND undecided IS NOT NULL LIMIT 1;

-- uncovered
SELECT DISTINCT language, stance IS NULL AND undecided IS NULL FROM scores JOIN comments USING (comment) WHERE run = ?;

-- first_and_last
SELECT min(day), max(day) FROM (SELECT substr(published, 1, 10) AS day FROM documents
  UNION ALL SELECT substr(posted, 1, 10) FROM comments) WHERE day <> '';

-- outlets
SELECT outlet, count(DISTINCT document) AS documents, count(comment) AS comments
FROM documents LEFT JOIN comments USING (document) GROUP BY outlet ORDER BY 2 DESC, 3 DESC, outlet;

-- languages
SELECT language, count(*) FROM comments GROUP BY language ORDER BY 2 DESC, language;

-- progress
WITH own AS (SELECT DISTINCT document FROM occurrences JOIN inputs USING (input) WHERE run = ?1)
SELECT (SELECT count(*) FROM inputs WHERE run = ?1 AND is_finished),
  (SELECT count(*) FROM inputs WHERE run = ?1 AND is_finished AND input NOT IN (SELECT input FROM occurrences)),
  (SELECT count(*) FROM inputs WHERE run = ?1 AND NOT is_finished AND input IN (SELECT input FROM occurrences)
    AND input NOT IN (SELECT input FROM skips WHERE input IS NOT NULL)),
  (SELECT count(*) FROM own), (SELECT count(*) FROM comments JOIN own USING (document));

-- languages_of_run
SELECT language FROM documents
WHERE document IN (SELECT document FROM occurrences JOIN inputs USING (input) WHERE run = ?)
GROUP BY 1 ORDER BY count(*) DESC LIMIT 200;

-- outlets_of_run
SELECT outlet FROM documents
WHERE document IN (SELECT document FROM occurrences JOIN inputs USING (input) WHERE run = ?) AND outlet <> ''
  AND EXISTS (SELECT 1 FROM comments WHERE comments.document = documents.document)
GROUP BY 1 ORDER BY count(*) DESC LIMIT 200;

-- files_of_run
SELECT i.input AS number, path, is_finished AS is_read,
  (SELECT count(*) FROM comments JOIN occurrences AS o USING (document) WHERE o.input = i.input) AS comments,
  (SELECT min(certainty) FROM documents JOIN occurrences AS o USING (document) WHERE o.input = i.input) AS certainty,
  layout, iif(n_documents > 1, n_documents || ' articles or threads', title) AS title,
  iif(n_outlets > 1, n_outlets || ' outlets', outlet) AS outlet,
  (SELECT value FROM occurrences AS o JOIN documents AS d USING (document), json_each(d.doubts) WHERE o.input = i.input
    ORDER BY d.certainty, d.document, key LIMIT 1) AS doubt,
  (SELECT value FROM json_each(doubts) WHERE value LIKE '%' || ?2 || '%' AND NOT EXISTS (
    SELECT 1 FROM comments JOIN occurrences AS o USING (document) WHERE o.input = i.input)) AS unsaved,
  (SELECT reason FROM skips WHERE skips.input = i.input) AS reason
FROM inputs AS i
LEFT JOIN (
  SELECT input, min(document) AS document, count(DISTINCT document) AS n_documents,
    count(DISTINCT outlet) AS n_outlets
  FROM occurrences JOIN documents USING (document) GROUP BY input
) AS first ON first.input = i.input
LEFT JOIN documents USING (document)
WHERE run = ?1 ORDER BY reason IS NULL, unsaved IS NULL, doubt IS NULL, certainty IS NULL, certainty, path LIMIT ?3;

-- version
SELECT group_concat(checksum), unit FROM checksums
WHERE unit NOT IN ('settings', 'samples', 'items', 'annotators', 'events') GROUP BY unit, run;

-- labelled
SELECT group_concat(checksum) FROM checksums WHERE unit = 'events';

-- put_input
INSERT INTO inputs VALUES (NULL, ?, ?, ?, 0)
ON CONFLICT (run, path) DO UPDATE SET sha256 = excluded.sha256, is_finished = 0 RETURNING input;

-- take_out
DELETE FROM occurrences WHERE document = ? AND input IN (SELECT input FROM inputs WHERE run = ?) RETURNING input;
