-- Files of a request's conversation. In the database, so that every portal on it has them and a backup holds them.

CREATE TABLE attachments (
    id TEXT PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES requests (id),
    message_id TEXT NOT NULL REFERENCES messages (id),
    name TEXT NOT NULL,
    -- As its first bytes say, never as its sender did.
    kind TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL
);
CREATE INDEX attachments_by_request ON attachments (request_id);

CREATE TABLE attachment_parts (
    attachment_id TEXT NOT NULL REFERENCES attachments (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    -- Base64, which both engines store alike.
    body TEXT NOT NULL,
    PRIMARY KEY (attachment_id, seq)
);

-- For the overview.
CREATE INDEX requests_by_creation ON requests (created_at);
CREATE INDEX requests_by_first_claim ON requests (claimed_at);
CREATE INDEX requests_by_end ON requests (finished_at);
