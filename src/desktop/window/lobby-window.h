/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-accounts.h"

G_BEGIN_DECLS

/*
 * The window: conversations | conversation | contact, or the sign-in page while there is nobody signed in.
 * It shows one account at a time. Split by concern: lobby-window.c is what it shows, lobby-window-actions.c what
 * keys and menus ask of it.
 */
#define LOBBY_TYPE_WINDOW (lobby_window_get_type ())
G_DECLARE_FINAL_TYPE (LobbyWindow, lobby_window, LOBBY, WINDOW, AdwApplicationWindow)

LobbyWindow *lobby_window_new               (GtkApplication    *application,
                                             LobbyAccounts     *accounts);
/* FALSE when there is no such account or conversation. */
gboolean     lobby_window_open_conversation (LobbyWindow       *self,
                                             const char        *account_id,
                                             const char        *conversation_id);
void         lobby_window_try_demo          (LobbyWindow       *self,
                                             const char        *path);
/* Whether the person looks at it: the window is active and the conversation in sight. */
gboolean     lobby_window_is_looking_at     (LobbyWindow       *self,
                                             LobbyConversation *conversation);

G_END_DECLS
