-- What keeps bounds when several people add something at once, and the words that lead nowhere any longer.
-- Times are milliseconds since 1970 (BIGINT).

-- Since when a word of word_parts leads to no request and no article. It is forgotten after a while.
CREATE TABLE words_unused (
    word TEXT PRIMARY KEY,
    since BIGINT NOT NULL
);

-- A title as the portal tells it from others: without case. NULL: not kept yet, as by an earlier version that still runs.
ALTER TABLE canned_replies ADD COLUMN folded_title TEXT;
UPDATE canned_replies SET folded_title = LOWER(TRIM(title));
-- Of those that were saved at the same moment, the first keeps it.
UPDATE canned_replies SET folded_title = NULL WHERE EXISTS (
    SELECT 1 FROM canned_replies o WHERE o.folded_title = canned_replies.folded_title
    AND COALESCE(o.directory_id, '') = COALESCE(canned_replies.directory_id, '') AND o.id < canned_replies.id
);
CREATE UNIQUE INDEX canned_replies_by_place ON canned_replies (COALESCE(directory_id, ''), folded_title);

-- One row for each thing of which there can be only so many; whoever adds one holds it while they count.
CREATE TABLE counted (name TEXT PRIMARY KEY);
INSERT INTO counted (name) VALUES ('articles'), ('canned_replies'), ('device_groups');
