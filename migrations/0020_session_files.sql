-- Transfers that a device reported, each once: after their session the portal knows what it was told already.

CREATE TABLE session_files (
    session_id TEXT NOT NULL REFERENCES sessions (id),
    transfer_id TEXT NOT NULL,
    PRIMARY KEY (session_id, transfer_id)
);
