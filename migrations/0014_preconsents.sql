-- Times in which an operator may connect without asking the owner again.
ALTER TABLE request_windows ADD COLUMN allowed BOOLEAN NOT NULL DEFAULT FALSE;

-- What devices were told about that. A device believes the highest version only.
CREATE TABLE preconsents (
    request_id TEXT NOT NULL REFERENCES requests (id),
    device_id TEXT NOT NULL REFERENCES devices (id),
    version BIGINT NOT NULL,
    -- The last version that was on the device's screen; 0 before the first.
    shown_version BIGINT NOT NULL,
    -- End of the last time that was ever allowed: until then the device is told again when it comes online.
    told_until BIGINT NOT NULL,
    PRIMARY KEY (request_id, device_id)
);
CREATE INDEX preconsents_by_device ON preconsents (device_id, told_until);
