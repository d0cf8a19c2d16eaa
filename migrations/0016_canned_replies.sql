-- Texts that staff insert into messages and notes.
-- Times are milliseconds since 1970 (BIGINT), identifiers are UUIDs as text.

CREATE TABLE canned_replies (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    -- With placeholders such as {name}, which are filled in when it is inserted.
    body TEXT NOT NULL,
    -- For whose requests it is; NULL: those of all directories.
    directory_id TEXT REFERENCES directories (id),
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX canned_replies_by_title ON canned_replies (title, id);
