-- Agreeing on a time: proposals, calendar invitations, reminders, the hours of the helpdesk.
-- Times are milliseconds since 1970 (BIGINT), identifiers are UUIDs as text.

CREATE TABLE proposals (
    id TEXT PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES requests (id),
    proposed_by TEXT NOT NULL REFERENCES users (id),
    -- True for what the owner proposes; staff answer it. Otherwise the owner does.
    by_owner BOOLEAN NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'replaced')),
    created_at BIGINT NOT NULL,
    decided_at BIGINT
);
CREATE INDEX proposals_by_request ON proposals (request_id, created_at);
-- Only the latest can be answered.
CREATE UNIQUE INDEX proposals_open ON proposals (request_id) WHERE state = 'open';

-- Version of the calendar entry: RFC 5545, section 3.8.7.4.
ALTER TABLE requests ADD COLUMN calendar_sequence BIGINT NOT NULL DEFAULT 0;
-- The scheduled time that both were reminded of.
ALTER TABLE requests ADD COLUMN reminded_for BIGINT;

-- What goes with a mail into the calendar.
ALTER TABLE outbox ADD COLUMN calendar TEXT;
ALTER TABLE outbox ADD COLUMN calendar_method TEXT;

-- When the helpdesk of a directory is there, in the directory's time zone. A directory without lines keeps no hours.
CREATE TABLE helpdesk_hours (
    directory_id TEXT NOT NULL REFERENCES directories (id),
    -- 1 Monday to 7 Sunday.
    weekday BIGINT NOT NULL,
    -- Minutes since midnight.
    opens_at BIGINT NOT NULL,
    closes_at BIGINT NOT NULL,
    PRIMARY KEY (directory_id, weekday)
);
CREATE TABLE helpdesk_holidays (
    directory_id TEXT NOT NULL REFERENCES directories (id),
    -- As 2026-12-25.
    day TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (directory_id, day)
);
