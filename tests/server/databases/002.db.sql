-- SPDX-License-Identifier: GPL-3.0-or-later
-- What lobbyd left whose schema was the second: texts and files of customers (one was fetched, one is to be), a reaction, answers that were read, failed,
-- of unknown fate and waiting, and a webhook that is not worked in. Never changed.
BEGIN TRANSACTION;
CREATE TABLE businesses (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  seq         INTEGER NOT NULL DEFAULT 0,      -- of the newest event
  created_at  INTEGER NOT NULL
);
INSERT INTO businesses VALUES('01M82CBAYXAN8VB9A8DM193KYK','Test Shop',21,1795376393181);
CREATE TABLE agents (
  id             TEXT PRIMARY KEY,
  user           TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name           TEXT NOT NULL,
  role           TEXT NOT NULL CHECK (role IN ('owner', 'agent')),
  password_hash  TEXT NOT NULL,                -- Argon2id, libsodium's string form
  created_at     INTEGER NOT NULL
);
INSERT INTO agents VALUES('01M82CBAYXAN8VB9A8DM193KYM','owner','Olivia Owner','owner','$argon2id$v=19$m=65536,t=2,p=1$yiuekVPrToVOTRfa3fPjTQ$Q1erBIgYB0WhH0tYEXGbBWhiyvjKRuMSt+AkCqT1bJU',1795376393181);
CREATE TABLE memberships (
  agent_id     TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
  business_id  TEXT NOT NULL REFERENCES businesses ON DELETE CASCADE,
  PRIMARY KEY (agent_id, business_id)
) WITHOUT ROWID;
INSERT INTO memberships VALUES('01M82CBAYXAN8VB9A8DM193KYM','01M82CBAYXAN8VB9A8DM193KYK');
CREATE TABLE tokens (
  hash        TEXT PRIMARY KEY,                -- SHA-256 of the token, hex
  agent_id    TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
  device      TEXT,
  created_at  INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO tokens VALUES('03c915083c3e26d8395c8ed90dff87aa487088f618f1304ece6af2bb42eade9d','01M82CBAYXAN8VB9A8DM193KYM','test',1795376393432);
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
INSERT INTO connections VALUES('01M82CBAZY2AMMVBEMQME0FA2P','01M82CBAYXAN8VB9A8DM193KYK','cloud','Shop','+15550783881','http://127.0.0.1:38633/v25.0','106540352242922','102290129340398','sandbox-token','sandbox-secret','verify-me',1,'connected',NULL,1795376393214);
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
INSERT INTO contacts VALUES('01M82CBB754G2YQFXV0NMKHWWA','01M82CBAYXAN8VB9A8DM193KYK','Carla','+15550200001',NULL,NULL,NULL,1795376394576,1795376393445,1795376393445);
INSERT INTO contacts VALUES('01M82CBB7K0A2W5A05FW427PR8','01M82CBAYXAN8VB9A8DM193KYK','Noor',NULL,'noor',NULL,NULL,1795376394561,1795376393459,1795376393459);
CREATE TABLE aliases (
  kind        TEXT NOT NULL CHECK (kind IN ('wa_id', 'bsuid', 'parent_bsuid', 'lid', 'username')),
  scope       TEXT NOT NULL,                   -- the business; of a lid the connection
  value       TEXT NOT NULL,
  contact_id  TEXT NOT NULL REFERENCES contacts,
  updated_at  INTEGER NOT NULL,
  PRIMARY KEY (kind, scope, value)
) WITHOUT ROWID;
INSERT INTO aliases VALUES('bsuid','01M82CBAYXAN8VB9A8DM193KYK','US.15288242639991490287','01M82CBB754G2YQFXV0NMKHWWA',1795376393445);
INSERT INTO aliases VALUES('wa_id','01M82CBAYXAN8VB9A8DM193KYK','15550200001','01M82CBB754G2YQFXV0NMKHWWA',1795376393445);
INSERT INTO aliases VALUES('bsuid','01M82CBAYXAN8VB9A8DM193KYK','US.42','01M82CBB7K0A2W5A05FW427PR8',1795376393459);
INSERT INTO aliases VALUES('username','01M82CBAYXAN8VB9A8DM193KYK','noor','01M82CBB7K0A2W5A05FW427PR8',1795376393459);
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
INSERT INTO conversations VALUES('01M82CBB754G2YQFXV0NMKHWWB','01M82CBAYXAN8VB9A8DM193KYK','01M82CBB754G2YQFXV0NMKHWWA','01M82CBAZY2AMMVBEMQME0FA2P',4,1795376394576,1795462794000,NULL,4,2,21,1795376393445);
INSERT INTO conversations VALUES('01M82CBB7K0A2W5A05FW427PR9','01M82CBAYXAN8VB9A8DM193KYK','01M82CBB7K0A2W5A05FW427PR8','01M82CBAZY2AMMVBEMQME0FA2P',1,1795376394561,1795462793000,NULL,1,2,19,1795376393459);
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
INSERT INTO messages VALUES('01M82CBB754G2YQFXV0NMKHWW9','01M82CBAYXAN8VB9A8DM193KYK','01M82CBB754G2YQFXV0NMKHWWB','01M82CBB754G2YQFXV0NMKHWWA','01M82CBAZY2AMMVBEMQME0FA2P',NULL,'wamid.HBgLMTU1NTAyMDAwMDEVAgASGBI3RUEzRTU2MTlCNTcwMzA2QTIA',0,0,'Are you open?',2,0,NULL,'{}',NULL,1795376393443,1795376393445);
INSERT INTO messages VALUES('01M82CBB7K0A2W5A05FW427PR7','01M82CBAYXAN8VB9A8DM193KYK','01M82CBB7K0A2W5A05FW427PR9','01M82CBB7K0A2W5A05FW427PR8','01M82CBAZY2AMMVBEMQME0FA2P',NULL,'wamid.HBgFVVMuNDIVAgASGBI3NTEzNzk4MzI3QkVGNUI3RDMA',0,0,'¿Hay conchas? 🐚',2,0,NULL,'{}',NULL,1795376393444,1795376393459);
INSERT INTO messages VALUES('01M82CBB7ME39PGH3A9ESCVF8M','01M82CBAYXAN8VB9A8DM193KYK','01M82CBB754G2YQFXV0NMKHWWB','01M82CBB754G2YQFXV0NMKHWWA','01M82CBAZY2AMMVBEMQME0FA2P',NULL,'wamid.HBgLMTU1NTAyMDAwMDEVAgASGBIzN0QzNTA4NjNERkUzMTdFMkUA',0,5,'my order',2,0,NULL,'{"media_state":"ready","mime_type":"text/plain","file_name":"hello.txt","sha256":"7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b","file_size":11}','7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b',1795376393452,1795376393481);
INSERT INTO messages VALUES('01M82CBB7ME39PGH3A9ESCVF8P','01M82CBAYXAN8VB9A8DM193KYK','01M82CBB754G2YQFXV0NMKHWWB','01M82CBB754G2YQFXV0NMKHWWA','01M82CBAZY2AMMVBEMQME0FA2P','read-one','wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI5QzVGNzQwODE3ODIwQkFGRkIA',1,0,'Yes, until six',3,0,'01M82CBAYXAN8VB9A8DM193KYM','{"status_times":{"sent":"2026-11-22T19:39:53.470Z","delivered":"2026-11-22T19:39:53.000Z","read":"2026-11-22T19:39:53.000Z"}}',NULL,1795376393460,1795376393490);
INSERT INTO messages VALUES('01M82CBB99608ZVCB4ZPSGDEKS','01M82CBAYXAN8VB9A8DM193KYK','01M82CBB754G2YQFXV0NMKHWWB','01M82CBB754G2YQFXV0NMKHWWA','01M82CBAZY2AMMVBEMQME0FA2P','failed-one','wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI3OTEzNjg4MDAxQzIxQ0VENkUA',1,0,'This one fails',5,0,'01M82CBAYXAN8VB9A8DM193KYM','{"status_times":{"sent":"2026-11-22T19:39:53.526Z","failed":"2026-11-22T19:39:53.000Z"},"error":{"code":131026,"title":"Message undeliverable","message":"Message Undeliverable."}}',NULL,1795376393513,1795376393532);
INSERT INTO messages VALUES('01M82CBB9GB3HMNPG0BBQS923T','01M82CBAYXAN8VB9A8DM193KYK','01M82CBB754G2YQFXV0NMKHWWB','01M82CBB754G2YQFXV0NMKHWWA','01M82CBAZY2AMMVBEMQME0FA2P',NULL,'wamid.HBgLMTU1NTAyMDAwMDEVAgASGBIzMzZGNzgzQ0M0NUY0RTZDNEMA',0,10,'❤️',2,0,NULL,'{"reaction":{"whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI5QzVGNzQwODE3ODIwQkFGRkIA","message_id":"01M82CBB7ME39PGH3A9ESCVF8P"}}',NULL,1795376393513,1795376393520);
INSERT INTO messages VALUES('01M82CBBAEC00YTE48FH2PY8XA','01M82CBAYXAN8VB9A8DM193KYK','01M82CBB7K0A2W5A05FW427PR9','01M82CBB7K0A2W5A05FW427PR8','01M82CBAZY2AMMVBEMQME0FA2P','waiting-one',NULL,1,0,'Claro que sí',0,0,'01M82CBAYXAN8VB9A8DM193KYM','{}',NULL,1795376393550,1795376393550);
INSERT INTO messages VALUES('01M82CBBAP58QWYEY70ERB1W9K','01M82CBAYXAN8VB9A8DM193KYK','01M82CBB754G2YQFXV0NMKHWWB','01M82CBB754G2YQFXV0NMKHWWA','01M82CBAZY2AMMVBEMQME0FA2P',NULL,'wamid.HBgLMTU1NTAyMDAwMDEVAgASGBJFODcxNkExNTNBOEExMjUwQzYA',0,0,'second question',2,0,NULL,'{}',NULL,1795376393557,1795376393558);
INSERT INTO messages VALUES('01M82CBCA19SSRCCJSPQVDJ41E','01M82CBAYXAN8VB9A8DM193KYK','01M82CBB7K0A2W5A05FW427PR9','01M82CBB7K0A2W5A05FW427PR8','01M82CBAZY2AMMVBEMQME0FA2P','queued-one',NULL,1,0,'¿Algo más?',0,0,'01M82CBAYXAN8VB9A8DM193KYM','{}',NULL,1795376394561,1795376394561);
INSERT INTO messages VALUES('01M82CBCAMBET4EBC2FQ2TVMRG','01M82CBAYXAN8VB9A8DM193KYK','01M82CBB754G2YQFXV0NMKHWWB','01M82CBB754G2YQFXV0NMKHWWA','01M82CBAZY2AMMVBEMQME0FA2P',NULL,'wamid.HBgLMTU1NTAyMDAwMDEVAgASGBI1RDNFRjYzQkQ0REUyMDBBMzQA',0,5,NULL,2,0,NULL,'{"media_state":"pending","mime_type":"text/plain","file_name":"later.txt","sha256":"73b6e48a1b552d112502d37a7b7870436efc5ea1de0bca58ccf12d6ae15d3a0c"}',NULL,1795376394576,1795376394580);
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
CREATE TABLE outbound_queue (
  position         INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id       TEXT NOT NULL UNIQUE REFERENCES messages,
  conversation_id  TEXT NOT NULL,
  connection_id    TEXT NOT NULL,
  state            INTEGER NOT NULL DEFAULT 0,
  attempts         INTEGER NOT NULL DEFAULT 0,
  next_attempt_at  INTEGER NOT NULL DEFAULT 0
);
INSERT INTO outbound_queue VALUES(3,'01M82CBBAEC00YTE48FH2PY8XA','01M82CBB7K0A2W5A05FW427PR9','01M82CBAZY2AMMVBEMQME0FA2P',2,1,1795376453561);
INSERT INTO outbound_queue VALUES(4,'01M82CBCA19SSRCCJSPQVDJ41E','01M82CBB7K0A2W5A05FW427PR9','01M82CBAZY2AMMVBEMQME0FA2P',0,0,0);
CREATE TABLE media_jobs (
  message_id     TEXT PRIMARY KEY REFERENCES messages,
  connection_id  TEXT NOT NULL,
  remote_id      TEXT,
  remote_url     TEXT,
  attempts       INTEGER NOT NULL DEFAULT 0,
  due_at         INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO media_jobs VALUES('01M82CBCAMBET4EBC2FQ2TVMRG','01M82CBAZY2AMMVBEMQME0FA2P','572374814465529','http://127.0.0.1:38633/whatsapp_business/attachments/?mid=572374814465529&ext=1795376694&hash=AR64bb4bb7172b5222cb63e2e4',1,1795376399584);
CREATE TABLE media_files (
  sha256      TEXT PRIMARY KEY,                -- also the name in the folder of files
  size        INTEGER NOT NULL,
  created_at  INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO media_files VALUES('7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b',11,1795376393481);
CREATE TABLE deliveries (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id  TEXT NOT NULL,
  body           BLOB NOT NULL,
  arrived_at     INTEGER NOT NULL,
  problem        TEXT
);
INSERT INTO deliveries VALUES(11,'01M82CBAZY2AMMVBEMQME0FA2P',X'7b226f626a656374223a202277686174736170705f627573696e6573735f6163636f756e74222c2022656e747279223a205b7b226964223a2022313032323930313239333430333938222c20226368616e676573223a205b7b2276616c7565223a207b226d6573736167696e675f70726f64756374223a20227768617473617070222c20226d65746164617461223a207b22646973706c61795f70686f6e655f6e756d626572223a20223135353530373833383831222c202270686f6e655f6e756d6265725f6964223a2022313036353430333532323432393232227d2c2022636f6e7461637473223a205b7b2270726f66696c65223a207b226e616d65223a2022446f7261227d2c202277615f6964223a20223135353530323030303032222c2022757365725f6964223a202255532e3433227d5d2c20226d65737361676573223a205b7b2266726f6d223a20223135353530323030303032222c202266726f6d5f757365725f6964223a202255532e3433222c20226964223a202277616d69642e53544f524544222c202274696d657374616d70223a202231373935333736333030222c202274797065223a202274657874222c202274657874223a207b22626f6479223a202273746f7265642c20616e64206e6f742079657420776f726b656420696e227d7d5d7d2c20226669656c64223a20226d65737361676573227d5d7d5d7d',1795376300500,NULL);
CREATE TABLE event_log (
  business_id  TEXT NOT NULL REFERENCES businesses,
  seq          INTEGER NOT NULL,
  name         TEXT NOT NULL,
  payload      TEXT NOT NULL,
  except_socket TEXT,
  at           INTEGER NOT NULL,
  PRIMARY KEY (business_id, seq)
);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',1,'whatsapp:connected','{"seq":1,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","connectionId":"01M82CBAZY2AMMVBEMQME0FA2P","at":"2026-11-22T19:39:53.355Z"}',NULL,1795376393355);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',2,'message:new','{"id":"01M82CBB754G2YQFXV0NMKHWW9","conversation_id":"01M82CBB754G2YQFXV0NMKHWWB","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","contactId":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","contact_name":"Carla","phone_number":"+15550200001","whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgASGBI3RUEzRTU2MTlCNTcwMzA2QTIA","direction":"inbound","message_type":"text","content":"Are you open?","status":"delivered","is_from_bot":false,"metadata":{},"created_at":"2026-11-22T19:39:53.443Z","updated_at":"2026-11-22T19:39:53.445Z","seq":2,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","contact":{"id":"01M82CBB754G2YQFXV0NMKHWWA","business_id":"01M82CBAYXAN8VB9A8DM193KYK","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T19:39:53.445Z","updated_at":"2026-11-22T19:39:53.445Z"},"conversation":{"id":"01M82CBB754G2YQFXV0NMKHWWB","business_id":"01M82CBAYXAN8VB9A8DM193KYK","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","unread_count":1,"last_activity_at":"2026-11-22T19:39:53.443Z","window_expires_at":"2026-11-23T19:39:53.000Z","message_count_in":1,"message_count_out":0,"seq":2}}',NULL,1795376393445);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',3,'message:new','{"id":"01M82CBB7K0A2W5A05FW427PR7","conversation_id":"01M82CBB7K0A2W5A05FW427PR9","contact_id":"01M82CBB7K0A2W5A05FW427PR8","contactId":"01M82CBB7K0A2W5A05FW427PR8","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","contact_name":"Noor","whatsapp_message_id":"wamid.HBgFVVMuNDIVAgASGBI3NTEzNzk4MzI3QkVGNUI3RDMA","direction":"inbound","message_type":"text","content":"¿Hay conchas? 🐚","status":"delivered","is_from_bot":false,"metadata":{},"created_at":"2026-11-22T19:39:53.444Z","updated_at":"2026-11-22T19:39:53.459Z","seq":3,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","contact":{"id":"01M82CBB7K0A2W5A05FW427PR8","business_id":"01M82CBAYXAN8VB9A8DM193KYK","name":"Noor","username":"noor","created_at":"2026-11-22T19:39:53.459Z","updated_at":"2026-11-22T19:39:53.459Z"},"conversation":{"id":"01M82CBB7K0A2W5A05FW427PR9","business_id":"01M82CBAYXAN8VB9A8DM193KYK","contact_id":"01M82CBB7K0A2W5A05FW427PR8","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","unread_count":1,"last_activity_at":"2026-11-22T19:39:53.444Z","window_expires_at":"2026-11-23T19:39:53.000Z","message_count_in":1,"message_count_out":0,"seq":3}}',NULL,1795376393459);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',4,'message:new','{"id":"01M82CBB7ME39PGH3A9ESCVF8M","conversation_id":"01M82CBB754G2YQFXV0NMKHWWB","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","contactId":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","contact_name":"Carla","phone_number":"+15550200001","whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgASGBIzN0QzNTA4NjNERkUzMTdFMkUA","direction":"inbound","message_type":"document","content":"my order","status":"delivered","is_from_bot":false,"metadata":{"media_state":"pending","mime_type":"text/plain","file_name":"hello.txt","sha256":"7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b"},"created_at":"2026-11-22T19:39:53.452Z","updated_at":"2026-11-22T19:39:53.460Z","seq":4,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","contact":{"id":"01M82CBB754G2YQFXV0NMKHWWA","business_id":"01M82CBAYXAN8VB9A8DM193KYK","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T19:39:53.445Z","updated_at":"2026-11-22T19:39:53.445Z"},"conversation":{"id":"01M82CBB754G2YQFXV0NMKHWWB","business_id":"01M82CBAYXAN8VB9A8DM193KYK","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","unread_count":2,"last_activity_at":"2026-11-22T19:39:53.452Z","window_expires_at":"2026-11-23T19:39:53.000Z","message_count_in":2,"message_count_out":0,"seq":4}}',NULL,1795376393460);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',5,'message:new','{"id":"01M82CBB7ME39PGH3A9ESCVF8P","client_id":"read-one","conversation_id":"01M82CBB754G2YQFXV0NMKHWWB","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","contactId":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","contact_name":"Carla","phone_number":"+15550200001","direction":"outbound","message_type":"text","content":"Yes, until six","status":"pending","is_from_bot":false,"agent_id":"01M82CBAYXAN8VB9A8DM193KYM","metadata":{},"created_at":"2026-11-22T19:39:53.460Z","updated_at":"2026-11-22T19:39:53.460Z","seq":5,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","contact":{"id":"01M82CBB754G2YQFXV0NMKHWWA","business_id":"01M82CBAYXAN8VB9A8DM193KYK","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T19:39:53.445Z","updated_at":"2026-11-22T19:39:53.445Z"},"conversation":{"id":"01M82CBB754G2YQFXV0NMKHWWB","business_id":"01M82CBAYXAN8VB9A8DM193KYK","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","unread_count":2,"last_activity_at":"2026-11-22T19:39:53.460Z","window_expires_at":"2026-11-23T19:39:53.000Z","message_count_in":2,"message_count_out":1,"seq":5}}',NULL,1795376393460);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',6,'message:sent','{"seq":6,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","id":"01M82CBB7ME39PGH3A9ESCVF8P","clientId":"read-one","contactId":"01M82CBB754G2YQFXV0NMKHWWA","conversationId":"01M82CBB754G2YQFXV0NMKHWWB","status":"pending","at":"2026-11-22T19:39:53.460Z"}',NULL,1795376393460);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',7,'message:sent','{"seq":7,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","id":"01M82CBB7ME39PGH3A9ESCVF8P","clientId":"read-one","whatsappMessageId":"wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI5QzVGNzQwODE3ODIwQkFGRkIA","contactId":"01M82CBB754G2YQFXV0NMKHWWA","conversationId":"01M82CBB754G2YQFXV0NMKHWWB","status":"sent","at":"2026-11-22T19:39:53.470Z"}',NULL,1795376393470);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',8,'message:status','{"seq":8,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","messageId":"01M82CBB7ME39PGH3A9ESCVF8P","contactId":"01M82CBB754G2YQFXV0NMKHWWA","conversationId":"01M82CBB754G2YQFXV0NMKHWWB","status":"delivered","at":"2026-11-22T19:39:53.000Z"}',NULL,1795376393480);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',9,'message:updated','{"id":"01M82CBB7ME39PGH3A9ESCVF8M","conversation_id":"01M82CBB754G2YQFXV0NMKHWWB","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","contactId":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","contact_name":"Carla","phone_number":"+15550200001","whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgASGBIzN0QzNTA4NjNERkUzMTdFMkUA","direction":"inbound","message_type":"document","content":"my order","media_url":"/api/media/01M82CBB7ME39PGH3A9ESCVF8M","status":"delivered","is_from_bot":false,"metadata":{"media_state":"ready","mime_type":"text/plain","file_name":"hello.txt","sha256":"7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b","file_size":11},"created_at":"2026-11-22T19:39:53.452Z","updated_at":"2026-11-22T19:39:53.481Z","seq":9,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","contact":{"id":"01M82CBB754G2YQFXV0NMKHWWA","business_id":"01M82CBAYXAN8VB9A8DM193KYK","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T19:39:53.445Z","updated_at":"2026-11-22T19:39:53.445Z"},"conversation":{"id":"01M82CBB754G2YQFXV0NMKHWWB","business_id":"01M82CBAYXAN8VB9A8DM193KYK","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","unread_count":2,"last_activity_at":"2026-11-22T19:39:53.460Z","window_expires_at":"2026-11-23T19:39:53.000Z","message_count_in":2,"message_count_out":1,"seq":9}}',NULL,1795376393481);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',10,'message:status','{"seq":10,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","messageId":"01M82CBB7ME39PGH3A9ESCVF8P","contactId":"01M82CBB754G2YQFXV0NMKHWWA","conversationId":"01M82CBB754G2YQFXV0NMKHWWB","status":"read","at":"2026-11-22T19:39:53.000Z"}',NULL,1795376393490);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',11,'message:new','{"id":"01M82CBB99608ZVCB4ZPSGDEKS","client_id":"failed-one","conversation_id":"01M82CBB754G2YQFXV0NMKHWWB","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","contactId":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","contact_name":"Carla","phone_number":"+15550200001","direction":"outbound","message_type":"text","content":"This one fails","status":"pending","is_from_bot":false,"agent_id":"01M82CBAYXAN8VB9A8DM193KYM","metadata":{},"created_at":"2026-11-22T19:39:53.513Z","updated_at":"2026-11-22T19:39:53.513Z","seq":11,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","contact":{"id":"01M82CBB754G2YQFXV0NMKHWWA","business_id":"01M82CBAYXAN8VB9A8DM193KYK","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T19:39:53.445Z","updated_at":"2026-11-22T19:39:53.445Z"},"conversation":{"id":"01M82CBB754G2YQFXV0NMKHWWB","business_id":"01M82CBAYXAN8VB9A8DM193KYK","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","unread_count":2,"last_activity_at":"2026-11-22T19:39:53.513Z","window_expires_at":"2026-11-23T19:39:53.000Z","message_count_in":2,"message_count_out":2,"seq":11}}',NULL,1795376393513);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',12,'message:sent','{"seq":12,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","id":"01M82CBB99608ZVCB4ZPSGDEKS","clientId":"failed-one","contactId":"01M82CBB754G2YQFXV0NMKHWWA","conversationId":"01M82CBB754G2YQFXV0NMKHWWB","status":"pending","at":"2026-11-22T19:39:53.513Z"}',NULL,1795376393513);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',13,'message:new','{"id":"01M82CBB9GB3HMNPG0BBQS923T","conversation_id":"01M82CBB754G2YQFXV0NMKHWWB","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","contactId":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","contact_name":"Carla","phone_number":"+15550200001","whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgASGBIzMzZGNzgzQ0M0NUY0RTZDNEMA","direction":"inbound","message_type":"reaction","content":"❤️","status":"delivered","is_from_bot":false,"metadata":{"reaction":{"whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI5QzVGNzQwODE3ODIwQkFGRkIA","message_id":"01M82CBB7ME39PGH3A9ESCVF8P"}},"created_at":"2026-11-22T19:39:53.513Z","updated_at":"2026-11-22T19:39:53.520Z","seq":13,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","contact":{"id":"01M82CBB754G2YQFXV0NMKHWWA","business_id":"01M82CBAYXAN8VB9A8DM193KYK","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T19:39:53.445Z","updated_at":"2026-11-22T19:39:53.445Z"},"conversation":{"id":"01M82CBB754G2YQFXV0NMKHWWB","business_id":"01M82CBAYXAN8VB9A8DM193KYK","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","unread_count":2,"last_activity_at":"2026-11-22T19:39:53.513Z","window_expires_at":"2026-11-23T19:39:53.000Z","message_count_in":2,"message_count_out":2,"seq":13}}',NULL,1795376393520);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',14,'message:sent','{"seq":14,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","id":"01M82CBB99608ZVCB4ZPSGDEKS","clientId":"failed-one","whatsappMessageId":"wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI3OTEzNjg4MDAxQzIxQ0VENkUA","contactId":"01M82CBB754G2YQFXV0NMKHWWA","conversationId":"01M82CBB754G2YQFXV0NMKHWWB","status":"sent","at":"2026-11-22T19:39:53.526Z"}',NULL,1795376393526);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',15,'message:status','{"seq":15,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","messageId":"01M82CBB99608ZVCB4ZPSGDEKS","contactId":"01M82CBB754G2YQFXV0NMKHWWA","conversationId":"01M82CBB754G2YQFXV0NMKHWWB","status":"failed","error":{"code":131026,"title":"Message undeliverable","message":"Message Undeliverable."},"at":"2026-11-22T19:39:53.000Z"}',NULL,1795376393532);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',16,'message:new','{"id":"01M82CBBAEC00YTE48FH2PY8XA","client_id":"waiting-one","conversation_id":"01M82CBB7K0A2W5A05FW427PR9","contact_id":"01M82CBB7K0A2W5A05FW427PR8","contactId":"01M82CBB7K0A2W5A05FW427PR8","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","contact_name":"Noor","direction":"outbound","message_type":"text","content":"Claro que sí","status":"pending","is_from_bot":false,"agent_id":"01M82CBAYXAN8VB9A8DM193KYM","metadata":{},"created_at":"2026-11-22T19:39:53.550Z","updated_at":"2026-11-22T19:39:53.550Z","seq":16,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","contact":{"id":"01M82CBB7K0A2W5A05FW427PR8","business_id":"01M82CBAYXAN8VB9A8DM193KYK","name":"Noor","username":"noor","created_at":"2026-11-22T19:39:53.459Z","updated_at":"2026-11-22T19:39:53.459Z"},"conversation":{"id":"01M82CBB7K0A2W5A05FW427PR9","business_id":"01M82CBAYXAN8VB9A8DM193KYK","contact_id":"01M82CBB7K0A2W5A05FW427PR8","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","unread_count":1,"last_activity_at":"2026-11-22T19:39:53.550Z","window_expires_at":"2026-11-23T19:39:53.000Z","message_count_in":1,"message_count_out":1,"seq":16}}',NULL,1795376393550);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',17,'message:sent','{"seq":17,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","id":"01M82CBBAEC00YTE48FH2PY8XA","clientId":"waiting-one","contactId":"01M82CBB7K0A2W5A05FW427PR8","conversationId":"01M82CBB7K0A2W5A05FW427PR9","status":"pending","at":"2026-11-22T19:39:53.550Z"}',NULL,1795376393550);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',18,'message:new','{"id":"01M82CBBAP58QWYEY70ERB1W9K","conversation_id":"01M82CBB754G2YQFXV0NMKHWWB","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","contactId":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","contact_name":"Carla","phone_number":"+15550200001","whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgASGBJFODcxNkExNTNBOEExMjUwQzYA","direction":"inbound","message_type":"text","content":"second question","status":"delivered","is_from_bot":false,"metadata":{},"created_at":"2026-11-22T19:39:53.557Z","updated_at":"2026-11-22T19:39:53.558Z","seq":18,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","contact":{"id":"01M82CBB754G2YQFXV0NMKHWWA","business_id":"01M82CBAYXAN8VB9A8DM193KYK","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T19:39:53.445Z","updated_at":"2026-11-22T19:39:53.445Z"},"conversation":{"id":"01M82CBB754G2YQFXV0NMKHWWB","business_id":"01M82CBAYXAN8VB9A8DM193KYK","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","unread_count":3,"last_activity_at":"2026-11-22T19:39:53.557Z","window_expires_at":"2026-11-23T19:39:53.000Z","message_count_in":3,"message_count_out":2,"seq":18}}',NULL,1795376393558);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',19,'message:new','{"id":"01M82CBCA19SSRCCJSPQVDJ41E","client_id":"queued-one","conversation_id":"01M82CBB7K0A2W5A05FW427PR9","contact_id":"01M82CBB7K0A2W5A05FW427PR8","contactId":"01M82CBB7K0A2W5A05FW427PR8","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","contact_name":"Noor","direction":"outbound","message_type":"text","content":"¿Algo más?","status":"pending","is_from_bot":false,"agent_id":"01M82CBAYXAN8VB9A8DM193KYM","metadata":{},"created_at":"2026-11-22T19:39:54.561Z","updated_at":"2026-11-22T19:39:54.561Z","seq":19,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","contact":{"id":"01M82CBB7K0A2W5A05FW427PR8","business_id":"01M82CBAYXAN8VB9A8DM193KYK","name":"Noor","username":"noor","created_at":"2026-11-22T19:39:53.459Z","updated_at":"2026-11-22T19:39:53.459Z"},"conversation":{"id":"01M82CBB7K0A2W5A05FW427PR9","business_id":"01M82CBAYXAN8VB9A8DM193KYK","contact_id":"01M82CBB7K0A2W5A05FW427PR8","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","unread_count":1,"last_activity_at":"2026-11-22T19:39:54.561Z","window_expires_at":"2026-11-23T19:39:53.000Z","message_count_in":1,"message_count_out":2,"seq":19}}',NULL,1795376394561);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',20,'message:sent','{"seq":20,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","id":"01M82CBCA19SSRCCJSPQVDJ41E","clientId":"queued-one","contactId":"01M82CBB7K0A2W5A05FW427PR8","conversationId":"01M82CBB7K0A2W5A05FW427PR9","status":"pending","at":"2026-11-22T19:39:54.561Z"}',NULL,1795376394561);
INSERT INTO event_log VALUES('01M82CBAYXAN8VB9A8DM193KYK',21,'message:new','{"id":"01M82CBCAMBET4EBC2FQ2TVMRG","conversation_id":"01M82CBB754G2YQFXV0NMKHWWB","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","contactId":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","contact_name":"Carla","phone_number":"+15550200001","whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgASGBI1RDNFRjYzQkQ0REUyMDBBMzQA","direction":"inbound","message_type":"document","status":"delivered","is_from_bot":false,"metadata":{"media_state":"pending","mime_type":"text/plain","file_name":"later.txt","sha256":"73b6e48a1b552d112502d37a7b7870436efc5ea1de0bca58ccf12d6ae15d3a0c"},"created_at":"2026-11-22T19:39:54.576Z","updated_at":"2026-11-22T19:39:54.580Z","seq":21,"businessProfileId":"01M82CBAYXAN8VB9A8DM193KYK","contact":{"id":"01M82CBB754G2YQFXV0NMKHWWA","business_id":"01M82CBAYXAN8VB9A8DM193KYK","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T19:39:53.445Z","updated_at":"2026-11-22T19:39:53.445Z"},"conversation":{"id":"01M82CBB754G2YQFXV0NMKHWWB","business_id":"01M82CBAYXAN8VB9A8DM193KYK","contact_id":"01M82CBB754G2YQFXV0NMKHWWA","connection_id":"01M82CBAZY2AMMVBEMQME0FA2P","unread_count":4,"last_activity_at":"2026-11-22T19:39:54.576Z","window_expires_at":"2026-11-23T19:39:54.000Z","message_count_in":4,"message_count_out":2,"seq":21}}',NULL,1795376394580);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('deliveries',11);
INSERT INTO sqlite_sequence VALUES('outbound_queue',4);
CREATE INDEX memberships_by_business ON memberships (business_id);
CREATE INDEX tokens_by_agent ON tokens (agent_id);
CREATE INDEX contacts_by_activity ON contacts (business_id, last_activity_at, id);
CREATE INDEX aliases_by_contact ON aliases (contact_id, kind, updated_at);
CREATE INDEX conversations_by_activity ON conversations (business_id, last_activity_at, id);
CREATE INDEX messages_by_conversation ON messages (conversation_id, created_at, id);
CREATE INDEX messages_by_contact ON messages (contact_id, created_at, id);
CREATE INDEX pending_statuses_by_arrival ON pending_statuses (arrived_at);
CREATE INDEX outbound_queue_by_conversation ON outbound_queue (conversation_id, position);
CREATE INDEX media_jobs_by_due ON media_jobs (due_at);
CREATE INDEX deliveries_waiting ON deliveries (id) WHERE problem IS NULL;
CREATE INDEX outbound_queue_by_due ON outbound_queue (connection_id, next_attempt_at, position);
CREATE INDEX deliveries_set_aside ON deliveries (arrived_at) WHERE problem IS NOT NULL;
COMMIT;
PRAGMA user_version=2;
