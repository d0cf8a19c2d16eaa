-- The language that a person chose; none: the one that their browser asked for when they last signed in.
ALTER TABLE users ADD COLUMN language TEXT;
ALTER TABLE users ADD COLUMN browser_language TEXT NOT NULL DEFAULT 'en';
