-- Mails in the inbox that were tried and are not over: which failed and is tried again, which was taken but is still
-- unseen on the server, and which was set aside for the administrator. By the mailbox and the two numbers that name a
-- mail in it for ever (RFC 9051, section 2.3.1.1).
CREATE TABLE mail_attempts (
    mailbox TEXT NOT NULL,
    validity BIGINT NOT NULL,
    number BIGINT NOT NULL,
    -- waiting, taken, aside
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- What the log says of it, when it was set aside.
    reference TEXT,
    -- It was set aside and then seen: unseen again, it is to be tried again.
    marked BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (mailbox, validity, number)
);
