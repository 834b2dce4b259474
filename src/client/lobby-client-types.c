/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-account.h"

G_DEFINE_QUARK (lobby-client-error-quark, lobby_client_error)

G_DEFINE_ENUM_TYPE (LobbyConnectionState, lobby_connection_state, G_DEFINE_ENUM_VALUE (LOBBY_CONNECTION_OFFLINE, "offline"), G_DEFINE_ENUM_VALUE (LOBBY_CONNECTION_CONNECTING, "connecting"), G_DEFINE_ENUM_VALUE (LOBBY_CONNECTION_SYNCING, "syncing"), G_DEFINE_ENUM_VALUE (LOBBY_CONNECTION_CONNECTED, "connected"), G_DEFINE_ENUM_VALUE (LOBBY_CONNECTION_WAITING, "waiting"), G_DEFINE_ENUM_VALUE (LOBBY_CONNECTION_SIGNED_OUT, "signed-out"))
