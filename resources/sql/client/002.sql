-- SPDX-License-Identifier: GPL-3.0-or-later
-- Conversations whose messages came into another one, because their contacts are one person: what still names the old one means the other.
CREATE TABLE merged_conversations (
  id    TEXT PRIMARY KEY,
  kept  TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX merged_conversations_by_kept ON merged_conversations (kept);
