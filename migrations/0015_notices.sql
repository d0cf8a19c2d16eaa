-- Which notices people want: mails at once or once a day, and notices that browsers show (Web Push).
-- Times are milliseconds since 1970 (BIGINT), identifiers are UUIDs as text.

-- Without a row everything is mailed at once and nothing is pushed.
CREATE TABLE notice_wishes (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    mail TEXT NOT NULL CHECK (mail IN ('every', 'needed', 'digest', 'none')),
    push TEXT NOT NULL CHECK (push IN ('off', 'needed', 'every')),
    -- When the digest comes: minutes since midnight in the person's time zone.
    digest_at BIGINT NOT NULL
);

-- What the next digest of a person tells. Taken out in the transaction that writes the digest.
CREATE TABLE digest_events (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    request_id TEXT NOT NULL REFERENCES requests (id),
    -- Number of the event within the request.
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    happened TEXT NOT NULL,
    by_name TEXT,
    -- When it is mailed.
    due_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, request_id, seq)
);
CREATE INDEX digest_events_by_due ON digest_events (due_at, user_id);

-- The browsers that show notices, each for one person.
CREATE TABLE push_subscriptions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Hash of a cookie of that browser, by which signing out finds it.
    browser_hash TEXT NOT NULL,
    endpoint TEXT NOT NULL UNIQUE,
    -- The browser's public key and secret (RFC 8291), base64url.
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX push_subscriptions_by_user ON push_subscriptions (user_id);
CREATE INDEX push_subscriptions_by_browser ON push_subscriptions (browser_hash);

-- Notices that must go out. Gone once they were delivered, refused or out of date.
CREATE TABLE push_outbox (
    id TEXT PRIMARY KEY,
    -- Not REFERENCES: a browser that ends in the same moment must not stop the change of a request.
    subscription_id TEXT NOT NULL,
    payload TEXT NOT NULL,
    topic TEXT NOT NULL,
    urgent BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    -- Of no use from then on.
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    leased_by TEXT
);
CREATE INDEX push_outbox_due ON push_outbox (next_attempt_at);
CREATE INDEX push_outbox_by_subscription ON push_outbox (subscription_id);
