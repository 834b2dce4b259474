/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-accounts.h"

G_BEGIN_DECLS

/*
 * Tells the desktop of messages in conversations that nobody is looking at: one notification a conversation, with the
 * newest message, taken back when the conversation is read, here or elsewhere.
 */
#define LOBBY_TYPE_NOTIFIER (lobby_notifier_get_type ())
G_DECLARE_FINAL_TYPE (LobbyNotifier, lobby_notifier, LOBBY, NOTIFIER, GObject)

LobbyNotifier *lobby_notifier_new (GApplication  *application,
                                   LobbyAccounts *accounts);

G_END_DECLS
