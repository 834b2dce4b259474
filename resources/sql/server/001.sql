-- SPDX-License-Identifier: GPL-3.0-or-later
-- The server's truth. Times are ms since 1970 UTC, 0 is never. Stored numbers of status, type and
-- outbound state are those of lobby-wire.h and lobby-storage.h: frozen, only appended to.

CREATE TABLE businesses (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  seq         INTEGER NOT NULL DEFAULT 0,      -- of the newest event
  created_at  INTEGER NOT NULL
);

CREATE TABLE agents (
  id             TEXT PRIMARY KEY,
  user           TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name           TEXT NOT NULL,
  role           TEXT NOT NULL CHECK (role IN ('owner', 'agent')),
  password_hash  TEXT NOT NULL,                -- Argon2id, libsodium's string form
  created_at     INTEGER NOT NULL
);

CREATE TABLE memberships (
  agent_id     TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
  business_id  TEXT NOT NULL REFERENCES businesses ON DELETE CASCADE,
  PRIMARY KEY (agent_id, business_id)
) WITHOUT ROWID;
CREATE INDEX memberships_by_business ON memberships (business_id);

CREATE TABLE tokens (
  hash        TEXT PRIMARY KEY,                -- SHA-256 of the token, hex
  agent_id    TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
  device      TEXT,
  created_at  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX tokens_by_agent ON tokens (agent_id);

CREATE TABLE connections (
  id                  TEXT PRIMARY KEY,
  business_id         TEXT NOT NULL REFERENCES businesses,
  kind                TEXT NOT NULL,
  name                TEXT NOT NULL,
  phone_number        TEXT,
  graph_url           TEXT,
  phone_number_id     TEXT,
  waba_id             TEXT,
  access_token        TEXT,
  app_secret          TEXT,
  verify_token        TEXT,
  send_read_receipts  INTEGER NOT NULL DEFAULT 1,
  state               TEXT NOT NULL DEFAULT 'connecting',
  reason              TEXT,
  created_at          INTEGER NOT NULL
);

CREATE TABLE contacts (
  id                TEXT PRIMARY KEY,
  business_id       TEXT NOT NULL REFERENCES businesses,
  name              TEXT,
  phone_number      TEXT,
  username          TEXT,
  about             TEXT,
  picture_sha256    TEXT,
  last_activity_at  INTEGER NOT NULL,
  created_at        INTEGER NOT NULL,
  updated_at        INTEGER NOT NULL
);
CREATE INDEX contacts_by_activity ON contacts (business_id, last_activity_at, id);

-- Who a customer is on WhatsApp. Users may have no visible number, so none of these is the key of a contact.
CREATE TABLE aliases (
  kind        TEXT NOT NULL CHECK (kind IN ('wa_id', 'bsuid', 'parent_bsuid', 'lid', 'username')),
  scope       TEXT NOT NULL,                   -- the business; of a lid the connection
  value       TEXT NOT NULL,
  contact_id  TEXT NOT NULL REFERENCES contacts,
  updated_at  INTEGER NOT NULL,
  PRIMARY KEY (kind, scope, value)
) WITHOUT ROWID;
CREATE INDEX aliases_by_contact ON aliases (contact_id, kind, updated_at);

CREATE TABLE conversations (
  id                 TEXT PRIMARY KEY,
  business_id        TEXT NOT NULL REFERENCES businesses,
  contact_id         TEXT NOT NULL REFERENCES contacts,
  connection_id      TEXT NOT NULL REFERENCES connections,
  unread_count       INTEGER NOT NULL DEFAULT 0,
  last_activity_at   INTEGER NOT NULL,
  window_expires_at  INTEGER NOT NULL DEFAULT 0,
  read_up_to         TEXT,                     -- id of an inbound message
  message_count_in   INTEGER NOT NULL DEFAULT 0,
  message_count_out  INTEGER NOT NULL DEFAULT 0,
  seq                INTEGER NOT NULL DEFAULT 0,
  created_at         INTEGER NOT NULL,
  UNIQUE (contact_id, connection_id)
);
CREATE INDEX conversations_by_activity ON conversations (business_id, last_activity_at, id);

CREATE TABLE messages (
  id                   TEXT PRIMARY KEY,
  business_id          TEXT NOT NULL,
  conversation_id      TEXT NOT NULL REFERENCES conversations,
  contact_id           TEXT NOT NULL REFERENCES contacts,
  connection_id        TEXT NOT NULL REFERENCES connections,
  client_id            TEXT,
  whatsapp_message_id  TEXT,
  outbound             INTEGER NOT NULL,
  type                 INTEGER NOT NULL,
  content              TEXT,
  status               INTEGER NOT NULL,
  is_from_bot          INTEGER NOT NULL DEFAULT 0,
  agent_id             TEXT,
  metadata             TEXT NOT NULL DEFAULT '{}',
  media_sha256         TEXT,                   -- when the file is here
  created_at           INTEGER NOT NULL,
  updated_at           INTEGER NOT NULL,
  UNIQUE (connection_id, whatsapp_message_id),
  UNIQUE (business_id, client_id)
);
CREATE INDEX messages_by_conversation ON messages (conversation_id, created_at, id);
CREATE INDEX messages_by_contact ON messages (contact_id, created_at, id);

-- Statuses of messages that are not known yet: a webhook may overtake the answer to the send.
CREATE TABLE pending_statuses (
  id                   INTEGER PRIMARY KEY,
  connection_id        TEXT NOT NULL,
  whatsapp_message_id  TEXT NOT NULL,
  status               INTEGER NOT NULL,
  timestamp            INTEGER NOT NULL,
  error_code           INTEGER NOT NULL,
  error_title          TEXT,
  error_message        TEXT,
  arrived_at           INTEGER NOT NULL,
  UNIQUE (connection_id, whatsapp_message_id, status)
);
CREATE INDEX pending_statuses_by_arrival ON pending_statuses (arrived_at);

CREATE TABLE outbound_queue (
  position         INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id       TEXT NOT NULL UNIQUE REFERENCES messages,
  conversation_id  TEXT NOT NULL,
  connection_id    TEXT NOT NULL,
  state            INTEGER NOT NULL DEFAULT 0,
  attempts         INTEGER NOT NULL DEFAULT 0,
  next_attempt_at  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX outbound_queue_by_conversation ON outbound_queue (conversation_id, position);
CREATE INDEX outbound_queue_by_connection ON outbound_queue (connection_id, position);

CREATE TABLE media_jobs (
  message_id     TEXT PRIMARY KEY REFERENCES messages,
  connection_id  TEXT NOT NULL,
  remote_id      TEXT,
  remote_url     TEXT,
  attempts       INTEGER NOT NULL DEFAULT 0,
  due_at         INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX media_jobs_by_due ON media_jobs (due_at);

CREATE TABLE media_files (
  sha256      TEXT PRIMARY KEY,                -- also the name in the folder of files
  size        INTEGER NOT NULL,
  created_at  INTEGER NOT NULL
) WITHOUT ROWID;

-- Webhook bodies as they came, until they are worked in. Those that could not be stay, with the problem.
CREATE TABLE deliveries (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id  TEXT NOT NULL,
  body           BLOB NOT NULL,
  arrived_at     INTEGER NOT NULL,
  problem        TEXT
);
CREATE INDEX deliveries_waiting ON deliveries (id) WHERE problem IS NULL;

-- What clients must see, in the order they must see it. Only the oldest rows are ever removed.
CREATE TABLE event_log (
  business_id  TEXT NOT NULL REFERENCES businesses,
  seq          INTEGER NOT NULL,
  name         TEXT NOT NULL,
  payload      TEXT NOT NULL,
  except_socket TEXT,
  at           INTEGER NOT NULL,
  PRIMARY KEY (business_id, seq)
);
