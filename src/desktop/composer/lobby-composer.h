/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/*
 * Where answers are written. What stands in the field is never lost: it is the conversation's draft from half a
 * second after the last keystroke, and it leaves the field only when the store has taken the message.
 * Where WhatsApp would take nothing, words that say why stand in place of the field.
 * Property: can-write (gboolean, read-only): there is a field, which gets the focus; without one nothing does.
 */
#define LOBBY_TYPE_COMPOSER (lobby_composer_get_type ())
G_DECLARE_FINAL_TYPE (LobbyComposer, lobby_composer, LOBBY, COMPOSER, GtkWidget)

/* WhatsApp takes no longer text. */
#define LOBBY_COMPOSER_LIMIT 4096

void     lobby_composer_set_conversation (LobbyComposer         *self,
                                          LobbyAccount          *account,
                                          LobbyConversation     *conversation);
/* To the field; FALSE when there is none. No grab_focus: GTK (4.18) tries that of what the focus is about to leave, too, and it would come
 * back for ever. */
gboolean lobby_composer_focus            (LobbyComposer         *self);
/* Puts @text under what stands there. */
void     lobby_composer_append           (LobbyComposer         *self,
                                          const char            *text);
/* Quotes @message in the answer. One that the server does not know yet cannot be quoted. */
void     lobby_composer_reply_to         (LobbyComposer         *self,
                                          LobbyMessage          *message);
/* FALSE when there was nothing to cancel. */
gboolean lobby_composer_cancel_reply     (LobbyComposer         *self);
void     lobby_composer_choose_emoji     (LobbyComposer         *self);
void     lobby_composer_save_draft       (LobbyComposer         *self);
void     lobby_composer_set_spelling     (LobbyComposer         *self,
                                          gboolean               enabled);
/* A key that nobody wanted: when it writes something, it goes into the field. */
gboolean lobby_composer_take_key         (LobbyComposer         *self,
                                          GtkEventControllerKey *controller,
                                          guint                  key,
                                          GdkModifierType        state);

G_END_DECLS
