/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-http-server.h"
#include "lobby-storage.h"

G_BEGIN_DECLS

/* The headers of the tus protocol 1.0.0. Those that return NULL or FALSE have answered the exchange. */

#define LOBBY_TUS_PATH "/api/uploads"

/* What every answer carries: the version, and what a page of another origin needs. */
void         lobby_tus_add_headers       (LobbyHttpExchange  *exchange);
/* What the server can. */
void         lobby_tus_add_options       (LobbyHttpExchange  *exchange);
/* Where an upload stands. */
void         lobby_tus_add_state         (LobbyHttpExchange  *exchange,
                                          const LobbyUpload  *upload,
                                          gint64              offset);
/* 412 when the client speaks another version. */
gboolean     lobby_tus_check_version     (LobbyHttpExchange  *exchange);
/* A new upload from Upload-Length and Upload-Metadata, with an id of its own; @has_body: bytes follow at once. (transfer full) */
LobbyUpload *lobby_tus_read_announcement (LobbyHttpExchange  *exchange,
                                          const char         *agent_id,
                                          gboolean           *has_body);
/* Of a PATCH: its offset, and that it does not go beyond the end. */
gboolean     lobby_tus_read_patch        (LobbyHttpExchange  *exchange,
                                          const LobbyUpload  *upload,
                                          gint64             *offset);
/* Upload-Checksum; *@checksum is NULL without it. */
gboolean     lobby_tus_read_checksum     (LobbyHttpExchange  *exchange,
                                          GChecksumType      *algorithm,
                                          GBytes            **checksum);

G_END_DECLS
