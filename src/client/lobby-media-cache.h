/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-api.h"

G_BEGIN_DECLS

/*
 * Files of the server in a folder of ours, by their path at the server, which changes when the file
 * does. Asked for by many at once,
 * a file is fetched once. Past its size the cache forgets what was used longest ago; the server has it still.
 */
#define LOBBY_TYPE_MEDIA_CACHE (lobby_media_cache_get_type ())
G_DECLARE_FINAL_TYPE (LobbyMediaCache, lobby_media_cache, LOBBY, MEDIA_CACHE, GObject)

LobbyMediaCache *lobby_media_cache_new    (LobbyApi         *api,
                                           const char       *folder,
                                           guint64           max_bytes);
/* Resolves to a char *: where the file lies. @progress (may be NULL) is called on a fiber, with the first asker's data. */
typedef void (*LobbyMediaProgress)        (double            fraction,
                                           gpointer          data);
DexFuture       *lobby_media_cache_fetch  (LobbyMediaCache   *self,
                                           const char        *url,
                                           LobbyMediaProgress progress,
                                           gpointer           data,
                                           GDestroyNotify     free_data);
/* The path of the file when it is here already, else NULL. (transfer full) */
char            *lobby_media_cache_lookup (LobbyMediaCache   *self,
                                           const char        *url);
/* Removes the file, here already or still coming; it is not fetched again. */
void             lobby_media_cache_forget (LobbyMediaCache   *self,
                                           const char        *url);

G_END_DECLS
