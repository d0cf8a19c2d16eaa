-- What a helpdesk knows of a request beyond what its owner filed; search; notes.
-- Times are milliseconds since 1970 (BIGINT), identifiers are UUIDs as text.

-- The directory in which it was filed: the one of its owner then.
ALTER TABLE requests ADD COLUMN directory_id TEXT NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001';
-- Who filed it, when that was not its owner.
ALTER TABLE requests ADD COLUMN filed_by TEXT;
-- 1 low, 2 normal, 3 high, 4 urgent.
ALTER TABLE requests ADD COLUMN priority BIGINT NOT NULL DEFAULT 2;
-- The time that both agreed on.
ALTER TABLE requests ADD COLUMN scheduled_from BIGINT;
ALTER TABLE requests ADD COLUMN scheduled_until BIGINT;
-- The role whose people look after it.
ALTER TABLE requests ADD COLUMN team_id TEXT;
-- First claimed; how long people wait is counted from it.
ALTER TABLE requests ADD COLUMN claimed_at BIGINT;
-- Last closed or cancelled.
ALTER TABLE requests ADD COLUMN finished_at BIGINT;
-- How content its owner was, 1 to 5, and why.
ALTER TABLE requests ADD COLUMN rating BIGINT;
ALTER TABLE requests ADD COLUMN rating_comment TEXT;

UPDATE requests SET directory_id = (SELECT u.directory_id FROM users u WHERE u.id = requests.owner_id);
UPDATE requests SET finished_at = changed_at WHERE NOT open;

CREATE INDEX requests_by_directory ON requests (directory_id, open, number);
CREATE INDEX requests_by_change ON requests (open, changed_at, number);
CREATE INDEX requests_by_priority ON requests (open, priority, number);
CREATE INDEX requests_by_status ON requests (status, number);
CREATE INDEX requests_by_claim ON requests (directory_id, claimed_at);
CREATE INDEX requests_by_finish ON requests (directory_id, finished_at);
CREATE INDEX requests_by_schedule ON requests (open, scheduled_from);

CREATE TABLE request_tags (
    request_id TEXT NOT NULL REFERENCES requests (id),
    tag TEXT NOT NULL,
    PRIMARY KEY (request_id, tag)
);
CREATE INDEX request_tags_by_tag ON request_tags (tag, request_id);

-- The words by which a request is found, as hexadecimal digits, so that every collation sorts them alike.
CREATE TABLE request_words (
    request_id TEXT NOT NULL REFERENCES requests (id),
    -- True for words of the conversation, which stay when the request itself is changed.
    said BOOLEAN NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (word, request_id, said)
);
CREATE INDEX request_words_by_request ON request_words (request_id, word);

-- A note is for staff; the owner does not see it.
ALTER TABLE messages ADD COLUMN note BOOLEAN NOT NULL DEFAULT FALSE;
