-- Groups of devices, and the parts of words by which what is searched is found inside them.
-- Times are milliseconds since 1970 (BIGINT), identifiers are UUIDs as text.

CREATE TABLE device_groups (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    -- Whose devices it takes; NULL: those of all directories.
    directory_id TEXT REFERENCES directories (id),
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
-- Each directory has names of its own, so that nobody learns those of others.
CREATE UNIQUE INDEX device_groups_by_name ON device_groups (COALESCE(directory_id, ''), name);

ALTER TABLE devices ADD COLUMN group_id TEXT REFERENCES device_groups (id) ON DELETE SET NULL;
CREATE INDEX devices_by_group ON devices (group_id, name);

-- What a device begins in.
ALTER TABLE enrolment_tokens ADD COLUMN group_id TEXT REFERENCES device_groups (id) ON DELETE SET NULL;
CREATE INDEX enrolment_tokens_by_group ON enrolment_tokens (group_id);

-- The group of its device, kept in step when the device moves, so that lists need no join to be narrowed.
ALTER TABLE requests ADD COLUMN group_id TEXT REFERENCES device_groups (id) ON DELETE SET NULL;
CREATE INDEX requests_by_group ON requests (group_id, open, number);

-- For every word that a request or an article is found by, the word itself and the ends of it that are long enough to
-- be searched for: what stands inside a word begins one of them. Both as hexadecimal digits.
CREATE TABLE word_parts (
    part TEXT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (part, word)
);
-- The words from before; the running portal adds their ends.
INSERT INTO word_parts (part, word)
SELECT word, word FROM request_words UNION SELECT word, word FROM article_words;

-- Up to which word it did.
CREATE TABLE word_parts_progress (
    id BIGINT PRIMARY KEY,
    done_until TEXT NOT NULL
);
INSERT INTO word_parts_progress (id, done_until) VALUES (1, '');
