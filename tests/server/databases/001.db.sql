-- SPDX-License-Identifier: GPL-3.0-or-later
-- What the first version of lobbyd left: two texts of a customer, read, and an answer that waits. Never changed.
BEGIN TRANSACTION;
CREATE TABLE agents (
  id             TEXT PRIMARY KEY,
  user           TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name           TEXT NOT NULL,
  role           TEXT NOT NULL CHECK (role IN ('owner', 'agent')),
  password_hash  TEXT NOT NULL,                -- Argon2id, libsodium's string form
  created_at     INTEGER NOT NULL
);
INSERT INTO "agents" VALUES('01M822AYBT6JHBFY75PPC7GRKF','owner','Olivia Owner','owner','$argon2id$v=19$m=65536,t=2,p=1$HTxmyWtUzc+uLM+M22Y2cA$X4H2gdjvD5FX2HINgCqkf7Sv3jAZl7RZSdrWedTusfQ',1795365894522);
CREATE TABLE aliases (
  kind        TEXT NOT NULL CHECK (kind IN ('wa_id', 'bsuid', 'parent_bsuid', 'lid', 'username')),
  scope       TEXT NOT NULL,                   -- the business; of a lid the connection
  value       TEXT NOT NULL,
  contact_id  TEXT NOT NULL REFERENCES contacts,
  updated_at  INTEGER NOT NULL,
  PRIMARY KEY (kind, scope, value)
) WITHOUT ROWID;
INSERT INTO "aliases" VALUES('wa_id','01M822AYBT6JHBFY75PPC7GRKE','34600111222','01M822AYFM9EV70TF2FNSX47BV',1795365894644);
CREATE TABLE businesses (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  seq         INTEGER NOT NULL DEFAULT 0,      -- of the newest event
  created_at  INTEGER NOT NULL
);
INSERT INTO "businesses" VALUES('01M822AYBT6JHBFY75PPC7GRKE','Test Shop',5,1795365894522);
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
INSERT INTO "connections" VALUES('01M822AYC5CZSTHKDN8GZ3GP75','01M822AYBT6JHBFY75PPC7GRKE','cloud','Shop','+15550783881','http://127.0.0.1:1/v25.0','106540352242922','102290129340398','token','app-secret','verify-me',1,'connecting','WhatsApp cannot be reached',1795365894533);
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
INSERT INTO "contacts" VALUES('01M822AYFM9EV70TF2FNSX47BV','01M822AYBT6JHBFY75PPC7GRKE','Customer 34600111222','+34600111222',NULL,NULL,NULL,1795365894649,1795365894644,1795365894644);
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
INSERT INTO "conversations" VALUES('01M822AYFNB5R3ST0VQS4F7662','01M822AYBT6JHBFY75PPC7GRKE','01M822AYFM9EV70TF2FNSX47BV','01M822AYC5CZSTHKDN8GZ3GP75',0,1795365894649,1700125205000,'01M822AYFP7Y225DGBJ83KNVXX',2,1,5,1795365894644);
CREATE TABLE deliveries (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id  TEXT NOT NULL,
  body           BLOB NOT NULL,
  arrived_at     INTEGER NOT NULL,
  problem        TEXT
);
CREATE TABLE event_log (
  business_id  TEXT NOT NULL REFERENCES businesses,
  seq          INTEGER NOT NULL,
  name         TEXT NOT NULL,
  payload      TEXT NOT NULL,
  except_socket TEXT,
  at           INTEGER NOT NULL,
  PRIMARY KEY (business_id, seq)
);
INSERT INTO "event_log" VALUES('01M822AYBT6JHBFY75PPC7GRKE',1,'message:new','{"id":"01M822AYFM9EV70TF2FNSX47BT","conversation_id":"01M822AYFNB5R3ST0VQS4F7662","contact_id":"01M822AYFM9EV70TF2FNSX47BV","contactId":"01M822AYFM9EV70TF2FNSX47BV","connection_id":"01M822AYC5CZSTHKDN8GZ3GP75","contact_name":"Customer 34600111222","phone_number":"+34600111222","whatsapp_message_id":"wamid.1","direction":"inbound","message_type":"text","content":"hola","status":"delivered","is_from_bot":false,"metadata":{},"created_at":"2023-11-15T09:00:00.999Z","updated_at":"2026-11-22T16:44:54.644Z","seq":1,"businessProfileId":"01M822AYBT6JHBFY75PPC7GRKE","contact":{"id":"01M822AYFM9EV70TF2FNSX47BV","business_id":"01M822AYBT6JHBFY75PPC7GRKE","name":"Customer 34600111222","phone_number":"+34600111222","created_at":"2026-11-22T16:44:54.644Z","updated_at":"2026-11-22T16:44:54.644Z"},"conversation":{"id":"01M822AYFNB5R3ST0VQS4F7662","business_id":"01M822AYBT6JHBFY75PPC7GRKE","contact_id":"01M822AYFM9EV70TF2FNSX47BV","connection_id":"01M822AYC5CZSTHKDN8GZ3GP75","unread_count":1,"last_activity_at":"2023-11-15T09:00:00.999Z","window_expires_at":"2023-11-16T09:00:00.000Z","message_count_in":1,"message_count_out":0,"seq":1}}',NULL,1795365894644);
INSERT INTO "event_log" VALUES('01M822AYBT6JHBFY75PPC7GRKE',2,'message:new','{"id":"01M822AYFP7Y225DGBJ83KNVXX","conversation_id":"01M822AYFNB5R3ST0VQS4F7662","contact_id":"01M822AYFM9EV70TF2FNSX47BV","contactId":"01M822AYFM9EV70TF2FNSX47BV","connection_id":"01M822AYC5CZSTHKDN8GZ3GP75","contact_name":"Customer 34600111222","phone_number":"+34600111222","whatsapp_message_id":"wamid.2","direction":"inbound","message_type":"text","content":"¿a qué hora abrís?","status":"delivered","is_from_bot":false,"metadata":{},"created_at":"2023-11-15T09:00:05.999Z","updated_at":"2026-11-22T16:44:54.646Z","seq":2,"businessProfileId":"01M822AYBT6JHBFY75PPC7GRKE","contact":{"id":"01M822AYFM9EV70TF2FNSX47BV","business_id":"01M822AYBT6JHBFY75PPC7GRKE","name":"Customer 34600111222","phone_number":"+34600111222","created_at":"2026-11-22T16:44:54.644Z","updated_at":"2026-11-22T16:44:54.644Z"},"conversation":{"id":"01M822AYFNB5R3ST0VQS4F7662","business_id":"01M822AYBT6JHBFY75PPC7GRKE","contact_id":"01M822AYFM9EV70TF2FNSX47BV","connection_id":"01M822AYC5CZSTHKDN8GZ3GP75","unread_count":2,"last_activity_at":"2023-11-15T09:00:05.999Z","window_expires_at":"2023-11-16T09:00:05.000Z","message_count_in":2,"message_count_out":0,"seq":2}}',NULL,1795365894646);
INSERT INTO "event_log" VALUES('01M822AYBT6JHBFY75PPC7GRKE',3,'message:new','{"id":"01M822AYFS70AVTXR3S0SQ7CS9","client_id":"c1","conversation_id":"01M822AYFNB5R3ST0VQS4F7662","contact_id":"01M822AYFM9EV70TF2FNSX47BV","contactId":"01M822AYFM9EV70TF2FNSX47BV","connection_id":"01M822AYC5CZSTHKDN8GZ3GP75","contact_name":"Customer 34600111222","phone_number":"+34600111222","direction":"outbound","message_type":"text","content":"A las nueve","status":"pending","is_from_bot":false,"agent_id":"01M822AYBT6JHBFY75PPC7GRKF","metadata":{},"created_at":"2026-11-22T16:44:54.649Z","updated_at":"2026-11-22T16:44:54.649Z","seq":3,"businessProfileId":"01M822AYBT6JHBFY75PPC7GRKE","contact":{"id":"01M822AYFM9EV70TF2FNSX47BV","business_id":"01M822AYBT6JHBFY75PPC7GRKE","name":"Customer 34600111222","phone_number":"+34600111222","created_at":"2026-11-22T16:44:54.644Z","updated_at":"2026-11-22T16:44:54.644Z"},"conversation":{"id":"01M822AYFNB5R3ST0VQS4F7662","business_id":"01M822AYBT6JHBFY75PPC7GRKE","contact_id":"01M822AYFM9EV70TF2FNSX47BV","connection_id":"01M822AYC5CZSTHKDN8GZ3GP75","unread_count":2,"last_activity_at":"2026-11-22T16:44:54.649Z","window_expires_at":"2023-11-16T09:00:05.000Z","message_count_in":2,"message_count_out":1,"seq":3}}',NULL,1795365894649);
INSERT INTO "event_log" VALUES('01M822AYBT6JHBFY75PPC7GRKE',4,'message:sent','{"seq":4,"businessProfileId":"01M822AYBT6JHBFY75PPC7GRKE","id":"01M822AYFS70AVTXR3S0SQ7CS9","clientId":"c1","contactId":"01M822AYFM9EV70TF2FNSX47BV","conversationId":"01M822AYFNB5R3ST0VQS4F7662","status":"pending","at":"2026-11-22T16:44:54.649Z"}',NULL,1795365894649);
INSERT INTO "event_log" VALUES('01M822AYBT6JHBFY75PPC7GRKE',5,'conversation:read','{"seq":5,"businessProfileId":"01M822AYBT6JHBFY75PPC7GRKE","contactId":"01M822AYFM9EV70TF2FNSX47BV","conversationId":"01M822AYFNB5R3ST0VQS4F7662","agentId":"01M822AYBT6JHBFY75PPC7GRKF","conversation":{"id":"01M822AYFNB5R3ST0VQS4F7662","business_id":"01M822AYBT6JHBFY75PPC7GRKE","contact_id":"01M822AYFM9EV70TF2FNSX47BV","connection_id":"01M822AYC5CZSTHKDN8GZ3GP75","unread_count":0,"last_activity_at":"2026-11-22T16:44:54.649Z","window_expires_at":"2023-11-16T09:00:05.000Z","read_up_to":"01M822AYFP7Y225DGBJ83KNVXX","message_count_in":2,"message_count_out":1,"seq":5},"at":"2026-11-22T16:44:54.651Z"}',NULL,1795365894651);
CREATE TABLE media_files (
  sha256      TEXT PRIMARY KEY,                -- also the name in the folder of files
  size        INTEGER NOT NULL,
  created_at  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE media_jobs (
  message_id     TEXT PRIMARY KEY REFERENCES messages,
  connection_id  TEXT NOT NULL,
  remote_id      TEXT,
  remote_url     TEXT,
  attempts       INTEGER NOT NULL DEFAULT 0,
  due_at         INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE memberships (
  agent_id     TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
  business_id  TEXT NOT NULL REFERENCES businesses ON DELETE CASCADE,
  PRIMARY KEY (agent_id, business_id)
) WITHOUT ROWID;
INSERT INTO "memberships" VALUES('01M822AYBT6JHBFY75PPC7GRKF','01M822AYBT6JHBFY75PPC7GRKE');
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
INSERT INTO "messages" VALUES('01M822AYFM9EV70TF2FNSX47BT','01M822AYBT6JHBFY75PPC7GRKE','01M822AYFNB5R3ST0VQS4F7662','01M822AYFM9EV70TF2FNSX47BV','01M822AYC5CZSTHKDN8GZ3GP75',NULL,'wamid.1',0,0,'hola',2,0,NULL,'{}',NULL,1700038800999,1795365894644);
INSERT INTO "messages" VALUES('01M822AYFP7Y225DGBJ83KNVXX','01M822AYBT6JHBFY75PPC7GRKE','01M822AYFNB5R3ST0VQS4F7662','01M822AYFM9EV70TF2FNSX47BV','01M822AYC5CZSTHKDN8GZ3GP75',NULL,'wamid.2',0,0,'¿a qué hora abrís?',2,0,NULL,'{}',NULL,1700038805999,1795365894646);
INSERT INTO "messages" VALUES('01M822AYFS70AVTXR3S0SQ7CS9','01M822AYBT6JHBFY75PPC7GRKE','01M822AYFNB5R3ST0VQS4F7662','01M822AYFM9EV70TF2FNSX47BV','01M822AYC5CZSTHKDN8GZ3GP75','c1',NULL,1,0,'A las nueve',0,0,'01M822AYBT6JHBFY75PPC7GRKF','{}',NULL,1795365894649,1795365894649);
CREATE TABLE outbound_queue (
  position         INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id       TEXT NOT NULL UNIQUE REFERENCES messages,
  conversation_id  TEXT NOT NULL,
  connection_id    TEXT NOT NULL,
  state            INTEGER NOT NULL DEFAULT 0,
  attempts         INTEGER NOT NULL DEFAULT 0,
  next_attempt_at  INTEGER NOT NULL DEFAULT 0
);
INSERT INTO "outbound_queue" VALUES(1,'01M822AYFS70AVTXR3S0SQ7CS9','01M822AYFNB5R3ST0VQS4F7662','01M822AYC5CZSTHKDN8GZ3GP75',0,0,0);
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
CREATE TABLE tokens (
  hash        TEXT PRIMARY KEY,                -- SHA-256 of the token, hex
  agent_id    TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
  device      TEXT,
  created_at  INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "tokens" VALUES('6c43e020da708a33436317c4185f09558584f21ef7b584848ed61aa476cf8ad5','01M822AYBT6JHBFY75PPC7GRKF',NULL,1795365894641);
CREATE INDEX memberships_by_business ON memberships (business_id);
CREATE INDEX tokens_by_agent ON tokens (agent_id);
CREATE INDEX contacts_by_activity ON contacts (business_id, last_activity_at, id);
CREATE INDEX aliases_by_contact ON aliases (contact_id, kind, updated_at);
CREATE INDEX conversations_by_activity ON conversations (business_id, last_activity_at, id);
CREATE INDEX messages_by_conversation ON messages (conversation_id, created_at, id);
CREATE INDEX messages_by_contact ON messages (contact_id, created_at, id);
CREATE INDEX pending_statuses_by_arrival ON pending_statuses (arrived_at);
CREATE INDEX outbound_queue_by_conversation ON outbound_queue (conversation_id, position);
CREATE INDEX outbound_queue_by_connection ON outbound_queue (connection_id, position);
CREATE INDEX media_jobs_by_due ON media_jobs (due_at);
CREATE INDEX deliveries_waiting ON deliveries (id) WHERE problem IS NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('deliveries',1);
INSERT INTO "sqlite_sequence" VALUES('outbound_queue',1);
COMMIT;
PRAGMA user_version=1;
