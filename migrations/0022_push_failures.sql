-- A browser is one row, whoever subscribes twice at once; and a push service that fails again and again is left alone for
-- a while.
DELETE FROM push_subscriptions WHERE EXISTS (
    SELECT 1 FROM push_subscriptions newer WHERE newer.browser_hash = push_subscriptions.browser_hash
    AND (newer.created_at > push_subscriptions.created_at
         OR newer.created_at = push_subscriptions.created_at AND newer.id > push_subscriptions.id)
);
DROP INDEX push_subscriptions_by_browser;
CREATE UNIQUE INDEX push_subscriptions_by_browser ON push_subscriptions (browser_hash);

-- Attempts that failed since the last one that did not.
ALTER TABLE push_subscriptions ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
-- Nothing is sent there before.
ALTER TABLE push_subscriptions ADD COLUMN paused_until BIGINT NOT NULL DEFAULT 0;
