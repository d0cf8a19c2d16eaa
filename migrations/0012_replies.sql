-- Where the answer to a mail goes: an address that is signed for its reader.
ALTER TABLE outbox ADD COLUMN reply_to TEXT;
