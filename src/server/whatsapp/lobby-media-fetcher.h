/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-adapter.h"

G_BEGIN_DECLS

/*
 * Fetches the files of inbound messages at once: WhatsApp's addresses live five minutes, its media
 * ids seven days. What cannot be had is tried again with growing pauses, then told as failed.
 */
#define LOBBY_TYPE_MEDIA_FETCHER (lobby_media_fetcher_get_type ())
G_DECLARE_FINAL_TYPE (LobbyMediaFetcher, lobby_media_fetcher, LOBBY, MEDIA_FETCHER, GObject)

/* The adapter of a connection, borrowed; NULL when it is gone. */
typedef LobbyAdapter *(*LobbyFindAdapter) (const char   *connection_id,
                                           gpointer      data);

/* Files go to @data_folder/media. */
LobbyMediaFetcher *lobby_media_fetcher_new   (LobbyStorage      *storage,
                                              const char        *data_folder,
                                              LobbyFindAdapter   find,
                                              gpointer           data);
void               lobby_media_fetcher_start (LobbyMediaFetcher *self);
void               lobby_media_fetcher_wake  (LobbyMediaFetcher *self);
void               lobby_media_fetcher_stop  (LobbyMediaFetcher *self);

/* How long to wait before attempt @attempts + 1, ms; 0 when it is to be given up. */
gint64             lobby_media_fetcher_get_pause (int            attempts);

G_END_DECLS
