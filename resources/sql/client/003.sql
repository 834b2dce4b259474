-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which reaction to a message holds is decided anew when one of them was not sent: it is the newest of its side that was.
CREATE INDEX messages_reacting ON messages (reaction_to, outbound, sent_at, id) WHERE reaction_to IS NOT NULL;
