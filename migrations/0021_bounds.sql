-- What keeps bounds when several people add something at once, and the words that lead nowhere any longer.
-- Times are milliseconds since 1970 (BIGINT).

-- Since when a word of word_parts leads to no request and no article. It is forgotten after a while.
CREATE TABLE words_unused (
    word TEXT PRIMARY KEY,
    since BIGINT NOT NULL
);
