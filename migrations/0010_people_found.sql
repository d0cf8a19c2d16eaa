-- Name and mail address in small letters, by which a person is found. Until a person is saved again, letters beyond
-- ASCII of those who were there before stay as they are on SQLite.
ALTER TABLE users ADD COLUMN found_by TEXT NOT NULL DEFAULT '';
UPDATE users SET found_by = LOWER(name || ' ' || email);
