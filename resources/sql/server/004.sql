-- SPDX-License-Identifier: GPL-3.0-or-later
-- Templates, alerts, and contacts found to be one.

-- A number or user id that its owner gave up says something about older messages only. 0: still theirs.
ALTER TABLE aliases ADD COLUMN until INTEGER NOT NULL DEFAULT 0;

-- The business's own address book has named it: what customers call themselves does not rename it any more.
ALTER TABLE contacts ADD COLUMN is_named INTEGER NOT NULL DEFAULT 0;

-- Where the messages of conversations went that were folded into another one, for clients that know them still.
CREATE TABLE merged_conversations (
  id       TEXT PRIMARY KEY,
  kept_id  TEXT NOT NULL REFERENCES conversations
) WITHOUT ROWID;
CREATE INDEX merged_conversations_by_kept ON merged_conversations (kept_id);

-- Edits and revocations of messages that are not known yet. The newest of a message, a revocation before all.
CREATE TABLE pending_changes (
  connection_id        TEXT NOT NULL,
  whatsapp_message_id  TEXT NOT NULL,
  outbound             INTEGER NOT NULL,
  revoke               INTEGER NOT NULL,
  content              TEXT,
  timestamp            INTEGER NOT NULL,
  arrived_at           INTEGER NOT NULL,
  PRIMARY KEY (connection_id, whatsapp_message_id, outbound)
) WITHOUT ROWID;
CREATE INDEX pending_changes_by_arrival ON pending_changes (arrived_at);

-- Replies and reactions that came before what they are about.
CREATE TABLE pending_references (
  connection_id        TEXT NOT NULL,
  whatsapp_message_id  TEXT NOT NULL,
  message_id           TEXT NOT NULL REFERENCES messages,
  arrived_at           INTEGER NOT NULL,
  PRIMARY KEY (connection_id, whatsapp_message_id, message_id)
) WITHOUT ROWID;
CREATE INDEX pending_references_by_arrival ON pending_references (arrived_at);

CREATE TABLE connection_alerts (
  id             TEXT PRIMARY KEY,
  connection_id  TEXT NOT NULL REFERENCES connections,
  code           INTEGER NOT NULL DEFAULT 0,
  severity       TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
  title          TEXT NOT NULL,
  message        TEXT NOT NULL,
  at             INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX connection_alerts_by_connection ON connection_alerts (connection_id, at, id);

CREATE TABLE templates (
  id                TEXT PRIMARY KEY,
  connection_id     TEXT NOT NULL REFERENCES connections,
  remote_id         TEXT,                      -- WhatsApp's
  name              TEXT NOT NULL,
  language          TEXT NOT NULL,
  category          TEXT NOT NULL,
  status            TEXT NOT NULL,
  quality           TEXT,
  rejected_reason   TEXT,
  parameter_format  TEXT NOT NULL,
  components        TEXT NOT NULL,             -- JSON array, as WhatsApp tells it
  updated_at        INTEGER NOT NULL,
  UNIQUE (connection_id, name, language)
);

-- When WhatsApp's list of a connection's templates was last read.
CREATE TABLE template_lists (
  connection_id  TEXT PRIMARY KEY REFERENCES connections,
  synced_at      INTEGER NOT NULL
) WITHOUT ROWID;
