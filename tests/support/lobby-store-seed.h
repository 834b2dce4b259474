/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A store full of believable talk, the same for the same numbers: how many messages a conversation has follows a Zipf law, messages come in
 * sittings over @days days up to @now (ms; 0: the present), in several languages, with files, quotes, reactions and failures. */
typedef struct
{
  guint   n_conversations;
  guint   n_messages;
  guint32 seed;
  guint   days;
  gint64  now;
} LobbySeedOptions;

#define LOBBY_SEED_BUSINESS "seed-business"

/* @path must not exist yet. Direct SQL in one transaction: a million messages take well under a minute. */
gboolean lobby_store_seed (const char              *path,
                           const LobbySeedOptions  *options,
                           GError                 **error);

/* The server's id of the n-th conversation; the first has the most messages. (transfer full) */
char    *lobby_store_seed_conversation_id (guint n);

G_END_DECLS
