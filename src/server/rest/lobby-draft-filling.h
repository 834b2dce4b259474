/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-storage.h"

G_BEGIN_DECLS

/* A template as WhatsApp approved it, and the parameters that a draft fills it in with (CLOUD_API 5). */

/* NULL, or what is wrong with @given ({"name","language","components"?}, checked by itself already) for @template, for an agent. (transfer full) */
char       *lobby_draft_filling_check  (const LobbyTemplate *template,
                                        JsonObject          *given);
/* The body as the customer reads it. (transfer full) */
char       *lobby_draft_filling_text   (const LobbyTemplate *template,
                                        JsonObject          *given);
/* What stands around it: {"header"?,"footer"?,"buttons"?:[title …]}. (transfer full) */
JsonObject *lobby_draft_filling_frame  (const LobbyTemplate *template,
                                        JsonObject          *given);

G_END_DECLS
