-- Taking back what was given: devices, and the sessions of a person who lost or changed the right to operate.
-- Times are milliseconds since 1970 (BIGINT).

-- Removed: its key proves nothing any longer. The row stays for the records that name it.
ALTER TABLE devices ADD COLUMN revoked_at BIGINT;

-- Sessions that this person launched until then are over; the portal ends those that are still open.
ALTER TABLE users ADD COLUMN operated_until BIGINT NOT NULL DEFAULT 0;

-- The device has shown the question; noted once.
ALTER TABLE sessions ADD COLUMN prompt_shown_at BIGINT;
