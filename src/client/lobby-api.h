/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "lobby-http-client.h"

G_BEGIN_DECLS

/* lobbyd's REST interface (docs/protocol.md) with one token. */
#define LOBBY_TYPE_API (lobby_api_get_type ())
G_DECLARE_FINAL_TYPE (LobbyApi, lobby_api, LOBBY, API, GObject)
/* Signal "unauthorized" (): the token is no longer good. */

/* What lobbyd answered, good or bad. */
#define LOBBY_TYPE_API_ANSWER (lobby_api_answer_get_type ())
GType lobby_api_answer_get_type (void);
typedef struct
{
  guint       status;
  JsonObject *json;            /* NULL for 204, and for a 202 that says nothing */
  char       *code;            /* of an error */
  char       *message;
  guint       retry_after;     /* s, 0 when not told */
} LobbyApiAnswer;
LobbyApiAnswer *lobby_api_answer_ref   (LobbyApiAnswer *answer);
void            lobby_api_answer_unref (LobbyApiAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyApiAnswer, lobby_api_answer_unref)
/* LOBBY_CLIENT_ERROR for an answer that is no success. */
GError         *lobby_api_answer_to_error (const LobbyApiAnswer *answer);

/* @server_url: as lobby_server_url_normalize makes it. */
LobbyApi   *lobby_api_new            (const char         *server_url);
const char *lobby_api_get_server_url (LobbyApi           *self);
void        lobby_api_set_token      (LobbyApi           *self,
                                      const char         *token);
const char *lobby_api_get_token      (LobbyApi           *self);
/* Ends what is under way; later requests go out as before. */
void        lobby_api_cancel         (LobbyApi           *self);

/* Resolves to a LobbyApiAnswer of any status; rejects with LOBBY_CLIENT_ERROR when what came is none of lobbyd's. Takes @body (may be NULL). */
DexFuture  *lobby_api_send           (LobbyApi           *self,
                                      const char         *method,
                                      const char         *path,
                                      JsonObject         *body);
/* The same, and only a success with an object resolves: to a JsonObject (JSON_TYPE_OBJECT). */
DexFuture  *lobby_api_call           (LobbyApi           *self,
                                      const char         *method,
                                      const char         *path,
                                      JsonObject         *body);
/* The file at @path (below the server) into @file. Resolves to TRUE. */
DexFuture  *lobby_api_download       (LobbyApi           *self,
                                      const char         *path,
                                      const char         *file,
                                      LobbyHttpProgress   progress,
                                      gpointer            data);

/* "chat.example.org/" → "https://chat.example.org"; plain http only when written so, or for this
 * machine itself. NULL with LOBBY_CLIENT_ERROR_BAD_ADDRESS. (transfer full) */
char       *lobby_server_url_normalize (const char       *text,
                                      GError            **error);

/* Whether the server is on this machine. */
gboolean    lobby_server_url_is_local  (const char       *url);

G_END_DECLS
