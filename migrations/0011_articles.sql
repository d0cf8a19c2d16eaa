-- Help articles, by which people help themselves before they file a request.
-- Times are milliseconds since 1970 (BIGINT), identifiers are UUIDs as text.

CREATE TABLE articles (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    -- Markdown.
    body TEXT NOT NULL,
    published BOOLEAN NOT NULL,
    -- Whose people read it; NULL: those of all directories.
    directory_id TEXT REFERENCES directories (id),
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX articles_by_title ON articles (title, id);

-- The words by which an article is found, as hexadecimal digits, so that every collation sorts them alike.
CREATE TABLE article_words (
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    word TEXT NOT NULL,
    -- A word that stands in the title, which counts double.
    in_title BOOLEAN NOT NULL,
    PRIMARY KEY (word, article_id)
);
CREATE INDEX article_words_by_article ON article_words (article_id, word);

-- Whether an article solved the problem of a person: the latest answer of each.
CREATE TABLE article_answers (
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    solved BOOLEAN NOT NULL,
    PRIMARY KEY (article_id, user_id)
);
