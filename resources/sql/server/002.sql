-- SPDX-License-Identifier: GPL-3.0-or-later
-- The outbound queue is asked for what is due first, also with thousands waiting.
DROP INDEX outbound_queue_by_connection;
CREATE INDEX outbound_queue_by_due ON outbound_queue (connection_id, next_attempt_at, position);

-- Webhooks that were set aside are removed in time.
CREATE INDEX deliveries_set_aside ON deliveries (arrived_at) WHERE problem IS NOT NULL;
