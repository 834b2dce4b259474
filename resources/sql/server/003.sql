-- SPDX-License-Identifier: GPL-3.0-or-later
-- Sending: what agents want sent, of every type.

-- Tells a repeated draft from another one under the same client id. NULL: a text of before, then its words decide.
ALTER TABLE messages ADD COLUMN draft_hash TEXT;

-- What is to be done with a message: send it, change its text, take it back. Several may wait for one message.
CREATE TABLE outbound_work (
  position         INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id       TEXT NOT NULL REFERENCES messages,
  conversation_id  TEXT NOT NULL,
  connection_id    TEXT NOT NULL,
  action           INTEGER NOT NULL DEFAULT 0, -- LobbyOutboundAction
  content          TEXT,                       -- of an edit: the new text
  state            INTEGER NOT NULL DEFAULT 0,
  attempts         INTEGER NOT NULL DEFAULT 0,
  next_attempt_at  INTEGER NOT NULL DEFAULT 0
);
INSERT INTO outbound_work (position, message_id, conversation_id, connection_id, state, attempts, next_attempt_at)
  SELECT position, message_id, conversation_id, connection_id, state, attempts, next_attempt_at FROM outbound_queue ORDER BY position;
DROP TABLE outbound_queue;
ALTER TABLE outbound_work RENAME TO outbound_queue;
CREATE INDEX outbound_queue_by_conversation ON outbound_queue (conversation_id, position);
CREATE INDEX outbound_queue_by_due ON outbound_queue (connection_id, next_attempt_at, position);
CREATE INDEX outbound_queue_by_message ON outbound_queue (message_id);

-- Files that WhatsApp has already, under the id it gave them.
CREATE TABLE remote_files (
  connection_id  TEXT NOT NULL,
  sha256         TEXT NOT NULL,
  mime_type      TEXT NOT NULL,
  remote_id      TEXT NOT NULL,
  uploaded_at    INTEGER NOT NULL,
  PRIMARY KEY (connection_id, sha256, mime_type)
) WITHOUT ROWID;
