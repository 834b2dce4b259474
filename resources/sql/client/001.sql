-- SPDX-License-Identifier: GPL-3.0-or-later
-- The client's store: one file an account. Times are ms since 1970, 0 is "never"; numbers of types and
-- states are those of lobby-records.h. "id" is the server's; "row" is ours, stable and never reused.

CREATE TABLE contacts (
  row           INTEGER PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE,
  business_id   TEXT NOT NULL,
  name          TEXT,
  phone_number  TEXT,
  username      TEXT,
  picture_url   TEXT,
  about         TEXT,
  created_at    INTEGER NOT NULL DEFAULT 0,
  folded        TEXT NOT NULL DEFAULT ''      -- what the list's search compares: no case, no accents, digits of the number
);

-- contact_id is NULL while only a message told of the conversation: such a row is in no list yet.
-- Of the history only what lies at or behind (bound_at, bound_id) is contiguous and shown. gap: the next message that is
-- not of an older page becomes the bound. whole: the server has nothing older.
CREATE TABLE conversations (
  row                INTEGER PRIMARY KEY,
  id                 TEXT NOT NULL UNIQUE,
  business_id        TEXT NOT NULL DEFAULT '',
  contact_id         TEXT,
  connection_id      TEXT,
  unread_count       INTEGER NOT NULL DEFAULT 0,
  last_activity_at   INTEGER NOT NULL DEFAULT 0,
  window_expires_at  INTEGER NOT NULL DEFAULT 0,
  read_up_to         TEXT,
  message_count_in   INTEGER NOT NULL DEFAULT 0,
  message_count_out  INTEGER NOT NULL DEFAULT 0,
  seq                INTEGER NOT NULL DEFAULT -1,
  bound_at           INTEGER NOT NULL DEFAULT 0,
  bound_id           TEXT NOT NULL DEFAULT '',
  gap                INTEGER NOT NULL DEFAULT 1,
  whole              INTEGER NOT NULL DEFAULT 0,
  local_read_at      INTEGER NOT NULL DEFAULT 0,  -- how far this agent has read here, whatever the server knows yet
  local_read_id      TEXT NOT NULL DEFAULT '',
  last_message       INTEGER                      -- row of the newest message, for the list
);
CREATE INDEX conversations_by_activity ON conversations (last_activity_at DESC, id DESC) WHERE contact_id IS NOT NULL;
CREATE INDEX conversations_by_contact ON conversations (contact_id);
CREATE INDEX conversations_unread ON conversations (unread_count) WHERE unread_count > 0;

-- id is '' until the server has the message. shown: an item of the timeline (a reaction is none).
CREATE TABLE messages (
  row              INTEGER PRIMARY KEY AUTOINCREMENT,
  id               TEXT NOT NULL DEFAULT '',
  client_id        TEXT,
  conversation     INTEGER NOT NULL REFERENCES conversations (row),
  outbound         INTEGER NOT NULL,
  type             INTEGER NOT NULL,
  shown            INTEGER NOT NULL DEFAULT 1,
  content          TEXT NOT NULL DEFAULT '',
  agent_id         TEXT,
  status           INTEGER NOT NULL DEFAULT 0,
  sent_at          INTEGER NOT NULL,
  media_state      INTEGER NOT NULL DEFAULT 0,
  media_url        TEXT,
  mime_type        TEXT,
  file_name        TEXT,
  file_size        INTEGER NOT NULL DEFAULT 0,
  width            INTEGER NOT NULL DEFAULT 0,
  height           INTEGER NOT NULL DEFAULT 0,
  duration         INTEGER NOT NULL DEFAULT 0,
  waveform         TEXT,
  quoted_id        TEXT,
  quoted_text      TEXT,
  quoted_type      INTEGER NOT NULL DEFAULT 0,
  quoted_outbound  INTEGER NOT NULL DEFAULT 0,
  reaction_to      TEXT,
  sent_time        INTEGER NOT NULL DEFAULT 0,
  delivered_time   INTEGER NOT NULL DEFAULT 0,
  read_time        INTEGER NOT NULL DEFAULT 0,
  played_time      INTEGER NOT NULL DEFAULT 0,
  failed_time      INTEGER NOT NULL DEFAULT 0,
  error_code       INTEGER NOT NULL DEFAULT 0,
  error_text       TEXT,
  extra            TEXT
);
CREATE UNIQUE INDEX messages_by_id ON messages (id) WHERE id <> '';
CREATE UNIQUE INDEX messages_by_client_id ON messages (client_id) WHERE client_id IS NOT NULL;
-- The order of a conversation. The server's id settles ties, as at the server: WhatsApp's times are whole seconds.
CREATE INDEX messages_in_order ON messages (conversation, sent_at, id) WHERE shown = 1;

-- The newest reaction of each side to a message, which may be known before the message is.
CREATE TABLE reactions (
  target    TEXT NOT NULL,                    -- the server's id of the message
  outbound  INTEGER NOT NULL,
  emoji     TEXT NOT NULL,                    -- '' : taken back
  sent_at   INTEGER NOT NULL,
  id        TEXT NOT NULL,
  PRIMARY KEY (target, outbound)
) WITHOUT ROWID;

CREATE TABLE outbox (
  position         INTEGER PRIMARY KEY AUTOINCREMENT,
  message          INTEGER NOT NULL UNIQUE REFERENCES messages (row) ON DELETE CASCADE,
  conversation     INTEGER NOT NULL REFERENCES conversations (row),
  attempts         INTEGER NOT NULL DEFAULT 0,
  next_attempt_at  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX outbox_by_conversation ON outbox (conversation, position);

CREATE TABLE drafts (
  conversation  INTEGER PRIMARY KEY REFERENCES conversations (row),
  text          TEXT NOT NULL
);

-- What the agent read and the server does not know yet.
CREATE TABLE reads (
  conversation  INTEGER PRIMARY KEY REFERENCES conversations (row),
  up_to         TEXT NOT NULL
);

CREATE TABLE sync (
  business_id  TEXT PRIMARY KEY,
  seq          INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE settings (
  key    TEXT PRIMARY KEY,
  value  TEXT NOT NULL
) WITHOUT ROWID;

-- rowid is messages.row, so that "newest first" is a walk down the rowids; the conversation as a column keeps a
-- search inside one conversation as fast as one over all. Written together with messages by the store.
CREATE VIRTUAL TABLE message_text USING fts5 (
  content, conversation,
  content = 'messages', content_rowid = 'row',
  tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
