-- SPDX-License-Identifier: GPL-3.0-or-later
-- Media: files, uploads, thumbnails.

-- References to a file are the rows that name it (messages, contacts, uploads), asked through these indexes when files
-- are collected. A counter beside them could drift, by a verb that forgets it, and a file lost that way is lost for good.
CREATE INDEX messages_by_media ON messages (media_sha256) WHERE media_sha256 IS NOT NULL;
CREATE INDEX contacts_by_picture ON contacts (picture_sha256) WHERE picture_sha256 IS NOT NULL;

-- What is known of the content, whoever sends it. A file in the folder without a row here is nobody's.
ALTER TABLE media_files ADD COLUMN mime_type TEXT;                          -- by content; NULL of files from before this version
ALTER TABLE media_files ADD COLUMN width INTEGER NOT NULL DEFAULT 0;        -- px
ALTER TABLE media_files ADD COLUMN height INTEGER NOT NULL DEFAULT 0;
ALTER TABLE media_files ADD COLUMN duration INTEGER NOT NULL DEFAULT 0;     -- ms
ALTER TABLE media_files ADD COLUMN thumbnail INTEGER NOT NULL DEFAULT 0;    -- LobbyThumbnailState
ALTER TABLE media_files ADD COLUMN thumbnail_width INTEGER NOT NULL DEFAULT 0;
ALTER TABLE media_files ADD COLUMN thumbnail_height INTEGER NOT NULL DEFAULT 0;
ALTER TABLE media_files ADD COLUMN unused_since INTEGER NOT NULL DEFAULT 0; -- first seen without a reference; 0: used, or not looked at
CREATE INDEX media_files_to_draw ON media_files (created_at) WHERE thumbnail = 0;

INSERT INTO media_files (sha256, size, created_at)
  SELECT DISTINCT picture_sha256, 0, updated_at FROM contacts WHERE picture_sha256 IS NOT NULL
  ON CONFLICT DO NOTHING;

-- Files on their way from agents. How much has come is the length of the file in the folder of uploads.
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
CREATE INDEX uploads_open ON uploads (agent_id) WHERE sha256 IS NULL;
CREATE INDEX uploads_by_expiry ON uploads (expires_at);
CREATE INDEX uploads_by_file ON uploads (sha256) WHERE sha256 IS NOT NULL;
