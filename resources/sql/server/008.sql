-- SPDX-License-Identifier: GPL-3.0-or-later
-- A webhook is on the disk before it is answered, so each page that its row changes counts. Those that were set aside lie by themselves:
-- what waits needs neither an index nor the counter of AUTOINCREMENT then, and is seldom more than one page.
CREATE TABLE set_aside_deliveries (
  id             INTEGER PRIMARY KEY,
  connection_id  TEXT NOT NULL,
  body           BLOB NOT NULL,
  arrived_at     INTEGER NOT NULL,
  problem        TEXT NOT NULL
);
INSERT INTO set_aside_deliveries (connection_id, body, arrived_at, problem)
  SELECT connection_id, body, arrived_at, problem FROM deliveries WHERE problem IS NOT NULL ORDER BY id;
CREATE INDEX set_aside_deliveries_by_arrival ON set_aside_deliveries (arrived_at);

CREATE TABLE new_deliveries (
  id             INTEGER PRIMARY KEY,          -- in the order in which they came; given again once none waits
  connection_id  TEXT NOT NULL,
  body           BLOB NOT NULL,
  arrived_at     INTEGER NOT NULL
);
INSERT INTO new_deliveries (id, connection_id, body, arrived_at)
  SELECT id, connection_id, body, arrived_at FROM deliveries WHERE problem IS NULL;
DROP TABLE deliveries;
ALTER TABLE new_deliveries RENAME TO deliveries;
