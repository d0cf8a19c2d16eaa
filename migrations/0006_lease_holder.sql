-- Which portal holds the lease of a mail, by the id in its data folder: started again, it gives its own back.
ALTER TABLE outbox ADD COLUMN leased_by TEXT;
