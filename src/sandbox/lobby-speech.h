/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-script.h"
#include "lobby-world.h"

G_BEGIN_DECLS

/*
 * Meta's message objects for what customers say (CLOUD_API 7.2). (transfer full)
 */
JsonObject *lobby_speech_text       (const char    *body);
/* @kind is image, video, audio, voice, document or sticker. NULL when WhatsApp's store is full. */
JsonObject *lobby_speech_media      (LobbyWorld    *world,
                                     const char    *kind,
                                     GBytes        *bytes,
                                     const char    *mime_type,
                                     const char    *file_name,
                                     const char    *caption);
JsonObject *lobby_speech_reaction   (const char    *message_id,
                                     const char    *emoji);
/* "messages" of type unsupported, with the error that says so. */
JsonObject *lobby_speech_unsupported (const char   *what);
/* Makes @message a reply to @id, which @author wrote (a number, or NULL). */
void        lobby_speech_quote      (JsonObject    *message,
                                     const char    *author,
                                     const char    *id);

/* What a script says. @target is the wamid that it quotes or reacts to, @author its writer; both may be NULL.
 * NULL and an error when a file cannot be read. */
JsonObject *lobby_speech_to_message (LobbyWorld        *world,
                                     const LobbySpeech *speech,
                                     const char        *media_folder,
                                     const char        *target,
                                     const char        *author,
                                     GError           **error);
/* The type of a file by its name, as WhatsApp would tell it; NULL for what it would not carry. */
const char *lobby_speech_mime_type  (const char    *file_name,
                                     const char    *kind);

G_END_DECLS
