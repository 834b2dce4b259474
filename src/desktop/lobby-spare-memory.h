/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lobby-accounts.h"

G_BEGIN_DECLS

/*
 * When @window has come to rest (after the start, after much was scrolled or came in), what is only kept to be
 * quick goes back to the system: SQLite's pages, and what malloc holds free. Once, before @window is realized.
 */
void lobby_spare_memory_watch (GtkWidget     *window,
                               LobbyAccounts *accounts);

G_END_DECLS
