-- SPDX-License-Identifier: GPL-3.0-or-later
-- When the server last changed what is here of a message: an answer that was overtaken by an event is older than that. 0: not known.
ALTER TABLE messages ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
