-- Devices, requests with their timeline and conversation, and sessions.
-- Times are milliseconds since 1970 (BIGINT), identifiers are UUIDs as text.

CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    platform TEXT NOT NULL CHECK (platform IN ('windows', 'linux')),
    agent_version TEXT NOT NULL,
    public_key TEXT NOT NULL UNIQUE,
    online BOOLEAN NOT NULL,
    enrolled_at BIGINT NOT NULL,
    last_seen_at BIGINT,
    -- The name was chosen with the enrolment token, so the device's own name does not replace it.
    name_given BOOLEAN NOT NULL
);
CREATE INDEX devices_by_owner ON devices (owner_id, name);
CREATE INDEX devices_by_name ON devices (name, id);

-- Single use. The token itself is never stored.
CREATE TABLE enrolment_tokens (
    token_hash TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES users (id),
    device_name TEXT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    used_by_device TEXT
);
CREATE INDEX enrolment_tokens_by_expiry ON enrolment_tokens (expires_at);

-- Human numbers without gaps or doubles: R-1001, R-1002, …
CREATE TABLE request_numbers (
    id BIGINT PRIMARY KEY,
    last BIGINT NOT NULL
);
INSERT INTO request_numbers (id, last) VALUES (1, 1000);

CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    owner_id TEXT NOT NULL REFERENCES users (id),
    device_id TEXT REFERENCES devices (id),
    subject TEXT NOT NULL,
    description TEXT NOT NULL,
    one_time BOOLEAN NOT NULL,
    status TEXT NOT NULL,
    -- False once closed or cancelled; lists of open requests stay short.
    open BOOLEAN NOT NULL,
    assistant_id TEXT REFERENCES users (id),
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- Who changed it last; nobody when Deskside itself did.
    changed_by TEXT REFERENCES users (id),
    version BIGINT NOT NULL,
    -- Last timeline number given out.
    last_seq BIGINT NOT NULL
);
CREATE INDEX requests_by_open ON requests (open, number);
CREATE INDEX requests_by_owner ON requests (owner_id, open, number);
CREATE INDEX requests_by_assistant ON requests (assistant_id, open, number);
CREATE INDEX requests_by_device ON requests (device_id, open);

CREATE TABLE request_windows (
    request_id TEXT NOT NULL REFERENCES requests (id),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (request_id, starts_at)
);

CREATE TABLE timeline_events (
    request_id TEXT NOT NULL REFERENCES requests (id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor_id TEXT REFERENCES users (id),
    happened TEXT NOT NULL,
    changes TEXT NOT NULL,
    PRIMARY KEY (request_id, seq)
);

CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES requests (id),
    -- Counts from 1 within the request.
    seq BIGINT NOT NULL,
    session_id TEXT,
    author_id TEXT NOT NULL REFERENCES users (id),
    from_device BOOLEAN NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (request_id, seq)
);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES requests (id),
    device_id TEXT NOT NULL REFERENCES devices (id),
    operator_id TEXT NOT NULL REFERENCES users (id),
    status TEXT NOT NULL CHECK (status IN ('asking', 'active', 'interrupted', 'ended')),
    launched_at BIGINT NOT NULL,
    device_by BIGINT,
    answer_by BIGINT,
    resume_by BIGINT,
    started_at BIGINT,
    ended_at BIGINT,
    end_reason TEXT,
    unanswered BOOLEAN NOT NULL,
    path TEXT,
    attempt BIGINT NOT NULL,
    -- When something happens by itself; nothing does when it is absent.
    deadline BIGINT,
    version BIGINT NOT NULL
);
CREATE INDEX sessions_by_request ON sessions (request_id, launched_at);
CREATE INDEX sessions_by_device ON sessions (device_id, ended_at);
CREATE INDEX sessions_by_deadline ON sessions (deadline);
-- At most one session of a request is not over …
CREATE UNIQUE INDEX sessions_open_by_request ON sessions (request_id) WHERE status <> 'ended';
-- … and at most one of a device: one operator at a time.
CREATE UNIQUE INDEX sessions_open_by_device ON sessions (device_id) WHERE status <> 'ended';

-- Reports that were taken, until they are too old to be taken again.
CREATE TABLE report_nonces (
    nonce TEXT PRIMARY KEY,
    device_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX report_nonces_by_expiry ON report_nonces (expires_at);
