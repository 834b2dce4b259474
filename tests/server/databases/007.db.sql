-- SPDX-License-Identifier: GPL-3.0-or-later
-- What lobbyd left whose schema was the seventh: as 002.db.sql, and besides an answer with a quote, a file and a place that were sent, templates, an upload
-- that was not sent and one that is not finished. Never changed.
BEGIN TRANSACTION;
CREATE TABLE agents (
  id             TEXT PRIMARY KEY,
  user           TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name           TEXT NOT NULL,
  role           TEXT NOT NULL CHECK (role IN ('owner', 'agent')),
  password_hash  TEXT NOT NULL,                -- Argon2id, libsodium's string form
  created_at     INTEGER NOT NULL
);
INSERT INTO "agents" VALUES('01M82P9HM94X6E27SYMTRAXGH9','owner','Olivia Owner','owner','$argon2id$v=19$m=65536,t=2,p=1$HhS+IM6DK7vhPr/yhDdKJw$15QMmQ9yiMNdr1HIcYd2nlJAq2CaVoV/hQS92Bkq4UI',1795386820233);
CREATE TABLE aliases (
  kind        TEXT NOT NULL CHECK (kind IN ('wa_id', 'bsuid', 'parent_bsuid', 'lid', 'username')),
  scope       TEXT NOT NULL,                   -- the business; of a lid the connection
  value       TEXT NOT NULL,
  contact_id  TEXT NOT NULL REFERENCES contacts,
  updated_at  INTEGER NOT NULL, until INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (kind, scope, value)
) WITHOUT ROWID;
INSERT INTO "aliases" VALUES('bsuid','01M82P9HM94X6E27SYMTRAXGH8','US.15288242639991490287','01M82P9JD52Q262RQ99TKW16E4',1795386821029,0);
INSERT INTO "aliases" VALUES('bsuid','01M82P9HM94X6E27SYMTRAXGH8','US.42','01M82P9JDZ2YP8MVEEG2DQC85B',1795386821055,0);
INSERT INTO "aliases" VALUES('username','01M82P9HM94X6E27SYMTRAXGH8','noor','01M82P9JDZ2YP8MVEEG2DQC85B',1795386821055,0);
INSERT INTO "aliases" VALUES('wa_id','01M82P9HM94X6E27SYMTRAXGH8','15550200001','01M82P9JD52Q262RQ99TKW16E4',1795386821029,0);
CREATE TABLE businesses (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  seq         INTEGER NOT NULL DEFAULT 0,      -- of the newest event
  created_at  INTEGER NOT NULL
);
INSERT INTO "businesses" VALUES('01M82P9HM94X6E27SYMTRAXGH8','Test Shop',36,1795386820233);
CREATE TABLE connection_alerts (
  id             TEXT PRIMARY KEY,
  connection_id  TEXT NOT NULL REFERENCES connections,
  code           INTEGER NOT NULL DEFAULT 0,
  severity       TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
  title          TEXT NOT NULL,
  message        TEXT NOT NULL,
  at             INTEGER NOT NULL
) WITHOUT ROWID;
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
, gateway_url TEXT, gateway_key TEXT, gateway_session TEXT, webhook_key TEXT, step TEXT, linked_at INTEGER NOT NULL DEFAULT 0, last_event_at INTEGER NOT NULL DEFAULT 0, webhook_verified_at INTEGER NOT NULL DEFAULT 0, removed_at INTEGER NOT NULL DEFAULT 0);
INSERT INTO "connections" VALUES('01M82P9HNSENWMG5GFZG2TAQ6W','01M82P9HM94X6E27SYMTRAXGH8','cloud','Shop','+15550783881','http://127.0.0.1:44101/v25.0','106540352242922','102290129340398','sandbox-token','sandbox-secret','verify-me',1,'connected',NULL,1795386820281,NULL,NULL,NULL,NULL,NULL,0,1795386821762,1795386820428,0);
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
, is_named INTEGER NOT NULL DEFAULT 0);
INSERT INTO "contacts" VALUES('01M82P9JD52Q262RQ99TKW16E4','01M82P9HM94X6E27SYMTRAXGH8','Carla','+15550200001',NULL,NULL,NULL,1795386821762,1795386821029,1795386821029,0);
INSERT INTO "contacts" VALUES('01M82P9JDZ2YP8MVEEG2DQC85B','01M82P9HM94X6E27SYMTRAXGH8','Noor',NULL,'noor',NULL,NULL,1795386821747,1795386821055,1795386821055,0);
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
INSERT INTO "conversations" VALUES('01M82P9JD52Q262RQ99TKW16E5','01M82P9HM94X6E27SYMTRAXGH8','01M82P9JD52Q262RQ99TKW16E4','01M82P9HNSENWMG5GFZG2TAQ6W',3,1795386821762,1795473221000,NULL,3,4,36,1795386821029);
INSERT INTO "conversations" VALUES('01M82P9JE066Q585PNFWJ9KBC8','01M82P9HM94X6E27SYMTRAXGH8','01M82P9JDZ2YP8MVEEG2DQC85B','01M82P9HNSENWMG5GFZG2TAQ6W',1,1795386821747,1795473221000,NULL,1,2,34,1795386821055);
CREATE TABLE deliveries (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id  TEXT NOT NULL,
  body           BLOB NOT NULL,
  arrived_at     INTEGER NOT NULL,
  problem        TEXT
);
INSERT INTO "deliveries" VALUES(16,'01M82P9HNSENWMG5GFZG2TAQ6W',X'7B226F626A656374223A202277686174736170705F627573696E6573735F6163636F756E74222C2022656E747279223A205B7B226964223A2022313032323930313239333430333938222C20226368616E676573223A205B7B226669656C64223A20226D65737361676573222C202276616C7565223A207B226D6573736167696E675F70726F64756374223A20227768617473617070222C20226D65746164617461223A207B22646973706C61795F70686F6E655F6E756D626572223A20223135353530373833383831222C202270686F6E655F6E756D6265725F6964223A2022313036353430333532323432393232227D2C2022636F6E7461637473223A205B7B2270726F66696C65223A207B226E616D65223A20224361726C61227D2C202277615F6964223A20223135353530323030303031222C2022757365725F6964223A202255532E3135323838323432363339393931343930323837227D5D2C20226D65737361676573223A205B7B2266726F6D223A20223135353530323030303031222C20226964223A202277616D69642E4842674C4D5455314E5441794D4441774D4445564167415347424A4F5431525854314A4C5255524A546A41774D4441774D5141222C202274696D657374616D70223A202231373935333836383231222C202274797065223A202274657874222C202274657874223A207B22626F6479223A20226E6F7420776F726B656420696E227D7D5D7D7D5D7D5D7D',1795386821899,NULL);
CREATE TABLE event_log (
  business_id  TEXT NOT NULL REFERENCES businesses,
  seq          INTEGER NOT NULL,
  name         TEXT NOT NULL,
  payload      TEXT NOT NULL,
  except_socket TEXT,
  at           INTEGER NOT NULL,
  PRIMARY KEY (business_id, seq)
);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',1,'whatsapp:connected','{"seq":1,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","connectionId":"01M82P9HNSENWMG5GFZG2TAQ6W","at":"2026-11-22T22:33:40.600Z"}',NULL,1795386820600);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',2,'template:updated','{"seq":2,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","template":{"id":"01M82P9J4SFZHANJDS0YCYXC8A","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","name":"order_ready","language":"en_US","category":"UTILITY","status":"APPROVED","quality":"GREEN","parameter_format":"POSITIONAL","components":[{"type":"BODY","text":"Hi {{1}}, your order {{2}} is ready. We are open until 7 pm, see you soon!","example":{"body_text":[["Grace","no. 214"]]}},{"type":"FOOTER","text":"Marigold Bakery"}],"updated_at":"2026-11-22T22:33:40.761Z"},"at":"2026-11-22T22:33:40.761Z"}',NULL,1795386820761);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',3,'template:updated','{"seq":3,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","template":{"id":"01M82P9J4SFZHANJDS0YCYXC8B","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","name":"order_ready","language":"es","category":"UTILITY","status":"APPROVED","quality":"GREEN","parameter_format":"POSITIONAL","components":[{"type":"BODY","text":"Hola {{1}}, tu pedido {{2}} está listo. Abrimos hasta las 7, ¡te esperamos!","example":{"body_text":[["Lucía","n.º 215"]]}},{"type":"FOOTER","text":"Marigold Bakery"}],"updated_at":"2026-11-22T22:33:40.761Z"},"at":"2026-11-22T22:33:40.761Z"}',NULL,1795386820761);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',4,'template:updated','{"seq":4,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","template":{"id":"01M82P9J4SFZHANJDS0YCYXC8C","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","name":"order_ready","language":"hi","category":"UTILITY","status":"APPROVED","quality":"GREEN","parameter_format":"POSITIONAL","components":[{"type":"BODY","text":"नमस्ते {{1}}, आपका ऑर्डर {{2}} तैयार है। हम शाम 7 बजे तक खुले हैं।","example":{"body_text":[["प्रिया","216"]]}}],"updated_at":"2026-11-22T22:33:40.761Z"},"at":"2026-11-22T22:33:40.761Z"}',NULL,1795386820761);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',5,'template:updated','{"seq":5,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","template":{"id":"01M82P9J4SFZHANJDS0YCYXC8D","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","name":"good_morning","language":"en_US","category":"UTILITY","status":"APPROVED","quality":"UNKNOWN","parameter_format":"POSITIONAL","components":[{"type":"BODY","text":"Good morning! We are writing about your order. Is now a good time?"},{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Yes, go ahead"},{"type":"QUICK_REPLY","text":"Later, please"}]}],"updated_at":"2026-11-22T22:33:40.761Z"},"at":"2026-11-22T22:33:40.761Z"}',NULL,1795386820761);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',6,'template:updated','{"seq":6,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","template":{"id":"01M82P9J4SFZHANJDS0YCYXC8E","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","name":"cake_photo","language":"en_US","category":"UTILITY","status":"APPROVED","quality":"GREEN","parameter_format":"POSITIONAL","components":[{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Your cake is out of the oven, {{1}}! Does it look the way you wanted?","example":{"body_text":[["Priya"]]}}],"updated_at":"2026-11-22T22:33:40.761Z"},"at":"2026-11-22T22:33:40.761Z"}',NULL,1795386820761);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',7,'template:updated','{"seq":7,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","template":{"id":"01M82P9J4SFZHANJDS0YCYXC8F","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","name":"weekend_specials","language":"en_US","category":"MARKETING","status":"PAUSED","quality":"RED","parameter_format":"POSITIONAL","components":[{"type":"BODY","text":"This weekend: two conchas for the price of one."}],"updated_at":"2026-11-22T22:33:40.761Z"},"at":"2026-11-22T22:33:40.761Z"}',NULL,1795386820761);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',8,'message:new','{"id":"01M82P9JD52Q262RQ99TKW16E3","conversation_id":"01M82P9JD52Q262RQ99TKW16E5","contact_id":"01M82P9JD52Q262RQ99TKW16E4","contactId":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","contact_name":"Carla","phone_number":"+15550200001","whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgASGBJFNDAxREYwOEFCMUZCNzREMzcA","direction":"inbound","message_type":"text","content":"Are you open?","status":"delivered","is_from_bot":false,"metadata":{},"created_at":"2026-11-22T22:33:41.024Z","updated_at":"2026-11-22T22:33:41.029Z","seq":8,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","contact":{"id":"01M82P9JD52Q262RQ99TKW16E4","business_id":"01M82P9HM94X6E27SYMTRAXGH8","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T22:33:41.029Z","updated_at":"2026-11-22T22:33:41.029Z"},"conversation":{"id":"01M82P9JD52Q262RQ99TKW16E5","business_id":"01M82P9HM94X6E27SYMTRAXGH8","contact_id":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","unread_count":1,"last_activity_at":"2026-11-22T22:33:41.024Z","window_expires_at":"2026-11-23T22:33:41.000Z","message_count_in":1,"message_count_out":0,"seq":8}}',NULL,1795386821029);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',9,'message:new','{"id":"01M82P9JDZ2YP8MVEEG2DQC85A","conversation_id":"01M82P9JE066Q585PNFWJ9KBC8","contact_id":"01M82P9JDZ2YP8MVEEG2DQC85B","contactId":"01M82P9JDZ2YP8MVEEG2DQC85B","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","contact_name":"Noor","whatsapp_message_id":"wamid.HBgFVVMuNDIVAgASGBJDMEM1RkJGMjMwNDdGNzhENkMA","direction":"inbound","message_type":"text","content":"¿Hay conchas? 🐚","status":"delivered","is_from_bot":false,"metadata":{},"created_at":"2026-11-22T22:33:41.039Z","updated_at":"2026-11-22T22:33:41.055Z","seq":9,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","contact":{"id":"01M82P9JDZ2YP8MVEEG2DQC85B","business_id":"01M82P9HM94X6E27SYMTRAXGH8","name":"Noor","username":"noor","created_at":"2026-11-22T22:33:41.055Z","updated_at":"2026-11-22T22:33:41.055Z"},"conversation":{"id":"01M82P9JE066Q585PNFWJ9KBC8","business_id":"01M82P9HM94X6E27SYMTRAXGH8","contact_id":"01M82P9JDZ2YP8MVEEG2DQC85B","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","unread_count":1,"last_activity_at":"2026-11-22T22:33:41.039Z","window_expires_at":"2026-11-23T22:33:41.000Z","message_count_in":1,"message_count_out":0,"seq":9}}',NULL,1795386821055);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',10,'message:new','{"id":"01M82P9JF6ASH4JYF3ZWPJVXH6","conversation_id":"01M82P9JD52Q262RQ99TKW16E5","contact_id":"01M82P9JD52Q262RQ99TKW16E4","contactId":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","contact_name":"Carla","phone_number":"+15550200001","whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgASGBIyNEU0OTlCMkFBRDdBQUMwREIA","direction":"inbound","message_type":"document","content":"my order","status":"delivered","is_from_bot":false,"metadata":{"media_state":"pending","mime_type":"text/plain","file_name":"hello.txt","sha256":"7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b"},"created_at":"2026-11-22T22:33:41.084Z","updated_at":"2026-11-22T22:33:41.094Z","seq":10,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","contact":{"id":"01M82P9JD52Q262RQ99TKW16E4","business_id":"01M82P9HM94X6E27SYMTRAXGH8","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T22:33:41.029Z","updated_at":"2026-11-22T22:33:41.029Z"},"conversation":{"id":"01M82P9JD52Q262RQ99TKW16E5","business_id":"01M82P9HM94X6E27SYMTRAXGH8","contact_id":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","unread_count":2,"last_activity_at":"2026-11-22T22:33:41.084Z","window_expires_at":"2026-11-23T22:33:41.000Z","message_count_in":2,"message_count_out":0,"seq":10}}',NULL,1795386821094);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',11,'message:updated','{"id":"01M82P9JF6ASH4JYF3ZWPJVXH6","conversation_id":"01M82P9JD52Q262RQ99TKW16E5","contact_id":"01M82P9JD52Q262RQ99TKW16E4","contactId":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","contact_name":"Carla","phone_number":"+15550200001","whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgASGBIyNEU0OTlCMkFBRDdBQUMwREIA","direction":"inbound","message_type":"document","content":"my order","media_url":"/api/media/01M82P9JF6ASH4JYF3ZWPJVXH6","status":"delivered","is_from_bot":false,"metadata":{"media_state":"ready","mime_type":"text/plain","file_name":"hello.txt","sha256":"7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b","file_size":11},"created_at":"2026-11-22T22:33:41.084Z","updated_at":"2026-11-22T22:33:41.216Z","seq":11,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","contact":{"id":"01M82P9JD52Q262RQ99TKW16E4","business_id":"01M82P9HM94X6E27SYMTRAXGH8","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T22:33:41.029Z","updated_at":"2026-11-22T22:33:41.029Z"},"conversation":{"id":"01M82P9JD52Q262RQ99TKW16E5","business_id":"01M82P9HM94X6E27SYMTRAXGH8","contact_id":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","unread_count":2,"last_activity_at":"2026-11-22T22:33:41.084Z","window_expires_at":"2026-11-23T22:33:41.000Z","message_count_in":2,"message_count_out":0,"seq":11}}',NULL,1795386821216);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',12,'message:new','{"id":"01M82P9JM36QHMHR55CRZBSCFR","client_id":"read-one","conversation_id":"01M82P9JD52Q262RQ99TKW16E5","contact_id":"01M82P9JD52Q262RQ99TKW16E4","contactId":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","contact_name":"Carla","phone_number":"+15550200001","direction":"outbound","message_type":"text","content":"Yes, until six","status":"pending","is_from_bot":false,"agent_id":"01M82P9HM94X6E27SYMTRAXGH9","metadata":{"quoted":{"whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgASGBJFNDAxREYwOEFCMUZCNzREMzcA","id":"01M82P9JD52Q262RQ99TKW16E3","type":"text","content":"Are you open?","outbound":false}},"created_at":"2026-11-22T22:33:41.251Z","updated_at":"2026-11-22T22:33:41.251Z","seq":12,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","contact":{"id":"01M82P9JD52Q262RQ99TKW16E4","business_id":"01M82P9HM94X6E27SYMTRAXGH8","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T22:33:41.029Z","updated_at":"2026-11-22T22:33:41.029Z"},"conversation":{"id":"01M82P9JD52Q262RQ99TKW16E5","business_id":"01M82P9HM94X6E27SYMTRAXGH8","contact_id":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","unread_count":2,"last_activity_at":"2026-11-22T22:33:41.251Z","window_expires_at":"2026-11-23T22:33:41.000Z","message_count_in":2,"message_count_out":1,"seq":12}}',NULL,1795386821251);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',13,'message:sent','{"seq":13,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","id":"01M82P9JM36QHMHR55CRZBSCFR","clientId":"read-one","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"pending","at":"2026-11-22T22:33:41.251Z"}',NULL,1795386821251);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',14,'message:sent','{"seq":14,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","id":"01M82P9JM36QHMHR55CRZBSCFR","clientId":"read-one","whatsappMessageId":"wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI1RjVCQzE1MERBNEY1M0M4NTEA","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"sent","at":"2026-11-22T22:33:41.286Z"}',NULL,1795386821286);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',15,'message:status','{"seq":15,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","messageId":"01M82P9JM36QHMHR55CRZBSCFR","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"delivered","at":"2026-11-22T22:33:41.000Z"}',NULL,1795386821348);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',16,'message:status','{"seq":16,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","messageId":"01M82P9JM36QHMHR55CRZBSCFR","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"read","at":"2026-11-22T22:33:41.000Z"}',NULL,1795386821364);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',17,'message:new','{"id":"01M82P9JRB0ACV8PHC3BNMQ0TD","conversation_id":"01M82P9JD52Q262RQ99TKW16E5","contact_id":"01M82P9JD52Q262RQ99TKW16E4","contactId":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","contact_name":"Carla","phone_number":"+15550200001","whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgASGBJCNjQwRDlGODM3NzY0REU2MTgA","direction":"inbound","message_type":"reaction","content":"❤️","status":"delivered","is_from_bot":false,"metadata":{"reaction":{"whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI1RjVCQzE1MERBNEY1M0M4NTEA","message_id":"01M82P9JM36QHMHR55CRZBSCFR"}},"created_at":"2026-11-22T22:33:41.382Z","updated_at":"2026-11-22T22:33:41.387Z","seq":17,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","contact":{"id":"01M82P9JD52Q262RQ99TKW16E4","business_id":"01M82P9HM94X6E27SYMTRAXGH8","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T22:33:41.029Z","updated_at":"2026-11-22T22:33:41.029Z"},"conversation":{"id":"01M82P9JD52Q262RQ99TKW16E5","business_id":"01M82P9HM94X6E27SYMTRAXGH8","contact_id":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","unread_count":2,"last_activity_at":"2026-11-22T22:33:41.382Z","window_expires_at":"2026-11-23T22:33:41.000Z","message_count_in":2,"message_count_out":1,"seq":17}}',NULL,1795386821387);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',18,'message:new','{"id":"01M82P9JST6QA85AYXVA42YQKF","client_id":"file-one","conversation_id":"01M82P9JD52Q262RQ99TKW16E5","contact_id":"01M82P9JD52Q262RQ99TKW16E4","contactId":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","contact_name":"Carla","phone_number":"+15550200001","direction":"outbound","message_type":"document","content":"The prices","media_url":"/api/media/01M82P9JST6QA85AYXVA42YQKF","status":"pending","is_from_bot":false,"agent_id":"01M82P9HM94X6E27SYMTRAXGH9","metadata":{"media_state":"ready","mime_type":"text/plain","file_name":"price.txt","sha256":"7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b","file_size":11},"created_at":"2026-11-22T22:33:41.434Z","updated_at":"2026-11-22T22:33:41.434Z","seq":18,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","contact":{"id":"01M82P9JD52Q262RQ99TKW16E4","business_id":"01M82P9HM94X6E27SYMTRAXGH8","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T22:33:41.029Z","updated_at":"2026-11-22T22:33:41.029Z"},"conversation":{"id":"01M82P9JD52Q262RQ99TKW16E5","business_id":"01M82P9HM94X6E27SYMTRAXGH8","contact_id":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","unread_count":2,"last_activity_at":"2026-11-22T22:33:41.434Z","window_expires_at":"2026-11-23T22:33:41.000Z","message_count_in":2,"message_count_out":2,"seq":18}}',NULL,1795386821434);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',19,'message:sent','{"seq":19,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","id":"01M82P9JST6QA85AYXVA42YQKF","clientId":"file-one","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"pending","at":"2026-11-22T22:33:41.434Z"}',NULL,1795386821434);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',20,'message:sent','{"seq":20,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","id":"01M82P9JST6QA85AYXVA42YQKF","clientId":"file-one","whatsappMessageId":"wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI3MUIzNTVENzFDRjE5MDc2QUYA","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"sent","at":"2026-11-22T22:33:41.469Z"}',NULL,1795386821469);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',21,'message:status','{"seq":21,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","messageId":"01M82P9JST6QA85AYXVA42YQKF","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"delivered","at":"2026-11-22T22:33:41.000Z"}',NULL,1795386821520);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',22,'message:new','{"id":"01M82P9JWX4DTG2KRRZ7GQMEAR","client_id":"place-one","conversation_id":"01M82P9JD52Q262RQ99TKW16E5","contact_id":"01M82P9JD52Q262RQ99TKW16E4","contactId":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","contact_name":"Carla","phone_number":"+15550200001","direction":"outbound","message_type":"location","status":"pending","is_from_bot":false,"agent_id":"01M82P9HM94X6E27SYMTRAXGH9","metadata":{"location":{"latitude":40.399999999999999,"longitude":-3.7000000000000002,"name":"The shop"}},"created_at":"2026-11-22T22:33:41.533Z","updated_at":"2026-11-22T22:33:41.533Z","seq":22,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","contact":{"id":"01M82P9JD52Q262RQ99TKW16E4","business_id":"01M82P9HM94X6E27SYMTRAXGH8","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T22:33:41.029Z","updated_at":"2026-11-22T22:33:41.029Z"},"conversation":{"id":"01M82P9JD52Q262RQ99TKW16E5","business_id":"01M82P9HM94X6E27SYMTRAXGH8","contact_id":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","unread_count":2,"last_activity_at":"2026-11-22T22:33:41.533Z","window_expires_at":"2026-11-23T22:33:41.000Z","message_count_in":2,"message_count_out":3,"seq":22}}',NULL,1795386821533);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',23,'message:sent','{"seq":23,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","id":"01M82P9JWX4DTG2KRRZ7GQMEAR","clientId":"place-one","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"pending","at":"2026-11-22T22:33:41.533Z"}',NULL,1795386821533);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',24,'message:status','{"seq":24,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","messageId":"01M82P9JST6QA85AYXVA42YQKF","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"read","at":"2026-11-22T22:33:41.000Z"}',NULL,1795386821540);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',25,'message:sent','{"seq":25,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","id":"01M82P9JWX4DTG2KRRZ7GQMEAR","clientId":"place-one","whatsappMessageId":"wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI3MTVBRDk1NkI1RjNCOUI0MDEA","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"sent","at":"2026-11-22T22:33:41.562Z"}',NULL,1795386821562);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',26,'message:status','{"seq":26,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","messageId":"01M82P9JWX4DTG2KRRZ7GQMEAR","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"delivered","at":"2026-11-22T22:33:41.000Z"}',NULL,1795386821620);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',27,'message:status','{"seq":27,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","messageId":"01M82P9JWX4DTG2KRRZ7GQMEAR","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"read","at":"2026-11-22T22:33:41.000Z"}',NULL,1795386821629);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',28,'message:new','{"id":"01M82P9K0H452WZ79H9PHFRNMV","client_id":"failed-one","conversation_id":"01M82P9JD52Q262RQ99TKW16E5","contact_id":"01M82P9JD52Q262RQ99TKW16E4","contactId":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","contact_name":"Carla","phone_number":"+15550200001","direction":"outbound","message_type":"text","content":"This one fails","status":"pending","is_from_bot":false,"agent_id":"01M82P9HM94X6E27SYMTRAXGH9","metadata":{},"created_at":"2026-11-22T22:33:41.649Z","updated_at":"2026-11-22T22:33:41.649Z","seq":28,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","contact":{"id":"01M82P9JD52Q262RQ99TKW16E4","business_id":"01M82P9HM94X6E27SYMTRAXGH8","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T22:33:41.029Z","updated_at":"2026-11-22T22:33:41.029Z"},"conversation":{"id":"01M82P9JD52Q262RQ99TKW16E5","business_id":"01M82P9HM94X6E27SYMTRAXGH8","contact_id":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","unread_count":2,"last_activity_at":"2026-11-22T22:33:41.649Z","window_expires_at":"2026-11-23T22:33:41.000Z","message_count_in":2,"message_count_out":4,"seq":28}}',NULL,1795386821649);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',29,'message:sent','{"seq":29,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","id":"01M82P9K0H452WZ79H9PHFRNMV","clientId":"failed-one","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"pending","at":"2026-11-22T22:33:41.649Z"}',NULL,1795386821649);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',30,'message:sent','{"seq":30,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","id":"01M82P9K0H452WZ79H9PHFRNMV","clientId":"failed-one","whatsappMessageId":"wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI3QjZDQkRERTQ2QkU2MjkwQ0YA","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"sent","at":"2026-11-22T22:33:41.660Z"}',NULL,1795386821660);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',31,'message:status','{"seq":31,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","messageId":"01M82P9K0H452WZ79H9PHFRNMV","contactId":"01M82P9JD52Q262RQ99TKW16E4","conversationId":"01M82P9JD52Q262RQ99TKW16E5","status":"failed","error":{"code":131026,"title":"Message undeliverable","message":"Message Undeliverable."},"at":"2026-11-22T22:33:41.000Z"}',NULL,1795386821688);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',32,'message:new','{"id":"01M82P9K2J16BF2WKYD0M8495X","client_id":"waiting-one","conversation_id":"01M82P9JE066Q585PNFWJ9KBC8","contact_id":"01M82P9JDZ2YP8MVEEG2DQC85B","contactId":"01M82P9JDZ2YP8MVEEG2DQC85B","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","contact_name":"Noor","direction":"outbound","message_type":"text","content":"Claro que sí","status":"pending","is_from_bot":false,"agent_id":"01M82P9HM94X6E27SYMTRAXGH9","metadata":{},"created_at":"2026-11-22T22:33:41.714Z","updated_at":"2026-11-22T22:33:41.714Z","seq":32,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","contact":{"id":"01M82P9JDZ2YP8MVEEG2DQC85B","business_id":"01M82P9HM94X6E27SYMTRAXGH8","name":"Noor","username":"noor","created_at":"2026-11-22T22:33:41.055Z","updated_at":"2026-11-22T22:33:41.055Z"},"conversation":{"id":"01M82P9JE066Q585PNFWJ9KBC8","business_id":"01M82P9HM94X6E27SYMTRAXGH8","contact_id":"01M82P9JDZ2YP8MVEEG2DQC85B","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","unread_count":1,"last_activity_at":"2026-11-22T22:33:41.714Z","window_expires_at":"2026-11-23T22:33:41.000Z","message_count_in":1,"message_count_out":1,"seq":32}}',NULL,1795386821714);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',33,'message:sent','{"seq":33,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","id":"01M82P9K2J16BF2WKYD0M8495X","clientId":"waiting-one","contactId":"01M82P9JDZ2YP8MVEEG2DQC85B","conversationId":"01M82P9JE066Q585PNFWJ9KBC8","status":"pending","at":"2026-11-22T22:33:41.714Z"}',NULL,1795386821714);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',34,'message:new','{"id":"01M82P9K3KA5753YP1M6KKTJ2X","client_id":"queued-one","conversation_id":"01M82P9JE066Q585PNFWJ9KBC8","contact_id":"01M82P9JDZ2YP8MVEEG2DQC85B","contactId":"01M82P9JDZ2YP8MVEEG2DQC85B","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","contact_name":"Noor","direction":"outbound","message_type":"text","content":"¿Algo más?","status":"pending","is_from_bot":false,"agent_id":"01M82P9HM94X6E27SYMTRAXGH9","metadata":{},"created_at":"2026-11-22T22:33:41.747Z","updated_at":"2026-11-22T22:33:41.747Z","seq":34,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","contact":{"id":"01M82P9JDZ2YP8MVEEG2DQC85B","business_id":"01M82P9HM94X6E27SYMTRAXGH8","name":"Noor","username":"noor","created_at":"2026-11-22T22:33:41.055Z","updated_at":"2026-11-22T22:33:41.055Z"},"conversation":{"id":"01M82P9JE066Q585PNFWJ9KBC8","business_id":"01M82P9HM94X6E27SYMTRAXGH8","contact_id":"01M82P9JDZ2YP8MVEEG2DQC85B","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","unread_count":1,"last_activity_at":"2026-11-22T22:33:41.747Z","window_expires_at":"2026-11-23T22:33:41.000Z","message_count_in":1,"message_count_out":2,"seq":34}}',NULL,1795386821747);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',35,'message:sent','{"seq":35,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","id":"01M82P9K3KA5753YP1M6KKTJ2X","clientId":"queued-one","contactId":"01M82P9JDZ2YP8MVEEG2DQC85B","conversationId":"01M82P9JE066Q585PNFWJ9KBC8","status":"pending","at":"2026-11-22T22:33:41.747Z"}',NULL,1795386821747);
INSERT INTO "event_log" VALUES('01M82P9HM94X6E27SYMTRAXGH8',36,'message:new','{"id":"01M82P9K4705F86QW76K4AY8CX","conversation_id":"01M82P9JD52Q262RQ99TKW16E5","contact_id":"01M82P9JD52Q262RQ99TKW16E4","contactId":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","contact_name":"Carla","phone_number":"+15550200001","whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgASGBIwQUFDQkMyQjM4RjFBNjI2RUYA","direction":"inbound","message_type":"document","status":"delivered","is_from_bot":false,"metadata":{"media_state":"pending","mime_type":"text/plain","file_name":"later.txt","sha256":"1d9283d848ea941ace1fe0d2378ef8b70056a0d4d1648b95a322d90163e78285"},"created_at":"2026-11-22T22:33:41.762Z","updated_at":"2026-11-22T22:33:41.767Z","seq":36,"businessProfileId":"01M82P9HM94X6E27SYMTRAXGH8","contact":{"id":"01M82P9JD52Q262RQ99TKW16E4","business_id":"01M82P9HM94X6E27SYMTRAXGH8","name":"Carla","phone_number":"+15550200001","created_at":"2026-11-22T22:33:41.029Z","updated_at":"2026-11-22T22:33:41.029Z"},"conversation":{"id":"01M82P9JD52Q262RQ99TKW16E5","business_id":"01M82P9HM94X6E27SYMTRAXGH8","contact_id":"01M82P9JD52Q262RQ99TKW16E4","connection_id":"01M82P9HNSENWMG5GFZG2TAQ6W","unread_count":3,"last_activity_at":"2026-11-22T22:33:41.762Z","window_expires_at":"2026-11-23T22:33:41.000Z","message_count_in":3,"message_count_out":4,"seq":36}}',NULL,1795386821767);
CREATE TABLE media_files (
  sha256      TEXT PRIMARY KEY,                -- also the name in the folder of files
  size        INTEGER NOT NULL,
  created_at  INTEGER NOT NULL
, mime_type TEXT, width INTEGER NOT NULL DEFAULT 0, height INTEGER NOT NULL DEFAULT 0, duration INTEGER NOT NULL DEFAULT 0, thumbnail INTEGER NOT NULL DEFAULT 0, thumbnail_width INTEGER NOT NULL DEFAULT 0, thumbnail_height INTEGER NOT NULL DEFAULT 0, unused_since INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
INSERT INTO "media_files" VALUES('7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b',11,1795386821216,'text/plain',0,0,0,2,0,0,0);
INSERT INTO "media_files" VALUES('8513a9ecd7d7a0c923eab8806a3aa925e96bc0eede616c680a4d49a7be219e49',8,1795386821816,'text/plain',0,0,0,2,0,0,0);
CREATE TABLE media_jobs (
  message_id     TEXT PRIMARY KEY REFERENCES messages,
  connection_id  TEXT NOT NULL,
  remote_id      TEXT,
  remote_url     TEXT,
  attempts       INTEGER NOT NULL DEFAULT 0,
  due_at         INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "media_jobs" VALUES('01M82P9K4705F86QW76K4AY8CX','01M82P9HNSENWMG5GFZG2TAQ6W','563494215744982','http://127.0.0.1:44101/whatsapp_business/attachments/?mid=563494215744982&ext=1795386821&hash=AR7155c832ca4393495dc79b4d',1,1795386826785);
CREATE TABLE memberships (
  agent_id     TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
  business_id  TEXT NOT NULL REFERENCES businesses ON DELETE CASCADE,
  PRIMARY KEY (agent_id, business_id)
) WITHOUT ROWID;
INSERT INTO "memberships" VALUES('01M82P9HM94X6E27SYMTRAXGH9','01M82P9HM94X6E27SYMTRAXGH8');
CREATE TABLE merged_conversations (
  id       TEXT PRIMARY KEY,
  kept_id  TEXT NOT NULL REFERENCES conversations
) WITHOUT ROWID;
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
  updated_at           INTEGER NOT NULL, draft_hash TEXT,
  UNIQUE (connection_id, whatsapp_message_id),
  UNIQUE (business_id, client_id)
);
INSERT INTO "messages" VALUES('01M82P9JD52Q262RQ99TKW16E3','01M82P9HM94X6E27SYMTRAXGH8','01M82P9JD52Q262RQ99TKW16E5','01M82P9JD52Q262RQ99TKW16E4','01M82P9HNSENWMG5GFZG2TAQ6W',NULL,'wamid.HBgLMTU1NTAyMDAwMDEVAgASGBJFNDAxREYwOEFCMUZCNzREMzcA',0,0,'Are you open?',2,0,NULL,'{}',NULL,1795386821024,1795386821029,NULL);
INSERT INTO "messages" VALUES('01M82P9JDZ2YP8MVEEG2DQC85A','01M82P9HM94X6E27SYMTRAXGH8','01M82P9JE066Q585PNFWJ9KBC8','01M82P9JDZ2YP8MVEEG2DQC85B','01M82P9HNSENWMG5GFZG2TAQ6W',NULL,'wamid.HBgFVVMuNDIVAgASGBJDMEM1RkJGMjMwNDdGNzhENkMA',0,0,'¿Hay conchas? 🐚',2,0,NULL,'{}',NULL,1795386821039,1795386821055,NULL);
INSERT INTO "messages" VALUES('01M82P9JF6ASH4JYF3ZWPJVXH6','01M82P9HM94X6E27SYMTRAXGH8','01M82P9JD52Q262RQ99TKW16E5','01M82P9JD52Q262RQ99TKW16E4','01M82P9HNSENWMG5GFZG2TAQ6W',NULL,'wamid.HBgLMTU1NTAyMDAwMDEVAgASGBIyNEU0OTlCMkFBRDdBQUMwREIA',0,5,'my order',2,0,NULL,'{"media_state":"ready","mime_type":"text/plain","file_name":"hello.txt","sha256":"7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b","file_size":11}','7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b',1795386821084,1795386821216,NULL);
INSERT INTO "messages" VALUES('01M82P9JM36QHMHR55CRZBSCFR','01M82P9HM94X6E27SYMTRAXGH8','01M82P9JD52Q262RQ99TKW16E5','01M82P9JD52Q262RQ99TKW16E4','01M82P9HNSENWMG5GFZG2TAQ6W','read-one','wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI1RjVCQzE1MERBNEY1M0M4NTEA',1,0,'Yes, until six',3,0,'01M82P9HM94X6E27SYMTRAXGH9','{"quoted":{"whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgASGBJFNDAxREYwOEFCMUZCNzREMzcA","id":"01M82P9JD52Q262RQ99TKW16E3","type":"text","content":"Are you open?","outbound":false},"status_times":{"sent":"2026-11-22T22:33:41.286Z","delivered":"2026-11-22T22:33:41.000Z","read":"2026-11-22T22:33:41.000Z"}}',NULL,1795386821251,1795386821364,'815d284b79c0627d6bfb4ba6e2ef94648530188a5660fc377c4053c7ba59ea77');
INSERT INTO "messages" VALUES('01M82P9JRB0ACV8PHC3BNMQ0TD','01M82P9HM94X6E27SYMTRAXGH8','01M82P9JD52Q262RQ99TKW16E5','01M82P9JD52Q262RQ99TKW16E4','01M82P9HNSENWMG5GFZG2TAQ6W',NULL,'wamid.HBgLMTU1NTAyMDAwMDEVAgASGBJCNjQwRDlGODM3NzY0REU2MTgA',0,10,'❤️',2,0,NULL,'{"reaction":{"whatsapp_message_id":"wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI1RjVCQzE1MERBNEY1M0M4NTEA","message_id":"01M82P9JM36QHMHR55CRZBSCFR"}}',NULL,1795386821382,1795386821387,NULL);
INSERT INTO "messages" VALUES('01M82P9JST6QA85AYXVA42YQKF','01M82P9HM94X6E27SYMTRAXGH8','01M82P9JD52Q262RQ99TKW16E5','01M82P9JD52Q262RQ99TKW16E4','01M82P9HNSENWMG5GFZG2TAQ6W','file-one','wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI3MUIzNTVENzFDRjE5MDc2QUYA',1,5,'The prices',3,0,'01M82P9HM94X6E27SYMTRAXGH9','{"media_state":"ready","mime_type":"text/plain","file_name":"price.txt","sha256":"7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b","file_size":11,"status_times":{"sent":"2026-11-22T22:33:41.469Z","delivered":"2026-11-22T22:33:41.000Z","read":"2026-11-22T22:33:41.000Z"}}','7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b',1795386821434,1795386821540,'4031f7ec929d8f698d42c7ff4655b51d8b5dc844339d2ee5771456ec49e65212');
INSERT INTO "messages" VALUES('01M82P9JWX4DTG2KRRZ7GQMEAR','01M82P9HM94X6E27SYMTRAXGH8','01M82P9JD52Q262RQ99TKW16E5','01M82P9JD52Q262RQ99TKW16E4','01M82P9HNSENWMG5GFZG2TAQ6W','place-one','wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI3MTVBRDk1NkI1RjNCOUI0MDEA',1,7,NULL,3,0,'01M82P9HM94X6E27SYMTRAXGH9','{"location":{"latitude":40.399999999999999,"longitude":-3.7000000000000002,"name":"The shop"},"status_times":{"sent":"2026-11-22T22:33:41.562Z","delivered":"2026-11-22T22:33:41.000Z","read":"2026-11-22T22:33:41.000Z"}}',NULL,1795386821533,1795386821629,'44898a911a054c948b4c35a3813b08b38b01b5d2ecc113565d50b564541fb3bd');
INSERT INTO "messages" VALUES('01M82P9K0H452WZ79H9PHFRNMV','01M82P9HM94X6E27SYMTRAXGH8','01M82P9JD52Q262RQ99TKW16E5','01M82P9JD52Q262RQ99TKW16E4','01M82P9HNSENWMG5GFZG2TAQ6W','failed-one','wamid.HBgLMTU1NTAyMDAwMDEVAgARGBI3QjZDQkRERTQ2QkU2MjkwQ0YA',1,0,'This one fails',5,0,'01M82P9HM94X6E27SYMTRAXGH9','{"status_times":{"sent":"2026-11-22T22:33:41.660Z","failed":"2026-11-22T22:33:41.000Z"},"error":{"code":131026,"title":"Message undeliverable","message":"Message Undeliverable."}}',NULL,1795386821649,1795386821688,'559c5077f8b1a01a4e0e897213c7fdf05c9319cd682d58fa26381cbd795cf56e');
INSERT INTO "messages" VALUES('01M82P9K2J16BF2WKYD0M8495X','01M82P9HM94X6E27SYMTRAXGH8','01M82P9JE066Q585PNFWJ9KBC8','01M82P9JDZ2YP8MVEEG2DQC85B','01M82P9HNSENWMG5GFZG2TAQ6W','waiting-one',NULL,1,0,'Claro que sí',0,0,'01M82P9HM94X6E27SYMTRAXGH9','{}',NULL,1795386821714,1795386821714,'20f9bc0b8aa940866210b5a0a34d3bb4c06c2ab85788ee55dc0d01cf88dc8235');
INSERT INTO "messages" VALUES('01M82P9K3KA5753YP1M6KKTJ2X','01M82P9HM94X6E27SYMTRAXGH8','01M82P9JE066Q585PNFWJ9KBC8','01M82P9JDZ2YP8MVEEG2DQC85B','01M82P9HNSENWMG5GFZG2TAQ6W','queued-one',NULL,1,0,'¿Algo más?',0,0,'01M82P9HM94X6E27SYMTRAXGH9','{}',NULL,1795386821747,1795386821747,'5402261475980ff96bf5740a68667885ece2b51f71a29f7f216a7332173c6d41');
INSERT INTO "messages" VALUES('01M82P9K4705F86QW76K4AY8CX','01M82P9HM94X6E27SYMTRAXGH8','01M82P9JD52Q262RQ99TKW16E5','01M82P9JD52Q262RQ99TKW16E4','01M82P9HNSENWMG5GFZG2TAQ6W',NULL,'wamid.HBgLMTU1NTAyMDAwMDEVAgASGBIwQUFDQkMyQjM4RjFBNjI2RUYA',0,5,NULL,2,0,NULL,'{"media_state":"pending","mime_type":"text/plain","file_name":"later.txt","sha256":"1d9283d848ea941ace1fe0d2378ef8b70056a0d4d1648b95a322d90163e78285"}',NULL,1795386821762,1795386821767,NULL);
CREATE TABLE "outbound_queue" (
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
INSERT INTO "outbound_queue" VALUES(5,'01M82P9K2J16BF2WKYD0M8495X','01M82P9JE066Q585PNFWJ9KBC8','01M82P9HNSENWMG5GFZG2TAQ6W',0,NULL,2,1,1795386881734);
INSERT INTO "outbound_queue" VALUES(6,'01M82P9K3KA5753YP1M6KKTJ2X','01M82P9JE066Q585PNFWJ9KBC8','01M82P9HNSENWMG5GFZG2TAQ6W',0,NULL,0,0,0);
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
CREATE TABLE pending_references (
  connection_id        TEXT NOT NULL,
  whatsapp_message_id  TEXT NOT NULL,
  message_id           TEXT NOT NULL REFERENCES messages,
  arrived_at           INTEGER NOT NULL,
  PRIMARY KEY (connection_id, whatsapp_message_id, message_id)
) WITHOUT ROWID;
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
CREATE TABLE remote_files (
  connection_id  TEXT NOT NULL,
  sha256         TEXT NOT NULL,
  mime_type      TEXT NOT NULL,
  remote_id      TEXT NOT NULL,
  uploaded_at    INTEGER NOT NULL,
  PRIMARY KEY (connection_id, sha256, mime_type)
) WITHOUT ROWID;
INSERT INTO "remote_files" VALUES('01M82P9HNSENWMG5GFZG2TAQ6W','7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b','text/plain','514856313280466',1795386821449);
CREATE TABLE template_lists (
  connection_id  TEXT PRIMARY KEY REFERENCES connections,
  synced_at      INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "template_lists" VALUES('01M82P9HNSENWMG5GFZG2TAQ6W',1795386821641);
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
INSERT INTO "templates" VALUES('01M82P9J4SFZHANJDS0YCYXC8A','01M82P9HNSENWMG5GFZG2TAQ6W','594425479261596','order_ready','en_US','UTILITY','APPROVED','GREEN','','POSITIONAL','[{"type":"BODY","text":"Hi {{1}}, your order {{2}} is ready. We are open until 7 pm, see you soon!","example":{"body_text":[["Grace","no. 214"]]}},{"type":"FOOTER","text":"Marigold Bakery"}]',1795386820761);
INSERT INTO "templates" VALUES('01M82P9J4SFZHANJDS0YCYXC8B','01M82P9HNSENWMG5GFZG2TAQ6W','594425479261597','order_ready','es','UTILITY','APPROVED','GREEN','','POSITIONAL','[{"type":"BODY","text":"Hola {{1}}, tu pedido {{2}} está listo. Abrimos hasta las 7, ¡te esperamos!","example":{"body_text":[["Lucía","n.º 215"]]}},{"type":"FOOTER","text":"Marigold Bakery"}]',1795386820761);
INSERT INTO "templates" VALUES('01M82P9J4SFZHANJDS0YCYXC8C','01M82P9HNSENWMG5GFZG2TAQ6W','594425479261598','order_ready','hi','UTILITY','APPROVED','GREEN','','POSITIONAL','[{"type":"BODY","text":"नमस्ते {{1}}, आपका ऑर्डर {{2}} तैयार है। हम शाम 7 बजे तक खुले हैं।","example":{"body_text":[["प्रिया","216"]]}}]',1795386820761);
INSERT INTO "templates" VALUES('01M82P9J4SFZHANJDS0YCYXC8D','01M82P9HNSENWMG5GFZG2TAQ6W','594425479261599','good_morning','en_US','UTILITY','APPROVED','UNKNOWN','','POSITIONAL','[{"type":"BODY","text":"Good morning! We are writing about your order. Is now a good time?"},{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Yes, go ahead"},{"type":"QUICK_REPLY","text":"Later, please"}]}]',1795386820761);
INSERT INTO "templates" VALUES('01M82P9J4SFZHANJDS0YCYXC8E','01M82P9HNSENWMG5GFZG2TAQ6W','594425479261600','cake_photo','en_US','UTILITY','APPROVED','GREEN','','POSITIONAL','[{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Your cake is out of the oven, {{1}}! Does it look the way you wanted?","example":{"body_text":[["Priya"]]}}]',1795386820761);
INSERT INTO "templates" VALUES('01M82P9J4SFZHANJDS0YCYXC8F','01M82P9HNSENWMG5GFZG2TAQ6W','594425479261601','weekend_specials','en_US','MARKETING','PAUSED','RED','','POSITIONAL','[{"type":"BODY","text":"This weekend: two conchas for the price of one."}]',1795386820761);
CREATE TABLE "tokens" (
  hash          TEXT PRIMARY KEY,              -- SHA-256 of the token, hex
  id            TEXT NOT NULL UNIQUE,
  agent_id      TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
  device        TEXT,
  created_at    INTEGER NOT NULL,
  last_used_at  INTEGER NOT NULL               -- told with a precision of minutes
) WITHOUT ROWID;
INSERT INTO "tokens" VALUES('ce75337a5fff06ba1599e8030502544b8b58d48dc4c5d2b1b5ea6723c47ae5f7','01M82P9JBZEC77XZTP3PPGDEAR','01M82P9HM94X6E27SYMTRAXGH9','test',1795386820991,1795386820991);
CREATE TABLE uploads (
  id             TEXT PRIMARY KEY,
  business_id    TEXT NOT NULL REFERENCES businesses,
  agent_id       TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
  connection_id  TEXT,                         -- whose limits were asked for, or NULL
  kind           TEXT NOT NULL,                -- image, video, audio, voice, document, sticker
  file_name      TEXT,
  told_type      TEXT,
  length         INTEGER NOT NULL,
  told_sha256    TEXT,
  sha256         TEXT,                         -- when it is whole, looked at and kept
  created_at     INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "uploads" VALUES('01M82P9JRYDXJNMNR5ZGGBYFVG','01M82P9HM94X6E27SYMTRAXGH8','01M82P9HM94X6E27SYMTRAXGH9',NULL,'document','price.txt','text/plain',11,NULL,'7dd998ce7781741f89f6dc5641d5335880c57da32e4e0da2c8ba7dea86a8b53b',1795386821406,1795473221432);
INSERT INTO "uploads" VALUES('01M82P9K58ESSYF93V1P167WKV','01M82P9HM94X6E27SYMTRAXGH8','01M82P9HM94X6E27SYMTRAXGH9',NULL,'document','draft.txt','text/plain',8,NULL,'8513a9ecd7d7a0c923eab8806a3aa925e96bc0eede616c680a4d49a7be219e49',1795386821800,1795473221816);
INSERT INTO "uploads" VALUES('01M82P9K5Y6CV08K18FM9MKQDP','01M82P9HM94X6E27SYMTRAXGH8','01M82P9HM94X6E27SYMTRAXGH9',NULL,'document','half.txt',NULL,100,NULL,NULL,1795386821822,1795473221822);
CREATE INDEX memberships_by_business ON memberships (business_id);
CREATE INDEX contacts_by_activity ON contacts (business_id, last_activity_at, id);
CREATE INDEX aliases_by_contact ON aliases (contact_id, kind, updated_at);
CREATE INDEX conversations_by_activity ON conversations (business_id, last_activity_at, id);
CREATE INDEX messages_by_conversation ON messages (conversation_id, created_at, id);
CREATE INDEX messages_by_contact ON messages (contact_id, created_at, id);
CREATE INDEX pending_statuses_by_arrival ON pending_statuses (arrived_at);
CREATE INDEX media_jobs_by_due ON media_jobs (due_at);
CREATE INDEX deliveries_waiting ON deliveries (id) WHERE problem IS NULL;
CREATE INDEX deliveries_set_aside ON deliveries (arrived_at) WHERE problem IS NOT NULL;
CREATE INDEX outbound_queue_by_conversation ON outbound_queue (conversation_id, position);
CREATE INDEX outbound_queue_by_due ON outbound_queue (connection_id, next_attempt_at, position);
CREATE INDEX outbound_queue_by_message ON outbound_queue (message_id);
CREATE INDEX merged_conversations_by_kept ON merged_conversations (kept_id);
CREATE INDEX pending_changes_by_arrival ON pending_changes (arrived_at);
CREATE INDEX pending_references_by_arrival ON pending_references (arrived_at);
CREATE INDEX connection_alerts_by_connection ON connection_alerts (connection_id, at, id);
CREATE INDEX messages_by_media ON messages (media_sha256) WHERE media_sha256 IS NOT NULL;
CREATE INDEX contacts_by_picture ON contacts (picture_sha256) WHERE picture_sha256 IS NOT NULL;
CREATE INDEX media_files_to_draw ON media_files (created_at) WHERE thumbnail = 0;
CREATE INDEX uploads_open ON uploads (agent_id) WHERE sha256 IS NULL;
CREATE INDEX uploads_by_expiry ON uploads (expires_at);
CREATE INDEX uploads_by_file ON uploads (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX tokens_by_agent ON tokens (agent_id);
CREATE INDEX tokens_by_use ON tokens (last_used_at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('outbound_queue',6);
INSERT INTO "sqlite_sequence" VALUES('deliveries',16);
COMMIT;
PRAGMA user_version=7;
