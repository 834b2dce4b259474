-- SPDX-License-Identifier: GPL-3.0-or-later
-- A token has an id, by which it can be named without being known, and tells when it was used last. Those from before get
-- the present for that, so that an upgrade signs nobody out.
CREATE TABLE new_tokens (
  hash          TEXT PRIMARY KEY,              -- SHA-256 of the token, hex
  id            TEXT NOT NULL UNIQUE,
  agent_id      TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
  device        TEXT,
  created_at    INTEGER NOT NULL,
  last_used_at  INTEGER NOT NULL               -- told with a precision of minutes
) WITHOUT ROWID;
INSERT INTO new_tokens (hash, id, agent_id, device, created_at, last_used_at)
  SELECT hash, upper(hex(randomblob(13))), agent_id, device, created_at, CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM tokens;
DROP TABLE tokens;
ALTER TABLE new_tokens RENAME TO tokens;
CREATE INDEX tokens_by_agent ON tokens (agent_id);
CREATE INDEX tokens_by_use ON tokens (last_used_at);
